//! Where the files of the network were put for the users' clients to fetch.

use std::sync::Arc;

use super::engine::{Row, Value};
use super::reader::Reader;
use super::{StoreError, UserId};

/// A file that can be fetched. `(user, id)` is unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentFile {
    /// For whom.
    pub user: UserId,
    /// The network's id of it.
    pub id: Arc<str>,
    /// Where it is.
    pub url: String,
    /// What it is called.
    pub name: String,
    /// MIME type.
    pub content_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub sha256: Vec<u8>,
    /// Width and height of a picture.
    pub pixels: Option<(u32, u32)>,
    /// A picture in some 25 bytes.
    pub thumbhash: Option<Vec<u8>>,
    /// Until when the address is given out again, milliseconds since 1970.
    pub good_until: i64,
}

/// A user's files in the database.
#[derive(Debug)]
pub struct Files<'a>(pub(super) &'a Reader, pub(super) UserId);

const BY_ID: &str = "SELECT file_id, url, name, content_type, size, sha256, width, height, thumbhash, good_until \
    FROM files WHERE user_id = $1 AND file_id = $2 AND good_until > $3";

impl Files<'_> {
    /// The file that the network knows by this id, if its address is still good at `now`.
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

/// The values of [`FILE_ADD`].
pub(super) fn values(file: &SentFile) -> Vec<Value> {
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

/// Adds or replaces a file; nothing happens when its user is gone.
pub(super) const FILE_ADD: &str = "INSERT INTO files \
    (user_id, file_id, url, name, content_type, size, sha256, width, height, thumbhash, good_until) \
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE EXISTS (SELECT 1 FROM users WHERE id = $12) \
    ON CONFLICT (user_id, file_id) DO UPDATE SET url = excluded.url, name = excluded.name, \
    content_type = excluded.content_type, size = excluded.size, sha256 = excluded.sha256, width = excluded.width, \
    height = excluded.height, thumbhash = excluded.thumbhash, good_until = excluded.good_until";
