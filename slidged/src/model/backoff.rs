//! Exponential back-off with full jitter. The randomness is a parameter.

use std::time::Duration;

/// Growth of waiting times.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The first waiting time at most.
    pub first: Duration,
    /// Every waiting time at most.
    pub longest: Duration,
}

impl Backoff {
    /// Time to wait before try `attempt` (from 0): anything from a tenth of to the whole of
    /// `first`·2^`attempt`, as `random` (0 to 1) says.
    #[must_use]
    pub fn delay(&self, attempt: u32, random: f64) -> Duration {
        let ceiling = self.first.saturating_mul(1 << attempt.min(20)).min(self.longest);
        ceiling.mul_f64(0.1 + 0.9 * random.clamp(0.0, 1.0))
    }
}

/// A random number from 0 to 1; one half when the system has none.
#[must_use]
pub fn random() -> f64 {
    getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_longest_and_stays_within_it() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(300) };
        assert_eq!(backoff.delay(0, 1.0), Duration::from_secs(1));
        assert_eq!(backoff.delay(3, 1.0), Duration::from_secs(8));
        assert_eq!(backoff.delay(3, 0.0), Duration::from_millis(800));
        assert_eq!(backoff.delay(u32::MAX, 1.0), Duration::from_secs(300));
    }
}
