//! Changes of tables in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::store::UserId;
use crate::store::engine::{Statement, Value};
use crate::store::sql::{Many, Texts, chunks};

/// Changes of one table in one transaction: implemented by each entity for its table.
pub(in crate::store) trait Table {
    /// Drops the changes of a user who is removed: they would find nobody.
    fn remove_user(&mut self, user: UserId);

    /// Adds the statements that make the changes.
    fn statements(&self, script: &mut Script<'_>);
}

/// Changes by key: of several changes of a row the last one stands.
#[derive(Debug)]
pub(in crate::store) struct Changes<K, T>(BTreeMap<K, Option<T>>);

impl<K, T> Default for Changes<K, T> {
    fn default() -> Changes<K, T> {
        Changes(BTreeMap::new())
    }
}

impl<K: Ord, T> Changes<K, T> {
    /// Adds or replaces a row; `None` removes it. Returns the change that stood before.
    pub(in crate::store) fn set(&mut self, key: K, row: Option<T>) -> Option<Option<T>> {
        self.0.insert(key, row)
    }

    /// Withdraws the change of a row, if there is one.
    pub(in crate::store) fn withdraw(&mut self, key: &K) -> Option<Option<T>> {
        self.0.remove(key)
    }

    /// Whether the row is changed.
    pub(in crate::store) fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Keeps the changes that satisfy a condition.
    pub(in crate::store) fn retain(&mut self, mut condition: impl FnMut(&K, Option<&T>) -> bool) {
        self.0.retain(|key, row| condition(key, row.as_ref()));
    }

    /// Rows to be written.
    pub(in crate::store) fn rows(&self) -> impl Iterator<Item = (&K, &T)> {
        self.0.iter().filter_map(|(key, row)| Some((key, row.as_ref()?)))
    }

    /// Keys of the rows to be removed.
    pub(in crate::store) fn removed(&self) -> impl Iterator<Item = &K> {
        self.0.iter().filter(|(_, row)| row.is_none()).map(|(key, _)| key)
    }
}

/// Statements of a transaction, in order.
#[derive(Debug)]
pub(in crate::store) struct Script<'a> {
    statements: Vec<Statement>,
    texts: &'a mut Texts,
}

impl Script<'_> {
    pub(super) fn new(texts: &mut Texts) -> Script<'_> {
        Script { statements: Vec::new(), texts }
    }

    pub(super) fn into_statements(self) -> Vec<Statement> {
        self.statements
    }

    /// Adds a statement with `$1, $2…` in order, each once.
    pub(in crate::store) fn one(&mut self, sql: &'static str, values: Vec<Value>) {
        self.statements.push((self.texts.fixed(sql), values));
    }

    /// Adds statements of one kind for rows of values.
    pub(in crate::store) fn many(&mut self, kind: &'static Many, rows: Vec<Vec<Value>>) {
        let mut rows = rows.into_iter();
        for chunk in chunks(rows.len()) {
            let values = rows.by_ref().take(chunk).flatten().collect();
            self.statements.push((self.texts.many(kind, chunk), values));
        }
    }
}

/// Values of a key: a user and an id of the network.
pub(in crate::store) fn user_and_id((user, id): &(UserId, Arc<str>)) -> Vec<Value> {
    vec![Value::Int(user.0), Value::Text(Arc::clone(id))]
}
