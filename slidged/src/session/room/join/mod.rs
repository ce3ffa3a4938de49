//! A join: a client of the user comes into a room (XEP-0045 section 7.2).

mod occupant_list;
mod run;

use crate::xmpp::Stanza;
use crate::xmpp::muc::History;
use plugin_api::ContactId;
use tokio::sync::OwnedSemaphorePermit;

pub(in crate::session) use run::join;

/// A client on its way into a room.
pub(in crate::session) struct Join {
    room: ContactId,
    /// Resource of the client.
    client: Box<str>,
    /// Nick that the client asks for.
    nick: Box<str>,
    /// History that the client wants.
    history: History,
    /// Number of the attempt, which a later one of the same client replaces.
    attempt: u64,
    /// Connection to the XMPP server that the client came over.
    epoch: u64,
    /// One of the places of [`Rooms`](super::Rooms).
    _place: OwnedSemaphorePermit,
    /// The presence, for an error.
    stanza: Box<Stanza>,
}
