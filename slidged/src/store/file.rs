//! Files of the network, as they were published for the users' clients.

use std::sync::Arc;

use serde_json::json;

use super::engine::{Row, Value};
use super::export::List;
use super::journal::{ConditionalWrite, Storable, plain};
use super::reader::Reader;
use super::{StoreError, UserId};

/// Published file. `(user, id)` is unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentFile {
    /// User.
    pub user: UserId,
    /// The network's id.
    pub id: Arc<str>,
    /// Address.
    pub url: String,
    /// File name.
    pub name: String,
    /// MIME type.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: Vec<u8>,
    /// Width and height of an image.
    pub pixels: Option<(u32, u32)>,
    /// Thumbnail in some 25 bytes.
    pub thumbhash: Option<Vec<u8>>,
    /// Expiry of the address, milliseconds since 1970.
    pub good_until: i64,
}

impl Storable for SentFile {
    fn weight(&self) -> usize {
        self.url.len() + self.name.len()
    }

    fn is_storable(&self) -> bool {
        plain(&self.id) && plain(&self.url) && plain(&self.name) && plain(&self.content_type)
    }
}

/// Read access to the files of a user.
#[derive(Debug)]
pub struct Files<'a>(pub(super) &'a Reader, pub(super) UserId);

const BY_ID: &str = "SELECT file_id, url, name, content_type, size, sha256, width, height, thumbhash, good_until \
    FROM files WHERE user_id = $1 AND file_id = $2 AND good_until > $3";

impl Files<'_> {
    /// Returns the file that the network knows by this id, if its address is still good at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, id: &str, now: i64) -> Result<Option<SentFile>, StoreError> {
        let values = vec![Value::Int(self.1.0), Value::text(id), Value::Int(now)];
        self.0.read(BY_ID, values).await?.first().map(|row| read(row, self.1)).transpose()
    }
}

fn read(row: &Row, user: UserId) -> Result<SentFile, StoreError> {
    let number = |index| Ok::<_, StoreError>(u32::try_from(row.int(index)?).unwrap_or(0));
    let (width, height, thumbhash) = (number(6)?, number(7)?, row.blob(8)?);
    Ok(SentFile {
        user,
        id: row.text(0)?.into(),
        url: row.text(1)?,
        name: row.text(2)?,
        content_type: row.text(3)?,
        size: u64::try_from(row.int(4)?).unwrap_or(0),
        sha256: row.blob(5)?,
        pixels: (width > 0).then_some((width, height)),
        thumbhash: (!thumbhash.is_empty()).then_some(thumbhash),
        good_until: row.int(9)?,
    })
}

const UPSERT: &str = "INSERT INTO files \
    (user_id, file_id, url, name, content_type, size, sha256, width, height, thumbhash, good_until) \
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE EXISTS (SELECT 1 FROM users WHERE id = $12) \
    ON CONFLICT (user_id, file_id) DO UPDATE SET url = excluded.url, name = excluded.name, \
    content_type = excluded.content_type, size = excluded.size, sha256 = excluded.sha256, width = excluded.width, \
    height = excluded.height, thumbhash = excluded.thumbhash, good_until = excluded.good_until";

/// Adds or replaces a file (unless its user is gone), and removes those that have expired at `now`.
pub(super) fn put(file: &SentFile, now: i64) -> [ConditionalWrite; 2] {
    let expired = "DELETE FROM files WHERE good_until <= $1";
    [ConditionalWrite::new(expired, vec![Value::Int(now)]), ConditionalWrite::new(UPSERT, values(file))]
}

fn values(file: &SentFile) -> Vec<Value> {
    let (width, height) = file.pixels.unwrap_or_default();
    vec![
        Value::Int(file.user.0),
        Value::Text(Arc::clone(&file.id)),
        Value::text(&file.url),
        Value::text(&file.name),
        Value::text(&file.content_type),
        Value::Int(i64::try_from(file.size).unwrap_or(i64::MAX)),
        Value::Blob(file.sha256.clone()),
        Value::Int(width.into()),
        Value::Int(height.into()),
        Value::Blob(file.thumbhash.clone().unwrap_or_default()),
        Value::Int(file.good_until),
        Value::Int(file.user.0),
    ]
}

/// Files in an export.
pub(super) const EXPORT: List = List {
    count: "SELECT COUNT(*) FROM files WHERE user_id = $1",
    rows: "SELECT file_id, url, name, content_type, size, good_until FROM files WHERE user_id = $1 \
           ORDER BY file_id LIMIT $2 OFFSET $3",
    page: 100,
    item: |row| {
        Ok(json!({
            "id": row.text(0)?,
            "url": row.text(1)?,
            "name": row.text(2)?,
            "content_type": row.text(3)?,
            "size": row.int(4)?,
            "good_until": row.int(5)?,
        }))
    },
};
