//! Search for a stanza at which the server ends the connection: everything behind it would wait for
//! ever, and everybody with it.

use bytes::Bytes;

use super::in_flight::InFlight;
use crate::store::journal::{Budget, Piece, Receipt};

/// Connections that a stanza has to end, alone on its way, before it is given up.
const STRIKES: u32 = 2;

/// Stanzas that the server has to take one at a time before the search is over.
const INNOCENT: u32 = 1000;

/// State of the search. Idle until the server rejects something.
#[derive(Debug, Default)]
pub(super) struct Suspect {
    /// Stanzas that are still to be written one at a time.
    left: u32,
    /// Stanza that is alone on its way.
    alone: Option<Bytes>,
    /// Stanza that was alone when the server ended the connection, and how often that was.
    found: Option<(Bytes, u32)>,
}

impl Suspect {
    /// Notes that a connection has ended, and whether the server ended it because of a stanza.
    pub(super) fn connection_ended(&mut self, rejected: bool) {
        let alone = self.alone.take();
        if !rejected {
            return;
        }
        if let Some(alone) = alone {
            let before = self.found.take().filter(|(found, _)| *found == alone);
            self.found = Some((alone, before.map_or(1, |(_, strikes)| strikes + 1)));
        }
        self.left = INNOCENT;
    }

    /// Limits what is taken: one stanza, when nothing is on its way, while the search goes on.
    pub(super) fn budget(&self, in_flight: &InFlight) -> Budget {
        match (self.left, in_flight.is_empty()) {
            (0, _) => in_flight.budget(),
            (_, true) => Budget { room: 1, strangers: 1, most: 1 },
            (_, false) => Budget { room: 0, strangers: 0, most: 0 },
        }
    }

    /// Whether stanzas are written one at a time.
    pub(super) fn is_searching(&self) -> bool {
        self.left > 0
    }

    /// Whether these must not be written again: then they count as taken.
    pub(super) fn gives_up(&mut self, pieces: &[Piece]) -> bool {
        if self.left == 0 {
            return false;
        }
        let stanza = pieces.iter().flat_map(|piece| &piece.stanzas).next().map(|stanza| &stanza.bytes);
        let found = self.found.take_if(|(found, strikes)| *strikes >= STRIKES && Some(&*found) == stanza);
        if let Some((found, _)) = &found {
            let end = found.iter().position(|&byte| byte == b'>').unwrap_or(found.len()).min(1024);
            let start_tag = String::from_utf8_lossy(&found[..end]);
            tracing::error!(%start_tag, "the XMPP server ends the connection at a stanza, which is given up");
            return true;
        }
        self.alone = stanza.cloned();
        false
    }

    /// Notes what the server has taken.
    pub(super) fn taken(&mut self, receipts: &[Receipt]) {
        if !receipts.is_empty() {
            self.alone = None;
            self.left = self.left.saturating_sub(1);
        }
    }
}
