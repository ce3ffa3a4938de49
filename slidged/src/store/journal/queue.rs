//! The entries that wait for the writer, in order.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

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
    weight: usize,
    closed: Option<Instant>,
    /// What needs no database, while entries have to wait for it.
    passing: Option<Vec<Item>>,
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

    /// Resolves when there is room. Cancel safe.
    pub(super) async fn ready(&self) {
        loop {
            let mut room = std::pin::pin!(self.room.notified());
            room.as_mut().enable();
            {
                let state = self.lock();
                if state.weight < HIGH_WATER || state.closed.is_some() {
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
        // What went past the others until now goes on doing so.
        for item in state.passing.take().into_iter().flatten().rev() {
            state.items.push_front(item);
        }
        while let Some(item) = state.items.front() {
            if !taken.items.is_empty()
                && (taken.items.len() == GROUP_ENTRIES || weight + item.weight > GROUP_BYTES)
            {
                break;
            }
            let (count, bytes) = item.entry.durable();
            if count > 0 && state.closed.is_none() && !room(count, bytes) {
                break;
            }
            weight += item.weight;
            taken.items.extend(state.items.pop_front());
        }
        taken.finished = state.closed.is_some() && taken.items.is_empty();
        self.relieve(state, weight);
        taken
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
        if !state.items.iter().any(|item| item.is_late(now)) {
            return Vec::new();
        }
        let all = std::mem::take(&mut state.items);
        let (late, items): (Vec<_>, Vec<_>) = all.into_iter().partition(|item| item.is_late(now));
        state.items = items.into();
        self.relieve(state, weight(&late));
        late
    }

    /// When the first of what waits is not wanted any more.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lock().items.iter().filter_map(|item| item.deadline).min()
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
        items.extend(std::mem::take(&mut state.items));
        state.weight = 0;
        items
    }

    /// Entries that wait.
    pub(super) fn len(&self) -> usize {
        let state = self.lock();
        state.items.len() + state.passing.as_ref().map_or(0, Vec::len)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn weight(items: &[Item]) -> usize {
    items.iter().map(|item| item.weight).sum()
}
