//! The entries that wait for the writer, in order.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Lane;
use super::blocked::BlockedLanes;
use super::group::Item;
use crate::store::StoreError;

/// Bytes waiting, beyond which [`Queue::ready`] holds callers back: several transactions' worth, so that the writer
/// never idles, yet nothing beside the 4 MiB of the feed.
const HIGH_WATER: usize = 2 << 20;

/// Most entries in one transaction: what is grouped shares the cost of a commit, which is nothing beyond this.
const GROUP_ENTRIES: usize = 256;

/// Most bytes in one transaction (one entry may be larger): bounds the row in the outbox, and how long a commit takes.
const GROUP_BYTES: usize = 256 << 10;

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    /// Of `items`.
    weight: usize,
    /// Entries of lanes without room in the outbox.
    blocked: BlockedLanes<Item>,
    closed: Option<Instant>,
    /// What needs no database, while entries have to wait for it.
    passing: Option<Vec<Item>>,
}

impl State {
    /// What holds back who submits for that lane.
    fn weight(&self, lane: Lane) -> usize {
        self.weight + self.blocked.of(lane).map(|item| item.weight).sum::<usize>()
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
    pub(super) fn push(&self, item: Item) {
        let mut state = self.lock();
        if state.closed.is_some() {
            drop(state);
            return item.answer(Err(StoreError::Closed));
        }
        state.weight += item.weight;
        match &mut state.passing {
            Some(passing) if item.entry.needs_no_database() => passing.push(item),
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

    /// The next group. `room` tells whether there is room in the outbox for so many messages and bytes of a lane, which counts no more
    /// once we are closed; a lane without waits, and the others go on.
    pub(super) fn take(&self, mut room: impl FnMut(Lane, u64, u64) -> bool) -> Taken {
        let mut group = Group::default();
        let state = &mut *self.lock();
        // What went past the others until now goes on doing so.
        for item in state.passing.take().into_iter().flatten() {
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

    /// What needs no database, from here to the next [`Queue::take`]: it does not wait for what does.
    pub(super) fn passing(&self) -> Vec<Item> {
        let mut state = self.lock();
        if let Some(passing) = &mut state.passing {
            let passing = std::mem::take(passing);
            self.relieve(state, weight(&passing));
            return passing;
        }
        let all = std::mem::take(&mut state.items);
        let (passing, items): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|item| item.entry.needs_no_database());
        state.items = items.into();
        state.passing = Some(Vec::new());
        self.relieve(state, weight(&passing));
        passing
    }

    /// Takes out what nobody wants any more at that time.
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

    /// When the first of what waits is not wanted any more.
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

    /// Whether it was closed so long ago.
    pub(super) fn closed_for(&self, time: Duration) -> bool {
        self.lock().closed.is_some_and(|closed| closed.elapsed() >= time)
    }

    /// Closes, and gives what will never be written.
    pub(super) fn abandon(&self) -> Vec<Item> {
        self.close();
        let mut state = self.lock();
        let mut items: Vec<_> = state.passing.take().into_iter().flatten().collect();
        items.extend(state.blocked.extract(|_| true));
        items.extend(std::mem::take(&mut state.items));
        state.weight = 0;
        items
    }

    /// Entries that wait.
    pub(super) fn len(&self) -> usize {
        let state = self.lock();
        state.items.len() + state.blocked.len() + state.passing.as_ref().map_or(0, Vec::len)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn weight(items: &[Item]) -> usize {
    items.iter().map(|item| item.weight).sum()
}
