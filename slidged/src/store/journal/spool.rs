//! Outbox state that the writer and the pump share.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::runs::Runs;
use super::{Feed, Lane, Waiting};
use crate::store::OutboxLimits;
use crate::store::clock::Age;

/// Part of the outbox limits that one lane may use, so that the others have the rest.
const PART: u64 = 4;

/// Outbox state that the writer and the pump share.
#[derive(Debug)]
pub(in crate::store) struct Spool {
    pub(in crate::store) feed: Feed,
    pub(in crate::store) limits: OutboxLimits,
    pub(in crate::store) age: Age,
    state: Mutex<State>,
    /// Notified when fewer stanzas wait.
    fewer: Notify,
}

#[derive(Debug)]
struct State {
    /// Rows to be deleted.
    released: Runs,
    /// Time of the first of those releases.
    since: Instant,
}

impl Spool {
    pub(super) fn new(limits: OutboxLimits, age: Age) -> Spool {
        let state = State { released: Runs::default(), since: Instant::now() };
        Spool { feed: Feed::new(), limits, age, state: Mutex::new(state), fewer: Notify::new() }
    }

    /// Room in the outbox for one group.
    pub(super) fn room(&self) -> Room<'_> {
        Room { spool: self, waiting: self.feed.waiting(), lanes: HashMap::new() }
    }

    /// Marks rows as delivered or given up: they are to be deleted.
    pub(in crate::store) fn release(&self, rows: Vec<i64>) {
        let mut state = self.lock();
        if state.released.is_empty() {
            state.since = Instant::now();
        }
        rows.into_iter().for_each(|row| state.released.insert(row));
        drop(state);
        self.fewer.notify_waiters();
    }

    /// Resolves when no stanza waits for the server. Cancel safe.
    pub(in crate::store) async fn flushed(&self) {
        loop {
            let mut fewer = std::pin::pin!(self.fewer.notified());
            fewer.as_mut().enable();
            if self.feed.waiting().messages == 0 {
                return;
            }
            fewer.await;
        }
    }

    /// Rows to be deleted in one transaction, and since when they wait for that.
    pub(super) fn to_delete(&self) -> Option<(Runs, Instant)> {
        let state = self.lock();
        (!state.released.is_empty()).then(|| (state.released.some(), state.since))
    }

    /// Forgets rows that were deleted.
    pub(super) fn deleted(&self, rows: &Runs) {
        let mut state = self.lock();
        state.released.remove(rows);
        // More may have been released meanwhile: that starts to wait now.
        state.since = Instant::now();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room in the outbox for one group, see [`Spool::room`].
pub(super) struct Room<'a> {
    spool: &'a Spool,
    waiting: Waiting,
    lanes: HashMap<Lane, Waiting>,
}

impl Room<'_> {
    /// Reserves room for stanzas of a lane; false when there is none.
    pub(super) fn admit(&mut self, lane: Lane, messages: u64, bytes: u64) -> bool {
        let OutboxLimits { messages: most, bytes: largest, .. } = self.spool.limits;
        let more = Waiting { messages, bytes };
        let own = self.lanes.entry(lane).or_insert_with(|| self.spool.feed.waiting_in(lane));
        // The gateway's own stanzas are nobody's flood.
        let part = if lane == Lane::GATEWAY { 1 } else { PART };
        let room =
            self.waiting.has_room(more, most, largest) && own.has_room(more, most / part, largest / part);
        if room {
            own.add(more);
            self.waiting.add(more);
        }
        room
    }
}
