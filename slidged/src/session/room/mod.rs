//! Rooms (XEP-0045): what is known of them, who is in them, and which of the user's clients are. Split by verb.
//!
//! A room's address is that of a contact of the same id, so a network's ids must tell the two apart: whatever is known as a room is one.

mod enter;
mod join;
mod known;
mod leave;
mod look;
pub(super) mod members;
mod occupants;
mod portrait;
mod rule;
mod say;
mod scene;
mod send;
mod subject;
mod unjoined;

use super::{Session, Then, portrait::Portrait};
use crate::xmpp::{self as wire, Condition, Stanza, StanzaError, muc, ns};
use enter::Entering;
use members::Members;
use plugin_api::{ContactId, Features, RoomType};
use scene::Scene;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Nobody is in more rooms; beyond it new ones are refused.
const MAX_ROOMS: usize = 10_000;
/// Joins and questions of one user at the same time: one for each room of somebody who is in very many. More are refused.
const MAX_UNDER_WAY: usize = 1024;
/// Clients of one user in one room: as many as servers let somebody have, and more.
const MAX_CLIENTS: usize = 64;

/// All rooms of a user, by id. Trees, since most users have none, and an empty tree is small.
#[derive(Default)]
pub(super) struct Rooms {
    known: BTreeMap<Box<str>, Room>,
    /// Clients on their way in: to which room, and which attempt that is.
    entering: BTreeMap<(Box<str>, Box<str>), u64>,
    attempts: u64,
    /// For what is under way about rooms that may not be known: made when it is needed.
    places: Option<Arc<Semaphore>>,
}

impl Rooms {
    /// Takes a place, for as long as that is under way; none when all are taken.
    fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        let places = self.places.get_or_insert_with(|| Arc::new(Semaphore::new(MAX_UNDER_WAY)));
        places.clone().try_acquire_owned().ok()
    }

    /// Is the client that says that on its way into that room?
    fn is_entered_by(&self, id: &ContactId, stanza: &Stanza) -> bool {
        let client = stanza.from.as_ref().and_then(|from| from.resource());
        client.is_some_and(|client| self.entering.contains_key(&(id.as_str().into(), client.as_str().into())))
    }
}

/// One room.
#[derive(Default)]
struct Room {
    about: About,
    portrait: Portrait,
    /// The user's clients that are in it.
    clients: Vec<Inside>,
    occupants: Occupants,
}

/// A client of the user that is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Inside {
    resource: Box<str>,
    /// The connection to the XMPP server that it came in over; none if that was in an earlier life.
    epoch: Option<u64>,
}

/// Who is in a room, as far as that is known.
#[derive(Default)]
enum Occupants {
    /// Nobody wanted to know since the last login.
    #[default]
    Unknown,
    /// The network is being asked: who wants to come in, and what is to be done to the list when it is there.
    Asked(Vec<Entering>, Vec<Then>),
    Known(Arc<Members>),
}

/// What is known of a room, and kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_setter: Option<Box<str>>,
    kind: RoomType,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    /// What the user is called in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    nick: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Box<Features>>,
    /// It was only looked at: the user is not in it, as far as is known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    outside: bool,
    /// The resource that the user had in an earlier life, while clients were in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Box<str>>,
}

impl Room {
    fn members(&self) -> Option<&Arc<Members>> {
        match &self.occupants {
            Occupants::Known(members) => Some(members),
            Occupants::Unknown | Occupants::Asked(..) => None,
        }
    }

    fn members_mut(&mut self) -> Option<&mut Members> {
        match &mut self.occupants {
            Occupants::Known(members) => Some(Arc::make_mut(members)),
            Occupants::Unknown | Occupants::Asked(..) => None,
        }
    }

    fn has_client(&self, resource: &str) -> bool {
        self.clients.iter().any(|client| *client.resource == *resource)
    }

    /// Those in the room.
    fn resources(&self) -> impl Iterator<Item = &str> {
        self.clients.iter().map(|client| &*client.resource)
    }
}

impl Session {
    /// Is that a room?
    pub(super) fn is_room(&self, id: &ContactId) -> bool {
        self.rooms.known.contains_key(id.as_str())
    }

    fn room(&self, id: &ContactId) -> Option<&Room> {
        self.rooms.known.get(id.as_str())
    }

    fn room_mut(&mut self, id: &ContactId) -> Option<&mut Room> {
        self.rooms.known.get_mut(id.as_str())
    }

    /// What can be done in a room; none if it is none.
    pub(super) fn can_in_room(&self, id: &ContactId) -> Option<&Features> {
        let room = self.room(id)?;
        Some(room.about.features.as_deref().unwrap_or(&self.services.info.room_features))
    }

    /// How it looks; none if it is none.
    fn scene(&self, id: &ContactId) -> Option<Scene> {
        Some(Scene::new(self, id, self.room(id)?.about.kind))
    }

    /// What the user is called in a room, and the resource for it.
    fn own_nick(&self, id: &ContactId) -> String {
        let told = self.room(id).and_then(|room| room.about.nick.as_deref()).map(muc::nick);
        let local = || self.jid.node().map_or_else(String::new, |node| muc::nick(node.as_str()));
        told.filter(|nick| !nick.is_empty()).unwrap_or_else(local)
    }

    /// The user's own resource in a room.
    fn own_resource(&self, id: &ContactId) -> String {
        let room = self.room(id);
        let members = room.and_then(Room::members);
        let now = members.and_then(|members| members.resource_of(&members::Who::User));
        let before = || room.and_then(|room| room.about.at.as_deref());
        let at = now.map(|at| &**at).or_else(before);
        at.map(str::to_owned).or_else(|| muc::resource(&self.own_nick(id))).unwrap_or_else(|| "me".to_owned())
    }

    /// Takes a stanza if it is for a room; false if it is for a contact.
    pub(super) fn room_stanza(&mut self, id: &ContactId, stanza: &Stanza) -> bool {
        let known = self.is_room(id);
        match stanza.kind {
            wire::Kind::Presence if muc::is_join(stanza) => self.join(id, stanza),
            wire::Kind::Presence if known => match stanza.type_str() {
                "" => self.other_nick(id, stanza),
                "unavailable" => self.leave(id, stanza),
                "error" => self.bounced(id, stanza),
                _ => self.subscribe_to_room(id, stanza),
            },
            wire::Kind::Presence
                if stanza.type_str() == "unavailable" && self.rooms.is_entered_by(id, stanza) =>
            {
                self.leave(id, stanza);
            }
            wire::Kind::Message if known => self.room_message(id, stanza),
            wire::Kind::Iq if known => self.room_iq(id, stanza),
            wire::Kind::Iq => return self.may_be_room(id, stanza),
            // With a resource, to what is no room.
            wire::Kind::Presence if stanza.type_str().is_empty() => self.perhaps_to_room(id, stanza),
            wire::Kind::Presence => return stanza.type_str() == "unavailable",
            wire::Kind::Message => return false,
        }
        true
    }

    /// Is that client of the user in a room?
    fn is_inside_room(&self, id: &ContactId, client: &str) -> bool {
        self.room(id).is_some_and(|room| room.has_client(client))
    }

    /// Does somebody ask about what may be a room that is not known yet? Then the network is asked (K18).
    fn may_be_room(&mut self, id: &ContactId, iq: &Stanza) -> bool {
        let asks = iq.type_str() == "get" && iq.payload().is_some_and(|p| p.is("query", ns::DISCO_INFO));
        let bare = iq.to.as_ref().is_some_and(|to| to.resource().is_none());
        if !self.services.info.groups || !asks || !bare || self.contacts.contains_key(id) {
            return false;
        }
        let Some(remote) = self.online().filter(|_| !self.services.hooks.lacks("update_room_info")) else {
            return false;
        };
        let Some(place) = self.rooms.place() else {
            self.refuse(iq, &StanzaError::new(Condition::ResourceConstraint));
            return true;
        };
        let (id, iq) = (id.clone(), iq.clone());
        self.spawn(async move {
            let _place = place;
            let found = remote.update_room_info(plugin_api::RoomId(id.0.clone())).await;
            move |session: &mut Session| match found {
                Ok(info) => {
                    session.found_room(&id, info);
                    session.contact_or_room_iq(&id, &iq);
                }
                Err(error) => {
                    session.hooked(&remote, "update_room_info", Err(error));
                    session.contact_iq(&id, &iq);
                }
            }
        });
        true
    }

    fn contact_or_room_iq(&mut self, id: &ContactId, iq: &Stanza) {
        if self.is_room(id) { self.room_iq(id, iq) } else { self.contact_iq(id, iq) }
    }
}
