//! Ids that the network assigns.

use crate::protocol::Millis;

/// Source of ids, each given once.
pub(super) struct Ids {
    /// Start of the network, which makes its ids different from those of another run without state.
    epoch: Millis,
    /// Number of ids given so far.
    count: u64,
}

impl Ids {
    pub(super) fn new(epoch: Millis) -> Ids {
        Ids { epoch, count: 0 }
    }

    /// Returns a new id, never given before in this network.
    pub(super) fn next(&mut self, kind: char) -> String {
        self.count += 1;
        format!("{kind}{:x}.{}", self.epoch, self.count)
    }
}
