//! Commands that send users the data that the gateway keeps about them, and that delete it.

use super::unregister;
use crate::users;
use crate::{
    command::{
        caller::Context,
        reply::{Question, Reply, Result},
    },
    say,
    xmpp::{Condition, StanzaError},
};

pub(super) async fn export(context: Context) -> Result {
    let language = context.language();
    let json = users::export(&context.env.users, &context.caller).await?;
    let (who, json_type) = (context.caller.bare(), "application/json");
    let sent = context.env.services.file_messages.file_to(&who, "slidged-data.json", json_type, json).await;
    let url = sent.map_err(|error| {
        tracing::warn!(%error, "an export could not be sent");
        let text = say!(language, "export-no-way", why = error.user_text(language));
        StanzaError::with_text(Condition::ServiceUnavailable, text)
    })?;
    Ok(Reply::done(say!(language, "exported", url = url)))
}

pub(super) async fn delete(context: Context) -> Result {
    let (language, network) = (context.language(), context.network());
    Ok(Question::confirm(
        say!(language, "command-delete-data"),
        say!(language, "delete-data-text", network = network),
        say!(language, "delete-data-confirm"),
        |context| async move { unregister::left(&context, "data-deleted") },
    )
    .into())
}
