//! The binary interface, all of it. Everything here is `repr(C)`, checked by `abi_stable` when a
//! plugin is loaded, and meant to stay as it is: what evolves are the messages, which are declared
//! with [`crate::interface!`].
//!
//! Not for authors of plugins, who only use [`crate::export_plugin!`].

// From the expansion of `sabi_trait`, which predates that lint.
#![allow(non_local_definitions, unused_qualifications)]

mod handshake;
mod log;
mod peer;
mod root;

pub use abi_stable::library::LibHeader;
pub use handshake::Handshake;
pub use log::{LogBox, LogField, LogSink, LogSink_TO, LogSite, LogValue, SpanAction};
pub use peer::{Peer, Peer_TO, PeerBox, Reply, ReplyOf};
pub use root::{Entry, Root, RootRef, header};
