//! Avatars of contacts and rooms, each kept once for all users.

use std::sync::Arc;

use bytes::Bytes;

use super::engine::{Conn, Row, Value};
use super::journal::{Changes, Script, Storable, Table, plain};
use super::reader::Reader;
use super::sql::Many;
use super::{StoreError, UserId};

/// Avatar as clients get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Avatar {
    /// SHA-1 of `png`, hexadecimal in lower case.
    pub hash: Arc<str>,
    /// SHA-256 of the image that it was made from.
    pub source: Arc<str>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Image.
    pub png: Bytes,
}

impl Storable for Avatar {
    fn weight(&self) -> usize {
        self.png.len()
    }

    fn is_storable(&self) -> bool {
        plain(&self.hash) && plain(&self.source)
    }
}

/// Metadata of a contact's avatar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvatarOf {
    /// Id of the contact.
    pub legacy_id: Arc<str>,
    /// Hash of the avatar.
    pub hash: Arc<str>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size in bytes.
    pub bytes: usize,
}

/// Read access to the avatars.
#[derive(Debug)]
pub struct Avatars<'a>(pub(super) &'a Reader);

const COLUMNS: &str = "SELECT hash, source, width, height, png FROM avatars";

impl Avatars<'_> {
    /// Returns the avatar with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, hash: &str) -> Result<Option<Avatar>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE hash = $1").into();
        self.0.read(sql, vec![Value::text(hash)]).await?.first().map(read).transpose()
    }

    /// Returns the avatar that was made from an image with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn made_from(&self, source: &str) -> Result<Option<Avatar>, StoreError> {
        let sql: Arc<str> = format!("{COLUMNS} WHERE source = $1 LIMIT 1").into();
        self.0.read(sql, vec![Value::text(source)]).await?.first().map(read).transpose()
    }

    /// Returns the metadata of the avatars of a user's friends, by the contacts' ids: at most
    /// `limit`, behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_contacts(
        &self,
        user: UserId,
        after: &str,
        limit: u16,
    ) -> Result<Vec<AvatarOf>, StoreError> {
        let sql = "SELECT c.legacy_id, a.hash, a.width, a.height, CAST(LENGTH(a.png) AS BIGINT) FROM contacts c \
                   JOIN avatars a ON a.hash = c.avatar WHERE c.user_id = $1 AND c.is_friend = 1 AND c.legacy_id > $2 \
                   ORDER BY c.legacy_id LIMIT $3";
        let values = vec![Value::Int(user.0), Value::text(after), Value::Int(limit.into())];
        let told = |row: &Row| {
            Ok(AvatarOf {
                legacy_id: row.text(0)?.into(),
                hash: row.text(1)?.into(),
                width: number(row, 2)?,
                height: number(row, 3)?,
                bytes: number(row, 4)?,
            })
        };
        self.0.read(sql, values).await?.iter().map(told).collect()
    }
}

/// Deletes avatars that nobody has.
///
/// # Errors
/// When the database fails.
pub(super) async fn prune(conn: &mut Conn) -> Result<(), StoreError> {
    // Each costs a look at two indices; this comes once an hour.
    let sql = "DELETE FROM avatars WHERE NOT EXISTS (SELECT 1 FROM contacts WHERE contacts.avatar = avatars.hash) \
               AND NOT EXISTS (SELECT 1 FROM rooms WHERE rooms.avatar = avatars.hash)";
    conn.execute(sql, vec![]).await.map(drop)
}

fn read(row: &Row) -> Result<Avatar, StoreError> {
    Ok(Avatar {
        hash: row.text(0)?.into(),
        source: row.text(1)?.into(),
        width: number(row, 2)?,
        height: number(row, 3)?,
        png: row.blob(4)?.into(),
    })
}

fn number<T: TryFrom<i64>>(row: &Row, index: usize) -> Result<T, StoreError> {
    row.int(index)?.try_into().map_err(|_| StoreError::Invalid("a picture's measures are none"))
}

static INSERT: Many = Many {
    head: "INSERT INTO avatars (hash, source, width, height, png) VALUES ",
    columns: 5,
    tail: " ON CONFLICT (hash) DO NOTHING",
};

/// New avatars in one transaction, by hash.
#[derive(Debug, Default)]
pub(super) struct AvatarTable(Changes<Arc<str>, Avatar>);

impl AvatarTable {
    pub(super) fn put(&mut self, avatar: &Avatar) {
        self.0.set(Arc::clone(&avatar.hash), Some(avatar.clone()));
    }
}

impl Table for AvatarTable {
    /// Keeps all avatars: they are nobody's.
    fn remove_user(&mut self, _: UserId) {}

    fn statements(&self, script: &mut Script<'_>) {
        script.many(&INSERT, self.0.rows().map(|(_, avatar)| values(avatar)).collect());
    }
}

fn values(avatar: &Avatar) -> Vec<Value> {
    vec![
        Value::Text(Arc::clone(&avatar.hash)),
        Value::Text(Arc::clone(&avatar.source)),
        Value::Int(avatar.width.into()),
        Value::Int(avatar.height.into()),
        Value::Blob(avatar.png.to_vec()),
    ]
}
