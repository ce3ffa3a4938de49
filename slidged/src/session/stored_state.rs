//! Stored state of a user.

use crate::session::dedup;
use crate::store;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::UserId;
use std::collections::HashMap;
use std::sync::Arc;

/// Stored state of a user. Nobody writes it while there is no session, so parts that are read one
/// after the other belong together.
pub(in crate::session) struct State {
    pub(in crate::session) contacts: Vec<store::Contact>,
    /// Hashes of the contacts' vCards, by contact.
    pub(in crate::session) cards: HashMap<Arc<str>, i64>,
    pub(in crate::session) rooms: Vec<store::Room>,
    /// Hash of the user's picture that the network has.
    pub(in crate::session) own_avatar: Option<String>,
    /// Last messages of the user's clients, oldest first.
    pub(in crate::session) recent: Vec<store::MessageIds>,
    /// Messages that were under way.
    pub(in crate::session) pending: Vec<store::Pending>,
}

impl State {
    pub(in crate::session) async fn read(store: &Store, user: UserId) -> Result<State, StoreError> {
        let mut recent = store.messages(user).recent_from_user(dedup::REMEMBERED).await?;
        recent.reverse();
        Ok(State {
            contacts: store.contacts(user).all().await?,
            cards: store.cards(user).hashes().await?.into_iter().collect(),
            rooms: store.rooms(user).all().await?,
            own_avatar: crate::session::user_avatar::given(store, user).await?,
            recent,
            pending: store.pending().of(user).await?,
        })
    }
}
