//! A small key-value store for the plugin and for ourselves.

use std::sync::Arc;

use bytes::Bytes;

use super::engine::Value;
use super::reader::Reader;
use super::{StoreError, UserId};

/// Whose a value is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// 0 is the gateway.
    pub(super) user: i64,
    pub(super) name: Arc<str>,
}

impl Scope {
    /// Of the gateway as a whole. `name` keeps our own values and the plugin's apart.
    pub fn gateway(name: impl Into<Arc<str>>) -> Scope {
        Scope { user: 0, name: name.into() }
    }

    /// Of a user: removed together with the user.
    pub fn user(user: UserId, name: impl Into<Arc<str>>) -> Scope {
        Scope { user: user.0, name: name.into() }
    }
}

/// The values of one scope in the database.
#[derive(Debug)]
pub struct Kv<'a>(pub(super) &'a Reader, pub(super) Scope);

impl Kv<'_> {
    /// The value of a key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        let mut values = self.values();
        values.push(Value::text(key));
        let sql = "SELECT value FROM kv WHERE user_id = $1 AND scope = $2 AND key = $3";
        let rows = self.0.read(sql, values).await?;
        rows.first().map(|row| row.blob(0).map(Into::into)).transpose()
    }

    /// All keys with their values, by key. For scopes that are known to be small.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self) -> Result<Vec<(String, Bytes)>, StoreError> {
        let sql = "SELECT key, value FROM kv WHERE user_id = $1 AND scope = $2 ORDER BY key";
        let rows = self.0.read(sql, self.values()).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.blob(1)?.into()))).collect()
    }

    fn values(&self) -> Vec<Value> {
        vec![Value::Int(self.1.user), Value::Text(Arc::clone(&self.1.name))]
    }
}
