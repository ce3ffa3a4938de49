//! Keys of our own, each made once and kept, so that what is hidden or marked with them stays what it was after a restart (R10).

use crate::model::key::Key;
use crate::store::{Entry, Journal, Scope, Store, StoreError, Write};
use std::sync::OnceLock;

/// All of them.
#[derive(Default)]
pub struct Keys {
    /// Behind which members of rooms are hidden (XEP-0421).
    occupants: OnceLock<Key>,
    /// Marks what we say in users' names, see [`crate::xmpp::echo`].
    echo: OnceLock<Key>,
}

impl Keys {
    /// Reads them, or makes them.
    pub(crate) async fn recover(&self, store: &Store, journal: &Journal) -> Result<(), StoreError> {
        for (key, scope, name) in
            [(&self.occupants, "rooms", "occupant-key"), (&self.echo, "sessions", "echo-key")]
        {
            let kept = kept_or_made(store, journal, scope, name).await?;
            key.get_or_init(|| kept);
        }
        Ok(())
    }
}

async fn kept_or_made(store: &Store, journal: &Journal, scope: &str, name: &str) -> Result<Key, StoreError> {
    let kept = store.kv(Scope::gateway(scope)).get(name).await?;
    if let Some(kept) = kept.and_then(|kept| <[u8; 32]>::try_from(&kept[..]).ok()) {
        return Ok(Key::new(kept));
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|_| StoreError::Invalid("the system gives no random numbers"))?;
    let writes = vec![Write::Kv(Scope::gateway(scope), name.into(), key.to_vec().into())];
    journal.submit(Entry { writes, ..Entry::default() }).await?;
    Ok(Key::new(key))
}

impl Keys {
    /// The key behind which members of rooms are hidden.
    #[must_use]
    pub fn occupant_key(&self) -> &[u8; 32] {
        self.occupants.get_or_init(Key::default).bytes()
    }

    /// The key that marks what we say in users' names.
    #[must_use]
    pub fn echo_key(&self) -> Key {
        self.echo.get_or_init(Key::default).clone()
    }
}
