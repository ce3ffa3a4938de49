//! The connection to the network.

use crate::protocol::Welcome;

/// The connection as the session sees it.
#[derive(Clone, Debug, Default)]
pub(super) enum ConnectionState {
    /// Not connected.
    #[default]
    Down,
    /// Connected.
    Up(Welcome),
}

impl ConnectionState {
    /// Where files are; empty without a connection.
    pub(super) fn http(&self) -> String {
        match self {
            ConnectionState::Up(welcome) => welcome.http.clone(),
            ConnectionState::Down => String::new(),
        }
    }
}
