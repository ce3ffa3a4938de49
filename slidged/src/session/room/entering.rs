//! A client that is joining a room.

use crate::xmpp::Stanza;
use tokio::sync::OwnedSemaphorePermit;

/// A client on its way in.
pub(in crate::session) struct Entering {
    pub(in crate::session) client: Box<str>,
    /// What it wants to be called.
    pub(in crate::session) nick: Box<str>,
    pub(in crate::session) attempt: u64,
    /// The connection to the XMPP server that it comes in over.
    pub(in crate::session) epoch: u64,
    /// One of those of [`Rooms`](super::Rooms).
    pub(in crate::session) _place: OwnedSemaphorePermit,
    /// Its presence, for an error.
    pub(in crate::session) stanza: Box<Stanza>,
}
