//! What the writer does when nobody waits: deleting what was acknowledged, forgetting old ids, pictures that nobody has
//! and applications that nobody decides on.

use std::time::Duration;

use tokio::time::Instant;

use super::writer::Writer;
use crate::store::StoreError;
use crate::store::engine::Value;

/// Acknowledged rows are deleted along with the next transaction; when there is none for this long, in one of their
/// own. Until then a crash sends them once more.
const RELEASE_LINGER: Duration = Duration::from_millis(50);

/// The retention deletes so many rows at a time (some milliseconds)…
const PRUNE_ROWS: i64 = 500;
/// …with this pause, so that it is never noticed…
const PRUNE_PAUSE: Duration = Duration::from_millis(250);
/// …and looks again after this.
const PRUNE_INTERVAL: Duration = Duration::from_secs(3600);

/// An application on which nobody decides for that long is forgotten, and so is a refusal: then they may ask again. Whom nobody should hear
/// from again is banned. 14 days: administrators have holidays.
const APPLICATION: Duration = Duration::from_secs(14 * 86_400);

/// Pause after a failed transaction that nobody waits for.
const RETRY: Duration = Duration::from_secs(5);

impl Writer {
    /// What can be done when nothing waits; when to look again.
    pub(super) async fn housekeep(&mut self) -> Instant {
        if let Some((_, since)) = self.shared.spool.to_delete() {
            let due = (since + RELEASE_LINGER).max(self.release_not_before);
            if due > Instant::now() {
                return due;
            }
            if let Err(error) = self.release().await {
                tracing::error!(%error, "cannot delete acknowledged stanzas from the outbox, will try again");
                self.release_not_before = Instant::now() + RETRY;
                return self.release_not_before;
            }
        }
        if self.prune_at <= Instant::now() {
            self.prune().await;
        }
        self.prune_at
    }

    pub(super) async fn release(&mut self) -> Result<(), StoreError> {
        self.transact(&[]).await.map(drop)
    }

    /// When no old ids are left.
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

    async fn prune(&mut self) {
        let oldest = self.ago(self.retention);
        let deleted = match self.conn().await {
            // The rows are in the order of their time, so only the oldest need looking at.
            Ok(conn) => {
                let messages = "DELETE FROM messages WHERE id IN (SELECT id FROM messages ORDER BY id LIMIT $1) AND at < $2";
                let parts = "DELETE FROM message_parts WHERE (user_id, chat, xmpp_id) IN \
                    (SELECT user_id, chat, xmpp_id FROM message_parts ORDER BY at LIMIT $1) AND at < $2";
                let values = || vec![Value::Int(PRUNE_ROWS), Value::Int(oldest)];
                match conn.execute(messages, values()).await {
                    Ok(messages) => conn.execute(parts, values()).await.map(|parts| messages + parts),
                    Err(error) => Err(error),
                }
            }
            Err(error) => Err(error),
        };
        self.prune_at = Instant::now()
            + match deleted {
                Ok(0) => {
                    if let Err(error) = self.forget_avatars().await {
                        tracing::warn!(%error, "cannot forget old pictures");
                    }
                    if let Err(error) = self.forget_applications().await {
                        tracing::warn!(%error, "cannot forget old applications");
                    }
                    PRUNE_INTERVAL
                }
                Ok(_) => PRUNE_PAUSE,
                Err(error) => {
                    tracing::warn!(%error, "cannot delete old message ids");
                    PRUNE_INTERVAL
                }
            };
    }
}
