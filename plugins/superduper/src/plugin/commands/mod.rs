//! Commands of the plugin: each has a file, with its description and its work.
//!
//! Nothing is kept between the steps of a command except the `state` of its last reply.

mod approve_device;
mod common;
mod create_account;
mod devices;
mod forget;
mod last_seen;
mod link_device;
mod logout_device;
mod members;
mod nickname;
mod ping_network;

use plugin_api::prelude::*;

use super::account::Account;

/// Lists all commands.
pub(super) fn all() -> Vec<Command> {
    vec![
        ping_network::command(),
        create_account::command(),
        devices::command(),
        logout_device::command(),
        link_device::command(),
        approve_device::command(),
        nickname::command(),
        last_seen::command(),
        forget::command(),
        members::command(),
    ]
}

/// Runs a step of a command for somebody who is not registered.
pub(super) async fn for_strangers(server: &str, call: &CommandCall) -> Result<CommandReply> {
    match call.node.as_str() {
        ping_network::NODE => ping_network::run(server).await,
        create_account::NODE => create_account::run(server, call).await,
        node => Err(unknown(node)),
    }
}

/// Runs a step of a command for a user.
pub(super) async fn for_users(account: &Account, call: &CommandCall) -> Result<CommandReply> {
    let on = call.on.as_ref();
    if let Some(contact) = on.and_then(Chat::as_contact) {
        return match call.node.as_str() {
            nickname::NODE => nickname::run(account, call, contact).await,
            last_seen::NODE => last_seen::run(account, contact).await,
            forget::NODE => forget::run(account, call, contact).await,
            node => Err(unknown(node)),
        };
    }
    if let Some(room) = on.and_then(Chat::as_room) {
        return match call.node.as_str() {
            members::NODE => members::run(account, room).await,
            node => Err(unknown(node)),
        };
    }
    match call.node.as_str() {
        ping_network::NODE => ping_network::run(&account.settings().server).await,
        devices::NODE => devices::run(account).await,
        logout_device::NODE => logout_device::run(account, call).await,
        link_device::NODE => link_device::run(account, call).await,
        approve_device::NODE => approve_device::run(account, call).await,
        node => Err(unknown(node)),
    }
}

fn unknown(node: &str) -> Error {
    Error::from(Condition::ItemNotFound).with_detail(format!("there is no command {node}"))
}
