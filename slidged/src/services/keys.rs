//! Secret keys of the gateway, each made once and kept, so that occupant ids and echo marks stay
//! the same after a restart (R10).

use crate::model::key::Key;
use crate::store::{Entry, Journal, Scope, Store, StoreError, Write};
use std::sync::OnceLock;

/// Keys, read or made at the start.
#[derive(Default)]
pub struct Keys {
    /// Key from which occupant ids are derived (XEP-0421), so that they do not give members away.
    occupants: OnceLock<Key>,
    /// Key that marks messages sent in users' names, see [`crate::xmpp::echo`].
    echo: OnceLock<Key>,
}

impl Keys {
    /// Reads the keys, or makes them at the first start.
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
    /// Returns the key from which occupant ids are derived (XEP-0421).
    #[must_use]
    pub fn occupant_key(&self) -> &[u8; 32] {
        self.occupants.get_or_init(Key::default).bytes()
    }

    /// Returns the key that marks messages sent in users' names.
    #[must_use]
    pub fn echo_key(&self) -> Key {
        self.echo.get_or_init(Key::default).clone()
    }
}
