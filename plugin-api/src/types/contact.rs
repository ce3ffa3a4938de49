//! Contacts.

use super::{Avatar, ClientType, ContactId, Features, Presence, choices, messages};

choices! {
    /// Relation of a contact to the user's roster.
    pub enum Friendship {
        /// The contact is not on the user's roster: known from a room, or a stranger.
        #[default]
        None,
        /// The contact is on the user's contact list in the network.
        Friend,
    }
}

messages! {
    /// Information about a contact. A field that is `None` is left as it is.
    pub struct ContactInfo {
        /// Id in the network, as it is never shown: a number, a phone number, an address.
        id: ContactId,
        /// Name that the user sees. slidge: `LegacyContact.name`.
        name: Option<String>,
        /// Whether the contact is on the user's contact list. slidge: `is_friend`.
        friendship: Option<Friendship>,
        /// Picture (XEP-0084); [`Avatar::none`] removes it.
        avatar: Option<Avatar>,
        /// Kind of client that the contact uses. slidge: `CLIENT_TYPE`.
        client_type: Option<ClientType>,
        /// Presence, if known.
        presence: Option<Presence>,
        /// Card (XEP-0292), if at hand; else [`Session::fetch_vcard`](crate::Session::fetch_vcard)
        /// is asked for it.
        vcard: Option<VCard>,
        /// Groups on the roster beside that of the gateway: `["Family"]`.
        groups: Option<Vec<String>>,
        /// Abilities of this contact, if not
        /// [`Info::contact_features`](super::Info::contact_features).
        features: Option<Features>,
        /// Data of the plugin. Not kept yet.
        extra: Option<String>,
    }
    /// A contact's card (XEP-0292).
    pub struct VCard {
        /// Full name.
        full_name: Option<String>,
        /// Given name.
        given: Option<String>,
        /// Surname.
        surname: Option<String>,
        /// Birthday: `YYYY-MM-DD`, or `--MM-DD` without the year.
        birthday: Option<String>,
        /// Telephone numbers: `+49 30 123456`.
        phones: Vec<String>,
        /// Free text.
        note: Option<String>,
        /// Address of a home page.
        url: Option<String>,
        /// Mail address.
        email: Option<String>,
        /// Country.
        country: Option<String>,
        /// Town.
        locality: Option<String>,
        /// Pronouns.
        pronouns: Option<String>,
    }
}

impl ContactInfo {
    /// A friend of that name.
    pub fn friend(id: impl Into<ContactId>, name: impl Into<String>) -> Self {
        ContactInfo {
            id: id.into(),
            name: Some(name.into()),
            friendship: Some(Friendship::Friend),
            ..ContactInfo::default()
        }
    }

    /// A known contact who is no friend.
    pub fn stranger(id: impl Into<ContactId>, name: impl Into<String>) -> Self {
        ContactInfo { friendship: Some(Friendship::None), ..ContactInfo::friend(id, name) }
    }

    /// Sets the presence.
    pub fn presence(self, presence: Presence) -> Self {
        ContactInfo { presence: Some(presence), ..self }
    }
}
