//! State that the journal's handles and its writer share.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::group::{Group, refuse, send};
use super::queue::Queue;
use super::spool::Spool;
use super::submitted::Committed;
use crate::store::StoreError;
use crate::store::health::Health;

/// What needs no database keeps its place among what does for so long; a commit takes a few milliseconds.
const KEEP_PLACE: Duration = Duration::from_millis(250);

/// How often it is looked whether somebody has waited long enough.
const LOOK: Duration = Duration::from_millis(250);

/// A database that fails or is silent for so long is not well. A server that is restarted in less is nobody's concern.
const UNWELL_AFTER: Duration = Duration::from_secs(2);

/// State that the journal's handles and its writer share.
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) spool: Arc<Spool>,
    /// Number of transactions committed.
    pub(super) commits: Arc<AtomicU64>,
    pub(super) health: watch::Sender<Health>,
    /// Set when the writer has ended.
    pub(super) ended: watch::Sender<Option<Result<(), StoreError>>>,
}

impl Shared {
    pub(super) fn new(spool: Arc<Spool>) -> Shared {
        Shared {
            queue: Queue::default(),
            spool,
            commits: Arc::default(),
            health: watch::Sender::new(Health::Well),
            ended: watch::Sender::new(None),
        }
    }

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
            item.answer(Ok(Committed::default()));
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

    /// The writer has ended: nobody waits for it any longer.
    pub(super) fn end(&self, ended: Result<(), StoreError>) {
        let left = self.queue.abandon();
        let error = ended.as_ref().err().cloned().unwrap_or(StoreError::Closed);
        self.ended.send_replace(Some(ended));
        let (loose, left): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|item| item.entry.needs_no_database());
        self.send(Group::new(loose));
        if !left.is_empty() {
            tracing::error!(entries = left.len(), %error, "what waited for the database was not written");
        }
        refuse(left, &error);
    }
}
