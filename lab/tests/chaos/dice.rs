//! Chance that can be had again.

use std::time::{SystemTime, UNIX_EPOCH};

/// Random numbers that a failure can be repeated with: `LAB_SEED`.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| u64::from(d.subsec_nanos()) | 1);
        let seed = std::env::var("LAB_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(now);
        println!("LAB_SEED={seed}");
        Dice(seed)
    }

    /// xorshift64.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap_or(1)).unwrap_or(0)
    }

    /// `count` points of the way to `total`, in order.
    pub(crate) fn instants(&mut self, count: usize, total: usize) -> Vec<usize> {
        let mut instants: Vec<_> = (0..count).map(|_| self.below(total)).collect();
        instants.sort_unstable();
        instants
    }
}
