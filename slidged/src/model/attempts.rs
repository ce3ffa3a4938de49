//! How often people may try to register: each is a check of credentials on the network, in our name.

use jid::BareJid;
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// Addresses that are remembered; beyond it new ones have to wait. Some two megabytes.
const REMEMBERED: usize = 10_000;

/// What [`Limits::strangers_per_hour`] is counted over.
const HOUR: Duration = Duration::from_secs(3600);

/// How many tries there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of one address within `window`.
    pub tries: usize,
    /// See `tries`.
    pub window: Duration,
    /// Of all strangers together within an hour.
    pub strangers_per_hour: usize,
}

/// Who has tried to register of late.
#[derive(Debug)]
pub struct Attempts {
    limits: Limits,
    of: HashMap<BareJid, Vec<Instant>>,
    strangers: VecDeque<Instant>,
}

impl Attempts {
    /// Nobody yet.
    #[must_use]
    pub fn new(limits: Limits) -> Attempts {
        Attempts { limits, of: HashMap::new(), strangers: VecDeque::new() }
    }

    /// Takes note of a try. `stranger`: somebody who is not registered. Tries that are refused do not count.
    ///
    /// # Errors
    ///
    /// There were too many: how long to wait.
    pub fn note(&mut self, jid: &BareJid, stranger: bool, now: Instant) -> Result<(), Duration> {
        let Limits { tries, window, strangers_per_hour } = self.limits;
        let recent = |at: &Instant, within: Duration| now.saturating_duration_since(*at) < within;
        let wait = |first: Option<&Instant>, within: Duration| {
            first.map_or(within, |at| within.saturating_sub(now.saturating_duration_since(*at)))
        };
        if self.of.len() >= REMEMBERED {
            self.of.retain(|_, tries| tries.last().is_some_and(|last| recent(last, window)));
        }
        if self.of.len() >= REMEMBERED && !self.of.contains_key(jid) {
            return Err(window);
        }
        if let Some(earlier) = self.of.get_mut(jid) {
            earlier.retain(|at| recent(at, window));
            if earlier.len() >= tries {
                return Err(wait(earlier.first(), window));
            }
        }
        if stranger {
            while self.strangers.front().is_some_and(|at| !recent(at, HOUR)) {
                self.strangers.pop_front();
            }
            if self.strangers.len() >= strangers_per_hour {
                return Err(wait(self.strangers.front(), HOUR));
            }
            self.strangers.push_back(now);
        }
        self.of.entry(jid.clone()).or_default().push(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { tries: 5, window: Duration::from_secs(600), strangers_per_hour: 20 };
    const MINUTE: Duration = Duration::from_secs(60);

    fn jid(n: usize) -> BareJid {
        BareJid::new(&format!("user{n}@example.org")).unwrap()
    }

    #[test]
    fn five_tries_then_a_pause() {
        let (mut attempts, start) = (Attempts::new(LIMITS), Instant::now());
        for n in 0..5 {
            assert_eq!(attempts.note(&jid(1), true, start + n * MINUTE), Ok(()));
        }
        assert_eq!(attempts.note(&jid(1), true, start + 5 * MINUTE), Err(5 * MINUTE));
        assert_eq!(attempts.note(&jid(2), true, start + 5 * MINUTE), Ok(()));
        // Only what was tried counts, and the first of it is over.
        assert_eq!(attempts.note(&jid(1), true, start + 10 * MINUTE), Ok(()));
        assert_eq!(attempts.note(&jid(1), true, start + 10 * MINUTE), Err(MINUTE));
    }

    #[test]
    fn strangers_together_have_a_bound_that_registered_users_do_not_feel() {
        let (mut attempts, start) = (Attempts::new(LIMITS), Instant::now());
        for n in 0..20 {
            assert_eq!(attempts.note(&jid(n), true, start), Ok(()));
        }
        assert_eq!(attempts.note(&jid(20), true, start + 15 * MINUTE), Err(45 * MINUTE));
        assert_eq!(attempts.note(&jid(20), false, start + 15 * MINUTE), Ok(()));
        assert_eq!(attempts.note(&jid(21), true, start + 60 * MINUTE), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten() {
        let limits = Limits { strangers_per_hour: usize::MAX, ..LIMITS };
        let (mut attempts, start) = (Attempts::new(limits), Instant::now());
        for n in 0..REMEMBERED {
            assert_eq!(attempts.note(&jid(n), true, start), Ok(()));
        }
        assert_eq!(attempts.note(&jid(REMEMBERED), true, start), Err(LIMITS.window));
        assert_eq!(attempts.note(&jid(0), true, start), Ok(()));
        assert_eq!(attempts.note(&jid(REMEMBERED), true, start + LIMITS.window), Ok(()));
        assert_eq!(attempts.of.len(), 1);
    }
}
