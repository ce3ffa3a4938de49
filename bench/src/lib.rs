//! Benchmarks behind a real XMPP server.
//!
//! [`load`] plays the clients, and the bare component that shows what the server itself can do.
//! [`drive`] starts everything, measures the cases in turns and makes one table of them.
#![forbid(unsafe_code)]

pub mod drive;
pub mod load;
mod usage;

use std::fmt::Display;
use std::io;
use std::time::Duration;

/// An error in our own words.
pub(crate) fn failed(what: impl Display) -> io::Error {
    io::Error::other(what.to_string())
}

/// Waits, where nothing can be awaited: a rate to keep, a process that starts.
#[expect(clippy::disallowed_methods, reason = "this thread serves nobody else")]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
