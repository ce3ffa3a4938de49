//! State of the connection to the network.

use crate::protocol::Welcome;

/// State of the connection as the session sees it.
#[derive(Clone, Debug, Default)]
pub(super) enum ConnectionState {
    /// No connection, or none any more.
    #[default]
    Down,
    /// Connection that is logged in.
    Up(Welcome),
}

impl ConnectionState {
    /// Returns the `host:port` that files are served at; empty without a connection.
    pub(super) fn http(&self) -> String {
        match self {
            ConnectionState::Up(welcome) => welcome.http.clone(),
            ConnectionState::Down => String::new(),
        }
    }
}
