//! The one way into the database.
//!
//! One writer task takes whatever has queued up and makes ONE transaction of it, then answers everybody. When nothing
//! else is under way an entry is committed at once; while a commit is under way the others gather, and after a busy group
//! for a millisecond more.
//!
//! Entries of a [`Lane`] are committed in the order in which they were submitted, and their stanzas reach the server in that order.
//! An entry that the database refuses fails alone, as one does whose condition is not met (a [`Write`] tells which have one). When the database itself fails (disk full, server gone), the entries of
//! that transaction get the error, and the next ones are tried anew.
//!
//! When the outbox is full, or a lane has its part of it, the first entry of the lane with a durable stanza waits for room, and all of the
//! lane behind it: order goes first. Other lanes go on.

mod backlog;
mod batch;
mod chores;
mod entry;
mod feed;
mod held;
mod lane;
mod lanes;
mod plan;
mod queue;
mod rows;
mod step;
#[cfg(test)]
mod tests;
mod writer;

use std::fs::File;
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

use super::engine::{Conn, Engine};
use super::outbox::Spool;
use super::{StoreConfig, StoreError};
use queue::Queue;

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
    /// Set when the writer has ended.
    ended: watch::Sender<Option<Result<(), StoreError>>>,
}

impl Journal {
    /// `claim` is given up when the writer has ended.
    pub(super) async fn start(
        engine: Engine,
        conn: Conn,
        claim: Option<File>,
        config: &StoreConfig,
    ) -> Result<Journal, StoreError> {
        let (writer, shared) = writer::Writer::prepare(engine, conn, claim, config).await?;
        tokio::spawn(writer.run());
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
        self.submit_then(entry, |result| {
            if let Err(error) = result {
                tracing::error!(%error, "something could not be stored");
            }
        });
    }

    /// Enqueues the entry now, in order; the future tells when it is committed. Dropping the future does not take the
    /// entry back.
    pub fn submit(&self, entry: Entry) -> Submitted {
        let (answer, answered) = oneshot::channel();
        // Whoever has gone does not want to know.
        self.submit_then(entry, move |result| drop(answer.send(result)));
        Submitted(answered)
    }

    /// The same without a future: `then` is called when it is committed, or has failed. It runs in the writer, which works for
    /// everybody: so it only hands on.
    pub fn submit_then(
        &self,
        mut entry: Entry,
        then: impl FnOnce(Result<Committed, StoreError>) + Send + 'static,
    ) {
        entry.lane = self.lane;
        if !entry.is_storable() {
            return then(Err(StoreError::Invalid("a text holds the character U+0000")));
        }
        self.handle.0.queue.push(entry, Box::new(then));
    }

    /// Waits for room, enqueues the entry and waits for its commit.
    ///
    /// Not cancel safe: the entry may or may not be committed.
    ///
    /// # Errors
    /// See [`Submitted`].
    pub async fn commit(&self, entry: Entry) -> Result<Committed, StoreError> {
        self.ready().await;
        self.submit(entry).await
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

    /// Commits what was submitted, ignoring the limits of the outbox, then ends the writer.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.handle.0.queue.close();
        let mut ended = self.handle.0.ended.subscribe();
        match ended.wait_for(Option::is_some).await {
            Ok(result) => result.clone().unwrap_or(Ok(())),
            Err(_) => Err(StoreError::Closed),
        }
    }
}

/// Resolves when an entry is durable (`Ok`), or nothing of it was written (`Err`).
///
/// One exception cannot be avoided: when the connection to a database server breaks in the middle of a commit, nobody
/// knows; the error is given, and what was committed is sent all the same.
///
/// # Errors
/// What the database said, or [`StoreError::Closed`].
#[derive(Debug)]
#[must_use = "an entry is durable only when this has resolved"]
pub struct Submitted(oneshot::Receiver<Result<Committed, StoreError>>);

impl Future for Submitted {
    type Output = Result<Committed, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
    }
}
