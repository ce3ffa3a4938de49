//! What is said in a room, on its way to the user's clients (K86): to each that is in it, as whoever says it.

use super::{
    Room,
    members::{Change, Who},
};
use crate::session::Session;
use crate::stanza::{InRoom, Speaker};
use bytes::Bytes;
use plugin_api::{ContactId, Error, Mention, ParticipantInfo, RoomId, Sender};
use std::borrow::Cow;

impl Session {
    /// Whoever speaks in a room: somebody who has not been seen in it comes in first.
    ///
    /// # Errors
    ///
    /// `item-not-found` when the room is not known, `bad-request` when nobody is named.
    pub(in crate::session) fn in_room_speaker(
        &mut self,
        room: &RoomId,
        from: &Sender,
    ) -> Result<(ContactId, Speaker), Error> {
        let id = self.known_room(room)?;
        let address = self.services.address.contact_bare(&id);
        let Some(scene) = self.scene(&id) else { return Err(super::super::outgoing::bad_id()) };
        let speaker =
            |from: String, room: InRoom| Speaker { from, to: String::new(), as_user: None, room: Some(room) };
        if from.is_system {
            return Ok((id, speaker(address.clone(), InRoom { address, ..InRoom::default() })));
        }
        let Some(who) = Self::who(from) else { return Err(super::super::outgoing::bad_id()) };
        self.comes_in(&id, &who);
        let at = match self.room(&id).and_then(Room::members).and_then(|members| members.resource_of(&who)) {
            Some(at) => at.to_string(),
            None => self.own_resource(&id),
        };
        let member = self.room(&id).and_then(Room::members).and_then(|members| members.get(&at));
        let nick = member.and_then(|member| member.nick()).map(str::to_owned);
        let own = who == Who::User;
        let in_room = InRoom { address, occupant_id: Some(scene.id_of(&who)), nick, own };
        Ok((id, speaker(scene.occupant(&at), in_room)))
    }

    /// Somebody of whom the network had not told that they are in the room.
    fn comes_in(&mut self, id: &ContactId, who: &Who) {
        let members = self.room(id).and_then(Room::members);
        if members.is_none_or(|members| members.resource_of(who).is_some()) {
            return;
        }
        let contact = match who {
            Who::Contact(id) => Some(ContactId(id.to_string())),
            Who::User | Who::Occupant(_) => None,
        };
        let info = ParticipantInfo {
            nickname: contact.as_ref().and_then(|id| self.nick_of(id)).unwrap_or_default().to_owned(),
            occupant: match who {
                Who::Occupant(id) => Some(id.to_string().into()),
                Who::User | Who::Contact(_) => None,
            },
            contact,
            is_user: *who == Who::User,
            ..ParticipantInfo::default()
        };
        let (presence, at_least) = (self.presence_in_room(id, &info), self.at_least(id));
        let Some(members) = self.room_mut(id).and_then(Room::members_mut) else { return };
        if let Some(change @ Change::Shown(_)) = members.apply(info, presence, at_least) {
            self.tell_change(id, &change);
        }
    }

    /// The address and the nick of somebody in a room, for answers to what they said.
    pub(in crate::session) fn author_in_room(
        &self,
        id: &ContactId,
        author: Option<&Sender>,
    ) -> (String, Option<String>) {
        let address = self.services.address.contact_bare(id);
        let members = self.room(id).and_then(Room::members);
        let at = author.and_then(Self::who).and_then(|who| members?.resource_of(&who).cloned());
        let Some(at) = at else { return (address, None) };
        let nick = members.and_then(|members| members.get(&at)?.nick()).unwrap_or(&at).to_owned();
        (format!("{address}/{at}"), Some(nick))
    }

    /// The address of somebody who is named in a chat: in a room where nobody sees who the others are, that in the room.
    pub(in crate::session) fn address_named(&self, chat: &ContactId, mention: &Mention) -> Option<String> {
        if let Some(scene) = self.scene(chat).filter(|scene| !scene.is_open()) {
            if mention.is_user {
                return Some(scene.occupant(&self.own_resource(chat)));
            }
            let who = Who::Contact(mention.contact.as_ref()?.as_str().into());
            let members = self.room(chat).and_then(Room::members)?;
            return members.resource_of(&who).map(|at| scene.occupant(at));
        }
        match &mention.contact {
            _ if mention.is_user => Some(self.to.clone()),
            contact => contact.as_ref().map(|contact| self.services.address.contact_bare(contact)),
        }
    }

    /// The same speaker to each who hears them: the user, or in a room each client in it.
    pub(in crate::session) fn copies<'a>(&self, id: &ContactId, speaker: &'a Speaker) -> Cow<'a, [Speaker]> {
        if speaker.room.is_none() {
            return Cow::Borrowed(std::slice::from_ref(speaker));
        }
        let clients = self.room(id).map(Room::resources).into_iter().flatten();
        clients.map(|client| Speaker { to: format!("{}/{client}", self.to), ..speaker.clone() }).collect()
    }

    /// Something that need not survive an outage, to each client in a room.
    pub(in crate::session) fn to_clients(&self, id: &ContactId, stanza: impl Fn(&str) -> Bytes) {
        let clients = self.room(id).map(Room::resources).into_iter().flatten();
        self.send_all(clients.map(|client| stanza(&format!("{}/{client}", self.to))));
    }
}
