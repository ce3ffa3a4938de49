//! A token bucket, as the one time at which it is full again (the generic cell rate algorithm). The
//! time is a parameter.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// Maximum number of users whose use of a rate is remembered; beyond it new ones have to wait. Some
/// two megabytes.
const REMEMBERED: usize = 10_000;

/// A rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Number that is allowed at once.
    pub burst: u32,
    /// Number a second in the long run; 0 means no limit at all.
    pub per_second: u32,
}

/// Use of a rate by one user.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bucket {
    /// Unused if that is past or absent.
    full_at: Option<Instant>,
}

impl Bucket {
    /// Takes one, if there is one. What is refused costs nothing.
    pub fn take(&mut self, rate: Rate, now: Instant) -> bool {
        if rate.per_second == 0 {
            return true;
        }
        let one = Duration::from_secs(1) / rate.per_second;
        let full_at = self.full_at.map_or(now, |at| at.max(now)) + one;
        let allowed = full_at.saturating_duration_since(now) <= one * rate.burst;
        if allowed {
            self.full_at = Some(full_at);
        }
        allowed
    }
}

/// Use of a rate by many users; those who have used nothing of late are forgotten.
#[derive(Debug)]
pub struct Buckets<K>(HashMap<K, Bucket>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Buckets(HashMap::new())
    }
}

impl<K: Hash + Eq> Buckets<K> {
    /// Takes one for somebody, if there is one.
    pub fn take(&mut self, who: K, rate: Rate, now: Instant) -> bool {
        if rate.per_second == 0 {
            return true;
        }
        if self.0.len() >= REMEMBERED && !self.0.contains_key(&who) {
            self.0.retain(|_, bucket| bucket.full_at.is_some_and(|at| at > now));
            if self.0.len() >= REMEMBERED {
                return false;
            }
        }
        self.0.entry(who).or_default().take(rate, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number of `tries` at that moment that are allowed.
    fn taken(bucket: &mut Bucket, rate: Rate, now: Instant, tries: u32) -> usize {
        (0..tries).filter(|_| bucket.take(rate, now)).count()
    }

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let (mut bucket, start) = (Bucket::default(), Instant::now());
        let rate = Rate { burst: 20, per_second: 5 };
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(taken(&mut bucket, rate, start, 100), 20);
        // What was refused does not count.
        assert_eq!(taken(&mut bucket, rate, after(1), 100), 5);
        assert_eq!(taken(&mut bucket, rate, after(3), 100), 10);
        assert_eq!(taken(&mut bucket, rate, after(3600), 100), 20, "nothing is saved up beyond the burst");
    }

    #[test]
    fn no_rate_is_no_limit() {
        let rate = Rate { burst: 1, per_second: 0 };
        assert_eq!(taken(&mut Bucket::default(), rate, Instant::now(), 1000), 1000);
    }

    #[test]
    fn everybody_has_a_rate_of_their_own_and_what_is_remembered_is_bounded() {
        let (mut buckets, start) = (Buckets::default(), Instant::now());
        let rate = Rate { burst: 1, per_second: 1 };
        for who in 0..REMEMBERED {
            assert!(buckets.take(who, rate, start) && !buckets.take(who, rate, start));
        }
        assert!(!buckets.take(REMEMBERED, rate, start));
        assert!(buckets.take(REMEMBERED, rate, start + Duration::from_secs(1)));
        assert_eq!(buckets.0.len(), 1);
    }
}
