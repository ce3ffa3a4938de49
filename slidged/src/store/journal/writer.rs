//! The one task that writes.

use std::collections::HashSet;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::plan::{self, EVENT, EVENT_RETURNING, Plan};
use super::queue::{Item, Queue};
use super::step::Step;
use super::{Batch, Committed, Entry, Feed, Shared};
use crate::store::engine::{COMMIT, Conn, Engine, Failed, Statement, Value};
use crate::store::outbox::{Spool, Waiting, lengths};
use crate::store::sql::Texts;
use crate::store::{Clock, StoreConfig, StoreError};

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
    pub(super) clock: Clock,
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

const OUTBOX: &str =
    "INSERT INTO outbox (seq, created_at, count, size, lengths, stanzas) VALUES ($1, $2, $3, $4, $5, $6)";

/// A transaction that was committed.
struct Done {
    duplicates: Vec<bool>,
    batch: Batch,
}

impl Writer {
    /// Counts what is in the outbox.
    pub(super) async fn prepare(
        engine: Engine,
        mut conn: Conn,
        claim: Option<File>,
        config: &StoreConfig,
    ) -> Result<(Writer, Arc<Shared>), StoreError> {
        let (last_seq, waiting) = count(&mut conn, 0).await?;
        let spool = Spool::new(Feed::new(last_seq), config.outbox);
        spool.recount(waiting, Waiting::default());
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
            clock: Arc::clone(&config.clock),
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
            let mut group = Waiting::default();
            let taken = shared.queue.take(|messages, bytes| {
                let room = shared.spool.has_room(group, Waiting { messages, bytes });
                group.messages += messages;
                group.bytes += bytes;
                room
            });
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
        let release = self.shared.spool.to_delete().map(|(last, _)| last);
        if release.is_none() && entries.iter().all(|entry| entry.is_ephemeral()) {
            let batch = self.batch(entries, &vec![false; entries.len()]);
            self.shared.spool.feed.push(batch);
            return Ok(vec![false; entries.len()]);
        }
        let mut careful = false;
        let mut retried = false;
        loop {
            match self.attempt(entries, release, careful).await {
                Ok(Done { duplicates, batch }) => {
                    self.shared.commits.fetch_add(1, Ordering::Relaxed);
                    if let Some(last) = release {
                        self.shared.spool.deleted(last);
                    }
                    if !batch.stanzas.is_empty() {
                        self.shared.spool.feed.push(batch);
                    }
                    return Ok(duplicates);
                }
                Err(Failed { error, uncertain }) => {
                    self.roll_back().await;
                    if uncertain {
                        self.shared.spool.feed.uncertain(self.last_seq);
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
        release: Option<i64>,
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
        let mut batch = self.batch(entries, &duplicates);
        let added = self.insert(&mut batch, &mut script);
        if let Some(last) = release {
            script.push((self.texts.fixed("DELETE FROM outbox WHERE seq <= $1"), vec![Value::Int(last)]));
        }
        script.push((self.texts.fixed(COMMIT), vec![]));
        self.shared.spool.add(added);
        if let Err(failed) = self.perform(script).await {
            self.shared.spool.take_back(added);
            return Err(failed);
        }
        Ok(Done { duplicates, batch })
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

    /// The stanzas of the entries that are new.
    fn batch(&self, entries: &[&Entry], duplicates: &[bool]) -> Batch {
        let new = entries.iter().zip(duplicates).filter(|(_, duplicate)| !**duplicate);
        let stanzas = new.flat_map(|(entry, _)| entry.stanzas.iter().cloned()).collect();
        Batch { seq: None, created_at: (self.clock)(), stanzas }
    }

    /// The statement that writes the row of a batch, if it needs one.
    fn insert(&mut self, batch: &mut Batch, script: &mut Vec<Statement>) -> Waiting {
        let durable = || batch.stanzas.iter().filter(|stanza| stanza.durable);
        let bytes: usize = durable().map(|stanza| stanza.bytes.len()).sum();
        let added = Waiting { messages: durable().count() as u64, bytes: bytes as u64 };
        if added.messages == 0 {
            return added;
        }
        let mut blob = Vec::with_capacity(bytes);
        durable().for_each(|stanza| blob.extend_from_slice(&stanza.bytes));
        self.last_seq += 1;
        let values = vec![
            Value::Int(self.last_seq),
            Value::Int(batch.created_at),
            Value::Int(i64::try_from(added.messages).unwrap_or(i64::MAX)),
            Value::Int(i64::try_from(added.bytes).unwrap_or(i64::MAX)),
            Value::Blob(lengths(durable())),
            Value::Blob(blob),
        ];
        batch.seq = Some(self.last_seq);
        script.push((self.texts.fixed(OUTBOX), values));
        added
    }

    /// The connection; a new one when the old one broke.
    pub(super) async fn conn(&mut self) -> Result<&mut Conn, StoreError> {
        if self.conn.is_none() {
            let mut conn = self.engine.connect().await?;
            let (after, released) = self.shared.spool.released();
            let (last, waiting) = count(&mut conn, after).await?;
            self.last_seq = self.last_seq.max(last);
            self.shared.spool.recount(waiting, released);
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

/// The last row of the outbox, and what is in it behind the row `after`.
async fn count(conn: &mut Conn, after: i64) -> Result<(i64, Waiting), StoreError> {
    let sql = "SELECT COALESCE(MAX(seq), 0), CAST(COALESCE(SUM(count), 0) AS BIGINT), \
               CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM outbox WHERE seq > $1";
    let rows = conn.fetch(sql, vec![Value::Int(after)]).await?;
    let Some(row) = rows.first() else { return Ok((0, Waiting::default())) };
    let unsigned = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok((row.int(0)?, Waiting { messages: unsigned(row.int(1)?), bytes: unsigned(row.int(2)?) }))
}
