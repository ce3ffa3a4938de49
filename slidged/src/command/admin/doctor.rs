//! Command that examines which features work with the XMPP servers.

use crate::services;
use crate::{
    command::{
        caller::Context,
        reply::{Done, Reply, Result},
    },
    language::Language,
    model::finding::Findings,
    say,
    xmpp::{Condition, StanzaError},
};
use jid::BareJid;
use plugin_api::{Field, Table};

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    let user = |given: &String| {
        let user = BareJid::new(given).ok().filter(|user| user.node().is_some());
        user.ok_or_else(|| {
            let text = say!(language, "field-no-address", field = given);
            StanzaError::with_text(Condition::NotAcceptable, text)
        })
    };
    // The tests need a user: the one that is named, or the caller. The caller at the control socket
    // has the gateway's own address, which is no user.
    let named = context.arguments.first().map(user).transpose()?;
    let asks =
        Some(context.caller.bare()).filter(|asks| asks.as_str() != context.env.services.address.domain());
    Ok(Reply::Done(shown(language, services::examine(&context.env.services, named.or(asks).as_ref()).await)))
}

/// Shows findings as a table, together with the lines to add to a server's configuration.
pub(crate) fn shown(language: Language, findings: Findings) -> Done {
    let columns = vec![
        Field::text("result", say!(language, "doctor-result")),
        Field::text("what", say!(language, "doctor-what")),
        Field::text("detail", say!(language, "doctor-detail")),
    ];
    let rows = findings
        .tried
        .into_iter()
        .map(|finding| [finding.verdict.word().to_owned(), finding.what, finding.detail]);
    let table = rows.fold(Table::new(say!(language, "command-doctor"), columns), Table::row);
    let text = match findings.lines.trim_end() {
        "" => String::new(),
        lines => say!(language, "doctor-lines", lines = lines),
    };
    Done { text, table: Some(table) }
}
