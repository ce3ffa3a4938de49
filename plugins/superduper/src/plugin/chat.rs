//! Chats and messages, by the names that they have on the network.

use plugin_api::prelude::*;

use super::ids::group_id;
use crate::protocol;

/// Returns the network's name for a chat.
pub(super) fn on_network(chat: &Chat) -> Result<protocol::Chat> {
    match chat.as_contact() {
        Some(contact) => Ok(protocol::Chat::User(contact.0)),
        None => Ok(protocol::Chat::Group(group_id(&RoomId(chat.id.clone()))?)),
    }
}

/// Derives the nonce by which the network recognizes a message that is sent again.
///
/// Some clients number their stanzas from 1 in every chat and after every start, so the stanza's id
/// alone would take a new message for an old one.
pub(super) fn nonce(chat: &protocol::Chat, stanza_id: &str, body: &str) -> Option<String> {
    use sha2::{Digest, Sha256};
    if stanza_id.is_empty() {
        return None;
    }
    let mut digest = Sha256::new();
    for part in [protocol::wire::json(chat).as_str(), stanza_id, body] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    Some(data_encoding::HEXLOWER.encode(&digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_tells_messages_apart_and_repeats_not() {
        let (ada, bob) = (protocol::Chat::User("ada".into()), protocol::Chat::User("bob".into()));
        let one = nonce(&ada, "1", "hi");
        assert!(one.is_some());
        assert_eq!(one, nonce(&ada, "1", "hi"));
        assert_ne!(one, nonce(&ada, "1", "ho"));
        assert_ne!(one, nonce(&ada, "2", "hi"));
        assert_ne!(one, nonce(&bob, "1", "hi"));
        assert_eq!(nonce(&ada, "", "hi"), None);
    }
}
