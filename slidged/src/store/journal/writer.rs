//! The one task that writes.

use std::collections::HashSet;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::batch::{batches, insert};
use super::feed::Batch;
use super::plan::{self, EVENT, EVENT_RETURNING, Plan};
use super::queue::{Item, Queue};
use super::step::Step;
use super::{Committed, Entry, Shared};
use crate::store::clock::Age;
use crate::store::engine::{COMMIT, Conn, Engine, Failed, Statement};
use crate::store::outbox::{Spool, heads};
use crate::store::runs::Runs;
use crate::store::sql::Texts;
use crate::store::{StoreConfig, StoreError};

/// Entries of a group that tell of a busy gateway: then the next group is given time to gather, unless half as many are
/// there already.
const BUSY: usize = 4;
/// That time. A commit costs some ten switches between threads: shared by what comes in a millisecond, next to nothing each.
const GATHER: Duration = Duration::from_millis(1);

pub(super) struct Writer {
    engine: Engine,
    /// `None` after it broke.
    conn: Option<Conn>,
    pub(super) shared: Arc<Shared>,
    texts: Texts,
    /// The last row of the outbox that we have tried to write. Never used twice.
    last_seq: i64,
    pub(super) retention: Duration,
    pub(super) prune_at: Instant,
    pub(super) release_not_before: Instant,
    /// Keeps other processes away.
    claim: Option<File>,
}

/// Most values in statements that go to the database together: one to four rows of most kinds.
const TOGETHER: usize = 32;

/// A transaction that was committed.
struct Done {
    duplicates: Vec<bool>,
    batches: Vec<Batch>,
}

impl Writer {
    /// Counts what is in the outbox.
    pub(super) async fn prepare(
        engine: Engine,
        mut conn: Conn,
        claim: Option<File>,
        config: &StoreConfig,
    ) -> Result<(Writer, Arc<Shared>), StoreError> {
        let spool = Spool::new(config.outbox, Age::new(Arc::clone(&config.clock)));
        let rows = heads(&mut conn, 0, &spool.age).await?;
        let last_seq = rows.last().map_or(0, |(_, seq, _)| *seq);
        spool.feed.found(rows);
        let shared = Arc::new(Shared {
            queue: Queue::default(),
            spool,
            commits: AtomicU64::new(0),
            ended: watch::Sender::new(None),
        });
        let texts = Texts::new(engine.placeholders());
        let writer = Writer {
            engine,
            conn: Some(conn),
            shared: Arc::clone(&shared),
            texts,
            last_seq,
            retention: config.retention,
            prune_at: Instant::now() + config.prune_after_start,
            release_not_before: Instant::now(),
            claim,
        };
        Ok((writer, shared))
    }

    /// Runs until the journal is closed.
    pub(super) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        loop {
            let mut room = shared.spool.room();
            let taken = shared.queue.take(|lane, messages, bytes| room.admit(lane, messages, bytes));
            if !taken.items.is_empty() {
                let count = taken.items.len();
                self.group(taken.items).await;
                // Those who were answered can submit the next entries before we look: one transaction for all.
                tokio::task::yield_now().await;
                if count >= BUSY && shared.queue.len() < count / 2 {
                    tokio::time::sleep(GATHER).await;
                }
                continue;
            }
            if taken.finished {
                break;
            }
            let wake = self.housekeep().await;
            tokio::select! {
                () = shared.queue.work() => {}
                () = tokio::time::sleep_until(wake) => {}
            }
            // What comes at the same time (a message's receipt, and the network's answer) shares the transaction.
            tokio::task::yield_now().await;
        }
        let ended = self.finish().await;
        shared.ended.send_replace(Some(ended));
    }

    async fn finish(&mut self) -> Result<(), StoreError> {
        let released = if self.shared.spool.to_delete().is_some() { self.release().await } else { Ok(()) };
        if let Some(conn) = self.conn.take() {
            conn.close().await?;
        }
        self.claim = None;
        released
    }

    /// Commits a group, hands its stanzas over and answers everybody.
    async fn group(&mut self, items: Vec<Item>) {
        let entries: Vec<&Entry> = items.iter().map(|item| &item.entry).collect();
        let results = match self.transact(&entries).await {
            Ok(duplicates) => duplicates.into_iter().map(|duplicate| Ok(Committed { duplicate })).collect(),
            Err(error) if error.is_about_the_entry() && entries.len() > 1 => self.one_by_one(&entries).await,
            Err(error) => {
                if !error.is_about_the_entry() {
                    tracing::error!(%error, entries = entries.len(), "cannot commit");
                }
                vec![Err(error); entries.len()]
            }
        };
        for (item, result) in items.into_iter().zip(results) {
            (item.then)(result);
        }
    }

    /// One of them is refused: only that one shall fail.
    async fn one_by_one(&mut self, entries: &[&Entry]) -> Vec<Result<Committed, StoreError>> {
        let mut results = Vec::with_capacity(entries.len());
        for entry in entries {
            let result = self.transact(&[*entry]).await;
            results.push(result.map(|duplicates| Committed { duplicate: duplicates.first() == Some(&true) }));
        }
        results
    }

    /// Commits the entries in one transaction and hands their stanzas over; which of them were duplicates.
    pub(super) async fn transact(&mut self, entries: &[&Entry]) -> Result<Vec<bool>, StoreError> {
        let release = self.shared.spool.to_delete().map(|(rows, _)| rows);
        if release.is_none() && entries.iter().all(|entry| entry.is_ephemeral()) {
            let batches = batches(entries, &vec![false; entries.len()], self.shared.spool.age.note());
            self.shared.spool.feed.push(batches);
            return Ok(vec![false; entries.len()]);
        }
        let mut careful = false;
        let mut retried = false;
        loop {
            match self.attempt(entries, release.as_ref(), careful).await {
                Ok(Done { duplicates, batches }) => {
                    self.shared.commits.fetch_add(1, Ordering::Relaxed);
                    if let Some(rows) = &release {
                        self.shared.spool.deleted(rows);
                    }
                    if !batches.is_empty() {
                        self.shared.spool.feed.push(batches);
                    }
                    return Ok(duplicates);
                }
                Err(Failed { error, uncertain }) => {
                    self.roll_back().await;
                    if uncertain {
                        // The next connection finds out.
                        self.conn = None;
                    }
                    if !careful && matches!(error, StoreError::AlreadyThere(_)) {
                        // Most likely some events are known: they must be told apart.
                        careful = true;
                        continue;
                    }
                    // A server that was restarted while we were idle shows only now; nothing has happened yet.
                    let broken = self.conn.is_none() && !uncertain;
                    if broken && !retried && matches!(error, StoreError::Unreachable(_)) {
                        retried = true;
                        continue;
                    }
                    return Err(error);
                }
            }
        }
    }

    async fn attempt(
        &mut self,
        entries: &[&Entry],
        release: Option<&Runs>,
        careful: bool,
    ) -> Result<Done, Failed> {
        // A new connection counts the outbox: not between adding to that count and committing.
        self.conn().await?;
        // Events that are known because an earlier entry of the same transaction notes them.
        let mut duplicates = vec![false; entries.len()];
        let mut whole = Plan::default();
        let mut events = Vec::new();
        for (entry, duplicate) in entries.iter().zip(&mut duplicates) {
            if let Some(ids) = &entry.dedup {
                *duplicate = whole.has_message(&plan::key(ids));
                if !*duplicate {
                    events.push(ids);
                }
            }
            entry.writes.iter().for_each(|write| whole.write(write));
        }
        let mut script = vec![(self.texts.fixed("BEGIN"), vec![])];
        script.extend(whole.user_statements(&mut self.texts));
        if careful {
            self.perform(std::mem::take(&mut script)).await?;
            let mut new = HashSet::new();
            for (sql, values) in plan::events(&mut self.texts, &EVENT_RETURNING, &events) {
                for row in self.conn().await?.fetch(sql, values).await? {
                    new.insert(plan::returned(&row)?);
                }
            }
            for (entry, duplicate) in entries.iter().zip(&mut duplicates) {
                if let Some(ids) = &entry.dedup {
                    // The first with these ids is the new one.
                    *duplicate |= !new.remove(&plan::key(ids));
                }
            }
        } else {
            script.extend(plan::events(&mut self.texts, &EVENT, &events));
        }
        if duplicates.contains(&true) {
            whole = Plan::default();
            let new = entries.iter().zip(&duplicates).filter(|(_, duplicate)| !**duplicate);
            new.flat_map(|(entry, _)| &entry.writes).for_each(|write| whole.write(write));
        }
        let steps = whole.steps();
        if !steps.is_empty() {
            self.perform(std::mem::take(&mut script)).await?;
            self.take(steps).await?;
        }
        script.extend(whole.statements(&mut self.texts));
        let mut batches = batches(entries, &duplicates, self.shared.spool.age.note());
        script.extend(insert(&mut batches, &mut self.last_seq, &mut self.texts));
        if let Some(rows) = release {
            script.extend(rows.statements(&mut self.texts));
        }
        script.push((self.texts.fixed(COMMIT), vec![]));
        self.perform(script).await?;
        Ok(Done { duplicates, batches })
    }

    /// Takes the steps, up to the first that finds nothing to change and must not.
    async fn take(&mut self, steps: Vec<Step>) -> Result<(), Failed> {
        for step in steps {
            let sql = self.texts.fixed(step.sql);
            let changed = self.conn().await?.execute(sql, step.values).await?;
            if let Some(refusal) = step.refusal.filter(|_| changed == 0) {
                return Err(refusal.into());
            }
        }
        Ok(())
    }

    /// Runs the script: small statements together, because there and back costs more than they do; large
    /// ones alone, so that there are few combinations of them to prepare.
    async fn perform(&mut self, script: Vec<Statement>) -> Result<(), Failed> {
        let conn = self.conn().await?;
        let (mut together, mut values) = (Vec::with_capacity(script.len()), 0);
        for statement in script {
            if values > 0 && values + statement.1.len() > TOGETHER {
                conn.run(std::mem::take(&mut together)).await?;
                values = 0;
            }
            values += statement.1.len();
            together.push(statement);
        }
        if together.is_empty() { Ok(()) } else { conn.run(together).await }
    }

    /// The connection; a new one when the old one broke.
    pub(super) async fn conn(&mut self) -> Result<&mut Conn, StoreError> {
        if self.conn.is_none() {
            let mut conn = self.engine.connect().await?;
            let Spool { feed, age, .. } = &self.shared.spool;
            // What was committed although nobody could tell.
            let rows = heads(&mut conn, feed.newest(), age).await?;
            self.last_seq = rows.last().map_or(self.last_seq, |(_, seq, _)| self.last_seq.max(*seq));
            feed.found(rows);
            self.conn = Some(conn);
        }
        // Just set.
        self.conn.as_mut().ok_or(StoreError::Closed)
    }

    /// Ends a failed transaction; if even that fails, so has the connection.
    async fn roll_back(&mut self) {
        if let Some(conn) = &mut self.conn
            && conn.execute("ROLLBACK", vec![]).await.is_err()
        {
            self.conn = None;
        }
    }
}
