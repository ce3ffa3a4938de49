//! What the store has of a user.

use crate::session::dedup;
use crate::store;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::UserId;
use std::collections::HashMap;
use std::sync::Arc;

/// What the store has of a user. Nobody writes it while there is no session, so what is read one after the other belongs together.
pub(in crate::session) struct State {
    pub(in crate::session) contacts: Vec<store::Contact>,
    /// What tells the cards of contacts apart.
    pub(in crate::session) cards: HashMap<Arc<str>, i64>,
    pub(in crate::session) rooms: Vec<store::Room>,
    /// The picture of the user that the network has, by its hash.
    pub(in crate::session) own_avatar: Option<String>,
    /// What clients of the user sent last, oldest first.
    pub(in crate::session) recent: Vec<store::MessageIds>,
    /// What was under way.
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
