//! Typed conversations on top of [`ffi::Peer`](crate::ffi::Peer), declared with
//! [`crate::interface!`].
//!
//! Not for authors of plugins.

mod answer;
mod codec;
#[cfg(feature = "host")]
mod handler;
mod interface;
mod remote;
mod reply;
mod server;
mod tasks;

pub use answer::{Answer, Sending};
pub(crate) use codec::encode_error;
#[cfg(feature = "host")]
pub(crate) use codec::settle;
pub use codec::{decode, encode};
#[cfg(feature = "host")]
pub use handler::HostHandler;
#[cfg(feature = "host")]
pub(crate) use handler::serve;
#[cfg(feature = "host")]
pub use remote::CALL_LIMIT;
pub use remote::Remote;
pub use reply::{Pending, Reply};
pub use server::{Serve, Server};
pub use tasks::Tasks;

pub use crate::runtime::{BoxFuture, Executor};

/// Encoded arguments, as they crossed.
pub type Arguments = abi_stable::std_types::RVec<u8>;

#[cfg(all(test, feature = "host"))]
mod tests;
