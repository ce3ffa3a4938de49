//! The daemon's side: finding, checking and starting plugins, and its end of their conversations.

mod error;
mod file;
mod layout;
#[allow(unsafe_code)]
mod load;
mod permissions;
mod plugin;
mod sink;
mod site;
mod threads;
mod turn;
pub(crate) mod watch;

pub use crate::{
    ffi::Handshake,
    rpc::{BoxFuture, CALL_LIMIT, HostHandler, Pending, Reply, decode, encode},
};
pub use error::{LoadError, LoadErrorKind};
pub use plugin::Plugin;
pub use threads::Threads;
pub use watch::Held;
