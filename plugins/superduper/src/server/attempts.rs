//! Limit on wrong passwords and codes of an account in a minute.

use std::collections::HashMap;

use crate::protocol::{Millis, Refusal, UserId};

/// Wrong attempts before an account has to wait: enough for a person who forgot, too few for a
/// program that guesses a code of six digits.
const ATTEMPTS: u32 = 10;
/// Time for which wrong attempts count, in milliseconds.
const WINDOW: Millis = 60_000;
/// Most accounts that are watched. Beyond that, every further one has to wait a moment, as somebody
/// is trying out names.
const WATCHED: usize = 10_000;

/// Wrong attempts of each account, with the time of the first.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    failed: HashMap<UserId, (u32, Millis)>,
}

impl Attempts {
    /// Refuses an account that failed too often.
    ///
    /// # Errors
    /// [`Kind::Throttled`](crate::protocol::Kind::Throttled), with the time that is left.
    pub(super) fn check(&mut self, user: &str, now: Millis) -> Result<(), Refusal> {
        if self.failed.len() >= WATCHED {
            self.failed.retain(|_, (_, since)| *since + WINDOW > now);
        }
        match self.failed.get(user) {
            Some((count, since)) if *count >= ATTEMPTS && since + WINDOW > now => {
                Err(Refusal::throttled(since + WINDOW - now))
            }
            None if self.failed.len() >= WATCHED => Err(Refusal::throttled(WINDOW)),
            _ => Ok(()),
        }
    }

    /// Counts a wrong attempt.
    pub(super) fn failed(&mut self, user: &str, now: Millis) {
        let (count, since) = self.failed.entry(user.to_owned()).or_insert((0, now));
        if *since + WINDOW <= now {
            (*count, *since) = (0, now);
        }
        *count += 1;
    }

    /// Forgets the wrong attempts of an account after a right one.
    pub(super) fn succeeded(&mut self, user: &str) {
        self.failed.remove(user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_attempts_make_an_account_wait_until_the_minute_is_over() {
        let mut attempts = Attempts::default();
        for _ in 0..10 {
            assert!(attempts.check("a", 1_000).is_ok());
            attempts.failed("a", 1_000);
        }
        assert_eq!(attempts.check("a", 2_000).unwrap_err().retry_after, Some(59_000));
        assert!(attempts.check("b", 2_000).is_ok(), "others do not wait");
        assert!(attempts.check("a", 61_000).is_ok());
        attempts.failed("a", 61_000);
        assert!(attempts.check("a", 61_001).is_ok(), "the count began anew");
    }
}
