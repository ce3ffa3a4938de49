//! Blocking a contact on the network, and taking it back.

use crate::{
    command::{
        caller::Context,
        reply::{Reply, Result},
    },
    gateway::blocking::block,
    say,
    xmpp::{Condition, StanzaError},
};
use plugin_api::Chat;

pub(super) async fn run(context: Context, blocked: bool) -> Result {
    let language = context.language();
    let session = super::own_session(&context)?;
    let Some(contact) = context.on.as_ref().and_then(Chat::as_contact) else {
        return Err(StanzaError::new(Condition::ItemNotFound));
    };
    let Some(remote) = session.remote() else {
        let text = say!(language, "unreachable", network = context.network());
        return Err(StanzaError::with_text(Condition::RecipientUnavailable, text));
    };
    block(&remote, vec![contact], blocked).await?;
    Ok(Reply::done(language.text(if blocked { "contact-blocked" } else { "contact-unblocked" }, &[])))
}
