//! What the writer does when nobody waits: deleting what was acknowledged, forgetting old ids, pictures that nobody has
//! and applications that nobody decides on.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::writer::Writer;
use crate::store::StoreError;
use crate::store::engine::Value;

/// Acknowledged rows are deleted along with the next transaction; when there is none for this long, in one of their
/// own: for a lone message that was a third of its processor time. Until then a crash sends them once more, with the same ids.
const RELEASE_LINGER: Duration = Duration::from_millis(250);

/// The retention deletes so many rows at a time (some milliseconds)…
const PRUNE_ROWS: i64 = 500;
/// …with this pause, so that it is never noticed…
const PRUNE_PAUSE: Duration = Duration::from_millis(250);
/// …and looks again after this.
const PRUNE_INTERVAL: Duration = Duration::from_secs(3600);

/// An application on which nobody decides for that long is forgotten, and so is a refusal: then they may ask again. Whom nobody should hear
/// from again is banned. 14 days: administrators have holidays.
const APPLICATION: Duration = Duration::from_secs(14 * 86_400);

/// Acknowledged rows are deleted at the latest after this, also while what waits needs no transaction.
const RELEASE_LATEST: Duration = Duration::from_secs(1);

/// Pause after a failed transaction that nobody waits for.
const RETRY: Duration = Duration::from_secs(2);

impl Writer {
    /// Whether acknowledged rows wait for a transaction that does not come.
    pub(super) fn is_overdue(&self) -> bool {
        let now = Instant::now();
        self.shared.spool.to_delete().is_some_and(|(_, since)| since + RELEASE_LATEST <= now)
            && self.release_not_before <= now
    }

    /// What can be done when nothing waits; when to look again.
    ///
    /// # Errors
    /// When nothing will be written any more.
    pub(super) async fn housekeep(&mut self) -> Result<Instant, StoreError> {
        if let Some((_, since)) = self.shared.spool.to_delete() {
            let due = (since + RELEASE_LINGER).max(self.release_not_before);
            if due > Instant::now() {
                return Ok(due);
            }
            let shared = Arc::clone(&self.shared);
            match shared.attend(|| (), self.release()).await {
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
            let shared = Arc::clone(&self.shared);
            shared.attend(|| (), self.prune()).await;
        }
        Ok(self.prune_at)
    }

    pub(super) async fn release(&mut self) -> Result<(), StoreError> {
        self.transact(&[], None).await.map(drop).map_err(|aborted| aborted.error)
    }

    async fn forget_avatars(&mut self) -> Result<(), StoreError> {
        // Each costs a look at two indices; this comes once an hour.
        let sql = "DELETE FROM avatars WHERE NOT EXISTS (SELECT 1 FROM contacts WHERE contacts.avatar = avatars.hash) \
                   AND NOT EXISTS (SELECT 1 FROM rooms WHERE rooms.avatar = avatars.hash)";
        self.conn().await?.execute(sql, vec![]).await.map(drop)
    }

    /// Approvals stay: they were promised.
    async fn forget_applications(&mut self) -> Result<(), StoreError> {
        let oldest = self.ago(APPLICATION);
        let sql = "DELETE FROM applicants WHERE state IN ('waiting', 'refused') AND asked_at < $1";
        self.conn().await?.execute(sql, vec![Value::Int(oldest)]).await.map(drop)
    }

    /// So long before now, in milliseconds since 1970: by the clock that says less, for what is forgotten is gone.
    fn ago(&self, time: Duration) -> i64 {
        self.shared.spool.age.cautious() - i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
    }

    /// Forgets old ids, a page at a time: all of the table in one sweep, because a row keeps its place when it is renewed.
    async fn prune(&mut self) {
        self.prune_at = Instant::now()
            + match self.prune_page().await {
                Ok(true) => PRUNE_PAUSE,
                Ok(false) => PRUNE_INTERVAL,
                Err(error) => {
                    tracing::warn!(%error, "cannot forget old message ids");
                    PRUNE_INTERVAL
                }
            };
    }

    /// Whether there is more to be looked at in this sweep.
    async fn prune_page(&mut self) -> Result<bool, StoreError> {
        let (oldest, after) = (Value::Int(self.ago(self.retention)), Value::Int(self.pruned));
        let conn = self.conn().await?;
        let page = "SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM messages WHERE id > $1 ORDER BY id LIMIT $2) page";
        let rows = conn.fetch(page, vec![after.clone(), Value::Int(PRUNE_ROWS)]).await?;
        let last = rows.first().map_or(Ok(0), |row| row.int(0))?;
        if last > 0 {
            let sql = "DELETE FROM messages WHERE id > $1 AND id <= $2 AND at < $3";
            conn.execute(sql, vec![after, Value::Int(last), oldest.clone()]).await?;
        }
        let parts = "DELETE FROM message_parts WHERE (user_id, chat, xmpp_id) IN \
            (SELECT user_id, chat, xmpp_id FROM message_parts WHERE at < $1 ORDER BY at LIMIT $2)";
        let parts = conn.execute(parts, vec![oldest, Value::Int(PRUNE_ROWS)]).await?;
        self.pruned = last;
        if last > 0 || parts > 0 {
            return Ok(true);
        }
        self.forget_avatars().await?;
        self.forget_applications().await?;
        Ok(false)
    }
}
