//! Command that reads the network's contact list again.

use crate::command::caller::Context;
use crate::command::core::support::answered;
use crate::command::core::support::own_session;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::session::Control;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    Ok(Question::confirm(
        say!(language, "command-sync-contacts"),
        say!(language, "sync-text", network = context.network()),
        say!(language, "sync-confirm"),
        sync,
    )
    .into())
}

async fn sync(context: Context) -> Result {
    let language = context.language();
    let session = own_session(&context)?;
    let synced = answered(language, session.ask(Control::SyncContacts).await)?
        .map_err(|why| StanzaError::with_text(Condition::RemoteServerTimeout, why))?;
    Ok(Reply::done(say!(
        language,
        "synced",
        total = synced.total,
        added = synced.added,
        removed = synced.removed,
        renamed = synced.renamed
    )))
}
