//! Entries: the units that are submitted to the journal.

use std::sync::Arc;

use bytes::Bytes;

use super::storable::Storable as _;
use super::{Lane, Write};
use crate::store::MessageIds;

/// Unit of work: all of it is committed, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Changes of rows.
    pub writes: Vec<Write>,
    /// Finished stanzas for the XMPP server, in order.
    pub stanzas: Vec<Outgoing>,
    /// Ids of the event that this entry is about. An entry whose event is known already does
    /// nothing and is answered as a duplicate; otherwise the ids are noted, as [`Write::Message`]
    /// would.
    pub dedup: Option<MessageIds>,
    /// Lane of the stanzas; set by the [`Journal`](super::Journal) that the entry is submitted to.
    pub lane: Lane,
}

/// Finished stanza (XML in the namespace of the component stream).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// XML.
    pub bytes: Bytes,
    /// Whether the stanza must reach the server. Others keep their place among the durable ones
    /// while the link is up and are dropped while it is down, except for errors of messages.
    pub durable: bool,
    /// Whether the stanza is a receipt, an error or a result, which mean the same before and behind
    /// other stanzas. Answers do not wait behind a backlog of their own lane.
    pub answer: bool,
    /// Address of somebody who is not registered; set by the [`Journal`](super::Journal) that it is
    /// submitted to.
    pub stranger: Option<Arc<str>>,
}

impl Outgoing {
    /// Creates a stanza that must reach the server.
    pub fn durable(bytes: impl Into<Bytes>) -> Outgoing {
        Outgoing { bytes: bytes.into(), durable: true, answer: false, stranger: None }
    }

    /// Creates a stanza that is worth nothing later.
    pub fn ephemeral(bytes: impl Into<Bytes>) -> Outgoing {
        Outgoing { bytes: bytes.into(), durable: false, answer: false, stranger: None }
    }

    /// Marks the stanza as an answer.
    #[must_use]
    pub fn answering(self) -> Outgoing {
        Outgoing { answer: true, ..self }
    }

    /// Whether it is kept while the link is down although it is in no row: an error is all that
    /// tells a user that a message has failed. Those of strangers are not kept, because these may
    /// be many.
    pub(super) fn outlives_the_link(&self, lane: Lane) -> bool {
        !lane.is_of_strangers() && self.answer && !self.durable && self.bytes.starts_with(b"<message")
    }
}

/// Memory of an entry beyond its bytes: the entry itself and a row or two.
const OVERHEAD: usize = 256;

impl Entry {
    /// Approximate memory in bytes.
    pub(super) fn weight(&self) -> usize {
        let stanzas: usize = self.stanzas.iter().map(|stanza| stanza.bytes.len() + 32).sum();
        let writes: usize = self.writes.iter().map(Write::weight).sum();
        OVERHEAD + stanzas + writes
    }

    /// Number and bytes of its durable stanzas.
    pub(super) fn durable(&self) -> (u64, u64) {
        let durable = self.stanzas.iter().filter(|stanza| stanza.durable);
        durable.fold((0, 0), |(count, bytes), stanza| (count + 1, bytes + stanza.bytes.len() as u64))
    }

    /// Whether it has nothing to do with the database.
    pub(super) fn is_ephemeral(&self) -> bool {
        self.writes.is_empty() && self.dedup.is_none() && !self.stanzas.iter().any(|stanza| stanza.durable)
    }

    /// Whether it only sends, so that it need not wait for a failing database.
    pub(super) fn needs_no_database(&self) -> bool {
        !self.stanzas.is_empty() && self.is_ephemeral()
    }

    /// Whether both engines can store its values.
    pub(super) fn is_storable(&self) -> bool {
        self.dedup.is_storable() && self.writes.iter().all(Write::is_storable)
    }
}
