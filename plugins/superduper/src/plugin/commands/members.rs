//! Command that lists the members of a group with their roles.

use plugin_api::prelude::*;

use super::super::account::Account;
use super::super::errors::explain;
use super::super::ids::group_id;
use crate::protocol::Role;
use crate::protocol::group::Members;

pub(super) const NODE: &str = "members";

pub(super) fn command() -> Command {
    Command::new(NODE, "List members", "Lists who is in a group, and what they may do there")
        .access(CommandAccess::UserLogged)
        .alone()
        .target(CommandTarget::Room)
}

/// Shows the first page only: nobody reads more than that in a table.
pub(super) async fn run(account: &Account, room: RoomId) -> Result<CommandReply> {
    let page =
        account.request(Members { group: group_id(&room)?, ..Members::default() }).await.map_err(explain)?;
    let columns =
        vec![Field::addresses("jid", "Address"), Field::text("name", "Name"), Field::text("role", "Role")];
    let title = if page.more { "The first members of the group" } else { "Members of the group" };
    let table = page.members.into_iter().fold(Table::new(title, columns), |table, member| {
        table.row([member.user, member.name, role(member.role).to_owned()])
    });
    Ok(CommandReply::table(table))
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Member => "member",
        Role::Invited => "invited",
        Role::Banned => "banned",
        Role::None => "",
    }
}
