//! Consecutive failures of the database, and the pauses between attempts.

use std::time::Duration;

use tokio::time::Instant;

/// First pause after a failure; doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause: a database that is well again is found soon.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Consecutive failures.
#[derive(Debug, Default)]
pub(super) struct Retry {
    failures: u32,
    since: Option<Instant>,
}

impl Retry {
    /// Notes a failure and returns how long to wait. A connection may have broken long ago, so the
    /// first new one is tried at once.
    pub(super) fn pause(&mut self, now: Instant, disconnected: bool) -> Duration {
        self.since.get_or_insert(now);
        let failures = self.failures;
        self.failures = failures.saturating_add(1);
        match failures {
            0 if disconnected => Duration::ZERO,
            failures => FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE),
        }
    }

    /// Returns the time of the first failure.
    pub(super) fn since(&self) -> Option<Instant> {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_connection_is_tried_again_at_once_and_pauses_end_at_two_seconds() {
        let now = Instant::now();
        let mut retry = Retry::default();
        let pauses: Vec<_> = (0..7).map(|_| retry.pause(now, true).as_millis()).collect();
        assert_eq!(pauses, [0, 200, 400, 800, 1600, 2000, 2000]);
        let mut retry = Retry::default();
        assert_eq!(retry.pause(now, false), FIRST_PAUSE);
        assert_eq!(retry.since(), Some(now));
    }
}
