//! Writer: the task that owns the only writing connection.
//!
//! No entry is given up because of a failing database: entries that cannot be written are kept, in
//! order, and retried until they can.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;
use super::group::Group;
use super::maintenance::Maintenance;
use super::retry::Retry;
use super::shared::Shared;
use super::spool::Spool;
use super::transaction::{Aborted, Transactions};
use crate::store::clock::Age;
use crate::store::engine::{Backends, Conn, Engine};
use crate::store::sql::Texts;
use crate::store::{StoreConfig, StoreError};

/// Entries of a group from which on the gateway counts as busy: then the next group is given time
/// to gather, unless half as many are there already.
const BUSY: usize = 4;
/// Time to gather. A commit costs some ten switches between threads: shared by the entries of a
/// millisecond, next to nothing each.
const GATHER: Duration = Duration::from_millis(1);
/// Time that a failing database is given when the daemon ends.
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
        // Without a source of randomness the time will do: two processes never write at the same
        // time.
        let nonce = format!("{:x}", getrandom::u64().unwrap_or_else(|_| (config.clock)().cast_unsigned()));
        let writer = Writer {
            transactions: Transactions::new(connection, texts, nonce, Arc::clone(&shared.commits)),
            maintenance: Maintenance::new(config),
            shared: Arc::clone(&shared),
            claim,
        };
        Ok((writer, shared))
    }

    /// Runs until the journal is closed.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has taken the database, or the reason why the
    /// last entries are not written.
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
                // Answered callers can submit their next entries before we look: one transaction
                // for all.
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
            // Simultaneous entries (a message's receipt, and the network's answer) share the
            // transaction.
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

    /// Commits a group as a whole, however long that takes. Returns it when the database refuses
    /// one of its entries.
    ///
    /// # Errors
    /// When nothing will be written any more.
    async fn commit(&mut self, mut group: Group) -> Result<Option<(Group, StoreError)>, StoreError> {
        let shared = Arc::clone(&self.shared);
        let mut retry = Retry::default();
        loop {
            group.withdraw(Instant::now());
            if !group.load.needs_database() {
                shared.send(group);
                return Ok(None);
            }
            let load = &group.load;
            let bypass = || load.bypass(&shared.spool);
            let error = match group.unknown.take() {
                // Not withdrawn and not tried again before the lock has told its fate.
                Some(unknown) => match shared.attend(bypass, self.transactions.was_committed(&unknown)).await
                {
                    Ok(true) => {
                        shared.well(retry.since());
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
                    match shared.attend(bypass, self.transactions.transact(&entries, by)).await {
                        Ok(written) => {
                            shared.well(retry.since());
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
            let pause = retry.pause(Instant::now(), self.transactions.connection.is_lost());
            shared.failing(&error, retry.since());
            let load = &group.load;
            let bypass = || load.bypass(&shared.spool);
            shared.attend(bypass, tokio::time::sleep(pause)).await;
        }
    }
}
