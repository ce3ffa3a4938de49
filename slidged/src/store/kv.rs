//! Key-value store for the plugin and for the gateway itself.

use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE64;
use serde_json::{Value as Json, json};

use super::engine::Value;
use super::export::{Allowance, count};
use super::journal::{Changes, Script, Storable, Table, plain};
use super::reader::Reader;
use super::sql::Many;
use super::{StoreError, UserId};

/// Namespace of values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// Number of the user; 0 is the gateway.
    pub(super) user: i64,
    pub(super) name: Arc<str>,
}

impl Scope {
    /// Creates a scope of the gateway. `name` keeps our own values and the plugin's apart.
    pub fn gateway(name: impl Into<Arc<str>>) -> Scope {
        Scope { user: 0, name: name.into() }
    }

    /// Creates a scope of a user, whose values are removed together with the user.
    pub fn user(user: UserId, name: impl Into<Arc<str>>) -> Scope {
        Scope { user: user.0, name: name.into() }
    }

    fn values(&self) -> Vec<Value> {
        vec![Value::Int(self.user), Value::Text(Arc::clone(&self.name))]
    }
}

impl Storable for Scope {
    fn is_storable(&self) -> bool {
        plain(&self.name)
    }
}

/// Read access to the values of a scope.
#[derive(Debug)]
pub struct Kv<'a>(pub(super) &'a Reader, pub(super) Scope);

impl Kv<'_> {
    /// Returns the value of a key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        let mut values = self.1.values();
        values.push(Value::text(key));
        let sql = "SELECT value FROM kv WHERE user_id = $1 AND scope = $2 AND key = $3";
        let rows = self.0.read(sql, values).await?;
        rows.first().map(|row| row.blob(0).map(Into::into)).transpose()
    }

    /// Returns all keys with their values, by key; only for scopes that are known to be small.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<(String, Bytes)>, StoreError> {
        let sql = "SELECT key, value FROM kv WHERE user_id = $1 AND scope = $2 ORDER BY key";
        let rows = self.0.read(sql, self.1.values()).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.blob(1)?.into()))).collect()
    }
}

static UPSERT: Many = Many {
    // 0 is the gateway, so there is no foreign key. A value for a user who has just left must not
    // stay: after a restart the next user may get that number.
    head: "INSERT INTO kv (user_id, scope, key, value) SELECT column1, column2, column3, column4 FROM (VALUES ",
    columns: 4,
    tail: ") AS given WHERE column1 = 0 OR EXISTS (SELECT 1 FROM users WHERE id = column1) \
           ON CONFLICT (user_id, scope, key) DO UPDATE SET value = excluded.value",
};
static DELETE: Many =
    Many { head: "DELETE FROM kv WHERE (user_id, scope, key) IN (VALUES ", columns: 3, tail: ")" };

/// Deletes the values of users by number.
pub(super) static DELETE_OF_USERS: Many =
    Many { head: "DELETE FROM kv WHERE user_id IN (", columns: 1, tail: ")" };

type Key = (Scope, Arc<str>);

/// Changes of values in one transaction.
#[derive(Debug, Default)]
pub(super) struct KvTable {
    cleared: Vec<Scope>,
    changes: Changes<Key, Bytes>,
}

impl KvTable {
    /// Sets a value; `None` removes it.
    pub(super) fn set(&mut self, scope: &Scope, key: &Arc<str>, value: Option<&Bytes>) {
        self.changes.set((scope.clone(), Arc::clone(key)), value.cloned());
    }

    /// Removes all values of a scope.
    pub(super) fn clear(&mut self, scope: &Scope) {
        self.changes.retain(|(other, _), _| other != scope);
        self.cleared.push(scope.clone());
    }
}

impl Table for KvTable {
    fn remove_user(&mut self, user: UserId) {
        self.changes.retain(|(scope, _), _| scope.user != user.0);
    }

    fn statements(&self, script: &mut Script<'_>) {
        for scope in &self.cleared {
            script.one("DELETE FROM kv WHERE user_id = $1 AND scope = $2", scope.values());
        }
        script.many(&DELETE, self.changes.removed().map(key_values).collect());
        script.many(&UPSERT, self.changes.rows().map(values).collect());
    }
}

fn key_values((scope, key): &Key) -> Vec<Value> {
    let mut values = scope.values();
    values.push(Value::Text(Arc::clone(key)));
    values
}

fn values((key, value): (&Key, &Bytes)) -> Vec<Value> {
    let mut values = key_values(key);
    values.push(Value::Blob(value.to_vec()));
    values
}

/// Keys of an export read at a time.
const KEYS: u16 = 500;

/// Exports the values of a user. They may have any size, so each is read alone, when it is known to
/// fit.
///
/// # Errors
/// When the database fails.
pub(super) async fn export(
    reader: &Reader,
    user: UserId,
    allowance: &mut Allowance,
) -> Result<Json, StoreError> {
    let count = count(reader, "SELECT COUNT(*) FROM kv WHERE user_id = $1", user).await?;
    let keys = "SELECT scope, key, CAST(LENGTH(value) AS BIGINT) FROM kv WHERE user_id = $1 \
                ORDER BY scope, key LIMIT $2 OFFSET $3";
    let mut items = Vec::new();
    'full: for skip in (0..count).step_by(KEYS.into()) {
        let values = vec![Value::Int(user.0), Value::Int(KEYS.into()), Value::Int(skip)];
        for row in reader.read(keys, values).await? {
            let (scope, key) = (row.text(0)?, row.text(1)?);
            let size = BASE64.encode_len(usize::try_from(row.int(2)?).unwrap_or(0));
            if !allowance.take(scope.len() + key.len() + size) {
                break 'full;
            }
            if let Some(value) = Kv(reader, Scope::user(user, scope.as_str())).get(&key).await? {
                items.push(json!({ "scope": scope, "key": key, "value_base64": BASE64.encode(&value) }));
            }
        }
    }
    Ok(json!({ "count": count, "items": items }))
}
