//! Message ids: stanza ids of messages and the network's ids for them.

use std::sync::Arc;

use serde_json::json;

use super::engine::{Conn, Row, Statement, Value};
use super::export::List;
use super::journal::{Changes, Script, Storable, Table, plain};
use super::reader::Reader;
use super::sql::{Many, Texts, chunks};
use super::{StoreError, UserId};

/// Both ids of a message. `(user, chat, legacy_id)` is unique, and recognises repeated events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageIds {
    /// User.
    pub user: UserId,
    /// Conversation: the network's id of the contact or group.
    pub chat: Arc<str>,
    /// The network's id of the message.
    pub legacy_id: Arc<str>,
    /// `id` of its stanza.
    pub xmpp_id: Arc<str>,
    /// Whether the user wrote it (from XMPP or from another device).
    pub from_user: bool,
    /// Hash of its text, to recognise a client's repeat of it; 0 for none.
    pub body_hash: i64,
    /// Time of the note, milliseconds since 1970, from which the retention counts. Equal in all
    /// messages that one stanza of the user became.
    pub at: i64,
}

impl Storable for MessageIds {
    fn is_storable(&self) -> bool {
        plain(&self.chat) && plain(&self.legacy_id) && plain(&self.xmpp_id)
    }
}

/// Key of a message: `(user, chat, legacy_id)`.
pub(super) type MessageKey = (UserId, Arc<str>, Arc<str>);

impl MessageIds {
    /// Key of the message.
    pub(super) fn key(&self) -> MessageKey {
        (self.user, Arc::clone(&self.chat), Arc::clone(&self.legacy_id))
    }
}

/// Read access to the message ids of a user.
#[derive(Debug)]
pub struct Messages<'a>(pub(super) &'a Reader, pub(super) UserId);

// One text per look-up, so that each uses its index.
const BY_LEGACY_ID: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND chat = $2 AND legacy_id = $3";
// One stanza is not more messages of the network than that.
const BY_XMPP_ID: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND chat = $2 AND xmpp_id = $3 ORDER BY at DESC, id LIMIT 64";
const RECENT_FROM_USER: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND outgoing = 1 AND body_hash <> 0 ORDER BY id DESC LIMIT $2";
const BY_EQUAL_ID: &str = "SELECT user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at FROM messages \
    WHERE user_id = $1 AND chat = $2 AND legacy_id = $3 AND xmpp_id IS NULL";
const ROW: &str = "SELECT id FROM messages WHERE user_id = $1 AND chat = $2 AND legacy_id = $3";
// Nobody reads more at once.
const FROM_CONTACT: &str = "SELECT legacy_id FROM messages WHERE user_id = $1 AND chat = $2 AND id > $3 AND id <= $4 \
    AND outgoing = 0 ORDER BY id DESC LIMIT 500";
const NEWEST_FROM_CONTACT: &str = "SELECT legacy_id FROM messages WHERE user_id = $1 AND chat = $2 AND legacy_id <> $3 \
    AND outgoing = 0 ORDER BY id DESC LIMIT 1";
const BY_PART: &str = "SELECT legacy_id FROM message_parts WHERE user_id = $1 AND chat = $2 AND xmpp_id = $3";
const ROOM_ID: &str =
    "SELECT xmpp_id FROM message_parts WHERE user_id = $1 AND chat = $2 AND legacy_id = $3 AND part = -1";
const PARTS: &str = "SELECT xmpp_id FROM message_parts WHERE user_id = $1 AND chat = $2 AND legacy_id = $3 AND part > 0 \
    ORDER BY part";

impl Messages<'_> {
    /// Returns the ids of all stanzas of a message of the network, in order; none when it is
    /// unknown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stanzas(&self, chat: &str, legacy_id: &str) -> Result<Vec<Arc<str>>, StoreError> {
        let Some(first) = self.by_legacy_id(chat, legacy_id).await? else { return Ok(Vec::new()) };
        let mut stanzas = vec![first.xmpp_id];
        for row in self.rows(PARTS, chat, legacy_id).await? {
            // The first file of those that have no text is a part as well.
            stanzas.extend(Some(row.text(0)?).filter(|id| **id != *stanzas[0]).map(Into::into));
        }
        Ok(stanzas)
    }

    /// Returns whether a message of the network is files without a text.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_only_files(&self, chat: &str, legacy_id: &str) -> Result<bool, StoreError> {
        let Some(first) = self.by_legacy_id(chat, legacy_id).await? else { return Ok(false) };
        for row in self.rows(PARTS, chat, legacy_id).await? {
            if *row.text(0)? == *first.xmpp_id {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the id that the room gave to a message before the network did; none for most.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn room_id(&self, chat: &str, legacy_id: &str) -> Result<Option<Arc<str>>, StoreError> {
        let rows = self.rows(ROOM_ID, chat, legacy_id).await?;
        rows.first().map(|row| row.text(0).map(Into::into)).transpose()
    }

    /// Returns the message that the network knows by this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_legacy_id(&self, chat: &str, legacy_id: &str) -> Result<Option<MessageIds>, StoreError> {
        self.one(BY_LEGACY_ID, chat, legacy_id).await
    }

    /// Returns the message that a stanza with this id is (the latest if a client used it twice, the
    /// first of several) or is a part of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_xmpp_id(&self, chat: &str, xmpp_id: &str) -> Result<Option<MessageIds>, StoreError> {
        Ok(self.all_by_xmpp_id(chat, xmpp_id).await?.into_iter().next())
    }

    /// Returns all messages of the network that a stanza with this id became, in order: files that
    /// a client sent in one may be several over there.
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

    /// Returns the network's ids of the contact's messages behind one (from the beginning, if it is
    /// unknown) up to another (to the last), oldest first; the newest of very many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn from_contact(
        &self,
        chat: &str,
        behind: &str,
        up_to: &str,
    ) -> Result<Vec<Arc<str>>, StoreError> {
        let row =
            async |id| Ok::<_, StoreError>(self.rows(ROW, chat, id).await?.first().map(|row| row.int(0)));
        let first = row(behind).await?.transpose()?.unwrap_or(0);
        let last = row(up_to).await?.transpose()?.unwrap_or(i64::MAX);
        let values = vec![Value::Int(self.1.0), Value::text(chat), Value::Int(first), Value::Int(last)];
        let rows = self.0.read(FROM_CONTACT, values).await?;
        rows.iter().rev().map(|row| Ok(row.text(0)?.into())).collect()
    }

    /// Returns the network's id of the contact's last message but that one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_from_contact(&self, chat: &str, but: &str) -> Result<Option<Arc<str>>, StoreError> {
        let rows = self.rows(NEWEST_FROM_CONTACT, chat, but).await?;
        rows.first().map(|row| row.text(0).map(Into::into)).transpose()
    }

    /// Returns the user's last messages that an XMPP client may repeat, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent_from_user(&self, limit: u32) -> Result<Vec<MessageIds>, StoreError> {
        let values = vec![Value::Int(self.1.0), Value::Int(limit.into())];
        self.0.read(RECENT_FROM_USER, values).await?.iter().map(read).collect()
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

/// Deletes the ids noted before `oldest` in one page of the table, behind the row `after`. Returns
/// the last row of the page; 0 at the end of the table.
///
/// # Errors
/// When the database fails.
pub(super) async fn prune(conn: &mut Conn, oldest: i64, after: i64, rows: i64) -> Result<i64, StoreError> {
    let page =
        "SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM messages WHERE id > $1 ORDER BY id LIMIT $2) page";
    let found = conn.fetch(page, vec![Value::Int(after), Value::Int(rows)]).await?;
    let last = found.first().map_or(Ok(0), |row| row.int(0))?;
    if last > 0 {
        let sql = "DELETE FROM messages WHERE id > $1 AND id <= $2 AND at < $3";
        conn.execute(sql, vec![Value::Int(after), Value::Int(last), Value::Int(oldest)]).await?;
    }
    Ok(last)
}

fn read(row: &Row) -> Result<MessageIds, StoreError> {
    let legacy_id: Arc<str> = row.text(2)?.into();
    Ok(MessageIds {
        user: UserId(row.int(0)?),
        chat: row.text(1)?.into(),
        xmpp_id: row.opt_text(3)?.map_or_else(|| Arc::clone(&legacy_id), Into::into),
        legacy_id,
        from_user: row.flag(4)?,
        body_hash: row.int(5)?,
        at: row.int(6)?,
    })
}

static UPSERT: Many = Many {
    head: "INSERT INTO messages (user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at) VALUES ",
    columns: 7,
    tail: " ON CONFLICT (user_id, chat, legacy_id) DO UPDATE SET xmpp_id = excluded.xmpp_id, \
           outgoing = excluded.outgoing, body_hash = excluded.body_hash, at = excluded.at",
};
static INSERT: Many = Many {
    head: "INSERT INTO messages (user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at) VALUES ",
    columns: 7,
    tail: "",
};
static INSERT_NEW: Many = Many {
    head: "INSERT INTO messages (user_id, chat, legacy_id, xmpp_id, outgoing, body_hash, at) VALUES ",
    columns: 7,
    tail: " ON CONFLICT (user_id, chat, legacy_id) DO NOTHING RETURNING user_id, chat, legacy_id",
};

/// Changes of message ids in one transaction.
#[derive(Debug, Default)]
pub(super) struct MessageTable(Changes<MessageKey, MessageIds>);

impl MessageTable {
    pub(super) fn put(&mut self, ids: &MessageIds) {
        self.0.set(ids.key(), Some(ids.clone()));
    }

    /// Whether the ids of a message are among the changes.
    pub(super) fn contains(&self, key: &MessageKey) -> bool {
        self.0.contains(key)
    }
}

impl Table for MessageTable {
    fn remove_user(&mut self, user: UserId) {
        self.0.retain(|(owner, ..), _| *owner != user);
    }

    fn statements(&self, script: &mut Script<'_>) {
        script.many(&UPSERT, self.0.rows().map(|(_, ids)| values(ids).into()).collect());
    }
}

/// Statements that note the ids of events, and fail when one is known.
pub(super) fn insert(texts: &mut Texts, ids: &[&MessageIds]) -> Vec<Statement> {
    statements(texts, &INSERT, ids)
}

/// Statements that note the ids of events that are not known, and return their keys.
pub(super) fn insert_new(texts: &mut Texts, ids: &[&MessageIds]) -> Vec<Statement> {
    statements(texts, &INSERT_NEW, ids)
}

/// Reads a row that [`insert_new`] returns.
pub(super) fn read_key(row: &Row) -> Result<MessageKey, StoreError> {
    Ok((UserId(row.int(0)?), row.text(1)?.into(), row.text(2)?.into()))
}

fn statements(texts: &mut Texts, kind: &'static Many, ids: &[&MessageIds]) -> Vec<Statement> {
    let mut ids = ids.iter();
    let chunks = chunks(ids.len());
    chunks
        .map(|rows| (texts.many(kind, rows), ids.by_ref().take(rows).flat_map(|ids| values(ids)).collect()))
        .collect()
}

fn values(ids: &MessageIds) -> [Value; 7] {
    let xmpp_id = Some(&ids.xmpp_id).filter(|id| **id != ids.legacy_id);
    [
        Value::Int(ids.user.0),
        Value::Text(Arc::clone(&ids.chat)),
        Value::Text(Arc::clone(&ids.legacy_id)),
        Value::opt_text(xmpp_id),
        Value::flag(ids.from_user),
        Value::Int(ids.body_hash),
        Value::Int(ids.at),
    ]
}

/// Message ids in an export: the newest first, because those are left out last.
pub(super) const EXPORT: List = List {
    count: "SELECT COUNT(*) FROM messages WHERE user_id = $1",
    rows: "SELECT chat, legacy_id, COALESCE(xmpp_id, legacy_id), outgoing, at FROM messages WHERE user_id = $1 \
           ORDER BY id DESC LIMIT $2 OFFSET $3",
    page: 500,
    item: |row| {
        Ok(json!({
            "chat": row.text(0)?,
            "id": row.text(1)?,
            "xmpp_id": row.text(2)?,
            "outgoing": row.flag(3)?,
            "at": row.int(4)?,
        }))
    },
};
