//! Pieces of a lane: stanzas on their way from the feed to the link.

use super::{Lane, Outgoing};
use crate::store::clock::Noted;

/// Consecutive stanzas of one lane, to be written now.
#[derive(Debug)]
pub struct Piece {
    /// Lane of the stanzas.
    pub lane: Lane,
    /// Stanzas in order, durable and ephemeral.
    pub stanzas: Vec<Outgoing>,
    /// Time of their commit; `None` for stanzas that are in no row.
    pub noted: Option<Noted>,
    /// Number of durable stanzas that an earlier connection had written already.
    pub repeated: u32,
    /// Row in the outbox.
    pub(super) row: Option<i64>,
}

/// Receipt for a [`Piece`], to be returned when the server has taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Lane of the piece.
    pub lane: Lane,
    /// Number of durable stanzas.
    pub messages: u32,
    /// Bytes of all stanzas.
    pub size: u64,
    /// Bytes of the durable stanzas.
    pub(super) durable: u64,
    /// Number of message errors that are in no row.
    pub(super) errors: usize,
    /// Row in the outbox.
    pub(super) row: Option<i64>,
}

impl Piece {
    /// Creates a piece of stanzas that are in no row.
    #[must_use]
    pub fn loose(lane: Lane, stanzas: Vec<Outgoing>) -> Piece {
        Piece { lane, stanzas, noted: None, repeated: 0, row: None }
    }

    /// Makes out the receipt.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        let (lane, row) = (self.lane, self.row);
        let start = Receipt { lane, row, messages: 0, size: 0, durable: 0, errors: 0 };
        self.stanzas.iter().fold(start, |sum, stanza| {
            let (bytes, durable) = (stanza.bytes.len() as u64, u32::from(stanza.durable));
            Receipt {
                messages: sum.messages + durable,
                size: sum.size + bytes,
                durable: sum.durable + bytes * u64::from(durable),
                errors: sum.errors + usize::from(stanza.outlives_the_link(lane)),
                ..sum
            }
        })
    }
}

impl Receipt {
    /// Whether a barrier has to prove that the server has taken the piece. For other pieces it only
    /// frees their room in the window.
    #[must_use]
    pub fn is_to_be_proven(&self) -> bool {
        self.messages > 0 || self.errors > 0
    }
}

/// Budget for one [`Feed::take`](super::Feed::take).
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bytes that may be written now; the last stanza may go beyond.
    pub room: usize,
    /// Bytes of `room` that strangers may use.
    pub strangers: usize,
    /// Bytes that are worth one write.
    pub most: usize,
}

/// Result of one [`Feed::take`](super::Feed::take).
#[derive(Debug, Default)]
pub struct Taken {
    /// Pieces in the order in which to write them.
    pub pieces: Vec<Piece>,
    /// Whether more is waiting that the budget did not allow.
    pub blocked: bool,
}
