//! The task that owns the database's only writing connection.
//!
//! It never gives an entry up for the database's sake: what cannot be written is kept, in order, and tried again until it can.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;
use super::group::Group;
use super::maintenance::Maintenance;
use super::shared::Shared;
use super::spool::Spool;
use super::transaction::{Aborted, Transactions};
use super::trouble::Trouble;
use crate::store::clock::Age;
use crate::store::engine::{Backends, Conn, Engine};
use crate::store::sql::Texts;
use crate::store::{StoreConfig, StoreError};

/// Entries of a group that tell of a busy gateway: then the next group is given time to gather, unless half as many are
/// there already.
const BUSY: usize = 4;
/// That time. A commit costs some ten switches between threads: shared by what comes in a millisecond, next to nothing each.
const GATHER: Duration = Duration::from_millis(1);
/// When the daemon ends, a database that is not well is waited for so long.
const CLOSING: Duration = Duration::from_secs(4);

/// Writer task.
pub(super) struct Writer {
    transactions: Transactions,
    maintenance: Maintenance,
    shared: Arc<Shared>,
    /// Keeps other processes away.
    claim: Option<File>,
}

impl Writer {
    /// Prepares the writer and scans the outbox.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn prepare(
        engine: Engine,
        conn: (Conn, Backends),
        claim: Option<File>,
        config: &StoreConfig,
    ) -> Result<(Writer, Arc<Shared>), StoreError> {
        let spool = Arc::new(Spool::new(config.outbox, Age::new(Arc::clone(&config.clock))));
        let texts = Texts::new(engine.placeholders());
        let connection = Connection::prepare(engine, conn, Arc::clone(&spool)).await?;
        let shared = Arc::new(Shared::new(spool));
        // Without a source of randomness the time will do: two processes never write at the same time.
        let nonce = format!("{:x}", getrandom::u64().unwrap_or_else(|_| (config.clock)().cast_unsigned()));
        let writer = Writer {
            transactions: Transactions::new(connection, texts, nonce, Arc::clone(&shared.commits)),
            maintenance: Maintenance::new(config.retention, config.prune_after_start),
            shared: Arc::clone(&shared),
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
                if self.maintenance.is_overdue(&shared.spool) {
                    self.maintenance.run(&mut self.transactions, &shared).await?;
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
            let wake = self.maintenance.run(&mut self.transactions, &shared).await?;
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
            self.transactions.release().await
        } else {
            Ok(())
        };
        self.transactions.connection.close().await?;
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
                Some(unknown) => match shared.attend(pass, self.transactions.was_committed(&unknown)).await {
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
                    match shared.attend(pass, self.transactions.transact(&entries, by)).await {
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
            let pause = trouble.pause(Instant::now(), self.transactions.connection.is_lost());
            shared.failing(&error, trouble.since());
            let load = &group.load;
            let pass = || load.pass(&shared.spool);
            shared.attend(pass, tokio::time::sleep(pause)).await;
        }
    }
}
