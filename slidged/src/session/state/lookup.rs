//! Look-ups of contacts and rooms.

use crate::model::ids::valid_id;
use crate::model::pep_interest::PepInterest;
use crate::session::contacts;
use crate::session::contacts::Contact;
use crate::session::room::Room;
use crate::session::room::occupants;
use crate::session::state::Session;
use crate::xmpp::muc;
use plugin_api::Condition;
use plugin_api::ContactId;
use plugin_api::ContactInfo;
use plugin_api::Error;
use plugin_api::Features;
use plugin_api::Friendship;
use plugin_api::Presence;
use plugin_api::RoomId;
use plugin_api::Sender;

impl Session {
    /// Lists the full addresses of the clients that want certain events.
    pub(in crate::session) fn who_wants(
        &self,
        what: impl Fn(PepInterest) -> bool,
    ) -> impl Iterator<Item = String> {
        let who = self.clients.known.iter().filter(move |(_, client)| what(client.wants));
        who.map(|(resource, _)| format!("{}/{resource}", self.user.address))
    }

    pub(in crate::session) fn contact_info(&self, id: &ContactId) -> Option<ContactInfo> {
        self.contacts.get(id).map(|contact: &Contact| ContactInfo {
            id: id.clone(),
            name: contact.name.as_deref().map(str::to_owned),
            friendship: Some(if contact.friend { Friendship::Friend } else { Friendship::None }),
            client_type: Some(contact.client),
            presence: contact.shown().map(Presence::from),
            groups: Some(contact.groups.iter().map(ToString::to_string).collect()),
            ..ContactInfo::default()
        })
    }

    /// Finds the chat that somebody speaks in: contacts and rooms have ids of one kind.
    pub(in crate::session) fn chat_of(&self, from: &Sender) -> Result<ContactId, Error> {
        match &from.room {
            Some(room) => self.known_room(room),
            None => self.contact_of(from),
        }
    }

    /// Finds the contact that a sender is, in 1:1.
    pub(in crate::session) fn contact_of(&self, from: &Sender) -> Result<ContactId, Error> {
        match &from.contact {
            _ if from.room.is_some() => Err(Error::unsupported("rooms")),
            Some(id) if valid_id(&id.0) => Ok(id.clone()),
            _ => Err(bad_id()),
        }
    }

    /// Returns a contact's name, told as a nick (XEP-0172) where the roster cannot.
    pub(in crate::session) fn nick_of(&self, id: &ContactId) -> Option<&str> {
        self.contacts.get(id).and_then(|contact| contact.name.as_deref())
    }

    /// Returns the features of a contact or a room.
    pub(in crate::session) fn can(&self, contact: &ContactId) -> &Features {
        if let Some(can) = self.can_in_room(contact) {
            return can;
        }
        let own = self.contacts.get(contact).and_then(|contact| contact.features.as_deref());
        own.unwrap_or(&self.services.info.contact_features)
    }

    /// Whether an id is that of a room.
    pub(in crate::session) fn is_room(&self, id: &ContactId) -> bool {
        self.rooms.known.contains_key(id.as_str())
    }

    pub(in crate::session) fn room(&self, id: &ContactId) -> Option<&Room> {
        self.rooms.known.get(id.as_str())
    }

    pub(in crate::session) fn room_mut(&mut self, id: &ContactId) -> Option<&mut Room> {
        self.rooms.known.get_mut(id.as_str())
    }

    /// Returns the features of a room; `None` if it is none.
    pub(in crate::session) fn can_in_room(&self, id: &ContactId) -> Option<&Features> {
        let room = self.room(id)?;
        Some(room.info.features.as_deref().unwrap_or(&self.services.info.room_features))
    }

    /// Returns the user's nick in a room.
    pub(in crate::session) fn own_nick(&self, id: &ContactId) -> String {
        let told = self.room(id).and_then(|room| room.info.nick.as_deref()).map(muc::nick);
        let local = || self.user.jid.node().map_or_else(String::new, |node| muc::nick(node.as_str()));
        told.filter(|nick| !nick.is_empty()).unwrap_or_else(local)
    }

    /// Returns the user's resource in a room.
    pub(in crate::session) fn own_resource(&self, id: &ContactId) -> String {
        let room = self.room(id);
        let members = room.and_then(Room::occupant_list);
        let now = members.and_then(|members| members.resource_of(&occupants::OccupantKey::User));
        let before = || room.and_then(|room| room.info.at.as_deref());
        let at = now.map(|at| &**at).or_else(before);
        at.map(str::to_owned).or_else(|| muc::resource(&self.own_nick(id))).unwrap_or_else(|| "me".to_owned())
    }

    /// Whether a client of the user is in a room.
    pub(in crate::session) fn is_inside_room(&self, id: &ContactId, client: &str) -> bool {
        self.room(id).is_some_and(|room| room.has_client(client))
    }

    /// Finds the room of an id.
    ///
    /// # Errors
    ///
    /// `item-not-found` when it is not known.
    pub(in crate::session) fn known_room(&self, id: &RoomId) -> Result<ContactId, Error> {
        let id = ContactId(id.0.clone());
        if self.is_room(&id) {
            Ok(id)
        } else {
            Err(Error::from(Condition::ItemNotFound).with_detail("no such room"))
        }
    }

    /// Finds or makes the contact of an id; `None` when there are too many.
    pub(in crate::session) fn contact_mut(&mut self, id: &ContactId) -> Option<&mut Contact> {
        if !valid_id(id.as_str()) {
            tracing::warn!("the plugin tells of a contact whose id is none: ignored");
            return None;
        }
        if !self.contacts.contains_key(id) && self.contacts.len() >= contacts::MAX_CONTACTS {
            tracing::warn!("too many contacts: one is ignored");
            return None;
        }
        Some(self.contacts.entry(id.clone()).or_default())
    }
}

pub(in crate::session) fn bad_id() -> Error {
    let text = format!("ids have 1 to {} bytes", plugin_api::MAX_ID_BYTES);
    Error::new(Condition::BadRequest, text)
}
