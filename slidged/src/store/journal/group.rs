//! Groups: entries that are committed together, and their callbacks.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::Instant;

use super::batch::{Batch, batches};
use super::spool::Spool;
use super::submitted::{Committed, OnCommit};
use super::transaction::{Unknown, Written};
use super::{Entry, Lane};
use crate::store::StoreError;

/// Entry with its callback.
pub(super) struct Item {
    pub(super) entry: Entry,
    pub(super) weight: usize,
    /// Time from which the entry is withdrawn.
    pub(super) deadline: Option<Instant>,
    then: OnCommit,
}

impl Item {
    pub(super) fn new(entry: Entry, deadline: Option<Instant>, then: OnCommit) -> Item {
        Item { weight: entry.weight(), entry, deadline, then }
    }

    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    pub(super) fn answer(self, result: Result<Committed, StoreError>) {
        answer(self.then, result);
    }
}

/// Entries that are committed together, in order.
pub(super) struct Group {
    pub(super) load: Load,
    /// Deadline and callback of each entry.
    waiting: Vec<(Option<Instant>, OnCommit)>,
    /// Transaction of these entries whose fate is unknown.
    pub(super) unknown: Option<Unknown>,
}

/// Entries of a group.
#[derive(Default)]
pub(super) struct Load {
    entries: Vec<Entry>,
    /// Whether the entries that need no database were sent ahead.
    bypassed: AtomicBool,
}

impl Load {
    pub(super) fn entries(&self) -> Vec<&Entry> {
        self.entries.iter().collect()
    }

    /// Whether any entry needs the database.
    pub(super) fn needs_database(&self) -> bool {
        self.entries.iter().any(|entry| !entry.is_ephemeral())
    }

    /// Sends the entries that need no database ahead of those that do.
    pub(super) fn bypass(&self, spool: &Spool) {
        if !self.bypassed.swap(true, Ordering::Relaxed) {
            send(self.entries.iter().filter(|entry| entry.needs_no_database()), spool);
        }
    }

    /// Hands over the committed stanzas that were not sent ahead.
    fn written(&self, duplicates: &[bool], mut written: Vec<Batch>, spool: &Spool) {
        if self.bypassed.load(Ordering::Relaxed) {
            let new = self.entries.iter().zip(duplicates).filter(|(_, duplicate)| !**duplicate);
            let left = new.map(|(entry, _)| entry).filter(|entry| !entry.needs_no_database());
            let rows: HashMap<Lane, i64> =
                written.iter().filter_map(|batch| Some((batch.lane, batch.seq?))).collect();
            // As they were written.
            let behind = |lane: Lane| rows.contains_key(&lane.answers());
            written = batches(left, spool.age.note(), behind);
            for batch in &mut written {
                batch.seq = rows.get(&batch.lane).copied();
            }
        }
        if !written.is_empty() {
            spool.feed.push(written);
        }
    }
}

impl Group {
    pub(super) fn new(items: Vec<Item>) -> Group {
        let (entries, waiting) =
            items.into_iter().map(|item| (item.entry, (item.deadline, item.then))).unzip();
        Group { load: Load { entries, bypassed: AtomicBool::new(false) }, waiting, unknown: None }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Returns the first deadline.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.iter().filter_map(|(deadline, _)| *deadline).min()
    }

    /// Withdraws the entries whose deadline has passed, unless they may be in the database already.
    pub(super) fn withdraw(&mut self, now: Instant) {
        let is_late = |deadline: &Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        if self.unknown.is_some() || !self.waiting.iter().any(|(deadline, _)| is_late(deadline)) {
            return;
        }
        let entries = std::mem::take(&mut self.load.entries).into_iter();
        for (entry, (deadline, then)) in entries.zip(std::mem::take(&mut self.waiting)) {
            if is_late(&deadline) {
                answer(then, Err(StoreError::TooLate));
            } else {
                self.load.entries.push(entry);
                self.waiting.push((deadline, then));
            }
        }
    }

    /// Splits into groups of one entry each, so that only refused ones fail.
    pub(super) fn apart(self) -> impl Iterator<Item = Group> {
        let bypassed = self.load.bypassed.into_inner();
        self.load.entries.into_iter().zip(self.waiting).map(move |(entry, waiting)| Group {
            load: Load { entries: vec![entry], bypassed: AtomicBool::new(bypassed) },
            waiting: vec![waiting],
            unknown: None,
        })
    }

    /// Hands over the committed stanzas, and calls all callbacks.
    pub(super) fn written(self, Written { duplicates, batches }: Written, spool: &Spool) {
        self.load.written(&duplicates, batches, spool);
        for ((_, then), duplicate) in self.waiting.into_iter().zip(duplicates) {
            answer(then, Ok(Committed { duplicate }));
        }
    }

    /// Calls all callbacks after sending without the database.
    pub(super) fn sent(self) {
        self.waiting.into_iter().for_each(|(_, then)| answer(then, Ok(Committed::default())));
    }

    /// Calls all callbacks with the error: nothing was written.
    pub(super) fn failed(self, error: &StoreError) {
        self.waiting.into_iter().for_each(|(_, then)| answer(then, Err(error.clone())));
    }
}

/// Calls a callback. A panic there is its own: the writer works for everybody.
fn answer(then: OnCommit, result: Result<Committed, StoreError>) {
    if catch_unwind(AssertUnwindSafe(|| then(result))).is_err() {
        tracing::error!("a defect of slidged: whoever waited for the database panicked");
    }
}

/// Sends entries that need no database.
pub(super) fn send<'a>(entries: impl Iterator<Item = &'a Entry>, spool: &Spool) {
    let batches = batches(entries, spool.age.note(), |lane| spool.feed.is_behind(lane));
    if !batches.is_empty() {
        spool.feed.push(batches);
    }
}

/// Answers all with the same error.
pub(super) fn refuse(items: Vec<Item>, error: &StoreError) {
    for item in items {
        item.answer(Err(error.clone()));
    }
}
