//! Command that makes invitations: tokens that let somebody register.

use crate::command::caller::Context;
use crate::command::reply::{Question, Reply, Result};
use crate::model::clock::now;
use crate::say;
use crate::services::store_failed;
use crate::store::{Entry, Invitation, Write, new_token};
use crate::xmpp::{Condition, StanzaError};
use plugin_api::{Field, Form};
use secrecy::ExposeSecret;

const USES: &str = "uses";
const DAYS: &str = "days";
const NOTE: &str = "note";
/// Length of a day, in milliseconds.
const DAY: i64 = 24 * 3600 * 1000;
/// Longest time until an invitation expires, in days: beyond that it would be an open door.
const MOST_DAYS: i64 = 365;
/// Most uses of an invitation: beyond that it would be an open door.
const MOST_USES: u32 = 1000;

pub(super) async fn run(context: Context) -> Result {
    let language = context.language();
    let fields = vec![
        Field::text(USES, say!(language, "invitation-uses")).value("1"),
        Field::text(DAYS, say!(language, "invitation-days")).value("7"),
        Field::text(NOTE, say!(language, "invitation-note")),
    ];
    Ok(Question::form(say!(language, "command-invite"), "", fields, make).into())
}

async fn make(context: Context, form: Form) -> Result {
    let language = context.language();
    let number = |var: &str| form.get(var).and_then(|text| text.trim().parse::<u32>().ok());
    let wrong = |id: &str| {
        let text = say!(language, "field-no-number", field = language.text(id, &[]));
        StanzaError::with_text(Condition::NotAcceptable, text)
    };
    let uses =
        number(USES).filter(|uses| (1..=MOST_USES).contains(uses)).ok_or_else(|| wrong("invitation-uses"))?;
    let days = number(DAYS).map(i64::from).filter(|days| (1..=MOST_DAYS).contains(days));
    let days = days.ok_or_else(|| wrong("invitation-days"))?;
    let (token, hash) = new_token().map_err(|error| store_failed(&error))?;
    let at = now();
    let invitation = Invitation {
        token: hash,
        made_by: context.caller.bare(),
        made_at: at,
        expires_at: at + days * DAY,
        uses_left: uses,
        note: form.get(NOTE).cloned().unwrap_or_default(),
    };
    let writes = vec![Write::InvitationAdd(invitation)];
    let made = context.env.services.journal.commit(Entry { writes, ..Entry::default() }).await;
    made.map_err(|error| store_failed(&error))?;
    let days = u64::try_from(days).unwrap_or_default();
    Ok(Reply::done(say!(
        language,
        "invitation-made",
        token = token.expose_secret(),
        uses = u64::from(uses),
        days = days
    )))
}
