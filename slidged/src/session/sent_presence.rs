//! Presence that the user's server was told.

use plugin_api::Presence;
use tokio::task::AbortHandle;

/// Presence that the user's server was told of the gateway and of contacts.
#[derive(Default)]
pub(in crate::session) struct SentPresence {
    /// Presence of the gateway itself.
    pub(in crate::session) gateway: Presence,
    /// True if the contacts' presence was sent since the link came up, and they were not hidden
    /// since.
    pub(in crate::session) contacts: bool,
    /// Timer that hides the contacts, unless the network comes back before.
    pub(in crate::session) hiding: Option<AbortHandle>,
    /// True if the user was asked to share their presence since the link came up. A probe would be
    /// answered with `unsubscribed` then, and some servers forget that the gateway has asked.
    pub(in crate::session) subscription_asked: bool,
}
