//! Waiting times between attempts to connect.

use std::time::Duration;

/// Exponential back-off with full jitter: the first attempt comes at once, each further one after a
/// random part of a growing time.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Default for Backoff {
    /// Waits of half a second to a minute: soon enough for a restart, rare enough for an outage.
    fn default() -> Backoff {
        Backoff::new(Duration::from_millis(500), Duration::from_secs(60))
    }
}

impl Backoff {
    /// Creates a back-off whose longest wait grows from `first` to `longest`.
    pub fn new(first: Duration, longest: Duration) -> Backoff {
        Backoff { first, longest, failures: 0 }
    }

    /// Counts a failure and returns the time to wait after it. `random` is any random number.
    pub fn wait(&mut self, random: u32) -> Duration {
        let failures = self.failures;
        self.failures = self.failures.saturating_add(1);
        let Some(doublings) = failures.checked_sub(1) else { return Duration::ZERO };
        let most = self.first.saturating_mul(2_u32.saturating_pow(doublings)).min(self.longest);
        most.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// Forgets the failures: the connection works again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attempt_comes_at_once_and_later_ones_after_a_growing_but_bounded_time() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(60));
        let waits: Vec<u128> = (0..10).map(|_| backoff.wait(u32::MAX).as_millis()).collect();
        assert_eq!(waits, [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(backoff.wait(0), Duration::ZERO, "full jitter");
        for _ in 0..100 {
            backoff.wait(1);
        }
        backoff.reset();
        assert_eq!(backoff.wait(u32::MAX), Duration::ZERO);
    }
}
