//! Command that tells the state of the user's session.

use crate::command::caller::Context;
use crate::command::core::support::report;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::language::Language;
use crate::say;
use crate::services;
use crate::session::StatusReport;

pub(super) async fn run(context: Context) -> Result {
    let report = report(&context).await?;
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

/// Describes the state of a session in a word or two.
pub(in crate::command) fn state(language: Language, report: &StatusReport) -> String {
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
