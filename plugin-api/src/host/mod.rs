//! The daemon's side: finding, checking and starting plugins, and its end of their conversations.

mod error;
mod file;
mod layout;
#[allow(unsafe_code)]
mod load;
mod owner;
mod plugin;
mod sink;
mod site;
mod turn;
pub(crate) mod watch;

pub use crate::{
    ffi::Handshake,
    rpc::{BoxFuture, HostHandler, Pending, Reply, decode, encode},
};
pub use error::{LoadError, Why};
pub use plugin::{CALL_LIMIT, Plugin};
pub use watch::{Held, Threads};
