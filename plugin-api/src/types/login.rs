//! The state of a session's connection to the network.

use super::{choices, messages};
use crate::error::Class;

choices! {
    /// State of a session's connection to the network.
    pub enum LoginState {
        /// The session is not connected, and nobody tries to connect it.
        #[default]
        LoggedOut,
        /// The plugin is connecting again by itself.
        Reconnecting,
        /// Connected.
        LoggedIn,
    }
}

messages! {
    /// Change of a session's state, told by [`Host::connected`](crate::Host::connected) and
    /// [`Host::disconnected`](crate::Host::disconnected).
    pub struct Logged {
        /// New state.
        state: LoginState,
        /// Reason of a failure, which decides when the daemon tries again.
        class: Class,
        /// Text of the gateway's status: `Connected as juliet`.
        status: Option<String>,
    }
}
