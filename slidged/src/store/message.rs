//! Which XMPP message is which message of the network.

use std::sync::Arc;

use super::engine::{Row, Value};
use super::{Store, StoreError, UserId};

/// A message's two ids. `(user, chat, legacy_id)` is unique: it is also how a repeated event is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageIds {
    /// Whose.
    pub user: UserId,
    /// The conversation: the network's id of the contact or group.
    pub chat: Arc<str>,
    /// The network's id of the message.
    pub legacy_id: Arc<str>,
    /// The `id` of its stanza.
    pub xmpp_id: Arc<str>,
    /// Whether the user wrote it (from XMPP or from another device).
    pub outgoing: bool,
    /// Of its text, to recognise a client's repeat of it; 0 for none.
    pub body_hash: i64,
    /// When it was noted, milliseconds since 1970: the retention counts from here.
    pub at: i64,
}

/// The ids of messages in the database.
#[derive(Debug)]
pub struct Messages<'a>(pub(super) &'a Store, pub(super) UserId);

// One text per look-up, so that each uses its index.
const BY_LEGACY_ID: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND chat = $2 AND legacy_id = $3";
const BY_XMPP_ID: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND chat = $2 AND xmpp_id = $3 ORDER BY id DESC LIMIT 1";
const RECENT_OUTGOING: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND outgoing = 1 ORDER BY id DESC LIMIT $2";
const BY_EQUAL_ID: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND chat = $2 AND legacy_id = $3 AND xmpp_id IS NULL";

impl Messages<'_> {
    /// The message that the network knows by this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_legacy_id(&self, chat: &str, legacy_id: &str) -> Result<Option<MessageIds>, StoreError> {
        self.one(BY_LEGACY_ID, chat, legacy_id).await
    }

    /// The message whose stanza has this id, the latest if a client used it twice.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_xmpp_id(&self, chat: &str, xmpp_id: &str) -> Result<Option<MessageIds>, StoreError> {
        match self.one(BY_XMPP_ID, chat, xmpp_id).await? {
            // Rows whose ids are equal are not in that index.
            None => self.one(BY_EQUAL_ID, chat, xmpp_id).await,
            found => Ok(found),
        }
    }

    /// What the user wrote last, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent_outgoing(&self, limit: u32) -> Result<Vec<MessageIds>, StoreError> {
        let values = vec![Value::Int(self.1.0), Value::Int(limit.into())];
        self.0.read(RECENT_OUTGOING, values).await?.iter().map(read).collect()
    }

    async fn one(&self, sql: &'static str, chat: &str, id: &str) -> Result<Option<MessageIds>, StoreError> {
        let rows = self.0.read(sql, vec![Value::Int(self.1.0), Value::text(chat), Value::text(id)]).await?;
        rows.first().map(read).transpose()
    }
}

fn read(row: &Row) -> Result<MessageIds, StoreError> {
    let legacy_id: Arc<str> = row.text(2)?.into();
    Ok(MessageIds {
        user: UserId(row.int(0)?),
        chat: row.text(1)?.into(),
        xmpp_id: row.opt_text(3)?.map_or_else(|| Arc::clone(&legacy_id), Into::into),
        legacy_id,
        outgoing: row.flag(4)?,
        body_hash: row.int(5)?,
        at: row.int(6)?,
    })
}
