//! When to try again. Pure: the random number is a parameter.

use std::time::Duration;

use super::{DownReason, Timing};

/// Delays between attempts: at once after a connection that had lived, then growing, with full jitter so that many
/// gateways of one server do not come back in step.
#[derive(Debug)]
pub(super) struct Backoff {
    timing: Timing,
    failures: u32,
}

impl Backoff {
    pub(super) fn new(timing: Timing) -> Self {
        Backoff { timing, failures: 0 }
    }

    /// The delay after a connection or attempt that ended so. `lived` is how long the connection was up, nothing when it never
    /// was; `random` is uniform over all values.
    pub(super) fn delay(&mut self, why: &DownReason, lived: Option<Duration>, random: u64) -> Duration {
        if lived.is_some_and(|l| l >= self.timing.stable) {
            self.failures = 0;
        }
        let failures = self.failures;
        self.failures = failures.saturating_add(1);
        if why.is_refusal() {
            // Half fixed, half random: never quick, never in step.
            let half = self.timing.refused_delay / 2;
            return half + fraction(half, random);
        }
        // Who came and went meets the server that still sees the old connection; it needs a moment.
        let exponent = if failures == 0 && lived.is_some() && *why != DownReason::Conflict {
            return Duration::ZERO;
        } else {
            failures.saturating_sub(u32::from(lived.is_some())).min(20)
        };
        let longest = self.timing.first_delay.saturating_mul(1 << exponent).min(self.timing.longest_delay);
        fraction(longest, random)
    }
}

fn fraction(of: Duration, random: u64) -> Duration {
    let nanos = u128::from(u64::try_from(of.as_nanos()).unwrap_or(u64::MAX));
    let part = (nanos * u128::from(random)) >> 64;
    Duration::from_nanos(u64::try_from(part).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Option<Duration> = Some(Duration::from_secs(3600));

    fn io() -> DownReason {
        DownReason::Io("refused".into())
    }

    #[test]
    fn the_first_retry_after_a_good_connection_comes_at_once() {
        let mut b = Backoff::new(Timing::default());
        assert_eq!(b.delay(&DownReason::Closed, LONG, u64::MAX), Duration::ZERO);
    }

    #[test]
    fn delays_double_up_to_the_longest_with_full_jitter() {
        let mut b = Backoff::new(Timing::default());
        let longest: Vec<u128> = (0..10).map(|_| b.delay(&io(), None, u64::MAX).as_millis()).collect();
        assert_eq!(longest, [499, 999, 1999, 3999, 7999, 15999, 31999, 59999, 59999, 59999]);
        assert_eq!(b.delay(&io(), None, 0), Duration::ZERO);
        assert_eq!(b.delay(&io(), None, 1 << 63).as_secs(), 30);
        assert_eq!(b.delay(&io(), LONG, u64::MAX), Duration::ZERO, "and begin anew after a success");
    }

    #[test]
    fn connections_that_die_young_are_not_retried_at_once() {
        let mut b = Backoff::new(Timing::default());
        let young = Some(Duration::ZERO);
        assert_eq!(b.delay(&DownReason::Closed, young, u64::MAX), Duration::ZERO);
        assert_eq!(b.delay(&DownReason::Closed, young, u64::MAX).as_millis(), 499);
        assert_eq!(b.delay(&DownReason::Closed, young, u64::MAX).as_millis(), 999);
    }

    #[test]
    fn conflict_waits_and_refusal_waits_long() {
        let mut b = Backoff::new(Timing::default());
        assert_eq!(b.delay(&DownReason::Conflict, LONG, u64::MAX).as_millis(), 499);
        let mut b = Backoff::new(Timing::default());
        assert_eq!(b.delay(&DownReason::NotAuthorized, None, 0).as_secs(), 30);
        assert_eq!(b.delay(&DownReason::HostUnknown, None, u64::MAX).as_secs(), 59);
    }
}
