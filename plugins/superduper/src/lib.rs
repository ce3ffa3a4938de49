//! The example network **superduper**: what a real legacy network looks like to slidged, small
//! enough to read in an hour.
//!
//! * [`protocol`]: the words on the wire, described for people in `PROTOCOL.md`.
//! * [`client`]: a typed client that reconnects by itself; the plugin, the demo and the tests use
//!   it.
//! * [`server`]: the network itself, run by the program `superduperd`.
//! * [`plugin`]: the bridge to it.
#![deny(unsafe_code)]
// Not `forbid`: `export_plugin!` exports two symbols, which Rust counts as unsafe.

pub mod client;
pub mod plugin;
pub mod protocol;
pub mod server;
