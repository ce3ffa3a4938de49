//! Addresses and ids: of contacts, and of their messages.

use super::Gateway;
use crate::{session::shape::RESOURCE, store::UserId, xmpp::address};
use plugin_api::{ClientType, ContactId, MAX_ID_BYTES};
use sha2::{Digest, Sha256};

/// Stanza ids longer than that are shortened to a hash: some clients and servers bound them.
const MAX_STANZA_ID: usize = 256;

impl Gateway {
    /// The network's id of a message that the user's client knows by a stanza id.
    pub async fn legacy_id(&self, user: UserId, chat: &str, stanza_id: String) -> plugin_api::MessageId {
        match self.store.messages(user).by_xmpp_id(chat, &stanza_id).await {
            Ok(Some(ids)) => (*ids.legacy_id).into(),
            Ok(None) => stanza_id.into(),
            Err(error) => {
                tracing::error!(%error, "a message id could not be looked up");
                stanza_id.into()
            }
        }
    }

    /// A contact's bare JID.
    #[must_use]
    pub fn contact_bare(&self, id: &ContactId) -> String {
        format!("{}@{}", local(id), self.domain)
    }

    /// A contact's JID with its resource.
    #[must_use]
    pub fn contact_full(&self, id: &ContactId) -> String {
        format!("{}@{}/{RESOURCE}", local(id), self.domain)
    }

    /// Who a local part stands for.
    #[must_use]
    pub fn contact_id(&self, local: &str) -> Option<ContactId> {
        address::unescape(local).map(ContactId)
    }

    /// Where contacts appear in the roster.
    #[must_use]
    pub fn roster_group(&self) -> &str {
        if self.info.roster_group.is_empty() { &self.info.component_name } else { &self.info.roster_group }
    }
}

/// A contact's local part. Ids are checked where they come in ([`valid_id`]), so there always is one.
fn local(id: &ContactId) -> String {
    address::escape(id.as_str()).unwrap_or_default()
}

/// Can this be an id of the network?
#[must_use]
pub fn valid_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID_BYTES
}

/// The stanza id of a message of the network: its own id, or a hash if XML or clients could not carry that.
#[must_use]
pub fn stanza_id(legacy: &str) -> String {
    let plain = legacy.len() <= MAX_STANZA_ID
        && !legacy.chars().any(|c| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}'));
    if plain {
        return legacy.to_owned();
    }
    format!("sha256-{}", data_encoding::HEXLOWER.encode(&Sha256::digest(legacy)))
}

const CLIENTS: [(ClientType, &str); 9] = [
    (ClientType::Pc, "pc"),
    (ClientType::Bot, "bot"),
    (ClientType::Console, "console"),
    (ClientType::Game, "game"),
    (ClientType::Handheld, "handheld"),
    (ClientType::Phone, "phone"),
    (ClientType::Sms, "sms"),
    (ClientType::Tablet, "tablet"),
    (ClientType::Web, "web"),
];

/// The type of that name in XEP-0030's registry.
#[must_use]
pub fn client_name(client: ClientType) -> &'static str {
    CLIENTS.iter().find(|(known, _)| *known == client).map_or("pc", |(_, name)| name)
}

/// Back again; `pc` if unknown.
#[must_use]
pub fn client_type(name: &str) -> ClientType {
    CLIENTS.iter().find(|(_, known)| *known == name).map_or(ClientType::Pc, |(client, _)| *client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_xml_can_carry_stay_as_they_are() {
        assert_eq!(stanza_id("3EB0/ä=="), "3EB0/ä==");
        let long = "x".repeat(300);
        assert!(stanza_id(&long).starts_with("sha256-") && stanza_id("a\u{1}").starts_with("sha256-"));
        assert_ne!(stanza_id(&long), stanza_id(&long[1..]));
    }
}
