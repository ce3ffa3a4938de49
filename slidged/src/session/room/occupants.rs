//! Who comes, changes and goes, as the network tells it (WIRE 2.12).

use super::{
    Occupants, Room,
    members::{Change, Member, Members, Who},
    scene::More,
};
use crate::{
    host::Share,
    session::{Session, Then, contacts::Contact},
    xmpp::muc_user,
};
use plugin_api::{
    Affiliation, Condition, ContactId, Departure, Error, ParticipantInfo, Presence, Role, RoomId, Sender,
    host::Reply,
};

impl Session {
    /// The room of that id.
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

    /// Does something to a room behind what is under way in it, and behind the list of who is there if that is on its way.
    pub(super) fn in_room_order(
        &mut self,
        id: &ContactId,
        act: impl FnOnce(&mut Session, &ContactId) + Send + 'static,
    ) {
        let key = id.clone();
        let act: Then = Box::new(move |session: &mut Session| act(session, &key));
        if let Some(Room { occupants: Occupants::Asked(_, changes), .. }) = self.room_mut(id) {
            return changes.push(act);
        }
        self.in_order(Some(id), act);
    }

    /// The same for an operation of the plugin, which is outstanding until it is done, and answered then.
    pub(in crate::session) fn in_room(
        &mut self,
        room: &RoomId,
        (reply, share): (Reply<()>, Share),
        act: impl FnOnce(&mut Session, &ContactId) + Send + 'static,
    ) {
        match self.known_room(room) {
            Ok(id) => self.in_room_order(&id, move |session, id| {
                session.carry_out(reply, share, |session| {
                    act(session, id);
                    Ok(())
                });
            }),
            Err(error) => reply.send(Err(error)),
        }
    }

    /// Somebody came, or is different.
    pub(in crate::session) fn set_participants(&mut self, id: &ContactId, list: Vec<ParticipantInfo>) {
        let at_least = self.at_least(id);
        for info in list {
            let presence = self.presence_in_room(id, &info);
            self.change(id, |members| members.apply(info, presence, at_least));
        }
    }

    /// Changes who is there, and tells it.
    fn change(&mut self, id: &ContactId, act: impl FnOnce(&mut Members) -> Option<Change>) {
        if let Some(change) = self.room_mut(id).and_then(Room::members_mut).and_then(act) {
            self.tell_change(id, &change);
        }
    }

    /// Who that is in a room.
    pub(super) fn who(from: &Sender) -> Option<Who> {
        let contact = from.contact.as_ref().map(ContactId::as_str);
        Who::of(from.is_user, contact, from.occupant.as_ref().map(plugin_api::OccupantId::as_str))
    }

    /// Somebody has left, or had to. The user is out of the room then.
    pub(in crate::session) fn remove_participant(
        &mut self,
        id: &ContactId,
        from: &Sender,
        departure: Departure,
        reason: Option<&str>,
    ) {
        match Self::who(from) {
            Some(Who::User) => self.remove_room(id, departure, reason),
            Some(who) => self.member_gone(id, &who, departure, reason),
            None => {}
        }
    }

    /// A member is gone, and all clients are told.
    pub(super) fn member_gone(
        &mut self,
        id: &ContactId,
        who: &Who,
        departure: Departure,
        reason: Option<&str>,
    ) {
        let members = self.room_mut(id).and_then(Room::members_mut);
        let Some((at, mut member)) = members.and_then(|members| members.remove(who)) else { return };
        let code = match departure {
            Departure::Kicked => Some(muc_user::KICKED),
            Departure::Banned => Some(muc_user::BANNED),
            Departure::Left | Departure::Unknown => None,
        };
        let banned = departure == Departure::Banned;
        member.affiliation = if banned { Affiliation::Outcast } else { Affiliation::None };
        member.role = Role::None;
        let codes: Vec<u16> = code.into_iter().collect();
        let (Some(scene), Some(room)) = (self.scene(id), self.room(id)) else { return };
        let more = More { gone: true, codes: &codes, reason, ..More::default() };
        self.send_all(room.resources().map(|client| scene.presence((&at, &member), client, &more)));
    }

    /// Somebody is called something else.
    pub(in crate::session) fn rename_participant(&mut self, id: &ContactId, from: &Sender, nickname: &str) {
        let Some(who) = Self::who(from) else { return };
        if who == Who::User
            && let Some(room) = self.room_mut(id)
        {
            room.about.nick = Some(crate::xmpp::muc::nick(nickname).into());
            self.store_room(id);
        }
        self.change(id, |members| members.rename(&who, nickname));
    }

    /// The presence of somebody in one room.
    pub(in crate::session) fn participant_presence(
        &mut self,
        id: &ContactId,
        from: &Sender,
        presence: Presence,
    ) {
        if let Some(who) = Self::who(from) {
            self.change(id, |members| members.show(&who, presence.into()));
        }
    }

    /// A contact's presence has changed: it shows in rooms too.
    pub(in crate::session) fn show_in_rooms(&mut self, contact: &ContactId) {
        if self.rooms.known.is_empty() {
            return;
        }
        let Some(shown) = self.contacts.get(contact).and_then(Contact::shown) else {
            return;
        };
        let who = Who::Contact(contact.as_str().into());
        let theirs = |room: &Room| room.members().is_some_and(|members| members.resource_of(&who).is_some());
        let rooms = self.rooms.known.iter().filter(|(_, room)| theirs(room));
        let rooms: Vec<_> = rooms.map(|(id, _)| ContactId(id.to_string())).collect();
        for id in rooms {
            if self.can_in_room(&id).is_some_and(|can| can.propagate_presence) {
                let (who, shown) = (who.clone(), shown.clone());
                self.in_room_order(&id, move |session, id| {
                    session.change(id, |members| members.show(&who, shown));
                });
            }
        }
    }

    /// Who is in a room, for the plugin.
    pub(in crate::session) fn participants(&self, id: &ContactId) -> Vec<ParticipantInfo> {
        let members = self.room(id).and_then(Room::members);
        let info = |(at, member): (&std::sync::Arc<str>, &Member)| {
            let (contact, occupant) = match &member.who {
                Who::User => (None, None),
                Who::Contact(id) => (Some(id.to_string().into()), None),
                Who::Occupant(id) => (None, Some(id.to_string().into())),
            };
            ParticipantInfo {
                contact,
                occupant,
                nickname: member.nick().unwrap_or(at).to_owned(),
                is_user: member.who == Who::User,
                affiliation: Some(member.affiliation),
                role: Some(member.role),
                presence: member.shown.clone().map(Presence::from),
                ..ParticipantInfo::default()
            }
        };
        members.map(|members| members.iter().map(info).collect()).unwrap_or_default()
    }

    /// The rooms that are known, for the plugin.
    pub(in crate::session) fn known_rooms(&self) -> Vec<RoomId> {
        self.rooms.known.keys().map(|id| RoomId(id.to_string())).collect()
    }
}
