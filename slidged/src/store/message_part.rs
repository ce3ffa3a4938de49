//! Further stanzas of messages: those beyond the first, corrections, and ids that rooms gave.

use std::sync::Arc;

use serde_json::json;

use super::engine::{Conn, Value};
use super::export::List;
use super::journal::{Changes, Script, Storable, Table, plain};
use super::sql::Many;
use super::{StoreError, UserId};

/// Further stanza of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePart {
    /// User.
    pub user: UserId,
    /// Conversation.
    pub chat: Arc<str>,
    /// The network's id of the message.
    pub legacy_id: Arc<str>,
    /// `id` of this stanza.
    pub xmpp_id: Arc<str>,
    /// Place among the stanzas of the message, from 1 (the first has one only where the message is
    /// files without a text); 0 for a correction, which clients may refer to in its place; or
    /// [`IN_ROOM`].
    pub part: i64,
    /// Time of the note, milliseconds since 1970.
    pub at: i64,
}

impl Storable for MessagePart {
    fn is_storable(&self) -> bool {
        plain(&self.chat) && plain(&self.legacy_id) && plain(&self.xmpp_id)
    }
}

/// [`MessagePart::part`] of the id that the room gave to a message before the network did.
pub const IN_ROOM: i64 = -1;

/// Deletes at most so many parts noted before `oldest`. Returns how many.
///
/// # Errors
/// When the database fails.
pub(super) async fn prune(conn: &mut Conn, oldest: i64, rows: i64) -> Result<u64, StoreError> {
    let sql = "DELETE FROM message_parts WHERE (user_id, chat, xmpp_id) IN \
        (SELECT user_id, chat, xmpp_id FROM message_parts WHERE at < $1 ORDER BY at LIMIT $2)";
    conn.execute(sql, vec![Value::Int(oldest), Value::Int(rows)]).await
}

type Key = (UserId, Arc<str>, Arc<str>);

static UPSERT: Many = Many {
    head: "INSERT INTO message_parts (user_id, chat, xmpp_id, legacy_id, part, at) \
           SELECT column1, column2, column3, column4, column5, column6 FROM (VALUES ",
    columns: 6,
    tail: ") AS given WHERE EXISTS (SELECT 1 FROM users WHERE id = column1) ON CONFLICT (user_id, chat, xmpp_id) \
           DO UPDATE SET legacy_id = excluded.legacy_id, part = excluded.part, at = excluded.at",
};

/// Changes of message parts in one transaction, by the id of the stanza.
#[derive(Debug, Default)]
pub(super) struct PartTable(Changes<Key, MessagePart>);

impl PartTable {
    pub(super) fn put(&mut self, part: &MessagePart) {
        self.0.set((part.user, Arc::clone(&part.chat), Arc::clone(&part.xmpp_id)), Some(part.clone()));
    }
}

impl Table for PartTable {
    fn remove_user(&mut self, user: UserId) {
        self.0.retain(|(owner, ..), _| *owner != user);
    }

    fn statements(&self, script: &mut Script<'_>) {
        script.many(&UPSERT, self.0.rows().map(|(_, part)| values(part)).collect());
    }
}

fn values(part: &MessagePart) -> Vec<Value> {
    vec![
        Value::Int(part.user.0),
        Value::Text(Arc::clone(&part.chat)),
        Value::Text(Arc::clone(&part.xmpp_id)),
        Value::Text(Arc::clone(&part.legacy_id)),
        Value::Int(part.part),
        Value::Int(part.at),
    ]
}

/// Message parts in an export, the newest first.
pub(super) const EXPORT: List = List {
    count: "SELECT COUNT(*) FROM message_parts WHERE user_id = $1",
    rows: "SELECT chat, legacy_id, xmpp_id, part, at FROM message_parts WHERE user_id = $1 \
           ORDER BY at DESC, chat, xmpp_id LIMIT $2 OFFSET $3",
    page: 500,
    item: |row| {
        Ok(json!({
            "chat": row.text(0)?,
            "id": row.text(1)?,
            "xmpp_id": row.text(2)?,
            "part": row.int(3)?,
            "at": row.int(4)?,
        }))
    },
};
