//! How things are.

use crate::services;
use crate::{
    command::{
        caller::Context,
        reply::{Reply, Result},
    },
    language::Language,
    say,
    session::Report,
};

pub(super) async fn run(context: Context) -> Result {
    let report = super::report(&context).await?;
    let language = context.language();
    let state = state(language, &report);
    let friends = say!(language, "status-friends", count = report.friends);
    let unwell = !services::database(&context.env.services).is_well();
    let database = if unwell { say!(language, "database-unwell") } else { String::new() };
    let mut lines = vec![format!("{}: {state}", context.network()), report.status, database, friends];
    if context.caller.admin {
        lines.extend(context.env.services.threads.held_up(language));
    }
    Ok(Reply::done(lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")))
}

/// In a word or two.
pub(in crate::command) fn state(language: Language, report: &Report) -> String {
    say!(
        language,
        if report.connected {
            "state-connected"
        } else if report.parked {
            "state-parked"
        } else {
            "state-connecting"
        }
    )
}
