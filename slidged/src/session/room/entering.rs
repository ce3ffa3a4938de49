//! A client that is joining a room.

use crate::xmpp::Stanza;
use tokio::sync::OwnedSemaphorePermit;

/// Client that is joining.
pub(in crate::session) struct Entering {
    pub(in crate::session) client: Box<str>,
    /// Nickname that the client asks for.
    pub(in crate::session) nick: Box<str>,
    pub(in crate::session) attempt: u64,
    /// Number of the connection to the XMPP server that the client joins over.
    pub(in crate::session) epoch: u64,
    /// Place among the limited ones of [`Rooms`](super::Rooms).
    pub(in crate::session) _place: OwnedSemaphorePermit,
    /// Presence of the client, for an error.
    pub(in crate::session) stanza: Box<Stanza>,
}
