//! Which thread of a conversation (XEP-0201) is which thread of the network.

use std::sync::Arc;

use super::engine::Value;
use super::reader::Reader;
use super::{StoreError, UserId};

/// A thread's two ids, unique in their conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadIds {
    /// Whose.
    pub user: UserId,
    /// The conversation: the network's id of the contact or group.
    pub chat: Arc<str>,
    /// What `<thread/>` says.
    pub xmpp_id: Arc<str>,
    /// The network's id.
    pub legacy_id: Arc<str>,
}

/// The threads of a user in the database.
#[derive(Debug)]
pub struct Threads<'a>(pub(super) &'a Reader, pub(super) UserId);

const BY_XMPP_ID: &str = "SELECT legacy_id FROM threads WHERE user_id = $1 AND chat = $2 AND xmpp_id = $3";
// Two threads of a client may be one of the network: the answer must be the same every time.
const BY_LEGACY_ID: &str =
    "SELECT MIN(xmpp_id) FROM threads WHERE user_id = $1 AND chat = $2 AND legacy_id = $3";

impl Threads<'_> {
    /// The network's id of a thread.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn legacy_id(&self, chat: &str, xmpp_id: &str) -> Result<Option<String>, StoreError> {
        self.one(BY_XMPP_ID, chat, xmpp_id).await
    }

    /// What clients call a thread of the network.
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
