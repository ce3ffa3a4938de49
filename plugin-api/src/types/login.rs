//! The state of a session's connection to the network.

use super::{choices, messages};
use crate::error::Class;

choices! {
    /// Whether a session is connected to the network.
    pub enum LoginState {
        /// It is not, and nobody tries.
        #[default]
        LoggedOut,
        /// The plugin is connecting again by itself.
        Reconnecting,
        /// It is.
        LoggedIn,
    }
}

messages! {
    /// A change of a session's state, told by the plugin (`Host::logged`).
    pub struct Logged {
        /// Now.
        state: LoginState,
        /// Why, if it failed.
        class: Class,
        /// For the user, shown as the gateway's status: `connected as …`.
        status: Option<String>,
    }
}
