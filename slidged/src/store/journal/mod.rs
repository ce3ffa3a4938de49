//! Journal: the only way to write to the database.
//!
//! One writer task makes a single transaction of the entries that have queued up, then answers
//! them. An idle writer commits an entry at once; while a commit is under way the next group
//! gathers, and after a busy group for a millisecond more.
//!
//! Entries of a [`Lane`] are committed in the order of their submission, and their stanzas reach
//! the server in that order. An entry that the database refuses fails alone, as does one whose
//! condition is not met (see [`Write`]).
//!
//! When the database itself fails (disk full, server gone), the group is kept and retried, in
//! order, and the others come behind it. Meanwhile entries that need no database are sent, and
//! entries with a deadline are withdrawn when it has passed. An unknown fate of a transaction is
//! found out before anything else is done.
//!
//! Back-pressure: when the outbox is full, or a lane has used its part of it, the next entry of the
//! lane with a durable stanza waits for room, and the rest of the lane behind it. Other lanes go
//! on.

mod batch;
mod blocked;
mod conditional;
mod connection;
mod drop_counter;
mod entry;
mod feed;
mod group;
mod lane;
mod lane_queue;
mod maintenance;
mod outbox_row;
pub(super) mod outbox_table;
mod piece;
mod plan;
mod queue;
mod retry;
mod runs;
mod scheduler;
mod shared;
mod spool;
mod storable;
mod strangers;
mod submitted;
mod table;
#[cfg(test)]
mod tests;
mod transaction;
mod waiting;
mod write;
mod writer;

use std::fmt;
use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt as _;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

pub(super) use conditional::ConditionalWrite;
pub use entry::{Entry, Outgoing};
pub use feed::Feed;
pub use lane::Lane;
pub(crate) use outbox_row::OutboxRow;
pub use outbox_row::Stored;
pub use piece::{Budget, Piece, Receipt, Taken};
pub use scheduler::CREDIT;
pub(super) use spool::Spool;
pub(super) use storable::{Storable, plain};
pub use submitted::{Committed, Submitted};
pub(super) use table::{Changes, Script, Table, user_and_id};
pub use waiting::Waiting;
pub use write::Write;

use super::StoreError;
use super::config::{PATIENCE, StoreConfig};
use super::engine::{Backends, Conn, Engine};
use super::health::Health;
use group::{Group, Item};
use shared::Shared;
use submitted::OnCommit;

/// Handle of the journal, for one lane. Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    handle: Arc<Handle>,
    /// Lane of the stanzas that are submitted here.
    lane: Lane,
    /// Address of the stranger whom they are for.
    stranger: Option<Arc<str>>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("lane", &self.lane).finish_non_exhaustive()
    }
}

/// Closes the queue when the last handle goes: the writer commits the rest and ends.
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.queue.close();
    }
}

impl Journal {
    /// Starts the writer. `claim` is given up when it has ended.
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
        Ok(Journal { handle: Arc::new(Handle(shared)), lane: Lane::GATEWAY, stranger: None })
    }

    /// Returns the journal for the stanzas of another lane.
    #[must_use]
    pub fn of(&self, lane: Lane) -> Journal {
        Journal { lane, stranger: None, ..self.clone() }
    }

    /// Returns the journal for stanzas to somebody who is not registered.
    #[must_use]
    pub fn to_stranger(&self, address: &str) -> Journal {
        Journal { lane: Lane::STRANGERS, stranger: Some(address.into()), ..self.clone() }
    }

    /// Waits until the queue has room, which is the back-pressure: callers that do not wait for
    /// answers must wait here before each entry. Cancel safe.
    pub async fn ready(&self) {
        self.handle.0.queue.ready(self.lane).await;
    }

    /// Waits until the lane has credit with the server: callers that make stanzas from network
    /// events wait here before each, so that a flood is held back in the plugin. Cancel safe.
    pub async fn credit(&self) {
        self.handle.0.spool.feed.credit(self.lane).await;
    }

    /// Enqueues the entry now, in order, without an answer. A refusal by the database is logged.
    pub fn note(&self, entry: Entry) {
        self.submit_then(entry, noted);
    }

    /// Enqueues the entry now like [`Journal::note`]; its stanzas are sent even if its user has
    /// left.
    pub fn note_and_tell(&self, entry: Entry) {
        let (journal, stanzas) = (self.clone(), entry.stanzas.clone());
        self.submit_then(entry, move |result| match result {
            Err(StoreError::NoSuchUser) => journal.note(Entry { stanzas, ..Entry::default() }),
            result => noted(result),
        });
    }

    /// Enqueues the entry now, in order; the future resolves when it is committed. Dropping the
    /// future does not withdraw the entry.
    pub fn submit(&self, entry: Entry) -> Submitted {
        self.answered(entry, None)
    }

    /// Enqueues the entry now, in order, and withdraws it with [`StoreError::TooLate`] when it is
    /// not committed by the deadline.
    pub fn submit_by(&self, entry: Entry, deadline: Instant) -> Submitted {
        self.answered(entry, Some(deadline))
    }

    /// Enqueues the entry now, in order; `then` is called when it is committed or has failed. It
    /// runs in the writer, which works for everybody, so it must only hand on.
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
        Submitted::new(answered)
    }

    fn enqueue(&self, mut entry: Entry, deadline: Option<Instant>, then: OnCommit) {
        entry.lane = self.lane;
        if self.stranger.is_some() {
            entry.stanzas.iter_mut().for_each(|stanza| stanza.stranger.clone_from(&self.stranger));
        }
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

    /// Watches the health of the database.
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

    /// Returns the number of entries that wait for the writer.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.handle.0.queue.len()
    }

    /// Returns the number of transactions committed since the start.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.handle.0.commits.load(Ordering::Relaxed)
    }

    pub(super) fn spool(&self) -> &Spool {
        &self.handle.0.spool
    }

    /// Wakes the writer to look for work other than entries.
    pub(super) fn wake(&self) {
        self.handle.0.queue.wake();
    }

    /// Commits the submitted entries, ignoring the limits of the outbox, then ends the writer. A
    /// failing database is given a few seconds.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.handle.0.queue.close();
        self.ended().await
    }
}

/// Logs how an entry fared that nobody waits for.
fn noted(result: Result<Committed, StoreError>) {
    match result {
        Ok(_) => {}
        // Said once for all when the writer ended.
        Err(error @ (StoreError::Closed | StoreError::InUse(_))) => {
            tracing::debug!(%error, "nothing is written any more");
        }
        Err(error @ StoreError::NoSuchUser) => {
            tracing::debug!(%error, "something of a user who has left was not stored");
        }
        // Not the database's fault: what came is nothing that can be kept.
        Err(error @ StoreError::Invalid(_)) => tracing::warn!(%error, "something could not be stored"),
        Err(error) => tracing::error!(%error, "something could not be stored"),
    }
}
