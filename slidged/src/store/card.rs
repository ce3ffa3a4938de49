//! Cards of contacts (XEP-0292), as far as they are known.

use std::sync::Arc;

use super::engine::{Row, Value};
use super::reader::Reader;
use super::{StoreError, UserId};

/// One contact's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// When it was asked for, because somebody wanted to see it; none when the plugin told it of its own accord.
    pub fetched_at: Option<i64>,
    /// Tells it apart from others.
    pub hash: i64,
    /// What it says, a JSON object.
    pub json: Arc<str>,
}

/// The cards of one user's contacts in the database.
#[derive(Debug)]
pub struct Cards<'a>(pub(super) &'a Reader, pub(super) UserId);

impl Cards<'_> {
    /// That of a contact.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, legacy_id: &str) -> Result<Option<Card>, StoreError> {
        let sql = "SELECT fetched_at, hash, card FROM cards WHERE user_id = $1 AND legacy_id = $2";
        let rows = self.0.read(sql, vec![Value::Int(self.1.0), Value::text(legacy_id)]).await?;
        rows.first().map(|row| read(row, 0)).transpose()
    }

    /// The hashes of all of them, with the contacts' ids.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hashes(&self) -> Result<Vec<(Arc<str>, i64)>, StoreError> {
        let sql = "SELECT legacy_id, hash FROM cards WHERE user_id = $1";
        let rows = self.0.read(sql, vec![Value::Int(self.1.0)]).await?;
        rows.iter().map(|row| Ok((row.text(0)?.into(), row.int(1)?))).collect()
    }

    /// Those of friends, by the contacts' ids: at most `limit`, behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, after: &str, limit: u16) -> Result<Vec<(Arc<str>, Card)>, StoreError> {
        let sql = "SELECT c.legacy_id, k.fetched_at, k.hash, k.card FROM contacts c JOIN cards k \
                   ON k.user_id = c.user_id AND k.legacy_id = c.legacy_id \
                   WHERE c.user_id = $1 AND c.is_friend = 1 AND c.legacy_id > $2 ORDER BY c.legacy_id LIMIT $3";
        let values = vec![Value::Int(self.1.0), Value::text(after), Value::Int(limit.into())];
        let rows = self.0.read(sql, values).await?;
        rows.iter().map(|row| Ok((row.text(0)?.into(), read(row, 1)?))).collect()
    }
}

/// Reads the columns from `first` on.
fn read(row: &Row, first: usize) -> Result<Card, StoreError> {
    Ok(Card {
        fetched_at: Some(row.int(first)?).filter(|at| *at != 0),
        hash: row.int(first + 1)?,
        json: row.text(first + 2)?.into(),
    })
}
