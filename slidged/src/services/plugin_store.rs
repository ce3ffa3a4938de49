//! Values that the plugin keeps in the database, and answers to it that wait for a commit.

use crate::{
    host::Share,
    store::{Committed, Entry, Journal, Scope, Store, StoreError, Write},
};
use plugin_api::{Blob, Error, host::Reply};
use serde::Serialize;

/// Scope of the plugin's values, the gateway's and users'.
pub const PLUGIN_SCOPE: &str = "plugin";

/// Reads a value of the plugin.
///
/// # Errors
///
/// When the store failed.
pub async fn kv_get(store: Store, scope: Scope, key: String) -> Result<Option<Blob>, Error> {
    let value = store.kv(scope).get(&key).await.map_err(StoreError::for_plugin)?;
    Ok(value.map(|bytes| Blob(bytes.into())))
}

/// Lists the plugin's keys that start with `prefix`.
///
/// # Errors
///
/// When the store failed.
pub async fn kv_list(store: Store, scope: Scope, prefix: String) -> Result<Vec<String>, Error> {
    let all = store.kv(scope).all().await.map_err(StoreError::for_plugin)?;
    Ok(all.into_iter().map(|(key, _)| key).filter(|key| key.starts_with(&prefix)).collect())
}

/// Changes a value of the plugin; takes its place in the order at once.
pub fn kv_set(
    journal: &Journal,
    scope: Scope,
    key: &str,
    value: Option<Blob>,
    reply: Reply<()>,
    share: Share,
) {
    let write = match value {
        Some(blob) => Write::Kv(scope, key.into(), blob.0.into()),
        None => Write::KvRemove(scope, key.into()),
    };
    answer_stored(journal, reply, share, Entry { writes: vec![write], ..Entry::default() }, drop);
}

/// Answers the plugin once an entry is durable, and with it all that was submitted before: that
/// holds back a plugin which is too fast.
pub fn answer_stored<T: Serialize + Send + 'static>(
    journal: &Journal,
    reply: Reply<T>,
    share: Share,
    entry: Entry,
    answer: impl FnOnce(Committed) -> T + Send + 'static,
) {
    journal.submit_then(entry, move |committed| {
        reply.send(committed.map_err(StoreError::for_plugin).map(answer));
        drop(share);
    });
}
