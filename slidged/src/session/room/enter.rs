//! A client comes into a room that there is: who is there, itself, the subject (WIRE 2.12).

use super::{
    Inside, MAX_CLIENTS, Occupants, Room, Scene,
    members::{Change, Members, Who},
    scene::More,
};
use crate::{
    services,
    session::{
        Session, Then,
        contacts::Shown,
        conversation::{Turn, Way},
    },
    xmpp::{Condition, Stanza, StanzaError, muc_user},
};
use plugin_api::{Affiliation, ContactId, Error, ParticipantInfo, RoomId, RoomType};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Occupants that are told in one go; then others have their turn. Some 200 µs.
const CHUNK: usize = 100;

/// A client on its way in.
pub(super) struct Entering {
    pub(super) client: Box<str>,
    /// What it wants to be called.
    pub(super) nick: Box<str>,
    pub(super) attempt: u64,
    /// The connection to the XMPP server that it comes in over.
    pub(super) epoch: u64,
    /// One of those of [`Rooms`](super::Rooms).
    pub(super) _place: OwnedSemaphorePermit,
    /// Its presence, for an error.
    pub(super) stanza: Box<Stanza>,
}

impl Session {
    /// Lets somebody in behind what is under way in the room, as soon as it is known who is there.
    pub(super) fn enter(&mut self, id: &ContactId, entering: Entering) {
        let key = id.clone();
        self.in_order(Some(id), move |session| session.enter_now(&key, entering));
    }

    fn enter_now(&mut self, id: &ContactId, entering: Entering) {
        let Some(room) = self.room_mut(id) else {
            return self.gone_again(id, &entering);
        };
        match &mut room.occupants {
            Occupants::Asked(waiting, _) => waiting.push(entering),
            Occupants::Unknown => {
                room.occupants = Occupants::Asked(vec![entering], Vec::new());
                self.ask_occupants(id);
            }
            Occupants::Known(members) => {
                let members = members.clone();
                self.walk_in(id, entering, members);
            }
        }
    }

    /// The room has ended meanwhile.
    fn gone_again(&mut self, id: &ContactId, entering: &Entering) {
        if self.enters_no_more(id, entering) {
            self.not_let_in(id, &entering.stanza, &StanzaError::new(Condition::ItemNotFound));
        }
    }

    /// Asks the network who is in a room.
    fn ask_occupants(&mut self, id: &ContactId) {
        let (remote, id) = (self.online(), id.clone());
        self.spawn(async move {
            let asked = match &remote {
                Some(remote) => remote.fill_participants(RoomId(id.0.clone())).await,
                None => Err(Error::from(plugin_api::Condition::RecipientUnavailable)),
            };
            move |session: &mut Session| {
                let list = match asked {
                    // A network that does not tell who is there.
                    Err(error) if error.is_unsupported() => Ok(Vec::new()),
                    other => other,
                };
                if let (Some(remote), Err(error)) = (&remote, &list) {
                    session.check_panic(remote, error);
                }
                session.occupants_told(&id, list);
            }
        });
    }

    fn occupants_told(&mut self, id: &ContactId, list: Result<Vec<ParticipantInfo>, Error>) {
        let Some(room) = self.room_mut(id) else { return };
        let Occupants::Asked(entering, changes) = std::mem::take(&mut room.occupants) else { return };
        match list {
            Ok(list) => {
                let members = self.members_of(id, list);
                if let Some(room) = self.room_mut(id) {
                    room.occupants = Occupants::Known(Arc::new(members));
                }
                for change in changes {
                    self.in_order(Some(id), change);
                }
                for entering in entering {
                    self.enter(id, entering);
                }
            }
            Err(error) => {
                let why = super::join::refused(&error);
                // They find a room in which nobody is known.
                for change in changes {
                    self.in_order(Some(id), change);
                }
                for entering in entering {
                    self.enters_no_more(id, &entering);
                    self.not_let_in(id, &entering.stanza, &why);
                }
            }
        }
    }

    /// Everybody in a room. The user is in it in any case.
    fn members_of(&self, id: &ContactId, list: Vec<ParticipantInfo>) -> Members {
        let (mut members, at_least) = (Members::default(), self.at_least(id));
        let me = |info: &ParticipantInfo| info.is_user;
        if !list.iter().any(me) {
            let me =
                ParticipantInfo { is_user: true, nickname: self.own_nick(id), ..ParticipantInfo::default() };
            members.apply(me, None, at_least);
        }
        for mut info in list {
            if info.is_user && info.nickname.is_empty() {
                info.nickname = self.own_nick(id);
            }
            let presence = self.presence_in_room(id, &info);
            members.apply(info, presence, at_least);
        }
        members
    }

    /// What somebody is of whom the network does not tell it.
    pub(super) fn at_least(&self, id: &ContactId) -> Affiliation {
        match self.room(id).map(|room| room.about.kind) {
            Some(RoomType::Group) => Affiliation::Member,
            _ => Affiliation::None,
        }
    }

    /// A contact is in rooms as they are elsewhere, where the network has it so.
    pub(super) fn presence_in_room(&self, id: &ContactId, info: &ParticipantInfo) -> Option<Shown> {
        if !self.can_in_room(id)?.propagate_presence {
            return None;
        }
        self.contacts.get(info.contact.as_ref()?)?.shown()
    }

    /// After a login: who is in a room now, while clients are in it. What has changed meanwhile is told.
    pub(super) fn ask_again(&mut self, id: &ContactId) {
        let (Some(remote), id) = (self.remote.clone(), id.clone()) else { return };
        self.spawn_current(async move {
            let told = remote.fill_participants(RoomId(id.0.clone())).await;
            move |session: &mut Session| match told {
                Ok(list) => session.in_room_order(&id, move |session, id| session.told_again(id, list)),
                Err(error) => session.check_panic(&remote, &error),
            }
        });
    }

    fn told_again(&mut self, id: &ContactId, list: Vec<ParticipantInfo>) {
        let now = self.members_of(id, list.clone());
        let gone: Vec<Who> = match self.room(id).and_then(Room::members) {
            Some(before) => {
                let gone = before.iter().filter(|(_, member)| now.resource_of(&member.who).is_none());
                gone.map(|(_, member)| member.who.clone()).collect()
            }
            None => return,
        };
        for who in gone {
            self.member_gone(id, &who, plugin_api::Departure::Left, None);
        }
        self.set_participants(id, list);
    }

    /// Shows a client who is there, then itself, then the subject. What happens in the room meanwhile comes behind it.
    fn walk_in(&mut self, id: &ContactId, entering: Entering, members: Arc<Members>) {
        let Some(scene) = self.scene(id) else { return self.gone_again(id, &entering) };
        let room = id.clone();
        let turn: Turn = Box::pin(async move {
            tell_who_is_there(&scene, &members, &entering.client).await;
            drop(members);
            Box::new(move |session: &mut Session| session.arrived(&room, entering)) as Then
        });
        self.take_turns(Way::ToUser, id.clone(), 0, turn);
    }

    fn arrived(&mut self, id: &ContactId, entering: Entering) {
        let (Some(scene), own) = (self.scene(id), self.own_resource(id)) else {
            return self.gone_again(id, &entering);
        };
        let Some(room) = self.room_mut(id) else { return };
        let Some(me) = room.members().and_then(|members| members.get(&own)).cloned() else {
            // The network has been away meanwhile: from the beginning.
            return self.enter(id, entering);
        };
        if !self.enters_no_more(id, &entering) {
            return;
        }
        if entering.epoch != self.services.privileges.epoch() {
            // It has not heard all of this.
            return self.say_out(id, &[entering.client], Some(muc_user::TECHNICAL), None);
        }
        let Some(room) = self.room_mut(id) else { return };
        room.about.outside = false;
        if !room.has_client(&entering.client) && room.clients.len() < MAX_CLIENTS {
            room.clients.push(Inside { resource: entering.client.clone(), epoch: Some(entering.epoch) });
        }
        let mut codes = Vec::new();
        if scene.is_open() {
            codes.push(muc_user::NON_ANONYMOUS);
        }
        codes.push(muc_user::SELF);
        if *own != *entering.nick {
            codes.push(muc_user::NICK_GIVEN);
        }
        let more = More { id: entering.stanza.id.as_deref(), codes: &codes, ..More::default() };
        self.send(scene.presence((&own, &me), &entering.client, &more));
        self.tell_subject(id, Some(&entering.client));
        self.tell_room_portrait(id, Some(&entering.client));
        self.store_room(id);
    }

    /// Tells all clients in a room of a change.
    pub(super) fn tell_change(&self, id: &ContactId, change: &Change) {
        let (Some(scene), Some(room)) = (self.scene(id), self.room(id)) else { return };
        let Some(members) = room.members() else { return };
        let mut stanzas = Vec::new();
        let (before, now) = match change {
            Change::Shown(now) => (None, now),
            Change::Renamed(before, now) => (Some(before), now),
        };
        let Some(member) = members.get(now) else { return };
        let own = member.who == Who::User;
        let codes = |first: Option<u16>| -> Vec<u16> {
            first.into_iter().chain(own.then_some(muc_user::SELF)).collect()
        };
        for client in room.resources() {
            if let Some(before) = before {
                let codes = codes(Some(muc_user::RENAMED));
                let more = More { gone: true, renamed: Some(now), codes: &codes, ..More::default() };
                stanzas.push(scene.presence((before, member), client, &more));
            }
            let codes = codes(None);
            stanzas.push(scene.presence((now, member), client, &More { codes: &codes, ..More::default() }));
        }
        self.send_all(stanzas);
        if own && before.is_some() {
            self.store_room(id);
        }
    }
}

/// Everybody but the user, so many at a time.
async fn tell_who_is_there(scene: &Scene, members: &Members, client: &str) {
    let mut told = None;
    loop {
        let some: Vec<_> = members.behind(told.as_ref()).take(CHUNK).collect();
        let Some((last, _)) = some.last() else { return };
        told = Some((*last).clone());
        let others = some.iter().filter(|(_, member)| member.who != Who::User);
        let stanzas: Vec<_> =
            others.map(|(at, member)| scene.presence((at, member), client, &More::default())).collect();
        services::send_all(&scene.journal, stanzas);
        tokio::task::yield_now().await;
    }
}
