//! Back-pressure per lane: entries of lanes without room in the outbox wait aside, in order, so
//! that other lanes can go on.

use std::collections::{BTreeMap, VecDeque};

use super::Lane;

/// Entries that wait for room, by lane. `T` is an entry and its callback.
#[derive(Debug)]
pub(super) struct BlockedLanes<T>(BTreeMap<Lane, VecDeque<T>>);

impl<T> Default for BlockedLanes<T> {
    fn default() -> BlockedLanes<T> {
        BlockedLanes(BTreeMap::new())
    }
}

impl<T> BlockedLanes<T> {
    /// Number of waiting entries.
    pub(super) fn len(&self) -> usize {
        self.0.values().map(VecDeque::len).sum()
    }

    /// Whether entries of the lane wait here.
    pub(super) fn contains(&self, lane: Lane) -> bool {
        self.0.contains_key(&lane)
    }

    /// Waiting entries of a lane.
    pub(super) fn of(&self, lane: Lane) -> impl Iterator<Item = &T> {
        self.0.get(&lane).into_iter().flatten()
    }

    /// All waiting entries.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.0.values().flatten()
    }

    /// Removes and returns the entries that satisfy a condition.
    pub(super) fn extract(&mut self, condition: impl Fn(&T) -> bool) -> Vec<T> {
        let mut out = Vec::new();
        for items in self.0.values_mut().filter(|items| items.iter().any(&condition)) {
            let (extracted, left): (Vec<_>, Vec<_>) = std::mem::take(items).into_iter().partition(&condition);
            out.extend(extracted);
            *items = left.into();
        }
        self.0.retain(|_, items| !items.is_empty());
        out
    }

    /// Adds an entry behind those of its lane.
    pub(super) fn push(&mut self, lane: Lane, item: T) {
        self.0.entry(lane).or_default().push_back(item);
    }

    /// Lanes with waiting entries.
    pub(super) fn lanes(&self) -> Vec<Lane> {
        self.0.keys().copied().collect()
    }

    /// Oldest entry of a lane.
    pub(super) fn front(&self, lane: Lane) -> Option<&T> {
        self.0.get(&lane)?.front()
    }

    /// Removes the oldest entry of a lane.
    pub(super) fn pop(&mut self, lane: Lane) -> Option<T> {
        let items = self.0.get_mut(&lane)?;
        let item = items.pop_front();
        if items.is_empty() {
            self.0.remove(&lane);
        }
        item
    }
}
