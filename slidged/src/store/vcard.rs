//! vCards of contacts (XEP-0292), as far as they are known.

use std::sync::Arc;

use super::engine::{Row, Value};
use super::journal::{Changes, Script, Storable, Table, plain, user_and_id};
use super::reader::Reader;
use super::sql::Many;
use super::{StoreError, UserId};

/// vCard of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Time of the request that it answers; none when the plugin sent it of its own accord.
    pub fetched_at: Option<i64>,
    /// Hash of its contents.
    pub hash: i64,
    /// Contents, a JSON object.
    pub json: Arc<str>,
}

impl Storable for Card {
    fn weight(&self) -> usize {
        self.json.len()
    }

    fn is_storable(&self) -> bool {
        plain(&self.json)
    }
}

/// Read access to the vCards of a user's contacts.
#[derive(Debug)]
pub struct Cards<'a>(pub(super) &'a Reader, pub(super) UserId);

impl Cards<'_> {
    /// Returns the vCard of a contact.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, legacy_id: &str) -> Result<Option<Card>, StoreError> {
        let sql = "SELECT fetched_at, hash, card FROM cards WHERE user_id = $1 AND legacy_id = $2";
        let rows = self.0.read(sql, vec![Value::Int(self.1.0), Value::text(legacy_id)]).await?;
        rows.first().map(|row| read(row, 0)).transpose()
    }

    /// Returns the hashes of all vCards, with the contacts' ids.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hashes(&self) -> Result<Vec<(Arc<str>, i64)>, StoreError> {
        let sql = "SELECT legacy_id, hash FROM cards WHERE user_id = $1";
        let rows = self.0.read(sql, vec![Value::Int(self.1.0)]).await?;
        rows.iter().map(|row| Ok((row.text(0)?.into(), row.int(1)?))).collect()
    }

    /// Returns the vCards of friends, by the contacts' ids: at most `limit`, behind `after`.
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

static UPSERT: Many = Many {
    head: "INSERT INTO cards (user_id, legacy_id, fetched_at, hash, card) VALUES ",
    columns: 5,
    tail: " ON CONFLICT (user_id, legacy_id) DO UPDATE SET fetched_at = excluded.fetched_at, \
           hash = excluded.hash, card = excluded.card",
};
static DELETE: Many =
    Many { head: "DELETE FROM cards WHERE (user_id, legacy_id) IN (VALUES ", columns: 2, tail: ")" };

type Key = (UserId, Arc<str>);

/// Changes of vCards in one transaction.
#[derive(Debug, Default)]
pub(super) struct VCardTable(Changes<Key, Card>);

impl VCardTable {
    /// Adds or replaces the vCard of a contact; `None` removes it.
    pub(super) fn set(&mut self, user: UserId, legacy_id: &Arc<str>, card: Option<&Card>) {
        self.0.set((user, Arc::clone(legacy_id)), card.cloned());
    }
}

impl Table for VCardTable {
    fn remove_user(&mut self, user: UserId) {
        self.0.retain(|(owner, _), _| *owner != user);
    }

    fn statements(&self, script: &mut Script<'_>) {
        script.many(&DELETE, self.0.removed().map(user_and_id).collect());
        script.many(&UPSERT, self.0.rows().map(values).collect());
    }
}

fn values((key, card): (&Key, &Card)) -> Vec<Value> {
    let mut values = user_and_id(key);
    values.extend([
        Value::Int(card.fetched_at.unwrap_or(0)),
        Value::Int(card.hash),
        Value::Text(Arc::clone(&card.json)),
    ]);
    values
}
