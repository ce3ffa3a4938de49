//! Rate limits of attempts to register: each is a check of credentials on the network, in our name.
//!
//! Registered users and administrators are only ever held back by what they tried themselves.
//! Strangers have a rate for each domain, and one for all domains together, four times as much. Of
//! both, the second half is for those who come for the first time: an address that has tried
//! already gets another try only while half of its domain's rate is left, and a domain that has
//! used some of its rate only while half of that of all is. So whoever guesses with many addresses
//! holds up neither other domains nor, as long as these are fewer than half of an hour's tries,
//! newcomers of the same domain; beyond that, these wait for the rate, seconds and not an hour.

use jid::{BareJid, DomainPart};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Addresses that are remembered, and domains; beyond it the oldest is forgotten. Some two
/// megabytes.
const REMEMBERED: usize = 10_000;
/// All domains together have so many times the rate of one.
const DOMAINS: usize = 4;

const HOUR: Duration = Duration::from_secs(3600);

/// Limits of attempts.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Attempts of one address within `window`.
    pub tries: usize,
    /// Time over which `tries` is counted.
    pub window: Duration,
    /// Attempts of all strangers of a domain within an hour, all of them at once if need be.
    pub strangers_per_hour: usize,
}

/// The used part of a number of attempts that grows back evenly within an hour, as the time at
/// which all of it is there again.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    /// All is there if that is past or absent.
    full_at: Option<Instant>,
}

impl Used {
    /// Time until there is room for one more below `part` of `all`.
    fn wait(self, all: usize, part: usize, now: Instant) -> Duration {
        let one = one(all);
        let used = self.full_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        (used + one).saturating_sub(one.saturating_mul(part.max(1).try_into().unwrap_or(u32::MAX)))
    }

    fn is_fresh(self, now: Instant) -> bool {
        self.full_at.is_none_or(|at| at <= now)
    }

    fn take(&mut self, all: usize, now: Instant) {
        self.full_at = Some(self.full_at.map_or(now, |at| at.max(now)) + one(all));
    }
}

/// The time in which one try grows back.
fn one(all: usize) -> Duration {
    HOUR / all.max(1).try_into().unwrap_or(u32::MAX)
}

/// Recent attempts to register.
#[derive(Debug)]
pub struct Attempts {
    limits: Limits,
    known: Tries,
    strangers: Tries,
    domains: HashMap<DomainPart, Used>,
    all: Used,
}

impl Attempts {
    /// Creates an empty record.
    #[must_use]
    pub fn new(limits: Limits) -> Attempts {
        let all = Used::default();
        Attempts {
            limits,
            known: Tries::default(),
            strangers: Tries::default(),
            domains: HashMap::new(),
            all,
        }
    }

    /// Records an attempt; refused ones do not count. `stranger`: the user is neither registered
    /// nor an administrator.
    ///
    /// # Errors
    ///
    /// There were too many: how long to wait.
    pub fn note(&mut self, jid: &BareJid, stranger: bool, now: Instant) -> Result<(), Duration> {
        if !stranger {
            self.known.check(jid, self.limits, now)?;
            self.known.add(jid, self.limits, now);
            return Ok(());
        }
        let first = self.strangers.check(jid, self.limits, now)?;
        let each = self.limits.strangers_per_hour;
        let all = each.saturating_mul(DOMAINS);
        let domain = self.domains.get(jid.domain()).copied().unwrap_or_default();
        let half = |all: usize, whole: bool| if whole { all } else { all.div_ceil(2) };
        let wait = domain.wait(each, half(each, first), now);
        let wait = wait.max(self.all.wait(all, half(all, domain.is_fresh(now)), now));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.all.take(all, now);
        self.remember_domain(now);
        self.domains.entry(jid.domain().to_owned()).or_default().take(each, now);
        self.strangers.add(jid, self.limits, now);
        Ok(())
    }

    /// Makes room for one more.
    fn remember_domain(&mut self, now: Instant) {
        if self.domains.len() >= REMEMBERED {
            self.domains.retain(|_, used| !used.is_fresh(now));
        }
        if self.domains.len() >= REMEMBERED
            && let Some(least) =
                self.domains.iter().min_by_key(|(_, used)| used.full_at).map(|(least, _)| least.clone())
        {
            self.domains.remove(&least);
        }
    }
}

/// Times of attempts within the window, by address.
#[derive(Debug, Default)]
struct Tries(HashMap<BareJid, Vec<Instant>>);

impl Tries {
    /// Whether it would be their first.
    ///
    /// # Errors
    ///
    /// How long to wait.
    fn check(&mut self, jid: &BareJid, limits: Limits, now: Instant) -> Result<bool, Duration> {
        let Some(earlier) = self.0.get_mut(jid) else { return Ok(true) };
        earlier.retain(|at| now.saturating_duration_since(*at) < limits.window);
        match earlier.first() {
            Some(first) if earlier.len() >= limits.tries => {
                Err(limits.window.saturating_sub(now.saturating_duration_since(*first)))
            }
            first => Ok(first.is_none()),
        }
    }

    fn add(&mut self, jid: &BareJid, limits: Limits, now: Instant) {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(jid) {
            let recent = |at: &Instant| now.saturating_duration_since(*at) < limits.window;
            self.0.retain(|_, tries| tries.last().is_some_and(recent));
            let oldest = self.0.iter().min_by_key(|(_, tries)| tries.last().copied());
            if self.0.len() >= REMEMBERED
                && let Some(oldest) = oldest.map(|(oldest, _)| oldest.clone())
            {
                self.0.remove(&oldest);
            }
        }
        self.0.entry(jid.clone()).or_default().push(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { tries: 5, window: Duration::from_secs(600), strangers_per_hour: 300 };
    const MINUTE: Duration = Duration::from_secs(60);

    fn jid(n: usize, domain: &str) -> BareJid {
        BareJid::new(&format!("user{n}@{domain}")).unwrap()
    }

    /// Number of attempts that are let through, of so many by each of these addresses.
    fn tried(
        attempts: &mut Attempts,
        addresses: std::ops::Range<usize>,
        domain: &str,
        now: Instant,
    ) -> usize {
        let try_all =
            |n| (0..LIMITS.tries).filter(|_| attempts.note(&jid(n, domain), true, now).is_ok()).count();
        addresses.map(try_all).sum()
    }

    #[test]
    fn five_tries_then_a_pause() {
        let (mut attempts, start) = (Attempts::new(LIMITS), Instant::now());
        for stranger in [true, false] {
            for n in 0..5 {
                assert_eq!(attempts.note(&jid(1, "a"), stranger, start + n * MINUTE), Ok(()));
            }
            assert_eq!(attempts.note(&jid(1, "a"), stranger, start + 5 * MINUTE), Err(5 * MINUTE));
            assert_eq!(attempts.note(&jid(2, "a"), stranger, start + 5 * MINUTE), Ok(()));
            // Only what was tried counts, and the first of it is over.
            assert_eq!(attempts.note(&jid(1, "a"), stranger, start + 10 * MINUTE), Ok(()));
            assert_eq!(attempts.note(&jid(1, "a"), stranger, start + 10 * MINUTE), Err(MINUTE));
        }
    }

    #[test]
    fn sixty_addresses_with_wrong_passwords_keep_out_nobody_else() {
        let (mut attempts, start) = (Attempts::new(LIMITS), Instant::now());
        let guesses = tried(&mut attempts, 0..60, "evil.example", start);
        assert!((150..=210).contains(&guesses), "{guesses}: half of the hour's, and each address once");
        for domain in ["example.org", "evil.example"] {
            assert_eq!(attempts.note(&jid(1000, domain), true, start), Ok(()), "a newcomer of {domain}");
        }
        assert_eq!(attempts.note(&jid(0, "evil.example"), false, start), Ok(()), "who is registered");
    }

    #[test]
    fn a_domain_that_has_used_up_its_hour_gets_the_next_try_in_seconds() {
        let (mut attempts, start) = (Attempts::new(LIMITS), Instant::now());
        tried(&mut attempts, 0..1000, "evil.example", start);
        let wait = attempts.note(&jid(1000, "evil.example"), true, start).unwrap_err();
        assert!(wait <= Duration::from_secs(12), "{wait:?}");
        assert_eq!(attempts.note(&jid(1000, "evil.example"), true, start + wait), Ok(()));
        assert_eq!(attempts.note(&jid(1000, "example.org"), true, start), Ok(()));
        assert_eq!(tried(&mut attempts, 2000..3000, "evil.example", start + HOUR * 2), 300);
    }

    #[test]
    fn many_domains_leave_half_of_all_to_those_that_come_for_the_first_time() {
        let (mut attempts, start) = (Attempts::new(LIMITS), Instant::now());
        let guesses: usize = (0..50)
            .map(|domain| tried(&mut attempts, 0..1000, &format!("evil{domain}.example"), start))
            .sum();
        assert!((600..=650).contains(&guesses), "{guesses}: half of all, and each domain once");
        assert_eq!(attempts.note(&jid(0, "example.org"), true, start), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_locks_out_nobody() {
        let limits = Limits { strangers_per_hour: 100_000, ..LIMITS };
        let (mut attempts, start) = (Attempts::new(limits), Instant::now());
        for n in 0..=REMEMBERED {
            let now = start + Duration::from_nanos(n as u64);
            assert_eq!(attempts.note(&jid(n, &format!("d{n}")), true, now), Ok(()));
            assert_eq!(attempts.note(&jid(n, "users"), false, now), Ok(()));
        }
        let remembered = [attempts.strangers.0.len(), attempts.domains.len(), attempts.known.0.len()];
        assert_eq!(remembered, [REMEMBERED; 3]);
        assert!(!attempts.strangers.0.contains_key(&jid(0, "d0")), "the oldest is forgotten");
        let later = start + LIMITS.window * 2;
        assert_eq!(attempts.note(&jid(0, "new"), true, later), Ok(()));
        assert_eq!(attempts.strangers.0.len(), 1);
    }
}
