//! Threads of conversations (XEP-0201) and the network's ids for them.

use std::sync::Arc;

use serde_json::json;

use super::engine::Value;
use super::export::List;
use super::journal::{Changes, Script, Storable, Table, plain};
use super::reader::Reader;
use super::sql::Many;
use super::{StoreError, UserId};

/// Both ids of a thread, unique in their conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadIds {
    /// User.
    pub user: UserId,
    /// Conversation: the network's id of the contact or group.
    pub chat: Arc<str>,
    /// Content of `<thread/>`.
    pub xmpp_id: Arc<str>,
    /// The network's id.
    pub legacy_id: Arc<str>,
}

impl Storable for ThreadIds {
    fn is_storable(&self) -> bool {
        plain(&self.chat) && plain(&self.legacy_id) && plain(&self.xmpp_id)
    }
}

/// Read access to the threads of a user.
#[derive(Debug)]
pub struct Threads<'a>(pub(super) &'a Reader, pub(super) UserId);

const BY_XMPP_ID: &str = "SELECT legacy_id FROM threads WHERE user_id = $1 AND chat = $2 AND xmpp_id = $3";
// Two threads of a client may be one of the network: the answer must be the same every time.
const BY_LEGACY_ID: &str =
    "SELECT MIN(xmpp_id) FROM threads WHERE user_id = $1 AND chat = $2 AND legacy_id = $3";

impl Threads<'_> {
    /// Returns the network's id of a thread.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn legacy_id(&self, chat: &str, xmpp_id: &str) -> Result<Option<String>, StoreError> {
        self.one(BY_XMPP_ID, chat, xmpp_id).await
    }

    /// Returns the clients' id of a thread of the network.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn xmpp_id(&self, chat: &str, legacy_id: &str) -> Result<Option<String>, StoreError> {
        self.one(BY_LEGACY_ID, chat, legacy_id).await
    }

    async fn one(&self, sql: &'static str, chat: &str, id: &str) -> Result<Option<String>, StoreError> {
        let rows = self.0.read(sql, vec![Value::Int(self.1.0), Value::text(chat), Value::text(id)]).await?;
        rows.first().map_or(Ok(None), |row| row.opt_text(0))
    }
}

static UPSERT: Many = Many {
    head: "INSERT INTO threads (user_id, chat, xmpp_id, legacy_id) \
           SELECT column1, column2, column3, column4 FROM (VALUES ",
    columns: 4,
    tail: ") AS given WHERE EXISTS (SELECT 1 FROM users WHERE id = column1) ON CONFLICT (user_id, chat, xmpp_id) \
           DO UPDATE SET legacy_id = excluded.legacy_id",
};

/// Changes of threads in one transaction, by the clients' id.
#[derive(Debug, Default)]
pub(super) struct ThreadTable(Changes<(UserId, Arc<str>, Arc<str>), ThreadIds>);

impl ThreadTable {
    pub(super) fn put(&mut self, ids: &ThreadIds) {
        self.0.set((ids.user, Arc::clone(&ids.chat), Arc::clone(&ids.xmpp_id)), Some(ids.clone()));
    }
}

impl Table for ThreadTable {
    fn remove_user(&mut self, user: UserId) {
        self.0.retain(|(owner, ..), _| *owner != user);
    }

    fn statements(&self, script: &mut Script<'_>) {
        script.many(&UPSERT, self.0.rows().map(|(_, ids)| values(ids)).collect());
    }
}

fn values(ids: &ThreadIds) -> Vec<Value> {
    vec![
        Value::Int(ids.user.0),
        Value::Text(Arc::clone(&ids.chat)),
        Value::Text(Arc::clone(&ids.xmpp_id)),
        Value::Text(Arc::clone(&ids.legacy_id)),
    ]
}

/// Threads in an export.
pub(super) const EXPORT: List = List {
    count: "SELECT COUNT(*) FROM threads WHERE user_id = $1",
    rows: "SELECT chat, legacy_id, xmpp_id FROM threads WHERE user_id = $1 ORDER BY chat, xmpp_id LIMIT $2 OFFSET $3",
    page: 500,
    item: |row| Ok(json!({ "chat": row.text(0)?, "id": row.text(1)?, "xmpp_id": row.text(2)? })),
};
