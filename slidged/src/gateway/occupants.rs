//! The key behind which members of rooms are hidden (XEP-0421): made once, and kept, so that they are who they were after a restart (R10).

use super::Gateway;
use crate::store::{Entry, Scope, StoreError, Write};

const SCOPE: &str = "rooms";
const KEY: &str = "occupant-key";

impl Gateway {
    /// Reads the key, or makes it.
    pub(super) async fn recover_occupant_key(&self) -> Result<(), StoreError> {
        let kept = self.store.kv(Scope::gateway(SCOPE)).get(KEY).await?;
        let kept = kept.and_then(|kept| <[u8; 32]>::try_from(&kept[..]).ok());
        let key = match kept {
            Some(key) => key,
            None => {
                let mut key = [0; 32];
                getrandom::fill(&mut key)
                    .map_err(|_| StoreError::Invalid("the system gives no random numbers"))?;
                let writes = vec![Write::Kv(Scope::gateway(SCOPE), KEY.into(), key.to_vec().into())];
                self.journal.submit(Entry { writes, ..Entry::default() }).await?;
                key
            }
        };
        self.occupant_key.get_or_init(|| key);
        Ok(())
    }

    /// The key.
    #[must_use]
    pub fn occupant_key(&self) -> &[u8; 32] {
        self.occupant_key.get_or_init(|| [0; 32])
    }
}
