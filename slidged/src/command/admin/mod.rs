//! Commands for administrators, at the nodes of XEP-0133 where it has them.

pub(crate) mod accounts;
mod announce;
mod applicants;
mod bans;
mod delete;
pub(crate) mod doctor;
mod invitations;
mod log_in;
mod log_level;
mod users;

use crate::command::heading::Category::Administration;
use crate::command::list::Command;
use crate::command::list::Run;
use plugin_api::CommandAccess::AdminOnly;

/// Beginning of the nodes of XEP-0133.
const ADMIN: &str = "http://jabber.org/protocol/admin#";

/// Lists the commands for administrators.
pub(super) fn all() -> Vec<Command> {
    let command = |word, run: Run| Command::new(word, Some(Administration), AdminOnly, run);
    let standard = |word, node: &str, run: Run| command(word, run).at(&format!("{ADMIN}{node}"));
    vec![
        standard("users", "get-registered-users-list", |context| Box::pin(users::list(context, 0)))
            .with_words(0),
        standard("user", "user-stats", |context| Box::pin(users::one(context))),
        standard("delete-user", "delete-user", |context| Box::pin(delete::run(context))),
        standard("logout-user", "end-user-session", |context| Box::pin(log_in::log_out(context))),
        command("login-user", |context| Box::pin(log_in::log_in(context))),
        standard("announce", "announce", |context| Box::pin(announce::run(context))),
        command("approve", |context| Box::pin(applicants::run(context))),
        command("invite", |context| Box::pin(invitations::run(context))),
        command("bans", |context| Box::pin(bans::list(context))).with_words(0),
        command("ban", |context| Box::pin(bans::add(context))),
        command("unban", |context| Box::pin(bans::remove(context))),
        command("doctor", |context| Box::pin(doctor::run(context))).with_words(1),
        command("log-level", |context| Box::pin(log_level::run(context))),
    ]
}
