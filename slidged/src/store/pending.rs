//! Pending operations: messages and actions of users on their way to the network.
//!
//! An operation is written before the plugin is called and removed with its answer. The outcome of
//! one that is left after a crash is uncertain, and the user is told so.

use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use serde_json::json;

use super::engine::{Conn, Row, Value};
use super::export::List;
use super::journal::{Changes, Script, Storable, Table, plain};
use super::reader::Reader;
use super::sql::Many;
use super::{StoreError, UserId};

/// Number of a pending operation, from [`Store::new_pending_id`](super::Store::new_pending_id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PendingId(pub(super) i64);

impl Storable for PendingId {}

/// Operation under way to the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Number from [`Store::new_pending_id`](super::Store::new_pending_id); ascending in the order
    /// of sending.
    pub id: PendingId,
    /// Sender.
    pub user: UserId,
    /// Bare JID of the conversation at the gateway.
    pub chat: Arc<str>,
    /// Full JID that sent it, and that gets an error.
    pub sender: Arc<str>,
    /// `id` of the stanza, if it had one.
    pub xmpp_id: Option<Arc<str>>,
    /// Type of the stanza: `chat`, `groupchat`…
    pub kind: Arc<str>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// The call as it went to the plugin, to be repeated where the plugin declares
    /// `idempotent_send`.
    pub operation: Bytes,
}

impl Storable for Pending {
    fn weight(&self) -> usize {
        self.operation.len()
    }

    fn is_storable(&self) -> bool {
        plain(&self.chat) && plain(&self.sender) && self.xmpp_id.is_storable() && plain(&self.kind)
    }
}

const COLUMNS: &str = "SELECT id, user_id, chat, sender, xmpp_id, kind, created_at, operation FROM pending";

/// Read access to the pending operations.
#[derive(Debug)]
pub struct PendingOperations<'a>(pub(super) &'a Reader);

impl PendingOperations<'_> {
    /// Returns those of a user, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(&self, user: UserId) -> Result<Vec<Pending>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE user_id = $1 ORDER BY id").into();
        self.0.read(sql, vec![Value::Int(user.0)]).await?.iter().map(read).collect()
    }
}

/// Reads the highest number of a pending operation; 0 for none.
///
/// # Errors
/// When the database fails.
pub(super) async fn last_id(conn: &mut Conn) -> Result<i64, StoreError> {
    conn.fetch_int("SELECT COALESCE(MAX(id), 0) FROM pending").await
}

fn read(row: &Row) -> Result<Pending, StoreError> {
    Ok(Pending {
        id: PendingId(row.int(0)?),
        user: UserId(row.int(1)?),
        chat: row.text(2)?.into(),
        sender: row.text(3)?.into(),
        xmpp_id: row.opt_text(4)?.map(Into::into),
        kind: row.text(5)?.into(),
        created_at: row.int(6)?,
        operation: row.blob(7)?.into(),
    })
}

static INSERT: Many = Many {
    head: "INSERT INTO pending \
           (id, user_id, chat, sender, xmpp_id, kind, created_at, operation) VALUES ",
    columns: 8,
    tail: "",
};
static DELETE: Many = Many { head: "DELETE FROM pending WHERE id IN (", columns: 1, tail: ")" };

/// Changes of pending operations in one transaction.
#[derive(Debug, Default)]
pub(super) struct PendingTable(Changes<PendingId, Pending>);

impl PendingTable {
    pub(super) fn add(&mut self, pending: &Pending) {
        self.0.set(pending.id, Some(pending.clone()));
    }

    pub(super) fn done(&mut self, id: PendingId) {
        // Added and done in one transaction leaves no trace.
        if self.0.withdraw(&id).is_none_or(|earlier| earlier.is_none()) {
            self.0.set(id, None);
        }
    }
}

impl Table for PendingTable {
    fn remove_user(&mut self, user: UserId) {
        self.0.retain(|_, pending| pending.is_none_or(|pending| pending.user != user));
    }

    fn statements(&self, script: &mut Script<'_>) {
        script.many(&DELETE, self.0.removed().map(|id| vec![Value::Int(id.0)]).collect());
        script.many(&INSERT, self.0.rows().map(|(_, pending)| values(pending)).collect());
    }
}

fn values(pending: &Pending) -> Vec<Value> {
    vec![
        Value::Int(pending.id.0),
        Value::Int(pending.user.0),
        Value::Text(Arc::clone(&pending.chat)),
        Value::Text(Arc::clone(&pending.sender)),
        Value::opt_text(pending.xmpp_id.as_ref()),
        Value::Text(Arc::clone(&pending.kind)),
        Value::Int(pending.created_at),
        Value::Blob(pending.operation.to_vec()),
    ]
}

/// Pending operations in an export.
pub(super) const EXPORT: List = List {
    count: "SELECT COUNT(*) FROM pending WHERE user_id = $1",
    rows: "SELECT chat, sender, xmpp_id, kind, created_at, operation FROM pending WHERE user_id = $1 \
           ORDER BY id LIMIT $2 OFFSET $3",
    page: 16,
    item: |row| {
        Ok(json!({
            "chat": row.text(0)?,
            "sender": row.text(1)?,
            "xmpp_id": row.opt_text(2)?,
            "kind": row.text(3)?,
            "created_at": row.int(4)?,
            "operation_base64": BASE64.encode(&row.blob(5)?),
        }))
    },
};
