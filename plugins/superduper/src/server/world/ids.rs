//! Ids that the network gives.

use crate::protocol::Millis;

/// Gives ids, each once.
pub(super) struct Ids {
    /// Makes ids different from those of another life of a server without state.
    epoch: Millis,
    /// Ids given so far.
    count: u64,
}

impl Ids {
    pub(super) fn new(epoch: Millis) -> Ids {
        Ids { epoch, count: 0 }
    }

    /// A new id, never given before in this network.
    pub(super) fn next(&mut self, kind: char) -> String {
        self.count += 1;
        format!("{kind}{:x}.{}", self.epoch, self.count)
    }
}
