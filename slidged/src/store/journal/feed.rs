//! From the writer to the pump: what was committed, in a queue for each lane, served in turn.
//!
//! The feed knows every row of the outbox: where it stands in its lane, and how much of it the server has taken. The stanzas are kept
//! as far as they fit into memory; while the link is down, or when a lane is far behind, they are read when their turn comes. Memory
//! stays bounded however long an outage lasts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::backlog::{Head, Piece, Receipt};
use super::lanes::Lanes;
use super::{Lane, Outgoing};
use crate::store::Waiting;
use crate::store::clock::Noted;

/// Durable stanzas of one lane that may be unacknowledged before its session has to wait: several seconds' worth for a server that is
/// slow, nothing for one that is quick.
pub const CREDIT: u64 = 512;

/// Durable stanzas of one lane that wait, from which on its answers go past them: fewer are written at once.
const BEHIND: u64 = 32;

/// The stanzas of one lane in one transaction.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) lane: Lane,
    /// Its row in the outbox, if any of its stanzas is durable.
    pub(crate) seq: Option<i64>,
    pub(crate) noted: Noted,
    /// In order, durable and ephemeral.
    pub(crate) stanzas: Vec<Outgoing>,
}

/// A row of the outbox as it was read.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its number.
    pub seq: i64,
    /// Its stanzas, in order.
    pub stanzas: Vec<Outgoing>,
}

/// How much may be taken at once.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bytes that may be written now; the last stanza may go beyond.
    pub room: usize,
    /// Of those, for strangers.
    pub strangers: usize,
    /// Bytes that are worth one write.
    pub most: usize,
}

/// What was taken.
#[derive(Debug, Default)]
pub struct Taken {
    /// In the order in which to write it.
    pub pieces: Vec<Piece>,
    /// There is more that the budget did not allow.
    pub blocked: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Feed {
    state: Mutex<State>,
    changed: Notify,
    /// A lane has credit again.
    credit: Notify,
    /// All that is in no row was taken.
    emptied: Notify,
    /// The connection that the pump works on; 0 is none.
    online: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    lanes: Lanes,
    /// The last row that was committed.
    newest: i64,
}

impl Feed {
    pub(crate) fn new() -> Feed {
        Feed {
            state: Mutex::default(),
            changed: Notify::new(),
            credit: Notify::new(),
            emptied: Notify::new(),
            online: watch::Sender::new(0),
        }
    }

    /// The link is up, for the time of that number: from now on there is something to take.
    pub fn online(&self, epoch: u64) {
        let mut state = self.lock();
        state.lanes.offline();
        state.lanes.online();
        drop(state);
        self.online.send_replace(epoch);
    }

    /// Resolves when the pump works on that connection (or a later one), not on one before whose end it has not noticed yet: from
    /// then on nothing ephemeral is dropped. Cancel safe.
    pub async fn is_online(&self, epoch: u64) {
        // The sender lives as long as this.
        self.online.subscribe().wait_for(|online| *online >= epoch).await.ok();
    }

    /// The link is down: of what is in no row only errors of messages are kept, and what was not acknowledged is to be written again.
    pub fn offline(&self) {
        self.lock().lanes.offline();
        self.online.send_replace(0);
        self.credit.notify_waiters();
    }

    /// Takes what is to be written next, as far as it is in memory.
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

    /// Resolves when all stanzas that are in no row and are kept were taken. Cancel safe.
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

    /// Rows that have to be read before more of their lanes can be taken, in ascending order; to be answered with [`Feed::filled`] or
    /// [`Feed::unfilled`] before it is asked again. Empty when nothing is to be read now.
    pub fn wanted(&self) -> Vec<i64> {
        self.lock().lanes.wanted()
    }

    /// The wanted rows were read; what is not among them cannot be had any more. What was lost by that.
    pub fn filled(&self, rows: Vec<Stored>) -> Waiting {
        self.lock().lanes.filled(rows)
    }

    /// The wanted rows could not be read: they are wanted again.
    pub fn unfilled(&self) {
        self.lock().lanes.unfilled();
    }

    /// Resolves when [`Feed::take`] or [`Feed::wanted`] may have something new. Cancel safe.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// What waits for the server, in the database and on its way to it.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        self.lock().lanes.waiting()
    }

    /// The same of one lane.
    pub(crate) fn waiting_in(&self, lane: Lane) -> Waiting {
        self.lock().lanes.waiting_in(lane)
    }

    /// Whether answers of that lane would wait for much else of it.
    pub(crate) fn is_behind(&self, lane: Lane) -> bool {
        self.waiting_in(lane).messages >= BEHIND
    }

    /// Ephemeral stanzas that there was no room for, since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.lock().lanes.dropped()
    }

    /// Resolves while few enough of the lane's stanzas are on their way to a server that is there. Cancel safe.
    pub(crate) async fn credit(&self, lane: Lane) {
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

    /// Batches were committed in one transaction.
    pub(crate) fn push(&self, batches: Vec<Batch>) {
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
        self.changed.notify_one();
    }

    /// Rows were found in the database, in order and behind [`Feed::newest`].
    pub(crate) fn found(&self, rows: Vec<(Lane, i64, Head)>) {
        let mut state = self.lock();
        for (lane, seq, head) in rows {
            state.newest = seq;
            state.lanes.push_stored(lane, head);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// The last row that is known.
    pub(crate) fn newest(&self) -> i64 {
        self.lock().newest
    }

    /// The server has taken those; the rows that are done with.
    pub(crate) fn acknowledge(&self, receipts: &[Receipt]) -> Vec<i64> {
        let (rows, relieved) = self.lock().lanes.acknowledge(receipts);
        if relieved {
            self.credit.notify_waiters();
        }
        rows
    }

    /// Gives up what is too old; what that is, and the rows that are done with.
    pub(crate) fn expire(&self, too_old: impl Fn(Noted) -> bool) -> (Waiting, Vec<i64>) {
        self.lock().lanes.expire(too_old)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
