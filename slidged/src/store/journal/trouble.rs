//! While the database does not take what is written: when to try again, what goes on meanwhile, and who is told.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::Shared;
use super::group::{Group, refuse, send};
use crate::store::StoreError;
use crate::store::health::Health;

/// What needs no database keeps its place among what does for so long; a commit takes a few milliseconds.
const KEEP_PLACE: Duration = Duration::from_millis(250);

/// How often it is looked whether somebody has waited long enough.
const LOOK: Duration = Duration::from_millis(250);

/// A database that fails or is silent for so long is not well. A server that is restarted in less is nobody's concern.
const UNWELL_AFTER: Duration = Duration::from_secs(2);

/// The first pause after a failure; doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest: a database that is well again is found soon.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Failures in a row.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    failures: u32,
    since: Option<Instant>,
}

impl Trouble {
    /// Takes note of a failure; how long to wait. A connection that broke may have done so long ago, so the first new one is tried at once.
    pub(super) fn pause(&mut self, now: Instant, disconnected: bool) -> Duration {
        self.since.get_or_insert(now);
        let failures = self.failures;
        self.failures = failures.saturating_add(1);
        match failures {
            0 if disconnected => Duration::ZERO,
            failures => FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE),
        }
    }

    /// When it failed first.
    pub(super) fn since(&self) -> Option<Instant> {
        self.since
    }
}

impl Shared {
    /// Does the database's work, or waits for its sake. When that takes longer than a commit does, what needs no database goes ahead
    /// (first of all what `pass` sends), and whoever has waited long enough is told.
    pub(super) async fn attend<T>(
        &self,
        pass: impl Fn() + Send + Sync,
        work: impl Future<Output = T> + Send,
    ) -> T {
        let began = Instant::now();
        let mut work = pin!(work);
        if let Ok(done) = timeout(KEEP_PLACE, &mut work).await {
            return done;
        }
        pass();
        loop {
            self.pass();
            self.expire();
            if began.elapsed() >= UNWELL_AFTER {
                self.failing(&StoreError::Silent, Some(began));
            }
            tokio::select! {
                done = &mut work => return done,
                () = self.queue.work() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Sends what waits and needs no database.
    fn pass(&self) {
        let passing = self.queue.passing();
        send(passing.iter().map(|item| &item.entry), &self.spool);
        for item in passing {
            item.answer(Ok(super::Committed::default()));
        }
    }

    /// Sends a group that needs no database.
    pub(super) fn send(&self, group: Group) {
        group.load.pass(&self.spool);
        group.sent();
    }

    /// Tells those who have waited long enough.
    pub(super) fn expire(&self) {
        refuse(self.queue.expired(Instant::now()), &StoreError::TooLate);
    }

    /// The database has failed, for the first time in a row at `since`.
    pub(super) fn failing(&self, error: &StoreError, since: Option<Instant>) {
        if since.is_some_and(|since| since.elapsed() < UNWELL_AFTER) || !self.health.borrow().is_well() {
            return;
        }
        tracing::error!(%error, "the database is not well: what comes waits, and users are told after a while");
        self.health.send_replace(Health::Unwell(error.clone()));
    }

    /// The database has taken something, after it failed at `since`.
    pub(super) fn well(&self, since: Option<Instant>) {
        if self.health.borrow().is_well() {
            return;
        }
        let after = since.map(|since| since.elapsed());
        tracing::info!(?after, waiting = self.queue.len(), "the database is well again");
        self.health.send_replace(Health::Well);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_connection_is_tried_again_at_once_and_pauses_end_at_two_seconds() {
        let now = Instant::now();
        let mut trouble = Trouble::default();
        let pauses: Vec<_> = (0..7).map(|_| trouble.pause(now, true).as_millis()).collect();
        assert_eq!(pauses, [0, 200, 400, 800, 1600, 2000, 2000]);
        let mut trouble = Trouble::default();
        assert_eq!(trouble.pause(now, false), FIRST_PAUSE);
        assert_eq!(trouble.since(), Some(now));
    }
}
