//! Reading the network's contact list again.

use crate::{
    command::{
        caller::Context,
        reply::{Question, Reply, Result},
    },
    say,
    session::Asked,
    xmpp::{Condition, StanzaError},
};

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
    let session = super::own_session(&context)?;
    let synced = super::answered(language, session.ask(Asked::SyncContacts).await)?
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
