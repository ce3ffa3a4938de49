//! Acknowledgements of events: only an unbroken row of events that are done may be acknowledged.

use std::collections::BTreeSet;

/// Numbers of the events that were done out of order.
#[derive(Debug, Default)]
pub(super) struct Acks {
    upto: u64,
    ahead: BTreeSet<u64>,
}

impl Acks {
    /// Starts with the event `next`: everything before it counts as done.
    pub(super) fn starting(next: u64) -> Acks {
        Acks { upto: next.saturating_sub(1), ahead: BTreeSet::new() }
    }

    /// Marks an event as done, and returns the number to acknowledge when the row grew.
    pub(super) fn done(&mut self, seq: u64) -> Option<u64> {
        if seq <= self.upto {
            return None;
        }
        self.ahead.insert(seq);
        let before = self.upto;
        while self.ahead.remove(&(self.upto + 1)) {
            self.upto += 1;
        }
        (self.upto > before).then_some(self.upto)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unbroken_row_is_acknowledged_in_whatever_order_it_was_done() {
        let mut acks = Acks::starting(5);
        assert_eq!(acks.done(7), None);
        assert_eq!(acks.done(6), None);
        assert_eq!(acks.done(5), Some(7));
        assert_eq!(acks.done(6), None, "a repeat is no news");
        assert_eq!(acks.done(8), Some(8));
    }
}
