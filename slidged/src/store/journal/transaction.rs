//! Transactions: from entries to statements.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::batch::{Batch, batches};
use super::conditional::ConditionalWrite;
use super::connection::Connection;
use super::plan::Plan;
use super::runs::Runs;
use super::{Entry, Spool, outbox_table};
use crate::store::StoreError;
use crate::store::engine::{COMMIT, Failed, Statement, Value};
use crate::store::message;
use crate::store::sql::Texts;

/// Least time for a transaction, even when a deadline is close: a working database is not to be
/// given up again and again because of late entries.
const AT_LEAST: Duration = Duration::from_secs(2);

const BEGIN: &str = "BEGIN";

/// Most values in statements that go to the database together: one to four rows of most kinds.
const TOGETHER: usize = 32;

/// Marks the last transaction, if it leaves no row in the outbox.
const MARK: &str = "INSERT INTO meta (key, value) VALUES ('transaction', $1) \
                    ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// Committed transaction.
pub(super) struct Written {
    /// Whether each of its entries was known already.
    pub(super) duplicates: Vec<bool>,
    /// Stanzas, with their rows in the outbox.
    pub(super) batches: Vec<Batch>,
}

impl Written {
    /// Returns one of its rows in the outbox, if it has any: all are there, or none.
    fn row(&self) -> Option<i64> {
        self.batches.iter().find_map(|batch| batch.seq)
    }
}

/// Transaction that may have been committed: the connection broke behind the `COMMIT`.
pub(super) struct Unknown {
    written: Written,
    /// Mark in the database if it was committed.
    mark: Option<String>,
}

/// Transaction that was not committed, or not for certain.
pub(super) struct Aborted {
    pub(super) error: StoreError,
    pub(super) unknown: Option<Unknown>,
}

impl Unknown {
    pub(super) fn into_written(self) -> Written {
        self.written
    }
}

impl From<StoreError> for Aborted {
    fn from(error: StoreError) -> Self {
        Aborted { error, unknown: None }
    }
}

impl From<Failed> for Aborted {
    fn from(failed: Failed) -> Self {
        failed.error.into()
    }
}

/// Executor of transactions on the writer's connection.
pub(super) struct Transactions {
    pub(super) connection: Connection,
    texts: Texts,
    /// Tells this process's transactions from those of others.
    nonce: String,
    /// Number of transactions of this process that were marked.
    marked: u64,
    /// Whether a transaction that fails has to be rolled back.
    begun: bool,
    /// Number of transactions committed.
    commits: Arc<AtomicU64>,
}

impl Transactions {
    /// `nonce` must differ from those of earlier processes.
    pub(super) fn new(connection: Connection, texts: Texts, nonce: String, commits: Arc<AtomicU64>) -> Self {
        Transactions { connection, texts, nonce, marked: 0, begun: false, commits }
    }

    /// Whether a transaction was committed. The connection that made it has ended, because this one
    /// has its lock.
    pub(super) async fn was_committed(&mut self, unknown: &Unknown) -> Result<bool, StoreError> {
        let conn = self.connection.get().await?;
        let rows = match (unknown.written.row(), &unknown.mark) {
            (Some(seq), _) => {
                conn.fetch("SELECT 1 FROM outbox WHERE seq = $1", vec![Value::Int(seq)]).await?
            }
            (None, Some(mark)) => {
                let sql = "SELECT 1 FROM meta WHERE key = 'transaction' AND value = $1";
                conn.fetch(sql, vec![Value::text(mark)]).await?
            }
            (None, None) => Vec::new(),
        };
        Ok(!rows.is_empty())
    }

    /// Commits the entries in one transaction, together with the deletion of released rows. `by` is
    /// the first deadline.
    pub(super) async fn transact(
        &mut self,
        entries: &[&Entry],
        by: Option<Instant>,
    ) -> Result<Written, Aborted> {
        let release = self.connection.spool.to_delete().map(|(rows, _)| rows);
        let mut careful = false;
        loop {
            // A new connection looks what is in the outbox: not in the middle of a transaction.
            self.connection.get().await?.hurry(by.map(|by| by.max(Instant::now() + AT_LEAST)));
            match self.attempt(entries, release.as_ref(), careful).await {
                Ok(written) => {
                    self.commits.fetch_add(1, Ordering::Relaxed);
                    if let Some(rows) = &release {
                        self.connection.spool.deleted(rows);
                    }
                    return Ok(written);
                }
                Err(aborted) => {
                    self.connection.roll_back(self.begun, aborted.unknown.is_none()).await;
                    if !careful && matches!(aborted.error, StoreError::AlreadyThere(_)) {
                        // Most likely some events are known: they must be told apart.
                        careful = true;
                        continue;
                    }
                    return Err(aborted);
                }
            }
        }
    }

    /// Deletes released rows in a transaction of their own.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn release(&mut self) -> Result<(), StoreError> {
        self.transact(&[], None).await.map(drop).map_err(|aborted| aborted.error)
    }

    async fn attempt(
        &mut self,
        entries: &[&Entry],
        release: Option<&Runs>,
        careful: bool,
    ) -> Result<Written, Aborted> {
        // Events that an earlier entry of the same transaction notes.
        let mut duplicates = vec![false; entries.len()];
        let mut whole = Plan::default();
        let mut events = Vec::new();
        for (entry, duplicate) in entries.iter().zip(&mut duplicates) {
            if let Some(ids) = &entry.dedup {
                *duplicate = whole.has_message(&ids.key());
                if !*duplicate {
                    events.push(ids);
                }
            }
            entry.writes.iter().for_each(|write| write.apply(&mut whole));
        }
        let mut script = vec![(self.texts.fixed(BEGIN), vec![])];
        self.begun = true;
        script.extend(whole.user_statements(&mut self.texts));
        if careful {
            self.perform(std::mem::take(&mut script)).await?;
            let mut new = HashSet::new();
            for (sql, values) in message::insert_new(&mut self.texts, &events) {
                for row in self.connection.open()?.fetch(sql, values).await? {
                    new.insert(message::read_key(&row)?);
                }
            }
            for (entry, duplicate) in entries.iter().zip(&mut duplicates) {
                if let Some(ids) = &entry.dedup {
                    // The first with these ids is the new one.
                    *duplicate |= !new.remove(&ids.key());
                }
            }
        } else {
            script.extend(message::insert(&mut self.texts, &events));
        }
        if duplicates.contains(&true) {
            whole = Plan::default();
            let new = entries.iter().zip(&duplicates).filter(|(_, duplicate)| !**duplicate);
            new.flat_map(|(entry, _)| &entry.writes).for_each(|write| write.apply(&mut whole));
        }
        let conditional = whole.take_conditional();
        if !conditional.is_empty() {
            self.perform(std::mem::take(&mut script)).await?;
            self.run_conditional(conditional).await?;
        }
        script.extend(whole.statements(&mut self.texts));
        let new = entries.iter().zip(&duplicates).filter(|(_, duplicate)| !**duplicate);
        let Spool { feed, age, .. } = &*self.connection.spool;
        let mut batches = batches(new.map(|(entry, _)| *entry), age.note(), |lane| feed.is_behind(lane));
        let last_seq = &mut self.connection.last_seq;
        script.extend(outbox_table::insert(&mut batches, last_seq, &mut self.texts));
        if let Some(rows) = release {
            script.extend(rows.statements(&mut self.texts));
        }
        let written = Written { duplicates, batches };
        let mark = self.mark(&written, &mut script);
        self.finish_script(&mut script);
        match self.perform(script).await {
            Ok(()) => Ok(written),
            Err(Failed { error, uncertain }) => {
                let unknown = uncertain.then_some(Unknown { written, mark });
                Err(Aborted { error, unknown })
            }
        }
    }

    /// Ends the transaction that the script begins or continues. A single statement to a local file
    /// is a transaction of its own.
    fn finish_script(&mut self, script: &mut Vec<Statement>) {
        let alone = script.len() == 2 && &*script[0].0 == BEGIN;
        if alone && !self.connection.is_remote() {
            self.begun = false;
            script.remove(0);
        } else {
            script.push((self.texts.fixed(COMMIT), vec![]));
        }
    }

    /// Runs conditional writes up to the first that is refused.
    async fn run_conditional(&mut self, writes: Vec<ConditionalWrite>) -> Result<(), StoreError> {
        for write in writes {
            let sql = self.texts.fixed(write.sql);
            let changed = self.connection.open()?.execute(sql, write.values).await?;
            if let Some(refusal) = write.refusal.filter(|_| changed == 0) {
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// Runs the script: small statements together, because a round trip costs more than they do;
    /// large ones alone, so that there are few combinations to prepare.
    async fn perform(&mut self, script: Vec<Statement>) -> Result<(), Failed> {
        let conn = self.connection.open()?;
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

    /// Marks the transaction, so that its fate can be found out when it is lost and no row in the
    /// outbox tells. A local file always tells.
    fn mark(&mut self, written: &Written, script: &mut Vec<Statement>) -> Option<String> {
        if written.row().is_some() || !self.connection.is_remote() {
            return None;
        }
        self.marked += 1;
        let mark = format!("{}:{}", self.nonce, self.marked);
        script.push((self.texts.fixed(MARK), vec![Value::text(&mark)]));
        Some(mark)
    }
}
