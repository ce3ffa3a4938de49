//! Presence that the user's server was told.

use plugin_api::Presence;
use tokio::task::AbortHandle;

/// Presence that the user's server was told of the gateway and of contacts.
#[derive(Default)]
pub(in crate::session) struct SentPresence {
    /// The gateway's own.
    pub(in crate::session) gateway: Presence,
    /// The contacts' was told since the link came up, and they were not hidden since.
    pub(in crate::session) contacts: bool,
    /// The contacts are hidden in a moment, unless the network comes back.
    pub(in crate::session) hiding: Option<AbortHandle>,
    /// The user was asked to let the gateway see their presence, since the link came up. A probe
    /// would be answered with `unsubscribed` then, and some servers forget that we asked.
    pub(in crate::session) subscription_asked: bool,
}
