//! Rooms of a user, as the network knows them.

use std::sync::Arc;

use serde_json::json;

use super::engine::{Row, Value};
use super::export::{List, parsed};
use super::journal::{Changes, Script, Storable, Table, plain, user_and_id};
use super::reader::Reader;
use super::sql::Many;
use super::{StoreError, UserId};

/// Room of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// User.
    pub user: UserId,
    /// The network's id, always as text.
    pub legacy_id: Arc<str>,
    /// Facts about the room, as a JSON object.
    pub info: Arc<str>,
    /// Resources of the user's clients that are in it, a JSON list.
    pub joined: Arc<str>,
    /// SHA-1 of the room's avatar, in hexadecimal.
    pub avatar: Option<Arc<str>>,
    /// The plugin's version of that avatar.
    pub avatar_version: Option<Arc<str>>,
}

impl Storable for Room {
    fn weight(&self) -> usize {
        self.info.len() + self.joined.len()
    }

    fn is_storable(&self) -> bool {
        plain(&self.legacy_id)
            && plain(&self.info)
            && plain(&self.joined)
            && self.avatar.is_storable()
            && self.avatar_version.is_storable()
    }
}

/// Read access to the rooms of a user.
#[derive(Debug)]
pub struct Rooms<'a>(pub(super) &'a Reader, pub(super) UserId);

impl Rooms<'_> {
    /// Returns all rooms, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<Room>, StoreError> {
        let sql = "SELECT legacy_id, info, joined, avatar, avatar_version FROM rooms WHERE user_id = $1 ORDER BY legacy_id";
        let rows = self.0.read(sql, vec![Value::Int(self.1.0)]).await?;
        rows.iter().map(|row| read(row, self.1)).collect()
    }
}

fn read(row: &Row, user: UserId) -> Result<Room, StoreError> {
    Ok(Room {
        user,
        legacy_id: row.text(0)?.into(),
        info: row.text(1)?.into(),
        joined: row.text(2)?.into(),
        avatar: row.opt_text(3)?.map(Into::into),
        avatar_version: row.opt_text(4)?.map(Into::into),
    })
}

static UPSERT: Many = Many {
    head: "INSERT INTO rooms (user_id, legacy_id, info, joined, avatar, avatar_version) \
           SELECT column1, column2, column3, column4, column5, column6 FROM (VALUES ",
    columns: 6,
    tail: ") AS given WHERE EXISTS (SELECT 1 FROM users WHERE id = column1) ON CONFLICT (user_id, legacy_id) \
           DO UPDATE SET info = excluded.info, joined = excluded.joined, avatar = excluded.avatar, \
           avatar_version = excluded.avatar_version",
};
static DELETE: Many =
    Many { head: "DELETE FROM rooms WHERE (user_id, legacy_id) IN (VALUES ", columns: 2, tail: ")" };

/// Changes of rooms in one transaction.
#[derive(Debug, Default)]
pub(super) struct RoomTable(Changes<(UserId, Arc<str>), Room>);

impl RoomTable {
    pub(super) fn put(&mut self, room: &Room) {
        self.0.set((room.user, Arc::clone(&room.legacy_id)), Some(room.clone()));
    }

    pub(super) fn remove(&mut self, user: UserId, legacy_id: &Arc<str>) {
        self.0.set((user, Arc::clone(legacy_id)), None);
    }
}

impl Table for RoomTable {
    fn remove_user(&mut self, user: UserId) {
        self.0.retain(|(owner, _), _| *owner != user);
    }

    fn statements(&self, script: &mut Script<'_>) {
        script.many(&DELETE, self.0.removed().map(user_and_id).collect());
        script.many(&UPSERT, self.0.rows().map(|(_, room)| values(room)).collect());
    }
}

fn values(room: &Room) -> Vec<Value> {
    vec![
        Value::Int(room.user.0),
        Value::Text(Arc::clone(&room.legacy_id)),
        Value::Text(Arc::clone(&room.info)),
        Value::Text(Arc::clone(&room.joined)),
        Value::opt_text(room.avatar.as_ref()),
        Value::opt_text(room.avatar_version.as_ref()),
    ]
}

/// Rooms in an export.
pub(super) const EXPORT: List = List {
    count: "SELECT COUNT(*) FROM rooms WHERE user_id = $1",
    rows: "SELECT legacy_id, info, joined, avatar FROM rooms WHERE user_id = $1 ORDER BY legacy_id LIMIT $2 OFFSET $3",
    page: 100,
    item: |row| {
        Ok(json!({
            "id": row.text(0)?,
            "info": parsed(&row.text(1)?),
            "joined": parsed(&row.text(2)?),
            "avatar_sha1": row.opt_text(3)?,
        }))
    },
};
