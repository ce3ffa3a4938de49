//! What works with the XMPP servers and what does not.

use crate::{
    command::{
        caller::Context,
        reply::{Done, Reply, Result},
    },
    say,
};
use jid::BareJid;
use plugin_api::{Field, Table};

/// The cell of what works.
pub(crate) const FINE: &str = "ok";
/// The cell of what does not.
pub(crate) const WRONG: &str = "FAIL";

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    // Things are tried for who is named, or for who asks; at the control socket that is the gateway.
    let named = context.arguments.first().and_then(|argument| BareJid::new(argument).ok());
    let asks = Some(context.caller.bare()).filter(|asks| asks.as_str() != context.gateway.domain());
    let findings = context.gateway.examine(named.or(asks).as_ref()).await;
    let columns = vec![
        Field::text("result", say!(language, "doctor-result")),
        Field::text("what", say!(language, "doctor-what")),
        Field::text("detail", say!(language, "doctor-detail")),
    ];
    let rows = findings.tried.into_iter().map(|finding| {
        let (result, detail) = match finding.outcome {
            Ok(detail) => (FINE, detail),
            Err(detail) => (WRONG, detail),
        };
        [result.to_owned(), finding.what, detail]
    });
    let table = rows.fold(Table::new(say!(language, "command-doctor"), columns), Table::row);
    let text = match findings.lines.trim_end() {
        "" => String::new(),
        lines => say!(language, "doctor-lines", lines = lines),
    };
    Ok(Reply::Done(Done { text, table: Some(table) }))
}
