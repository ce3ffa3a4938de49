//! The user's own avatar, as far as the network has it.

use crate::store::Scope;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::UserId;
use crate::xmpp::avatar::Published;

/// Scope and key under which the last picture that the network got is noted.
pub(in crate::session) const SCOPE: &str = "session";

pub(in crate::session) const KEY: &str = "avatar";

/// State of the user's own avatar.
#[derive(Default)]
pub(in crate::session) struct OwnAvatar {
    /// Hash of the picture that the gateway has given the network; none when it has given none.
    pub(in crate::session) given: Option<String>,
    /// Picture on the server that the network does not have yet; `Some(None)` when it was removed.
    pub(in crate::session) told: Option<Option<Published>>,
    /// True while a picture is given to the network.
    pub(in crate::session) busy: bool,
}

/// Reads the hash of the picture that the network got before the restart.
pub(in crate::session) async fn given(store: &Store, user: UserId) -> Result<Option<String>, StoreError> {
    let given = store.kv(Scope::user(user, SCOPE)).get(KEY).await?;
    Ok(given.and_then(|hash| String::from_utf8(hash.into()).ok()).filter(|hash| !hash.is_empty()))
}

impl OwnAvatar {
    /// Sets the hash of the picture that the network got before the restart.
    pub(in crate::session) fn recover(&mut self, given: Option<String>) {
        self.given = given;
    }
}
