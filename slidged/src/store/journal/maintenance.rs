//! Chores of the writer while no entry waits: deleting acknowledged rows, and forgetting old
//! message ids, unused avatars and undecided applications.

use std::time::Duration;

use tokio::time::Instant;

use super::shared::Shared;
use super::spool::Spool;
use super::transaction::Transactions;
use crate::store::{StoreConfig, StoreError, applicant, archive, avatar, message, message_part};

/// Time after which acknowledged rows are deleted in a transaction of their own, unless one comes
/// along: for a lone message that was a third of its processor time. Until then a crash sends them
/// once more, with the same ids.
const RELEASE_LINGER: Duration = Duration::from_millis(250);

/// Rows pruned at a time (some milliseconds).
const PRUNE_ROWS: i64 = 500;
/// Pause between pages, so that pruning is never noticed.
const PRUNE_PAUSE: Duration = Duration::from_millis(250);
/// Pause between sweeps.
const PRUNE_INTERVAL: Duration = Duration::from_secs(3600);

/// Age at which an undecided application or a refusal is forgotten, so that they may ask again. 14
/// days: administrators have holidays, and people who should not ask again are banned.
const APPLICATION: Duration = Duration::from_secs(14 * 86_400);

/// Time after which acknowledged rows are deleted even while entries wait that need no transaction.
const RELEASE_LATEST: Duration = Duration::from_secs(1);

/// Pause after a failed transaction that no entry waits for.
const RETRY: Duration = Duration::from_secs(2);

/// Schedule of the writer's chores.
pub(super) struct Maintenance {
    retention: Duration,
    /// Age at which archived messages are deleted.
    archive: Duration,
    /// Most archived messages of all users.
    archive_messages: i64,
    prune_at: Instant,
    /// Last row that was looked at in this sweep; 0 before the first.
    pruned: i64,
    release_not_before: Instant,
}

impl Maintenance {
    pub(super) fn new(config: &StoreConfig) -> Maintenance {
        let now = Instant::now();
        Maintenance {
            retention: config.retention,
            archive: config.archive,
            archive_messages: i64::from(config.archive_messages),
            prune_at: now + config.prune_after_start,
            pruned: 0,
            release_not_before: now,
        }
    }

    /// Whether acknowledged rows wait for a transaction that does not come.
    pub(super) fn is_overdue(&self, spool: &Spool) -> bool {
        let now = Instant::now();
        spool.to_delete().is_some_and(|(_, since)| since + RELEASE_LATEST <= now)
            && self.release_not_before <= now
    }

    /// Runs what is due while nothing waits. Returns the time at which to look again.
    ///
    /// # Errors
    /// When nothing will be written any more.
    pub(super) async fn run(
        &mut self,
        transactions: &mut Transactions,
        shared: &Shared,
    ) -> Result<Instant, StoreError> {
        if let Some((_, since)) = shared.spool.to_delete() {
            let due = (since + RELEASE_LINGER).max(self.release_not_before);
            if due > Instant::now() {
                return Ok(due);
            }
            match shared.attend(|| (), transactions.release()).await {
                Ok(()) => shared.well(None),
                Err(error @ StoreError::InUse(_)) => return Err(error),
                Err(error) => {
                    shared.failing(&error, Some(since));
                    self.release_not_before = Instant::now() + RETRY;
                    return Ok(self.release_not_before);
                }
            }
        }
        if self.prune_at <= Instant::now() {
            shared.attend(|| (), self.prune(transactions)).await;
        }
        Ok(self.prune_at)
    }

    /// Forgets old message ids, a page at a time: the whole table in one sweep, because a row keeps
    /// its place when it is renewed.
    async fn prune(&mut self, transactions: &mut Transactions) {
        self.prune_at = Instant::now()
            + match self.prune_page(transactions).await {
                Ok(true) => PRUNE_PAUSE,
                Ok(false) => PRUNE_INTERVAL,
                Err(error) => {
                    tracing::warn!(%error, "cannot forget old message ids");
                    PRUNE_INTERVAL
                }
            };
    }

    /// Prunes one page. Returns whether this sweep has more.
    async fn prune_page(&mut self, transactions: &mut Transactions) -> Result<bool, StoreError> {
        let connection = &mut transactions.connection;
        let (oldest, after) = (ago(&connection.spool, self.retention), self.pruned);
        let last = message::prune(connection.get().await?, oldest, after, PRUNE_ROWS).await?;
        let parts = message_part::prune(connection.get().await?, oldest, PRUNE_ROWS).await?;
        let archived = ago(&connection.spool, self.archive);
        let archived =
            archive::prune(connection.get().await?, archived, self.archive_messages, PRUNE_ROWS).await?;
        self.pruned = last;
        if last > 0 || parts > 0 || archived > 0 {
            return Ok(true);
        }
        avatar::prune(connection.get().await?).await?;
        let oldest = ago(&connection.spool, APPLICATION);
        applicant::prune(connection.get().await?, oldest).await?;
        Ok(false)
    }
}

/// Time so long before now, in milliseconds since 1970: by the clock that is behind, because what
/// is forgotten is gone.
fn ago(spool: &Spool, time: Duration) -> i64 {
    spool.age.cautious() - i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
