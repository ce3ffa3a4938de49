//! Rows of the outbox, as they are tracked in memory and as they are read.

use super::{Outgoing, Waiting};
use crate::store::clock::Noted;

/// Delivery state of one row; its stanzas may be in memory or in the database only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutboxRow {
    /// Primary key.
    pub(super) seq: i64,
    /// Time of the commit.
    pub(super) noted: Noted,
    /// Number of stanzas.
    pub(super) count: u32,
    /// Bytes of the stanzas that are not acknowledged.
    size: u32,
    /// Number of leading stanzas that are acknowledged.
    acknowledged: u32,
    /// Number of leading stanzas that were written on this connection.
    written: u32,
    /// Number of leading stanzas that were written on any connection.
    ever_written: u32,
}

impl OutboxRow {
    pub(super) fn new(seq: i64, noted: Noted, count: u64, size: u64) -> OutboxRow {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        OutboxRow {
            seq,
            noted,
            count: small(count),
            size: small(size),
            acknowledged: 0,
            written: 0,
            ever_written: 0,
        }
    }

    /// Bytes of the stanzas that are not acknowledged.
    pub(super) fn size(&self) -> u64 {
        self.size.into()
    }

    /// Number of leading stanzas that are acknowledged.
    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged as usize
    }

    /// Stanzas that are not acknowledged.
    pub(super) fn waiting(&self) -> Waiting {
        let messages = u64::from(self.count.saturating_sub(self.acknowledged));
        Waiting { messages, bytes: self.size.into() }
    }

    /// Counts the next `count` stanzas as written. Returns how many of them an earlier connection
    /// had written before.
    pub(super) fn write(&mut self, count: u32) -> u32 {
        let before = self.written;
        self.written += count;
        let repeated = self.ever_written.min(self.written).saturating_sub(before);
        self.ever_written = self.ever_written.max(self.written);
        repeated
    }

    /// Counts the next `count` stanzas, of so many bytes, as acknowledged. Returns whether the
    /// whole row is.
    pub(super) fn acknowledge(&mut self, count: u32, bytes: u64) -> bool {
        self.acknowledged += count;
        self.size = self.size.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.acknowledged >= self.count
    }

    /// Forgets what was written without an acknowledgement, because its connection is gone.
    pub(super) fn rewind(&mut self) {
        self.written = self.acknowledged;
    }
}

/// Row of the outbox with its stanzas, as read from the database.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Primary key.
    pub seq: i64,
    /// Stanzas, in order.
    pub stanzas: Vec<Outgoing>,
}
