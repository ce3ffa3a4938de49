//! Commands for administrators, at the nodes of XEP-0133 where it has them.

mod announce;
mod applicants;
mod bans;
mod delete;
pub(crate) mod doctor;
mod invitations;
mod log_in;
mod log_level;
mod users;

use super::{
    caller::Context,
    category::Category::Administration,
    list::{Command, Run},
    reply::Result,
};
use crate::{
    say,
    session::SessionHandle,
    xmpp::{Condition, StanzaError},
};
use jid::BareJid;
use plugin_api::{CommandAccess::AdminOnly, Field, FieldType, Form};

/// XEP-0133.
const ADMIN: &str = "http://jabber.org/protocol/admin#";
/// The field for one user (XEP-0133).
const ACCOUNT: &str = "accountjid";
/// The field for several (XEP-0133).
const ACCOUNTS: &str = "accountjids";

/// All of them.
pub(super) fn all() -> Vec<Command> {
    let command = |word, run: Run| Command::new(word, Some(Administration), AdminOnly, run);
    let standard = |word, node: &str, run: Run| command(word, run).at(&format!("{ADMIN}{node}"));
    vec![
        standard("users", "get-registered-users-list", |context| Box::pin(users::list(context, 0))),
        standard("user", "user-stats", |context| Box::pin(users::one(context))),
        standard("delete-user", "delete-user", |context| Box::pin(delete::run(context))),
        standard("logout-user", "end-user-session", |context| Box::pin(log_in::log_out(context))),
        command("login-user", |context| Box::pin(log_in::log_in(context))),
        standard("announce", "announce", |context| Box::pin(announce::run(context))),
        command("approve", |context| Box::pin(applicants::run(context))),
        command("invite", |context| Box::pin(invitations::run(context))),
        command("bans", |context| Box::pin(bans::list(context))),
        command("ban", |context| Box::pin(bans::add(context))),
        command("unban", |context| Box::pin(bans::remove(context))),
        command("doctor", |context| Box::pin(doctor::run(context))),
        command("log-level", |context| Box::pin(log_level::run(context))),
    ]
}

fn account_field(context: &Context) -> Field {
    let label = say!(context.language(), "admin-account");
    Field { kind: FieldType::JidSingle, ..Field::text(ACCOUNT, label) }.required()
}

fn accounts_field(context: &Context) -> Field {
    let label = say!(context.language(), "admin-accounts");
    Field { kind: FieldType::JidMulti, ..Field::text(ACCOUNTS, label) }.required()
}

/// The sessions of the users that a form names.
///
/// # Errors
///
/// When one is not registered: then nothing is done at all.
fn named(context: &Context, form: &Form) -> Result<Vec<SessionHandle>> {
    let given = form.get(ACCOUNTS).or_else(|| form.get(ACCOUNT)).map_or("", String::as_str);
    given
        .lines()
        .map(|line| {
            let session = BareJid::new(line.trim()).ok().and_then(|jid| context.env.users.session(&jid));
            session.ok_or_else(|| {
                let text = say!(context.language(), "admin-no-such-user", who = line);
                StanzaError::with_text(Condition::ItemNotFound, text)
            })
        })
        .collect()
}
