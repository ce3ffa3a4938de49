//! Users of the gateway: who registered, with which (sealed) credentials and preferences.

use std::sync::Arc;

use super::engine::{Row, Value};
use super::reader::Reader;
use super::{Sealed, StoreError};

/// The number of a user in the database. Never given twice while the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub(super) i64);

impl UserId {
    /// For log fields and as part of keys.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

/// A registered user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Given by [`Store::new_user_id`](super::Store::new_user_id).
    pub id: UserId,
    /// The prepared bare JID. Unique.
    pub jid: Arc<str>,
    /// Milliseconds since 1970.
    pub registered_at: i64,
    /// What the network wants for a login; made by [`Store::seal`](super::Store::seal), opened by [`Store::unseal`](super::Store::unseal).
    pub credentials: Option<Sealed>,
    /// A JSON object.
    pub preferences: String,
    /// A JSON object: what the session wants to find again after a restart.
    pub state: String,
}

/// The users in the database.
#[derive(Debug)]
pub struct Users<'a>(pub(super) &'a Reader);

const COLUMNS: &str = "SELECT id, jid, registered_at, credentials, preferences, state FROM users";

impl Users<'_> {
    /// All of them, in the order of their registration. Read once, at the start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<User>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} ORDER BY id").into();
        self.0.read(sql, vec![]).await?.iter().map(read).collect()
    }

    /// The one with this bare JID.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn by_jid(&self, jid: &str) -> Result<Option<User>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE jid = $1").into();
        self.0.read(sql, vec![Value::text(jid)]).await?.first().map(read).transpose()
    }
}

/// Owner that a user's credentials are sealed for.
pub(super) fn owner(jid: &str) -> String {
    format!("user:{jid}")
}

fn read(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: UserId(row.int(0)?),
        jid: row.text(1)?.into(),
        registered_at: row.int(2)?,
        credentials: row.opt_blob(3)?.map(Sealed),
        preferences: row.text(4)?,
        state: row.text(5)?,
    })
}
