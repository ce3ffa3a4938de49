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

/// Time that entries without need for the database keep their place among the others; a commit
/// takes a few milliseconds.
const KEEP_PLACE: Duration = Duration::from_millis(250);

/// Interval at which passed deadlines are looked for.
const LOOK: Duration = Duration::from_millis(250);

/// Time from which on a failing or silent database counts as unwell. A server that is restarted
/// faster concerns nobody.
const UNWELL_AFTER: Duration = Duration::from_secs(2);

/// State that the journal's handles and its writer share.
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) spool: Arc<Spool>,
    /// Number of transactions committed.
    pub(super) commits: Arc<AtomicU64>,
    pub(super) health: watch::Sender<Health>,
    /// Result of the writer, once it has ended.
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

    /// Runs work of the database (or a pause for its sake). When it takes longer than a commit
    /// does, `bypass` is called, entries that need no database are sent ahead, and passed deadlines
    /// are answered.
    pub(super) async fn attend<T>(
        &self,
        bypass: impl Fn() + Send + Sync,
        work: impl Future<Output = T> + Send,
    ) -> T {
        let began = Instant::now();
        let mut work = pin!(work);
        if let Ok(done) = timeout(KEEP_PLACE, &mut work).await {
            return done;
        }
        bypass();
        loop {
            self.send_bypassing();
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

    /// Sends waiting entries that need no database.
    fn send_bypassing(&self) {
        let bypassing = self.queue.take_bypassing();
        send(bypassing.iter().map(|item| &item.entry), &self.spool);
        for item in bypassing {
            item.answer(Ok(Committed::default()));
        }
    }

    /// Sends a group that needs no database.
    pub(super) fn send(&self, group: Group) {
        group.load.bypass(&self.spool);
        group.sent();
    }

    /// Answers the entries whose deadline has passed.
    pub(super) fn expire(&self) {
        refuse(self.queue.expired(Instant::now()), &StoreError::TooLate);
    }

    /// Notes a failure of the database; `since` is the first one in a row.
    pub(super) fn failing(&self, error: &StoreError, since: Option<Instant>) {
        if since.is_some_and(|since| since.elapsed() < UNWELL_AFTER) || !self.health.borrow().is_well() {
            return;
        }
        tracing::error!(%error, "the database is not well: what comes waits, and users are told after a while");
        self.health.send_replace(Health::Unwell(error.clone()));
    }

    /// Notes a success of the database, after failures since `since`.
    pub(super) fn well(&self, since: Option<Instant>) {
        if self.health.borrow().is_well() {
            return;
        }
        let after = since.map(|since| since.elapsed());
        tracing::info!(?after, waiting = self.queue.len(), "the database is well again");
        self.health.send_replace(Health::Well);
    }

    /// Notes the end of the writer, and answers everything that waits for it.
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
