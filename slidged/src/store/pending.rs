//! What a user has sent and the network has not yet taken: written before the plugin is called, removed with its answer.
//! What is left after a crash is uncertain, and the user is told so.

use std::sync::Arc;

use bytes::Bytes;

use super::engine::{Row, Value};
use super::reader::Reader;
use super::{StoreError, UserId};

/// The number of a pending operation, from [`Store::new_pending_id`](super::Store::new_pending_id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PendingId(pub(super) i64);

/// An operation under way to the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Given by [`Store::new_pending_id`](super::Store::new_pending_id); ascending in the order of sending.
    pub id: PendingId,
    /// Who sends.
    pub user: UserId,
    /// The bare JID of the conversation at the gateway.
    pub chat: Arc<str>,
    /// The full JID that sent it: where an error goes.
    pub sender: Arc<str>,
    /// The `id` of the stanza, if it had one.
    pub xmpp_id: Option<Arc<str>>,
    /// The type of the stanza: `chat`, `groupchat`…
    pub kind: Arc<str>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// The call as it went to the plugin, so that it can be repeated where the plugin declares `idempotent_send`.
    pub operation: Bytes,
}

const COLUMNS: &str = "SELECT id, user_id, chat, sender, xmpp_id, kind, created_at, operation FROM pending";

/// The pending operations in the database.
#[derive(Debug)]
pub struct PendingOperations<'a>(pub(super) &'a Reader);

impl PendingOperations<'_> {
    /// Those of a user, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(&self, user: UserId) -> Result<Vec<Pending>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE user_id = $1 ORDER BY id").into();
        self.0.read(sql, vec![Value::Int(user.0)]).await?.iter().map(read).collect()
    }
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
