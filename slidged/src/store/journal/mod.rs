//! The one way into the database.
//!
//! One writer task takes whatever has queued up and makes ONE transaction of it, then answers everybody. When nothing
//! else is under way an entry is committed at once; while a commit is under way the others gather, and after a busy group
//! for a millisecond more.
//!
//! Entries of a [`Lane`] are committed in the order in which they were submitted, and their stanzas reach the server in that order.
//! An entry that the database refuses fails alone, as one does whose condition is not met (a [`Write`] tells which have one).
//!
//! When the database itself fails (disk full, server gone), nothing is given up: the group is kept and tried again, in order, and the
//! others come behind it. Meanwhile what needs no database is sent all the same, and entries that somebody waits for are withdrawn when
//! their time is over. When it is not known whether a transaction was committed, that is found out before anything else is done.
//!
//! When the outbox is full, or a lane has its part of it, the first entry of the lane with a durable stanza waits for room, and all of the
//! lane behind it: order goes first. Other lanes go on.

mod backlog;
mod batch;
mod chores;
mod drops;
mod entry;
mod feed;
mod group;
mod held;
mod lane;
mod lanes;
mod plan;
mod queue;
mod rows;
mod step;
#[cfg(test)]
mod tests;
mod transaction;
mod trouble;
mod writer;

use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub(crate) use backlog::Head;
pub use backlog::{Piece, Receipt};
pub use entry::{Entry, Outgoing, Write};
pub use feed::{Budget, CREDIT, Feed, Stored, Taken};
pub use lane::Lane;

use super::engine::{Backends, Conn, Engine};
use super::health::Health;
use super::outbox::Spool;
use super::{StoreConfig, StoreError};
use futures_util::FutureExt as _;
use group::{Group, Item, Then, refuse};
use queue::Queue;
use tokio::time::Instant;

/// How long somebody waits for what they have asked for (a form, a message of theirs on its way): longer than that they think that it is lost.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How much may wait for the XMPP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxLimits {
    /// Stanzas.
    pub messages: u64,
    /// Bytes of stanzas.
    pub bytes: u64,
    /// After this a stanza is given up, logged and counted.
    pub age: Duration,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        OutboxLimits {
            // Several hours of a busy gateway.
            messages: 200_000,
            // On a small server's disk that is noticed, but does not hurt.
            bytes: 512 << 20,
            // An outage longer than this is the end of an installation, not of a weekend.
            age: Duration::from_secs(7 * 24 * 3600),
        }
    }
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Its event was known: nothing was done.
    pub duplicate: bool,
}

/// Where everything is written. Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    handle: Arc<Handle>,
    /// Whose stanzas those are that come this way.
    lane: Lane,
}

/// When the last one goes, the writer commits what was submitted and ends.
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.queue.close();
    }
}

struct Shared {
    queue: Queue,
    spool: Spool,
    commits: AtomicU64,
    health: watch::Sender<Health>,
    /// Set when the writer has ended.
    ended: watch::Sender<Option<Result<(), StoreError>>>,
}

impl Journal {
    /// `claim` is given up when the writer has ended.
    pub(super) async fn start(
        engine: Engine,
        conn: (Conn, Backends),
        claim: Option<File>,
        config: &StoreConfig,
    ) -> Result<Journal, StoreError> {
        let (writer, shared) = writer::Writer::prepare(engine, conn, claim, config).await?;
        let ending = Arc::clone(&shared);
        tokio::spawn(async move {
            // The panic is in the log already.
            let ended = AssertUnwindSafe(writer.run()).catch_unwind().await;
            ending.end(ended.unwrap_or(Err(StoreError::Defect)));
        });
        Ok(Journal { handle: Arc::new(Handle(shared)), lane: Lane::GATEWAY })
    }

    /// The same journal for the stanzas of that lane.
    #[must_use]
    pub fn of(&self, lane: Lane) -> Journal {
        Journal { lane, ..self.clone() }
    }

    /// Waits until the queue has room. Whoever submits without waiting for the answers must wait here before each
    /// entry: that is the back-pressure. Cancel safe.
    pub async fn ready(&self) {
        self.handle.0.queue.ready(self.lane).await;
    }

    /// Waits while the server has much of this lane still to take. Whoever makes stanzas of what comes from outside waits here before
    /// each: the network's flood for one user is held back in the plugin, not in the outbox. Cancel safe.
    pub async fn credit(&self) {
        self.handle.0.spool.feed.credit(self.lane).await;
    }

    /// Enqueues the entry now, in order, for nobody who waits: it is committed as soon as the database can, and sent. Should the
    /// database refuse the entry itself, the log says so.
    pub fn note(&self, entry: Entry) {
        self.submit_then(entry, |result| match result {
            Ok(_) => {}
            // Said once for all when the writer ended.
            Err(error @ (StoreError::Closed | StoreError::InUse(_))) => {
                tracing::debug!(%error, "nothing is written any more");
            }
            // Not the database's fault: what came is nothing that can be kept.
            Err(error @ StoreError::Invalid(_)) => tracing::warn!(%error, "something could not be stored"),
            Err(error) => tracing::error!(%error, "something could not be stored"),
        });
    }

    /// Enqueues the entry now, in order; the future tells when it is committed. Dropping the future does not take the
    /// entry back.
    pub fn submit(&self, entry: Entry) -> Submitted {
        self.answered(entry, None)
    }

    /// The same for what somebody waits for until then: after that it is withdrawn, with [`StoreError::TooLate`].
    pub fn submit_by(&self, entry: Entry, deadline: Instant) -> Submitted {
        self.answered(entry, Some(deadline))
    }

    /// The same without a future: `then` is called when it is committed, or has failed. It runs in the writer, which works for
    /// everybody: so it only hands on.
    pub fn submit_then(
        &self,
        entry: Entry,
        then: impl FnOnce(Result<Committed, StoreError>) + Send + 'static,
    ) {
        self.enqueue(entry, None, Box::new(then));
    }

    /// Waits for room, enqueues the entry and waits for its commit, [`PATIENCE`] long at most.
    ///
    /// Not cancel safe: the entry may or may not be committed.
    ///
    /// # Errors
    /// See [`Submitted`].
    pub async fn commit(&self, entry: Entry) -> Result<Committed, StoreError> {
        let deadline = Instant::now() + PATIENCE;
        if tokio::time::timeout_at(deadline, self.ready()).await.is_err() {
            return Err(StoreError::TooLate);
        }
        self.submit_by(entry, deadline).await
    }

    fn answered(&self, entry: Entry, deadline: Option<Instant>) -> Submitted {
        let (answer, answered) = oneshot::channel();
        // Whoever has gone does not want to know.
        self.enqueue(entry, deadline, Box::new(move |result| drop(answer.send(result))));
        Submitted(answered)
    }

    fn enqueue(&self, mut entry: Entry, deadline: Option<Instant>, then: Then) {
        entry.lane = self.lane;
        let shared = &self.handle.0;
        let storable = entry.is_storable();
        let item = Item::new(entry, deadline, then);
        if !storable {
            item.answer(Err(StoreError::Invalid("a text holds the character U+0000")));
        } else if item.entry.needs_no_database() && shared.ended.borrow().is_some() {
            // Those who wait in vain are told.
            shared.send(Group::new(vec![item]));
        } else {
            shared.queue.push(item);
        }
    }

    /// How the database is, and when that changes.
    #[must_use]
    pub fn health(&self) -> watch::Receiver<Health> {
        self.handle.0.health.subscribe()
    }

    /// Resolves when the writer has ended: from then on nothing is written. Cancel safe.
    ///
    /// # Errors
    /// Why, unless the journal was closed.
    pub async fn ended(&self) -> Result<(), StoreError> {
        let mut ended = self.handle.0.ended.subscribe();
        match ended.wait_for(Option::is_some).await {
            Ok(result) => result.clone().unwrap_or(Ok(())),
            Err(_) => Err(StoreError::Closed),
        }
    }

    /// Entries that wait for the writer.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.handle.0.queue.len()
    }

    /// Transactions committed since the start.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.handle.0.commits.load(Ordering::Relaxed)
    }

    pub(super) fn spool(&self) -> &Spool {
        &self.handle.0.spool
    }

    /// There is something to do without an entry.
    pub(super) fn wake(&self) {
        self.handle.0.queue.wake();
    }

    /// Commits what was submitted, ignoring the limits of the outbox, then ends the writer. A database that is not well is given a
    /// few seconds.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.handle.0.queue.close();
        self.ended().await
    }
}

impl Shared {
    /// The writer has ended: nobody waits for it any longer.
    fn end(&self, ended: Result<(), StoreError>) {
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

/// Resolves when an entry is durable (`Ok`), or nothing of it was written (`Err`). That takes as long as the database is not well.
///
/// One exception cannot be avoided: when the process ends before it is known whether a transaction was committed, the error is
/// given, and what was committed is sent at the next start.
///
/// # Errors
/// What is wrong with the entry, [`StoreError::TooLate`] behind its deadline, or why nothing is written any more.
#[derive(Debug)]
#[must_use = "an entry is durable only when this has resolved"]
pub struct Submitted(oneshot::Receiver<Result<Committed, StoreError>>);

impl Future for Submitted {
    type Output = Result<Committed, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
    }
}
