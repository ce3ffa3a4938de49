//! The entries that wait for the writer, in order.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::held::Held;
use super::{Committed, Entry, Lane};
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
    /// Of `items`.
    weight: usize,
    /// Those of lanes for which there was no room.
    held: Held<Item>,
    closed: bool,
}

impl State {
    /// What holds back who submits for that lane.
    fn weight(&self, lane: Lane) -> usize {
        self.weight + self.held.of(lane).map(|item| item.weight).sum::<usize>()
    }
}

/// A group that is being made.
#[derive(Default)]
struct Group {
    items: Vec<Item>,
    weight: usize,
}

impl Group {
    /// Whether that one may still be in it.
    fn fits(&self, item: &Item) -> bool {
        self.items.is_empty()
            || (self.items.len() < GROUP_ENTRIES && self.weight + item.weight <= GROUP_BYTES)
    }

    fn push(&mut self, item: Item) {
        self.weight += item.weight;
        self.items.push(item);
    }
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

    /// Resolves when there is room for an entry of that lane. Cancel safe.
    pub(super) async fn ready(&self, lane: Lane) {
        loop {
            let mut room = std::pin::pin!(self.room.notified());
            room.as_mut().enable();
            {
                let state = self.lock();
                if state.weight(lane) < HIGH_WATER || state.closed {
                    return;
                }
            }
            room.await;
        }
    }

    /// The next group. `room` tells whether there is room in the outbox for so many messages and bytes of a lane, which counts no more
    /// once we are closed; a lane without waits, and the others go on.
    pub(super) fn take(&self, mut room: impl FnMut(Lane, u64, u64) -> bool) -> Taken {
        let mut group = Group::default();
        let state = &mut *self.lock();
        let closed = state.closed;
        let mut room = |item: &Item| {
            let (count, bytes) = item.entry.durable();
            count == 0 || closed || room(item.entry.lane, count, bytes)
        };
        let held = state.held.lanes();
        for lane in &held {
            while let Some(item) = state.held.front(*lane).filter(|item| group.fits(item))
                && room(item)
            {
                state.held.release(*lane).into_iter().for_each(|item| group.push(item));
            }
        }
        while let Some(item) = state.items.pop_front_if(|item| group.fits(item)) {
            state.weight -= item.weight;
            let lane = item.entry.lane;
            if state.held.holds(lane) || !room(&item) {
                state.held.hold(lane, item);
            } else {
                group.push(item);
            }
        }
        let finished = closed && group.items.is_empty();
        if (group.weight > 0 || !held.is_empty()) && state.weight < HIGH_WATER {
            self.room.notify_waiters();
        }
        Taken { items: group.items, finished }
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
        let state = self.lock();
        state.items.len() + state.held.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
