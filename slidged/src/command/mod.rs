//! Commands: defined once, shown as ad-hoc commands (XEP-0050), in a chat, and to administrators on
//! a control socket.
//!
//! A command is a function from a [`Context`](caller::Context) to a [`Reply`](reply::Reply): its
//! end, or a question together with what comes after the answer. The front ends know nothing of the
//! single commands, and the commands nothing of the front ends.

pub mod access;
mod adhoc;
mod admin;
pub mod caller;
pub(crate) mod catalog;
mod category;
mod chat;
pub mod control;
mod core;
pub mod dialogue;
mod disco;
mod env;
pub(crate) mod heading;
pub mod list;
pub(crate) mod permission;
mod plugin;
pub(crate) mod qr_logins;
pub mod reply;
mod runs;

pub use crate::command::catalog::Commands;
pub(crate) use adhoc::{AdHoc, target_of};
pub(crate) use category::is_visible;
pub(crate) use chat::ChatCommands;
pub(crate) use core::{block, default_preferences};
pub(crate) use disco::{command_items, command_name};
pub use env::Env;
