//! Which XMPP message is which message of the network.

use std::sync::Arc;

use super::engine::{Conn, Row, Value};
use super::reader::Reader;
use super::{StoreError, UserId};

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
    /// When it was noted, milliseconds since 1970: the retention counts from here. The same in all that one stanza of the user is.
    pub at: i64,
}

/// A further stanza of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePart {
    /// Whose.
    pub user: UserId,
    /// The conversation.
    pub chat: Arc<str>,
    /// The network's id of the message.
    pub legacy_id: Arc<str>,
    /// The `id` of this stanza.
    pub xmpp_id: Arc<str>,
    /// Its place among the stanzas of the message, from 1; 0 for a correction, which clients may refer to in its place; or [`IN_ROOM`].
    pub part: i64,
    /// When it was noted, milliseconds since 1970.
    pub at: i64,
}

/// The place of the id that the room gave to a message before it had one of the network.
pub const IN_ROOM: i64 = -1;

/// The ids of messages in the database.
#[derive(Debug)]
pub struct Messages<'a>(pub(super) &'a Reader, pub(super) UserId);

// One text per look-up, so that each uses its index.
const BY_LEGACY_ID: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND chat = $2 AND legacy_id = $3";
/// One stanza is not more messages of the network than that.
const BY_XMPP_ID: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND chat = $2 AND xmpp_id = $3 ORDER BY at DESC, id LIMIT 64";
const RECENT_OUTGOING: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND outgoing = 1 AND body_hash <> 0 ORDER BY id DESC LIMIT $2";
const BY_EQUAL_ID: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND chat = $2 AND legacy_id = $3 AND xmpp_id IS NULL";
const ROW: &str = "SELECT id FROM messages WHERE user_id = $1 AND chat = $2 AND legacy_id = $3";
/// Nobody reads more at once.
const INCOMING: &str = "SELECT legacy_id FROM messages WHERE user_id = $1 AND chat = $2 AND id > $3 AND id <= $4 \
    AND outgoing = 0 ORDER BY id DESC LIMIT 500";
const NEWEST_INCOMING: &str = "SELECT legacy_id FROM messages WHERE user_id = $1 AND chat = $2 AND legacy_id <> $3 \
    AND outgoing = 0 ORDER BY id DESC LIMIT 1";
const BY_PART: &str = "SELECT legacy_id FROM message_parts WHERE user_id = $1 AND chat = $2 AND xmpp_id = $3";
const ROOM_ID: &str =
    "SELECT xmpp_id FROM message_parts WHERE user_id = $1 AND chat = $2 AND legacy_id = $3 AND part = -1";
const PARTS: &str = "SELECT xmpp_id FROM message_parts WHERE user_id = $1 AND chat = $2 AND legacy_id = $3 AND part > 0 \
    ORDER BY part";

impl Messages<'_> {
    /// The ids of all stanzas of a message of the network, in order; none when it is not known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stanzas(&self, chat: &str, legacy_id: &str) -> Result<Vec<Arc<str>>, StoreError> {
        let Some(first) = self.by_legacy_id(chat, legacy_id).await? else { return Ok(Vec::new()) };
        let mut stanzas = vec![first.xmpp_id];
        for row in self.rows(PARTS, chat, legacy_id).await? {
            stanzas.push(row.text(0)?.into());
        }
        Ok(stanzas)
    }

    /// The id that the room gave to a message before it had one of the network; none for most.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn room_id(&self, chat: &str, legacy_id: &str) -> Result<Option<Arc<str>>, StoreError> {
        let rows = self.rows(ROOM_ID, chat, legacy_id).await?;
        rows.first().map(|row| row.text(0).map(Into::into)).transpose()
    }

    /// The message that the network knows by this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_legacy_id(&self, chat: &str, legacy_id: &str) -> Result<Option<MessageIds>, StoreError> {
        self.one(BY_LEGACY_ID, chat, legacy_id).await
    }

    /// The message that a stanza of this id is, or is a part of; the latest if a client used it twice, the first of several.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_xmpp_id(&self, chat: &str, xmpp_id: &str) -> Result<Option<MessageIds>, StoreError> {
        Ok(self.all_by_xmpp_id(chat, xmpp_id).await?.into_iter().next())
    }

    /// All messages of the network that a stanza of this id is, in order: files that a client sent in one may be several over there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_by_xmpp_id(&self, chat: &str, xmpp_id: &str) -> Result<Vec<MessageIds>, StoreError> {
        // Rows whose ids are equal are not in the other's index.
        let mut found: Vec<_> = self.one(BY_EQUAL_ID, chat, xmpp_id).await?.into_iter().collect();
        for row in self.rows(BY_XMPP_ID, chat, xmpp_id).await? {
            found.push(read(&row)?);
        }
        let latest = found.iter().map(|ids| ids.at).max();
        found.retain(|ids| Some(ids.at) == latest);
        if found.is_empty() {
            found.extend(self.by_part(chat, xmpp_id).await?);
        }
        Ok(found)
    }

    /// What the contact wrote up to a message (to the last one, if it is not known) and behind another (from the beginning), by the
    /// network's ids, oldest first; the newest of very many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn incoming(&self, chat: &str, behind: &str, up_to: &str) -> Result<Vec<Arc<str>>, StoreError> {
        let row =
            async |id| Ok::<_, StoreError>(self.rows(ROW, chat, id).await?.first().map(|row| row.int(0)));
        let first = row(behind).await?.transpose()?.unwrap_or(0);
        let last = row(up_to).await?.transpose()?.unwrap_or(i64::MAX);
        let values = vec![Value::Int(self.1.0), Value::text(chat), Value::Int(first), Value::Int(last)];
        let rows = self.0.read(INCOMING, values).await?;
        rows.iter().rev().map(|row| Ok(row.text(0)?.into())).collect()
    }

    /// The last message of the contact but that one, by the network's id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_incoming(&self, chat: &str, but: &str) -> Result<Option<Arc<str>>, StoreError> {
        let rows = self.rows(NEWEST_INCOMING, chat, but).await?;
        rows.first().map(|row| row.text(0).map(Into::into)).transpose()
    }

    /// What the user wrote last in XMPP clients that may repeat it, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent_outgoing(&self, limit: u32) -> Result<Vec<MessageIds>, StoreError> {
        let values = vec![Value::Int(self.1.0), Value::Int(limit.into())];
        self.0.read(RECENT_OUTGOING, values).await?.iter().map(read).collect()
    }

    async fn by_part(&self, chat: &str, xmpp_id: &str) -> Result<Option<MessageIds>, StoreError> {
        match self.rows(BY_PART, chat, xmpp_id).await?.first() {
            Some(row) => self.by_legacy_id(chat, &row.text(0)?).await,
            None => Ok(None),
        }
    }

    async fn one(&self, sql: &'static str, chat: &str, id: &str) -> Result<Option<MessageIds>, StoreError> {
        self.rows(sql, chat, id).await?.first().map(read).transpose()
    }

    async fn rows(&self, sql: &'static str, chat: &str, id: &str) -> Result<Vec<Row>, StoreError> {
        self.0.read(sql, vec![Value::Int(self.1.0), Value::text(chat), Value::text(id)]).await
    }
}

/// Deletes ids noted before `oldest` in one page of the messages, behind the row `after`, and in one of
/// the parts. Returns the last row of the page, and whether there may be more.
///
/// # Errors
/// When the database fails.
pub(super) async fn prune(
    conn: &mut Conn,
    oldest: i64,
    after: i64,
    rows: i64,
) -> Result<(i64, bool), StoreError> {
    let page =
        "SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM messages WHERE id > $1 ORDER BY id LIMIT $2) page";
    let found = conn.fetch(page, vec![Value::Int(after), Value::Int(rows)]).await?;
    let last = found.first().map_or(Ok(0), |row| row.int(0))?;
    if last > 0 {
        let sql = "DELETE FROM messages WHERE id > $1 AND id <= $2 AND at < $3";
        conn.execute(sql, vec![Value::Int(after), Value::Int(last), Value::Int(oldest)]).await?;
    }
    let parts = "DELETE FROM message_parts WHERE (user_id, chat, xmpp_id) IN \
        (SELECT user_id, chat, xmpp_id FROM message_parts WHERE at < $1 ORDER BY at LIMIT $2)";
    let parts = conn.execute(parts, vec![Value::Int(oldest), Value::Int(rows)]).await?;
    Ok((last, last > 0 || parts > 0))
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
