//! Commands: defined once, shown as ad-hoc commands (XEP-0050), in a chat, and to administrators on a control socket.
//!
//! A command is a function from a [`Context`](caller::Context) to a [`Reply`](reply::Reply): its end, or a question together with what
//! comes after the answer. The faces know nothing of the commands, and the commands nothing of the faces.

pub mod access;
mod adhoc;
mod admin;
pub mod caller;
mod category;
mod chat;
pub mod control;
mod core;
pub mod dialogue;
mod disco;
mod env;
pub mod list;
mod plugin;
pub mod reply;

pub(crate) use adhoc::{AdHoc, target_of};
pub(crate) use category::is_visible;
pub(crate) use chat::ChatCommands;
pub(crate) use core::{block, default_preferences};
pub(crate) use disco::{command_items, command_name};
pub use env::Env;
pub use list::Commands;

use crate::model::caller::Caller;
use crate::xmpp::{Condition, StanzaError};
use caller::Context;
use list::Command;

/// May they run that?
///
/// # Errors
///
/// What they are told.
fn permitted(command: &Command, context: &Context) -> Result<(), StanzaError> {
    command.may_run(context.standing()).map_err(|why| {
        let condition = match why {
            "denied-not-registered" => Condition::RegistrationRequired,
            "denied-admin-only" => Condition::Forbidden,
            _ => Condition::NotAllowed,
        };
        StanzaError::with_text(
            condition,
            context.language().text(why, &[("network", context.network().into())]),
        )
    })
}

/// Does the gateway talk to them at all?
///
/// # Errors
///
/// What they are told.
fn served(env: &Env, caller: &Caller) -> Result<(), StanzaError> {
    if caller.admin {
        return Ok(());
    }
    env.admission
        .may_register(&caller.jid, caller.language)
        .map_err(|(condition, text)| StanzaError::with_text(condition, text))
}
