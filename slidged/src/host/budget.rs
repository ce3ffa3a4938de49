//! Memory limits of waiting operations of the plugin and messages of users: the journal may be
//! slow, and there are many sessions.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// Operations in all mailboxes and conversations together. Each takes about two kilobytes beside
/// its bytes, on its way from the plugin's message to the journal's entry: a hundred megabytes.
const ALL_OPERATIONS: usize = 50_000;
/// Bytes of all of them together: they are there up to twice, as they came and as what is made of
/// them, and with the above that is less than half of the memory that the service is given.
const ALL_BYTES: usize = 128 << 20;
/// Operations that a session may have outstanding though others have taken their half.
const FEW_OPERATIONS: usize = 64;
/// Bytes that a session may have outstanding though others have taken their half.
const FEW_BYTES: usize = 1 << 20;

/// Number and bytes of outstanding operations.
#[derive(Debug, Default)]
pub(super) struct Outstanding {
    operations: AtomicUsize,
    bytes: AtomicUsize,
}

impl Outstanding {
    /// One more; gives what there is with it.
    fn add(&self, size: usize) -> (usize, usize) {
        let operations = self.operations.fetch_add(1, Relaxed);
        (operations + 1, self.bytes.fetch_add(size, Relaxed).saturating_add(size))
    }

    /// Number and bytes with one operation more.
    fn with(&self, size: usize) -> (usize, usize) {
        (self.operations.load(Relaxed) + 1, self.bytes.load(Relaxed).saturating_add(size))
    }
}

/// An outstanding operation's share of the budget, until it is dropped.
#[derive(Debug)]
pub struct Share {
    size: usize,
    own: Arc<Outstanding>,
    all: Arc<Outstanding>,
}

impl Drop for Share {
    fn drop(&mut self) {
        for outstanding in [&self.own, &self.all] {
            outstanding.operations.fetch_sub(1, Relaxed);
            outstanding.bytes.fetch_sub(self.size, Relaxed);
        }
    }
}

/// The bound for all together.
#[derive(Clone, Debug, Default)]
pub struct Budget(Arc<Outstanding>);

/// The bound for one session, or for one direction of it, within that for all.
#[derive(Debug)]
pub struct Allowance {
    own: Arc<Outstanding>,
    all: Arc<Outstanding>,
    operations: usize,
    bytes: usize,
}

impl Budget {
    /// Creates the allowance of one session, with bounds of its own.
    #[must_use]
    pub fn allowance(&self, operations: usize, bytes: usize) -> Allowance {
        Allowance { own: Arc::default(), all: self.0.clone(), operations, bytes }
    }
}

impl Allowance {
    /// A share for something of that size; none when that would be too much. Who has much
    /// outstanding gets one only while half of all is free.
    #[must_use]
    pub fn share(&self, size: usize) -> Option<Share> {
        let (own, all) = (self.own.add(size), self.all.add(size));
        // From here on, dropping it gives it back.
        let share = Share { size, own: self.own.clone(), all: self.all.clone() };
        self.allows(own, all).then_some(share)
    }

    /// Whether there would be one now.
    #[must_use]
    pub fn has_room(&self, size: usize) -> bool {
        self.allows(self.own.with(size), self.all.with(size))
    }

    fn allows(&self, (operations, bytes): (usize, usize), (all, all_bytes): (usize, usize)) -> bool {
        let few = operations <= FEW_OPERATIONS && (operations == 1 || bytes <= FEW_BYTES);
        let part = if few { 1 } else { 2 };
        operations <= self.operations
            && bytes <= self.bytes
            && all <= ALL_OPERATIONS / part
            && all_bytes <= ALL_BYTES / part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_little_outstanding_goes_on_while_others_have_taken_their_half() {
        let budget = Budget::default();
        let greedy: Vec<_> = (0..20).map(|_| budget.allowance(4096, usize::MAX)).collect();
        let shares: Vec<_> = greedy.iter().flat_map(|one| std::iter::from_fn(|| one.share(1000))).collect();
        assert!(shares.len() <= ALL_OPERATIONS / 2 + 20 * FEW_OPERATIONS, "{}", shares.len());
        let modest = budget.allowance(4096, usize::MAX);
        let own: Vec<_> = std::iter::from_fn(|| modest.share(1000)).collect();
        assert_eq!(own.len(), FEW_OPERATIONS);
        drop(shares);
        assert!(modest.share(1000).is_some());
        drop(own);
        assert_eq!((budget.0.operations.load(Relaxed), budget.0.bytes.load(Relaxed)), (0, 0));
    }

    #[test]
    fn however_many_there_are_all_together_are_bounded_in_number_and_in_bytes() {
        let fill = |size: usize| {
            let budget = Budget::default();
            let all: Vec<_> = (0..5000).map(|_| budget.allowance(4096, 32 << 20)).collect();
            all.iter().flat_map(|one| std::iter::from_fn(|| one.share(size))).collect::<Vec<_>>().len()
        };
        assert_eq!(fill(10), ALL_OPERATIONS);
        assert_eq!(fill(100 << 10), ALL_BYTES / (100 << 10));
    }
}
