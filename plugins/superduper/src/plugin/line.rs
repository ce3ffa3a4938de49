//! The connection to the network.

use crate::protocol::Welcome;

/// The connection as the session sees it.
#[derive(Clone, Debug, Default)]
pub(super) enum Line {
    /// Not connected.
    #[default]
    Down,
    /// Connected.
    Up(Welcome),
}

impl Line {
    /// Where files are; empty without a connection.
    pub(super) fn http(&self) -> String {
        match self {
            Line::Up(welcome) => welcome.http.clone(),
            Line::Down => String::new(),
        }
    }
}
