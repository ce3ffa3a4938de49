//! Contacts of a user, as the network knows them.

use std::sync::Arc;

use super::engine::{Row, Value};
use super::reader::Reader;
use super::{StoreError, UserId};

/// One contact of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Whose.
    pub user: UserId,
    /// The network's id, always as text.
    pub legacy_id: Arc<str>,
    /// What the network calls it.
    pub name: Option<Arc<str>>,
    /// Whether both are friends on the network.
    pub is_friend: bool,
    /// Whether we have put it into the user's roster.
    pub on_roster: bool,
    /// The disco type of its client: `pc`, `phone`, `bot`…
    pub client_type: Arc<str>,
    /// Its picture's hash.
    pub avatar: Option<Arc<str>>,
    /// What the plugin told of that picture.
    pub avatar_version: Option<Arc<str>>,
    /// Everything else, a JSON object.
    pub extra: Arc<str>,
}

/// The contacts of one user in the database.
#[derive(Debug)]
pub struct Contacts<'a>(pub(super) &'a Reader, pub(super) UserId);

const COLUMNS: &str = "SELECT user_id, legacy_id, name, is_friend, on_roster, client_type, avatar, avatar_version, extra FROM contacts";

impl Contacts<'_> {
    /// All of them, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<Contact>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE user_id = $1 ORDER BY legacy_id").into();
        self.0.read(sql, vec![Value::Int(self.1.0)]).await?.iter().map(read).collect()
    }

    /// The one with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, legacy_id: &str) -> Result<Option<Contact>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE user_id = $1 AND legacy_id = $2").into();
        let rows = self.0.read(sql, vec![Value::Int(self.1.0), Value::text(legacy_id)]).await?;
        rows.first().map(read).transpose()
    }
}

fn read(row: &Row) -> Result<Contact, StoreError> {
    Ok(Contact {
        user: UserId(row.int(0)?),
        legacy_id: row.text(1)?.into(),
        name: row.opt_text(2)?.map(Into::into),
        is_friend: row.flag(3)?,
        on_roster: row.flag(4)?,
        client_type: row.text(5)?.into(),
        avatar: row.opt_text(6)?.map(Into::into),
        avatar_version: row.opt_text(7)?.map(Into::into),
        extra: row.text(8)?.into(),
    })
}
