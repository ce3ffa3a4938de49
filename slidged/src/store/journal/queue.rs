//! Queue of the entries that wait for the writer, in order.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Lane;
use super::blocked::BlockedLanes;
use super::group::Item;
use crate::store::StoreError;

/// Waiting bytes from which on [`Queue::ready`] holds callers back: several transactions, so that
/// the writer never idles, yet nothing beside the 4 MiB of the feed.
const HIGH_WATER: usize = 2 << 20;

/// Most entries in one transaction: beyond this, sharing the cost of a commit gains nothing.
const GROUP_ENTRIES: usize = 256;

/// Most bytes in one transaction (one entry may be larger): bounds the row in the outbox and the
/// time of a commit.
const GROUP_BYTES: usize = 256 << 10;

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    /// Weight of `items`.
    weight: usize,
    /// Entries of lanes without room in the outbox.
    blocked: BlockedLanes<Item>,
    closed: Option<Instant>,
    /// Entries that need no database, while others have to wait for it.
    bypassing: Option<Vec<Item>>,
}

impl State {
    /// Weight that counts against callers of a lane.
    fn weight(&self, lane: Lane) -> usize {
        self.weight + self.blocked.of(lane).map(|item| item.weight).sum::<usize>()
    }
}

/// Group under construction.
#[derive(Default)]
struct Group {
    items: Vec<Item>,
    weight: usize,
}

impl Group {
    /// Whether an entry fits into it.
    fn fits(&self, item: &Item) -> bool {
        self.items.is_empty()
            || (self.items.len() < GROUP_ENTRIES && self.weight + item.weight <= GROUP_BYTES)
    }

    fn push(&mut self, item: Item) {
        self.weight += item.weight;
        self.items.push(item);
    }
}

/// Entries for the writer.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) items: Vec<Item>,
    /// Whether the queue is closed and empty.
    pub(super) finished: bool,
}

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Notified when the writer has work.
    work: Notify,
    /// Notified when callers have room.
    room: Notify,
}

impl Queue {
    /// Enqueues an entry.
    pub(super) fn push(&self, item: Item) {
        let mut state = self.lock();
        if state.closed.is_some() {
            drop(state);
            return item.answer(Err(StoreError::Closed));
        }
        state.weight += item.weight;
        match &mut state.bypassing {
            Some(bypassing) if item.entry.needs_no_database() => bypassing.push(item),
            _ => state.items.push_back(item),
        }
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
                if state.weight(lane) < HIGH_WATER || state.closed.is_some() {
                    return;
                }
            }
            room.await;
        }
    }

    /// Takes the next group. `room` reserves room in the outbox for messages and bytes of a lane
    /// (unless the queue is closed); a lane without room is blocked, and the others go on.
    pub(super) fn take(&self, mut room: impl FnMut(Lane, u64, u64) -> bool) -> Taken {
        let mut group = Group::default();
        let state = &mut *self.lock();
        // What went past the others until now goes on doing so.
        for item in state.bypassing.take().into_iter().flatten() {
            state.weight -= item.weight;
            group.push(item);
        }
        let closed = state.closed.is_some();
        let mut room = |item: &Item| {
            let (count, bytes) = item.entry.durable();
            count == 0 || closed || room(item.entry.lane, count, bytes)
        };
        let blocked = state.blocked.lanes();
        for lane in &blocked {
            while let Some(item) = state.blocked.front(*lane).filter(|item| group.fits(item))
                && room(item)
            {
                state.blocked.pop(*lane).into_iter().for_each(|item| group.push(item));
            }
        }
        while let Some(item) = state.items.pop_front_if(|item| group.fits(item)) {
            state.weight -= item.weight;
            let lane = item.entry.lane;
            if state.blocked.contains(lane) || !room(&item) {
                state.blocked.push(lane, item);
            } else {
                group.push(item);
            }
        }
        let finished = closed && group.items.is_empty();
        if (group.weight > 0 || !blocked.is_empty()) && state.weight < HIGH_WATER {
            self.room.notify_waiters();
        }
        Taken { items: group.items, finished }
    }

    /// Takes the entries that need no database: from here to the next [`Queue::take`] they bypass
    /// the others.
    pub(super) fn take_bypassing(&self) -> Vec<Item> {
        let mut state = self.lock();
        if let Some(bypassing) = &mut state.bypassing {
            let bypassing = std::mem::take(bypassing);
            self.relieve(state, weight(&bypassing));
            return bypassing;
        }
        let all = std::mem::take(&mut state.items);
        let (bypassing, items): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|item| item.entry.needs_no_database());
        state.items = items.into();
        state.bypassing = Some(Vec::new());
        self.relieve(state, weight(&bypassing));
        bypassing
    }

    /// Takes out the entries whose deadline has passed.
    pub(super) fn expired(&self, now: Instant) -> Vec<Item> {
        let mut state = self.lock();
        let mut late = state.blocked.extract(|item| item.is_late(now));
        if !state.items.iter().any(|item| item.is_late(now)) {
            return late;
        }
        let all = std::mem::take(&mut state.items);
        let (gone, items): (Vec<_>, Vec<_>) = all.into_iter().partition(|item| item.is_late(now));
        state.items = items.into();
        let gone_weight = weight(&gone);
        late.extend(gone);
        self.relieve(state, gone_weight);
        late
    }

    /// Returns the first deadline of the waiting entries.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        state.items.iter().chain(state.blocked.all()).filter_map(|item| item.deadline).min()
    }

    fn relieve(&self, mut state: MutexGuard<'_, State>, weight: usize) {
        state.weight -= weight;
        let relieved = weight > 0 && state.weight < HIGH_WATER;
        drop(state);
        if relieved {
            self.room.notify_waiters();
        }
    }

    pub(super) async fn work(&self) {
        self.work.notified().await;
    }

    pub(super) fn wake(&self) {
        self.work.notify_one();
    }

    pub(super) fn close(&self) {
        self.lock().closed.get_or_insert_with(Instant::now);
        self.work.notify_one();
        self.room.notify_waiters();
    }

    /// Whether it was closed at least so long ago.
    pub(super) fn closed_for(&self, time: Duration) -> bool {
        self.lock().closed.is_some_and(|closed| closed.elapsed() >= time)
    }

    /// Closes the queue, and returns the entries that will never be written.
    pub(super) fn abandon(&self) -> Vec<Item> {
        self.close();
        let mut state = self.lock();
        let mut items: Vec<_> = state.bypassing.take().into_iter().flatten().collect();
        items.extend(state.blocked.extract(|_| true));
        items.extend(std::mem::take(&mut state.items));
        state.weight = 0;
        items
    }

    /// Returns the number of waiting entries.
    pub(super) fn len(&self) -> usize {
        let state = self.lock();
        state.items.len() + state.blocked.len() + state.bypassing.as_ref().map_or(0, Vec::len)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn weight(items: &[Item]) -> usize {
    items.iter().map(|item| item.weight).sum()
}
