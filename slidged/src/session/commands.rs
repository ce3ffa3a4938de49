//! The handler of commands on contacts and rooms: only a session knows which address is one of its
//! user's, and commands stand above sessions.

use crate::xmpp::Stanza;
use plugin_api::Chat;
use std::sync::Arc;

/// Handler of commands (XEP-0050) on contacts and rooms.
pub trait ContactCommands: Send + Sync {
    /// Handles an iq to a contact or room if it is about the commands there; false if it is not.
    fn handle(self: Arc<Self>, iq: &Stanza, on: &Chat) -> bool;
}
