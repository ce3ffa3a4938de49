//! Contacts.

use super::{Avatar, ClientType, ContactId, Features, Presence, choices, messages};

choices! {
    /// Who a roster subscription is with.
    pub enum Friendship {
        /// Not on the user's roster: known from a room, or a stranger.
        #[default]
        None,
        /// On the user's contact list in the network.
        Friend,
    }
}

messages! {
    /// What is known of a contact. What is `None` is left as it is.
    pub struct ContactInfo {
        /// Who.
        id: ContactId,
        /// What the user sees.
        name: Option<String>,
        /// On the user's contact list?
        friendship: Option<Friendship>,
        /// The picture; `Avatar::none()` removes it.
        avatar: Option<Avatar>,
        /// What the contact uses.
        client_type: Option<ClientType>,
        /// Presence, if known.
        presence: Option<Presence>,
        /// The card, if at hand; else it is fetched when asked for.
        vcard: Option<VCard>,
        /// Roster groups beside that of the gateway.
        groups: Option<Vec<String>>,
        /// What this contact can do, if not what contacts can.
        features: Option<Features>,
        /// Side data of the plugin, given back to it.
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
        /// `YYYY-MM-DD` or `--MM-DD`.
        birthday: Option<String>,
        /// Telephone numbers.
        phones: Vec<String>,
        /// Free text.
        note: Option<String>,
        /// Home page.
        url: Option<String>,
        /// Mail.
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

    /// Somebody known, but no friend.
    pub fn stranger(id: impl Into<ContactId>, name: impl Into<String>) -> Self {
        ContactInfo { friendship: Some(Friendship::None), ..ContactInfo::friend(id, name) }
    }

    /// The same with a presence.
    pub fn presence(self, presence: Presence) -> Self {
        ContactInfo { presence: Some(presence), ..self }
    }
}
