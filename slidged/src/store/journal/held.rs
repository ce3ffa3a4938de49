//! Entries of lanes for which there is no room in the outbox: they wait aside, in order, so that those of other lanes can go on.

use std::collections::{BTreeMap, VecDeque};

use super::Lane;

/// See the module. `T` is an entry and who waits for it.
#[derive(Debug)]
pub(super) struct Held<T>(BTreeMap<Lane, VecDeque<T>>);

impl<T> Default for Held<T> {
    fn default() -> Held<T> {
        Held(BTreeMap::new())
    }
}

impl<T> Held<T> {
    /// Entries that wait.
    pub(super) fn len(&self) -> usize {
        self.0.values().map(VecDeque::len).sum()
    }

    /// Whether the lane's entries wait here.
    pub(super) fn holds(&self, lane: Lane) -> bool {
        self.0.contains_key(&lane)
    }

    /// Those of the lane that wait.
    pub(super) fn of(&self, lane: Lane) -> impl Iterator<Item = &T> {
        self.0.get(&lane).into_iter().flatten()
    }

    /// All that waits.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.0.values().flatten()
    }

    /// Takes out those of which that is true.
    pub(super) fn take_out(&mut self, which: impl Fn(&T) -> bool) -> Vec<T> {
        let mut out = Vec::new();
        for items in self.0.values_mut().filter(|items| items.iter().any(&which)) {
            let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(items).into_iter().partition(&which);
            out.extend(gone);
            *items = left.into();
        }
        self.0.retain(|_, items| !items.is_empty());
        out
    }

    /// Holds one back, behind those of its lane.
    pub(super) fn hold(&mut self, lane: Lane, item: T) {
        self.0.entry(lane).or_default().push_back(item);
    }

    /// The lanes of which something waits.
    pub(super) fn lanes(&self) -> Vec<Lane> {
        self.0.keys().copied().collect()
    }

    /// The oldest of a lane.
    pub(super) fn front(&self, lane: Lane) -> Option<&T> {
        self.0.get(&lane)?.front()
    }

    /// Lets the oldest of a lane go.
    pub(super) fn release(&mut self, lane: Lane) -> Option<T> {
        let items = self.0.get_mut(&lane)?;
        let item = items.pop_front();
        if items.is_empty() {
            self.0.remove(&lane);
        }
        item
    }
}
