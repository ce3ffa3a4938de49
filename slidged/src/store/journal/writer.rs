//! The task that owns the database's only writing connection.
//!
//! It never gives an entry up for the database's sake: what cannot be written is kept, in order, and tried again until it can.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Shared;
use super::group::Group;
use super::queue::Queue;
use super::transaction::Aborted;
use super::trouble::Trouble;
use crate::store::clock::Age;
use crate::store::engine::{Backends, Conn, Engine};
use crate::store::health::Health;
use crate::store::outbox::{Spool, heads};
use crate::store::sql::Texts;
use crate::store::{StoreConfig, StoreError};

/// Entries of a group that tell of a busy gateway: then the next group is given time to gather, unless half as many are
/// there already.
const BUSY: usize = 4;
/// That time. A commit costs some ten switches between threads: shared by what comes in a millisecond, next to nothing each.
const GATHER: Duration = Duration::from_millis(1);
/// When the daemon ends, a database that is not well is waited for so long.
const CLOSING: Duration = Duration::from_secs(4);

pub(super) struct Writer {
    pub(super) engine: Engine,
    backends: Backends,
    /// `None` after it broke.
    pub(super) conn: Option<Conn>,
    pub(super) shared: Arc<Shared>,
    pub(super) texts: Texts,
    /// The last row of the outbox that we have tried to write. Never used twice.
    pub(super) last_seq: i64,
    /// Tells this process's transactions from those of others.
    pub(super) nonce: String,
    /// Whether a transaction that fails has to be rolled back.
    pub(super) begun: bool,
    /// Transactions of this process that were marked.
    pub(super) transactions: u64,
    pub(super) retention: Duration,
    pub(super) prune_at: Instant,
    /// The last row that was looked at in this sweep; 0 before the first.
    pub(super) pruned: i64,
    pub(super) release_not_before: Instant,
    /// Keeps other processes away.
    claim: Option<File>,
}

impl Writer {
    /// Counts what is in the outbox.
    pub(super) async fn prepare(
        engine: Engine,
        (mut conn, backends): (Conn, Backends),
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
            health: watch::Sender::new(Health::Well),
            ended: watch::Sender::new(None),
        });
        let texts = Texts::new(engine.placeholders());
        let writer = Writer {
            engine,
            backends,
            conn: Some(conn),
            shared: Arc::clone(&shared),
            texts,
            last_seq,
            // Without a source of randomness the time will do: two processes never write at the same time.
            nonce: format!("{:x}", getrandom::u64().unwrap_or_else(|_| (config.clock)().cast_unsigned())),
            begun: false,
            transactions: 0,
            retention: config.retention,
            prune_at: Instant::now() + config.prune_after_start,
            pruned: 0,
            release_not_before: Instant::now(),
            claim,
        };
        Ok((writer, shared))
    }

    /// Runs until the journal is closed.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has taken the database, and what keeps the last entries from being written.
    pub(super) async fn run(mut self) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        loop {
            let mut room = shared.spool.room();
            let taken = shared.queue.take(|lane, messages, bytes| room.admit(lane, messages, bytes));
            if !taken.items.is_empty() {
                let count = taken.items.len();
                self.group(Group::new(taken.items)).await?;
                if self.is_overdue() {
                    self.housekeep().await?;
                }
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
            let wake = self.housekeep().await?;
            let wake = shared.queue.deadline().map_or(wake, |deadline| deadline.min(wake));
            tokio::select! {
                () = shared.queue.work() => {}
                () = tokio::time::sleep_until(wake) => shared.expire(),
            }
            // What comes at the same time (a message's receipt, and the network's answer) shares the transaction.
            tokio::task::yield_now().await;
        }
        self.finish().await
    }

    async fn finish(&mut self) -> Result<(), StoreError> {
        let released = if self.shared.spool.to_delete().is_some() && self.shared.health.borrow().is_well() {
            self.release().await
        } else {
            Ok(())
        };
        if let Some(conn) = self.conn.take() {
            conn.close().await?;
        }
        self.claim = None;
        released
    }

    /// Commits a group, hands its stanzas over and answers everybody.
    async fn group(&mut self, group: Group) -> Result<(), StoreError> {
        match self.commit(group).await? {
            None => {}
            Some((group, error)) if group.len() == 1 => group.failed(&error),
            // One of them is refused: only that one shall fail.
            Some((group, _)) => {
                for one in group.apart() {
                    if let Some((one, error)) = self.commit(one).await? {
                        one.failed(&error);
                    }
                }
            }
        }
        Ok(())
    }

    /// Commits a group as a whole, however long that takes. Gives it back when the database refuses one of its entries.
    ///
    /// # Errors
    /// When nothing will be written any more.
    async fn commit(&mut self, mut group: Group) -> Result<Option<(Group, StoreError)>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let mut trouble = Trouble::default();
        loop {
            group.withdraw(Instant::now());
            if !group.load.needs_database() {
                shared.send(group);
                return Ok(None);
            }
            let load = &group.load;
            let pass = || load.pass(&shared.spool);
            let error = match group.unknown.take() {
                // Not withdrawn and not tried again before the lock has told its fate.
                Some(unknown) => match shared.attend(pass, self.was_committed(&unknown)).await {
                    Ok(true) => {
                        shared.well(trouble.since());
                        group.written(unknown.into_written(), &shared.spool);
                        return Ok(None);
                    }
                    Ok(false) => continue,
                    Err(error) => {
                        group.unknown = Some(unknown);
                        error
                    }
                },
                None => {
                    let (entries, by) = (load.entries(), group.deadline());
                    match shared.attend(pass, self.transact(&entries, by)).await {
                        Ok(written) => {
                            shared.well(trouble.since());
                            group.written(written, &shared.spool);
                            return Ok(None);
                        }
                        Err(Aborted { error, unknown }) => {
                            group.unknown = unknown;
                            error
                        }
                    }
                }
            };
            if error.is_about_the_entry() {
                return Ok(Some((group, error)));
            }
            if matches!(error, StoreError::InUse(_)) || shared.queue.closed_for(CLOSING) {
                group.failed(&error);
                return Err(error);
            }
            let pause = trouble.pause(Instant::now(), self.conn.is_none());
            shared.failing(&error, trouble.since());
            let load = &group.load;
            let pass = || load.pass(&shared.spool);
            shared.attend(pass, tokio::time::sleep(pause)).await;
        }
    }

    /// The connection; a new one when the old one broke.
    pub(super) async fn conn(&mut self) -> Result<&mut Conn, StoreError> {
        if self.conn.as_ref().is_none_or(Conn::is_broken) {
            self.conn = None;
            let mut conn = self.engine.connect(&mut self.backends).await?;
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
}
