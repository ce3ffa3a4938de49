//! Rooms (XEP-0045): what is known of them, who is in them, and which of the user's clients are. Split by verb.
//!
//! A room's address is that of a contact of the same id, so a network's ids must tell the two apart: whatever is known as a room is one.

pub(in crate::session) mod affiliations;
pub(in crate::session) mod ask_again;
pub(in crate::session) mod avatar;
pub(in crate::session) mod broadcast;
pub(in crate::session) mod changes;
pub(in crate::session) mod dispatch;
pub(in crate::session) mod groupchat;
pub(in crate::session) mod info;
pub(in crate::session) mod iq;
pub(in crate::session) mod join;
pub(in crate::session) mod leave;
pub(in crate::session) mod membership;
pub(in crate::session) mod occupant_presence;
pub(super) mod occupants;
pub(in crate::session) mod reflection;
pub(in crate::session) mod refusal;
pub(in crate::session) mod remove;
pub(in crate::session) mod store;
pub(in crate::session) mod subject;
pub(in crate::session) mod unjoined;

use crate::session::contact_avatar::Portrait;
use crate::session::room::join::Join;
use crate::session::room::occupants::Members;
use crate::xmpp::Stanza;
use plugin_api::ContactId;
use plugin_api::Features;
use plugin_api::RoomType;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;

/// Nobody is in more rooms; beyond it new ones are refused.
const MAX_ROOMS: usize = 10_000;
/// Joins and questions of one user at the same time: one for each room of somebody who is in very many. More are refused.
const MAX_UNDER_WAY: usize = 1024;
/// Clients of one user in one room: as many as servers let somebody have, and more.
const MAX_CLIENTS: usize = 64;

/// All rooms of a user, by id. Trees, since most users have none, and an empty tree is small.
#[derive(Default)]
pub(super) struct Rooms {
    pub(in crate::session) known: BTreeMap<Box<str>, Room>,
    /// Clients on their way in: to which room, and which attempt that is.
    pub(in crate::session) entering: BTreeMap<(Box<str>, Box<str>), u64>,
    pub(in crate::session) attempts: u64,
    /// For what is under way about rooms that may not be known: made when it is needed.
    pub(in crate::session) places: Option<Arc<Semaphore>>,
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
pub(in crate::session) struct Room {
    pub(in crate::session) about: About,
    pub(in crate::session) portrait: Portrait,
    /// The user's clients that are in it.
    pub(in crate::session) clients: Vec<Inside>,
    pub(in crate::session) occupants: Occupants,
}

/// A client of the user that is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) struct Inside {
    resource: Box<str>,
    /// The connection to the XMPP server that it came in over; none if that was in an earlier life.
    epoch: Option<u64>,
}

/// Who is in a room, as far as that is known.
#[derive(Default)]
pub(in crate::session) enum Occupants {
    /// Nobody wanted to know since the last login.
    #[default]
    Unknown,
    /// The network is being asked: who wants to come in.
    Asked(Vec<Join>),
    Known(Arc<Members>),
}

/// What is known of a room, and kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::session) struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) name: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) description: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) subject: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) subject_date: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) subject_setter: Option<Box<str>>,
    pub(in crate::session) kind: RoomType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) count: Option<u32>,
    /// What the user is called in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) nick: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) features: Option<Box<Features>>,
    /// It was only looked at: the user is not in it, as far as is known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::session) outside: bool,
    /// The resource that the user had in an earlier life, while clients were in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) at: Option<Box<str>>,
}

impl Room {
    pub(in crate::session) fn members(&self) -> Option<&Arc<Members>> {
        match &self.occupants {
            Occupants::Known(members) => Some(members),
            Occupants::Unknown | Occupants::Asked(..) => None,
        }
    }

    pub(in crate::session) fn members_mut(&mut self) -> Option<&mut Members> {
        match &mut self.occupants {
            Occupants::Known(members) => Some(Arc::make_mut(members)),
            Occupants::Unknown | Occupants::Asked(..) => None,
        }
    }

    pub(in crate::session) fn has_client(&self, resource: &str) -> bool {
        self.clients.iter().any(|client| *client.resource == *resource)
    }

    /// Those in the room.
    fn resources(&self) -> impl Iterator<Item = &str> {
        self.clients.iter().map(|client| &*client.resource)
    }
}
