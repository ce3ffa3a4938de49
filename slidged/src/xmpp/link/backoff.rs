//! Back-off between connection attempts. Pure: the random number is a parameter.

use std::time::Duration;

use super::{DownReason, Timing};

/// A connection that is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct WasUp {
    pub(super) lived: Duration,
    /// The server has read what we wrote, and we what it wrote.
    pub(super) worked: bool,
}

/// Attempts after a connection that worked which are made soon: a server that is restarted is back
/// within a quarter of a minute, one that is not is away for long.
const SOON: u32 = 16;

/// Delays between attempts: at once after a connection that had lived, short after one that worked,
/// else growing; with full jitter, so that many gateways of one server do not come back in step.
#[derive(Debug)]
pub(super) struct Backoff {
    timing: Timing,
    /// Attempts that are still made soon.
    soon: u32,
    /// Attempts in a row, and connections that never worked.
    failures: u32,
    /// Connections in a row that worked, but not for long.
    cuts: u32,
}

impl Backoff {
    pub(super) fn new(timing: Timing) -> Self {
        Backoff { timing, soon: 0, failures: 0, cuts: 0 }
    }

    /// The delay after a connection or attempt that ended so. `was_up` is nothing when there was no
    /// connection; `random` is uniform over all values.
    pub(super) fn delay(&mut self, why: &DownReason, was_up: Option<WasUp>, random: u64) -> Duration {
        let Timing { first_delay, longest_delay, longest_again, .. } = self.timing;
        let lived = was_up.is_some_and(|up| up.lived >= self.timing.stable);
        let cut = !lived && was_up.is_some_and(|up| up.worked);
        if lived {
            self.cuts = 0;
        }
        if lived || cut {
            (self.failures, self.soon) = (0, SOON);
        } else if was_up.is_some() {
            self.soon = 0;
        }
        let (soon, failures, cuts) = (self.soon > 0, self.failures, self.cuts);
        self.soon = self.soon.saturating_sub(1);
        // What comes after goes on from there.
        self.failures = if soon { failures.saturating_add(1).min(3) } else { failures.saturating_add(1) };
        self.cuts = cuts.saturating_add(u32::from(cut));
        if why.is_refusal() {
            // Half fixed, half random: never quick, never in step.
            let half = self.timing.refused_delay / 2;
            return half + fraction(half, random);
        }
        let (times, longest) =
            (if cut { cuts } else { failures }, if soon { longest_again } else { longest_delay });
        // Who came and went meets the server that still sees the old connection; it needs a moment.
        if times == 0 && was_up.is_some() && *why != DownReason::Conflict {
            return Duration::ZERO;
        }
        let exponent = times.saturating_sub(u32::from(was_up.is_some())).min(20);
        fraction(first_delay.saturating_mul(1 << exponent).min(longest), random)
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

    const LONG: Option<WasUp> = Some(WasUp { lived: Duration::from_secs(3600), worked: true });
    /// Three seconds in which messages went both ways.
    const CUT: Option<WasUp> = Some(WasUp { lived: Duration::from_secs(3), worked: true });
    const YOUNG: Option<WasUp> = Some(WasUp { lived: Duration::ZERO, worked: false });

    fn io() -> DownReason {
        DownReason::Io("refused".into())
    }

    /// The longest delays, in milliseconds, after these ends.
    fn longest(b: &mut Backoff, ends: &[(DownReason, Option<WasUp>)]) -> Vec<u128> {
        ends.iter().map(|(why, was_up)| b.delay(why, *was_up, u64::MAX).as_millis()).collect()
    }

    #[test]
    fn the_first_retry_after_a_good_connection_comes_at_once() {
        let mut b = Backoff::new(Timing::default());
        assert_eq!(b.delay(&DownReason::Closed, LONG, u64::MAX), Duration::ZERO);
    }

    #[test]
    fn delays_double_up_to_the_longest_with_full_jitter() {
        let mut b = Backoff::new(Timing::default());
        let refused = vec![(io(), None); 10];
        assert_eq!(
            longest(&mut b, &refused),
            [499, 999, 1999, 3999, 7999, 15999, 31999, 59999, 59999, 59999]
        );
        assert_eq!(b.delay(&io(), None, 0), Duration::ZERO);
        assert_eq!(b.delay(&io(), None, 1 << 63).as_secs(), 30);
        assert_eq!(b.delay(&io(), LONG, u64::MAX), Duration::ZERO, "and begin anew after a success");
    }

    #[test]
    fn connections_that_come_and_go_without_ever_working_are_tried_ever_more_slowly() {
        let mut b = Backoff::new(Timing::default());
        let young = vec![(DownReason::Closed, YOUNG); 10];
        assert_eq!(longest(&mut b, &young), [0, 499, 999, 1999, 3999, 7999, 15999, 31999, 59999, 59999]);
    }

    #[test]
    fn connections_that_worked_are_met_again_soon_however_often_they_are_cut() {
        let mut b = Backoff::new(Timing::default());
        let cuts = vec![(io(), CUT); 30];
        let delays = longest(&mut b, &cuts);
        assert_eq!(delays[..5], [0, 499, 999, 1999, 1999]);
        assert!(
            delays[5..].iter().all(|delay| *delay == 1999),
            "neither at full speed nor slower: {delays:?}"
        );
        assert_eq!(longest(&mut b, &[(io(), LONG), (io(), CUT)]), [0, 0], "begins anew after a quiet time");
    }

    #[test]
    fn a_server_that_is_restarted_every_few_seconds_is_met_again_soon() {
        let mut b = Backoff::new(Timing::default());
        // Up for a moment, then away for as long as three attempts, forty times.
        let restart = [(DownReason::Closed, CUT), (io(), None), (io(), None), (io(), None)];
        let restarts: Vec<_> = restart.iter().cloned().cycle().take(160).collect();
        let delays = longest(&mut b, &restarts);
        assert!(delays.iter().all(|delay| *delay < 2_000), "{delays:?}");
        assert_eq!(delays[156..], [1999, 999, 1999, 1999], "what was away before does not count");
    }

    #[test]
    fn a_server_that_worked_and_stays_away_is_tried_soon_for_a_while_only() {
        let mut b = Backoff::new(Timing::default());
        let ends: Vec<_> = [(io(), LONG)].into_iter().chain(vec![(io(), None); 21]).collect();
        let delays = longest(&mut b, &ends);
        assert_eq!(delays[..3], [0, 999, 1999]);
        assert!(delays[3..16].iter().all(|delay| *delay == 1999), "{delays:?}");
        assert_eq!(delays[16..], [3999, 7999, 15999, 31999, 59999, 59999]);
    }

    #[test]
    fn a_success_long_ago_does_not_help_who_never_works_again() {
        let mut b = Backoff::new(Timing::default());
        let ends: Vec<_> = [(io(), CUT)].into_iter().chain(vec![(DownReason::Closed, YOUNG); 8]).collect();
        assert_eq!(longest(&mut b, &ends), [0, 499, 999, 1999, 3999, 7999, 15999, 31999, 59999]);
    }

    #[test]
    fn conflict_waits_and_refusal_waits_long() {
        let mut b = Backoff::new(Timing::default());
        assert_eq!(b.delay(&DownReason::Conflict, LONG, u64::MAX).as_millis(), 499);
        let mut b = Backoff::new(Timing::default());
        assert_eq!(b.delay(&DownReason::Conflict, CUT, u64::MAX).as_millis(), 499);
        let mut b = Backoff::new(Timing::default());
        assert_eq!(b.delay(&DownReason::NotAuthorized, None, 0).as_secs(), 30);
        assert_eq!(b.delay(&DownReason::HostUnknown, None, u64::MAX).as_secs(), 59);
    }
}
