//! Commands that block a contact on the network, and unblock it.

use crate::command::caller::Context;
use crate::command::core::support::own_session;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::language::Language;
use crate::say;
use crate::stanza::error::stanza_error;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::RemoteSession;

pub(super) async fn run(context: Context, blocked: bool) -> Result {
    let language = context.language();
    let session = own_session(&context)?;
    let Some(contact) = context.on.as_ref().and_then(Chat::as_contact) else {
        return Err(StanzaError::new(Condition::ItemNotFound));
    };
    let Some(remote) = session.remote() else {
        let text = say!(language, "unreachable", network = context.network());
        return Err(StanzaError::with_text(Condition::RecipientUnavailable, text));
    };
    block(language, &remote, vec![contact], blocked).await?;
    Ok(Reply::done(language.text(if blocked { "contact-blocked" } else { "contact-unblocked" }, &[])))
}

/// Blocks or unblocks contacts on the network.
///
/// # Errors
///
/// The answer of the network, for the first contact that it refuses.
pub(crate) async fn block(
    language: Language,
    remote: &RemoteSession,
    whom: Vec<ContactId>,
    blocked: bool,
) -> std::result::Result<(), StanzaError> {
    for contact in whom {
        remote.on_block(contact, blocked).await.map_err(|error| stanza_error(language, &error))?;
    }
    Ok(())
}
