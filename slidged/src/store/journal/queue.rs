//! The entries that wait for the writer, in order.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::{Committed, Entry};
use crate::store::StoreError;

/// Bytes waiting, beyond which [`Queue::ready`] holds callers back: several transactions' worth, so that the writer
/// never idles, yet nothing beside the 4 MiB of the feed.
const HIGH_WATER: usize = 2 << 20;

/// Most entries in one transaction: what is grouped shares the cost of a commit, which is nothing beyond this.
const GROUP_ENTRIES: usize = 256;

/// Most bytes in one transaction (one entry may be larger): bounds the row in the outbox, and how long a commit takes.
const GROUP_BYTES: usize = 256 << 10;

/// What is done when it is known what became of an entry.
pub(super) type Then = Box<dyn FnOnce(Result<Committed, StoreError>) + Send>;

/// An entry and who waits for it.
pub(super) struct Item {
    pub(super) entry: Entry,
    weight: usize,
    pub(super) then: Then,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    weight: usize,
    closed: bool,
}

/// What the writer gets.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) items: Vec<Item>,
    /// Nothing more will come, and nothing is left.
    pub(super) finished: bool,
}

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// The writer waits here.
    work: Notify,
    /// Callers wait here for room.
    room: Notify,
}

impl Queue {
    /// Enqueues now.
    pub(super) fn push(&self, entry: Entry, then: Then) {
        let weight = entry.weight();
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return then(Err(StoreError::Closed));
        }
        state.weight += weight;
        state.items.push_back(Item { entry, weight, then });
        drop(state);
        self.work.notify_one();
    }

    /// Resolves when there is room. Cancel safe.
    pub(super) async fn ready(&self) {
        loop {
            let mut room = std::pin::pin!(self.room.notified());
            room.as_mut().enable();
            {
                let state = self.lock();
                if state.weight < HIGH_WATER || state.closed {
                    return;
                }
            }
            room.await;
        }
    }

    /// The next group: as long as `room` (messages, bytes of the outbox) lasts, which counts no more once we are closed.
    pub(super) fn take(&self, mut room: impl FnMut(u64, u64) -> bool) -> Taken {
        let mut taken = Taken::default();
        let mut weight = 0;
        let mut state = self.lock();
        while let Some(item) = state.items.front() {
            if !taken.items.is_empty()
                && (taken.items.len() == GROUP_ENTRIES || weight + item.weight > GROUP_BYTES)
            {
                break;
            }
            let (count, bytes) = item.entry.durable();
            if count > 0 && !state.closed && !room(count, bytes) {
                break;
            }
            weight += item.weight;
            taken.items.extend(state.items.pop_front());
        }
        state.weight -= weight;
        taken.finished = state.closed && taken.items.is_empty();
        let relieved = weight > 0 && state.weight < HIGH_WATER;
        drop(state);
        if relieved {
            self.room.notify_waiters();
        }
        taken
    }

    pub(super) async fn work(&self) {
        self.work.notified().await;
    }

    pub(super) fn wake(&self) {
        self.work.notify_one();
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_one();
        self.room.notify_waiters();
    }

    /// Entries that wait.
    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
