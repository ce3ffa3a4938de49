//! Registrations that wait for their second step. A user has one at most: a new one replaces it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plugin_api::{Condition, Error, Result};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Time for a user to find their second device or its code; later, nobody comes back to it.
pub(super) const LIFE: Duration = Duration::from_secs(600);
/// Most registrations that wait: each keeps a password or a connection, and the server shows no
/// more QR codes than this.
const ATTEMPTS: usize = 1_000;

/// Second step that a registration waits for.
pub(super) enum Step {
    /// Code of this account's second factor.
    Code {
        /// Name of the account.
        user: String,
        /// Password, which was right.
        password: String,
    },
    /// Scan of a QR code. The task that shows the code stops when this is dropped.
    Qr(oneshot::Sender<()>),
}

/// Registrations that wait, by bare JID.
#[derive(Default)]
pub(super) struct Attempts(Mutex<HashMap<String, (Step, Instant)>>);

impl Attempts {
    /// Adds a registration that waits for its second step.
    ///
    /// # Errors
    /// `resource-constraint` when too many wait.
    pub(super) fn begin(&self, jid: &str, step: Step, now: Instant) -> Result<()> {
        let mut attempts = self.locked();
        attempts.retain(|_, (step, until)| *until > now && !step.is_over());
        if attempts.len() >= ATTEMPTS && !attempts.contains_key(jid) {
            let text = "Too many people are registering at the moment. Try again in ten minutes.";
            return Err(Error::new(Condition::ResourceConstraint, text));
        }
        attempts.insert(jid.to_owned(), (step, now + LIFE));
        Ok(())
    }

    /// Returns the account whose code a user was asked for: its name and password. There is none if
    /// that never happened, or too long ago.
    pub(super) fn account(&self, jid: &str, now: Instant) -> Option<(String, String)> {
        match self.locked().get(jid) {
            Some((Step::Code { user, password }, until)) if *until > now => {
                Some((user.clone(), password.clone()))
            }
            _ => None,
        }
    }

    /// Removes the registration of a user.
    pub(super) fn end(&self, jid: &str) {
        self.locked().remove(jid);
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, (Step, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Step {
    fn is_over(&self) -> bool {
        matches!(self, Step::Qr(shown) if shown.is_closed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str) -> Step {
        Step::Code { user: "ada".into(), password: password.into() }
    }

    #[test]
    fn an_attempt_is_good_for_ten_minutes_or_until_the_next() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        attempts.begin("a@b", code("old"), now).unwrap();
        attempts.begin("a@b", code("new"), now).unwrap();
        let account = |after| attempts.account("a@b", now + after);
        assert_eq!(account(LIFE - Duration::from_secs(1)), Some(("ada".into(), "new".into())));
        assert_eq!(account(LIFE), None);
        assert_eq!(attempts.account("c@d", now), None);
        attempts.end("a@b");
        assert_eq!(account(Duration::ZERO), None);
    }

    #[test]
    fn only_so_many_wait_and_those_that_are_over_make_room() {
        let (attempts, now) = (Attempts::default(), Instant::now());
        let (shown, showing) = oneshot::channel();
        attempts.begin("0", Step::Qr(shown), now).unwrap();
        for number in 1..ATTEMPTS {
            attempts.begin(&number.to_string(), code(""), now).unwrap();
        }
        let full = attempts.begin("one more", code(""), now).unwrap_err();
        assert_eq!(full.condition, Condition::ResourceConstraint);
        attempts.begin("1", code("again"), now).unwrap();
        drop(showing);
        attempts.begin("one more", code(""), now).unwrap();
        assert!(attempts.begin("yet another", code(""), now).is_err());
        attempts.begin("yet another", code(""), now + LIFE).unwrap();
        assert_eq!(attempts.locked().len(), 1);
    }
}
