//! Rooms of a user, as the network knows them.

use std::sync::Arc;

use super::engine::{Row, Value};
use super::reader::Reader;
use super::{StoreError, UserId};

/// One room of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Whose.
    pub user: UserId,
    /// The network's id, always as text.
    pub legacy_id: Arc<str>,
    /// What is known of it, a JSON object.
    pub info: Arc<str>,
    /// The resources of the user's clients that are in it, a JSON list.
    pub joined: Arc<str>,
    /// Its picture, by its SHA-1 in hexadecimal.
    pub avatar: Option<Arc<str>>,
    /// What the network told of it last.
    pub avatar_version: Option<Arc<str>>,
}

/// The rooms of one user in the database.
#[derive(Debug)]
pub struct Rooms<'a>(pub(super) &'a Reader, pub(super) UserId);

impl Rooms<'_> {
    /// All of them, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<Room>, StoreError> {
        let sql = "SELECT legacy_id, info, joined, avatar, avatar_version FROM rooms WHERE user_id = $1 ORDER BY legacy_id";
        let rows = self.0.read(sql, vec![Value::Int(self.1.0)]).await?;
        let room = |row: &Row| {
            Ok(Room {
                user: self.1,
                legacy_id: row.text(0)?.into(),
                info: row.text(1)?.into(),
                joined: row.text(2)?.into(),
                avatar: row.opt_text(3)?.map(Into::into),
                avatar_version: row.opt_text(4)?.map(Into::into),
            })
        };
        rows.iter().map(room).collect()
    }
}
