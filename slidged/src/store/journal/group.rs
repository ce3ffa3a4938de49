//! Entries on their way into the database together, and who waits for them.

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

/// An entry and who waits for it.
pub(super) struct Item {
    pub(super) entry: Entry,
    pub(super) weight: usize,
    /// When nobody wants it any more.
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
    /// Who waits for which.
    waiting: Vec<(Option<Instant>, OnCommit)>,
    /// A transaction of these entries whose fate is not known.
    pub(super) unknown: Option<Unknown>,
}

/// What a group writes and sends.
#[derive(Default)]
pub(super) struct Load {
    entries: Vec<Entry>,
    /// What needs no database has gone ahead.
    passed: AtomicBool,
}

impl Load {
    pub(super) fn entries(&self) -> Vec<&Entry> {
        self.entries.iter().collect()
    }

    /// Whether any of it has to do with the database.
    pub(super) fn needs_database(&self) -> bool {
        self.entries.iter().any(|entry| !entry.is_ephemeral())
    }

    /// Sends what needs no database and must not wait for what does.
    pub(super) fn pass(&self, spool: &Spool) {
        if !self.passed.swap(true, Ordering::Relaxed) {
            send(self.entries.iter().filter(|entry| entry.needs_no_database()), spool);
        }
    }

    /// Hands over what was committed, but for what has gone ahead.
    fn written(&self, duplicates: &[bool], mut written: Vec<Batch>, spool: &Spool) {
        if self.passed.load(Ordering::Relaxed) {
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
        Group { load: Load { entries, passed: AtomicBool::new(false) }, waiting, unknown: None }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// When the first of it is not wanted any more.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.iter().filter_map(|(deadline, _)| *deadline).min()
    }

    /// Takes out what nobody wants any more, unless it may be in the database already, and tells who waited.
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

    /// The groups of one entry each: only those that are refused shall fail.
    pub(super) fn apart(self) -> impl Iterator<Item = Group> {
        let passed = self.load.passed.into_inner();
        self.load.entries.into_iter().zip(self.waiting).map(move |(entry, waiting)| Group {
            load: Load { entries: vec![entry], passed: AtomicBool::new(passed) },
            waiting: vec![waiting],
            unknown: None,
        })
    }

    /// Hands over what was committed, and tells everybody.
    pub(super) fn written(self, Written { duplicates, batches }: Written, spool: &Spool) {
        self.load.written(&duplicates, batches, spool);
        for ((_, then), duplicate) in self.waiting.into_iter().zip(duplicates) {
            answer(then, Ok(Committed { duplicate }));
        }
    }

    /// Tells everybody that what needed no database is sent.
    pub(super) fn sent(self) {
        self.waiting.into_iter().for_each(|(_, then)| answer(then, Ok(Committed::default())));
    }

    /// Tells everybody that nothing of it is written.
    pub(super) fn failed(self, error: &StoreError) {
        self.waiting.into_iter().for_each(|(_, then)| answer(then, Err(error.clone())));
    }
}

/// Tells who waits. A panic there is theirs: the writer works for everybody.
fn answer(then: OnCommit, result: Result<Committed, StoreError>) {
    if catch_unwind(AssertUnwindSafe(|| then(result))).is_err() {
        tracing::error!("a defect of slidged: whoever waited for the database panicked");
    }
}

/// Sends entries that have nothing to do with the database.
pub(super) fn send<'a>(entries: impl Iterator<Item = &'a Entry>, spool: &Spool) {
    let batches = batches(entries, spool.age.note(), |lane| spool.feed.is_behind(lane));
    if !batches.is_empty() {
        spool.feed.push(batches);
    }
}

/// Tells everybody the same error.
pub(super) fn refuse(items: Vec<Item>, error: &StoreError) {
    for item in items {
        item.answer(Err(error.clone()));
    }
}
