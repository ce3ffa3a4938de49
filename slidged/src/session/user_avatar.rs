//! The user's own avatar, as far as the network has it.

use crate::store::Scope;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::UserId;
use crate::xmpp::avatar::Published;

/// Where the last picture that the network got is noted.
pub(in crate::session) const SCOPE: &str = "session";

pub(in crate::session) const KEY: &str = "avatar";

/// What is known of it.
#[derive(Default)]
pub(in crate::session) struct OwnAvatar {
    /// What the network has from us, by its hash; none when it has nothing from us.
    pub(in crate::session) given: Option<String>,
    /// What the server told and the network does not have yet: another one, or none any more.
    pub(in crate::session) told: Option<Option<Published>>,
    /// It is being given.
    pub(in crate::session) busy: bool,
}

/// What the network has from an earlier life, by its hash.
pub(in crate::session) async fn given(store: &Store, user: UserId) -> Result<Option<String>, StoreError> {
    let given = store.kv(Scope::user(user, SCOPE)).get(KEY).await?;
    Ok(given.and_then(|hash| String::from_utf8(hash.into()).ok()).filter(|hash| !hash.is_empty()))
}

impl OwnAvatar {
    /// The network has that from an earlier life.
    pub(in crate::session) fn recover(&mut self, given: Option<String>) {
        self.given = given;
    }
}
