//! Lists of an export.

use serde_json::{Value as Json, json};

use crate::store::engine::{Row, Value};
use crate::store::reader::Reader;
use crate::store::{StoreError, UserId};

/// List of an export: the rows of one table that belong to a user.
pub(in crate::store) struct List {
    /// Query that counts the rows of user `$1`.
    pub(in crate::store) count: &'static str,
    /// Query for `$2` rows of user `$1` behind the first `$3`.
    pub(in crate::store) rows: &'static str,
    /// Rows read at a time: few where one may be as large as a stanza.
    pub(in crate::store) page: u16,
    /// JSON of a row.
    pub(in crate::store) item: fn(&Row) -> Result<Json, StoreError>,
}

impl List {
    /// Reads the list as far as the allowance lasts.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn read(
        &self,
        reader: &Reader,
        user: UserId,
        allowance: &mut Allowance,
    ) -> Result<Json, StoreError> {
        let count = count(reader, self.count, user).await?;
        let mut items = Vec::new();
        'full: for skip in (0..count).step_by(self.page.into()) {
            let values = vec![Value::Int(user.0), Value::Int(self.page.into()), Value::Int(skip)];
            for row in reader.read(self.rows, values).await? {
                let item = (self.item)(&row)?;
                if !allowance.take(item.to_string().len()) {
                    break 'full;
                }
                items.push(item);
            }
        }
        Ok(json!({ "count": count, "items": items }))
    }
}

/// Bytes of JSON that an export may still have in its lists.
pub(in crate::store) struct Allowance(usize);

impl Allowance {
    pub(super) fn new(bytes: usize) -> Allowance {
        Allowance(bytes)
    }

    /// Takes the bytes of an item. When it does not fit, nothing else does: the end of the lists is
    /// left out, without holes.
    pub(in crate::store) fn take(&mut self, size: usize) -> bool {
        self.0 = self.0.saturating_sub(size);
        self.0 > 0
    }
}

/// Runs a query that counts rows of user `$1`.
///
/// # Errors
/// When the database fails.
pub(in crate::store) async fn count(
    reader: &Reader,
    sql: &'static str,
    user: UserId,
) -> Result<i64, StoreError> {
    reader.read(sql, vec![Value::Int(user.0)]).await?.first().map_or(Ok(0), |row| row.int(0))
}

/// Parses text of the database that was written as JSON.
pub(in crate::store) fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}
