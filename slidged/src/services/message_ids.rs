//! Ids of messages, looked up in the database: the network's id by a stanza's, and the other way
//! round.

use crate::{
    model::ids::stanza_id,
    store::{Entry, Journal, Lane, Store, StoreError, UserId},
};
use plugin_api::{ContactId, Error, MessageId};

/// Look-ups of message ids.
#[derive(Clone)]
pub struct MessageIds {
    store: Store,
    journal: Journal,
}

impl MessageIds {
    pub(super) fn new(store: Store) -> Self {
        MessageIds { journal: store.journal().clone(), store }
    }

    /// The network's id of a message that the user's client knows by a stanza id.
    pub async fn legacy_id(&self, user: UserId, chat: &str, stanza_id: String) -> MessageId {
        match self.store.messages(user).by_xmpp_id(chat, &stanza_id).await {
            Ok(Some(ids)) => (*ids.legacy_id).into(),
            Ok(None) => stanza_id.into(),
            Err(error) => {
                tracing::error!(%error, "a message id could not be looked up");
                stanza_id.into()
            }
        }
    }

    /// The stanzas of a message of the network; none when it is not known.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub(crate) async fn stanzas_of(
        &self,
        user: UserId,
        contact: &ContactId,
        id: &MessageId,
    ) -> Result<Vec<String>, Error> {
        // The message may have been submitted a moment ago.
        let settled = self.journal.of(Lane::of(user)).submit(Entry::default()).await;
        settled.map_err(StoreError::for_plugin)?;
        let stanzas = self.store.messages(user).stanzas(contact.as_str(), id.as_str()).await;
        Ok(stanzas.map_err(StoreError::for_plugin)?.iter().map(ToString::to_string).collect())
    }

    /// Whether a message of the network is files without a text.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub(crate) async fn is_only_files(
        &self,
        user: UserId,
        contact: &ContactId,
        id: &MessageId,
    ) -> Result<bool, Error> {
        let found = self.store.messages(user).is_only_files(contact.as_str(), id.as_str()).await;
        found.map_err(StoreError::for_plugin)
    }

    /// The room's id of a message in it.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub(crate) async fn room_id(
        &self,
        user: UserId,
        room: &ContactId,
        id: &MessageId,
    ) -> Result<String, Error> {
        let given = self.store.messages(user).room_id(room.as_str(), id.as_str()).await;
        let given = given.map_err(StoreError::for_plugin)?;
        Ok(given.map_or_else(|| stanza_id(id.as_str()), |given| given.to_string()))
    }
}
