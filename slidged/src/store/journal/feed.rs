//! Feed of committed stanzas from the writer to the pump: a queue for each lane, served in turn.
//!
//! The feed knows every row of the outbox, its place in its lane, and how much of it the server has
//! taken. Stanzas are kept as far as they fit into memory; while the link is down, or when a lane
//! is far behind, they are read when their turn comes, so that memory stays bounded in any outage.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::batch::Batch;
use super::piece::{Budget, Receipt, Taken};
use super::scheduler::{CREDIT, Scheduler};
use super::{Lane, OutboxRow, Stored, Waiting};
use crate::store::clock::Noted;

/// Number of waiting durable stanzas from which on a lane's answers bypass them: fewer are written
/// at once.
const BEHIND: u64 = 32;

/// Feed of committed stanzas.
#[derive(Debug)]
pub struct Feed {
    state: Mutex<State>,
    changed: Notify,
    /// Notified when a lane has credit again.
    credit: Notify,
    /// Notified when all loose stanzas were taken.
    emptied: Notify,
    /// Notified when loose stanzas are added.
    held: Notify,
    /// Epoch of the connection that the pump works on; 0 is none.
    online: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    lanes: Scheduler,
    /// Number of the last committed row.
    newest: i64,
}

impl Feed {
    pub(super) fn new() -> Feed {
        Feed {
            state: Mutex::default(),
            changed: Notify::new(),
            credit: Notify::new(),
            emptied: Notify::new(),
            held: Notify::new(),
            online: watch::Sender::new(0),
        }
    }

    /// Starts a connection of that epoch: from now on there are stanzas to take.
    pub fn online(&self, epoch: u64) {
        let mut state = self.lock();
        state.lanes.offline();
        state.lanes.online();
        drop(state);
        self.online.send_replace(epoch);
    }

    /// Resolves when the pump works on the connection of that epoch, or a later one: from then on
    /// nothing ephemeral is dropped. Cancel safe.
    pub async fn is_online(&self, epoch: u64) {
        // The sender lives as long as this.
        self.online.subscribe().wait_for(|online| *online >= epoch).await.ok();
    }

    /// Ends the connection: unacknowledged rows are to be written again, and of loose stanzas only
    /// message errors are kept.
    pub fn offline(&self) {
        self.lock().lanes.offline();
        self.online.send_replace(0);
        self.held.notify_waiters();
        self.credit.notify_waiters();
    }

    /// Takes the stanzas that are to be written next, as far as they are in memory.
    pub fn take(&self, budget: Budget) -> Taken {
        let mut state = self.lock();
        let taken = state.lanes.take(budget);
        let empty = state.lanes.has_no_loose();
        drop(state);
        if empty {
            self.emptied.notify_waiters();
        }
        taken
    }

    /// Resolves when all loose stanzas were taken. Cancel safe.
    pub async fn emptied(&self) {
        loop {
            let mut emptied = std::pin::pin!(self.emptied.notified());
            emptied.as_mut().enable();
            if self.lock().lanes.has_no_loose() {
                return;
            }
            emptied.await;
        }
    }

    /// Resolves when there is no connection and message errors wait for one. Cancel safe.
    pub async fn holds_errors(&self) {
        loop {
            let mut held = std::pin::pin!(self.held.notified());
            held.as_mut().enable();
            {
                let state = self.lock();
                if !state.lanes.is_online() && !state.lanes.has_no_loose() {
                    return;
                }
            }
            held.await;
        }
    }

    /// Returns the rows that have to be read before more of their lanes can be taken, in ascending
    /// order. Each call with rows must be answered with [`Feed::filled`] or [`Feed::unfilled`]
    /// before the next.
    pub fn wanted(&self) -> Vec<i64> {
        self.lock().lanes.wanted()
    }

    /// Adds the wanted rows; one that is missing cannot be read any more. Returns the stanzas that
    /// are lost by that.
    pub fn filled(&self, rows: Vec<Stored>) -> Waiting {
        self.lock().lanes.filled(rows)
    }

    /// Reports that the wanted rows could not be read: they are wanted again.
    pub fn unfilled(&self) {
        self.lock().lanes.unfilled();
    }

    /// Resolves when [`Feed::take`] or [`Feed::wanted`] may have something new. Cancel safe.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Returns the stanzas that wait for the server, in the database and in flight.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        self.lock().lanes.waiting()
    }

    /// Returns the stanzas of one lane that wait for the server.
    pub(super) fn waiting_in(&self, lane: Lane) -> Waiting {
        self.lock().lanes.waiting_in(lane)
    }

    /// Whether a lane is so far behind that its answers bypass it.
    pub(super) fn is_behind(&self, lane: Lane) -> bool {
        self.waiting_in(lane).messages >= BEHIND
    }

    /// Returns the number of ephemeral stanzas dropped for want of room, since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().lanes.dropped()
    }

    /// Resolves while the lane has credit, or the link is down. Cancel safe.
    pub(super) async fn credit(&self, lane: Lane) {
        loop {
            let mut more = std::pin::pin!(self.credit.notified());
            more.as_mut().enable();
            {
                let state = self.lock();
                if !state.lanes.is_online() || state.lanes.waiting_in(lane).messages < CREDIT {
                    return;
                }
            }
            more.await;
        }
    }

    /// Adds the batches of a committed transaction.
    pub(super) fn push(&self, batches: Vec<Batch>) {
        let mut state = self.lock();
        let newest = state.newest;
        for batch in batches {
            // Known already when it was found on a new connection.
            if batch.seq.is_none_or(|seq| seq > newest) {
                // The lanes of a transaction need not come in the order of their rows.
                state.newest = state.newest.max(batch.seq.unwrap_or_default());
                state.lanes.push(batch);
            }
        }
        drop(state);
        self.held.notify_waiters();
        self.changed.notify_one();
    }

    /// Adds rows found in the database, in order and behind [`Feed::newest`].
    pub(super) fn found(&self, rows: Vec<(Lane, OutboxRow)>) {
        let mut state = self.lock();
        for (lane, row) in rows {
            state.newest = row.seq;
            state.lanes.push_unread(lane, row);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Returns the number of the last known row.
    pub(super) fn newest(&self) -> i64 {
        self.lock().newest
    }

    /// Settles receipts. Returns the rows that are done with.
    pub(in crate::store) fn acknowledge(&self, receipts: &[Receipt]) -> Vec<i64> {
        let (rows, relieved) = self.lock().lanes.acknowledge(receipts);
        if relieved {
            self.credit.notify_waiters();
        }
        rows
    }

    /// Gives up rows that are too old. Returns their stanzas and numbers.
    pub(in crate::store) fn expire(&self, too_old: impl Fn(Noted) -> bool) -> (Waiting, Vec<i64>) {
        self.lock().lanes.expire(too_old)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
