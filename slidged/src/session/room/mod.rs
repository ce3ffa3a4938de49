//! Rooms (XEP-0045): what is known about them, their occupants, and the user's clients in them; one
//! file per kind of action.
//!
//! The address of a room is that of a contact of the same id, so a network's ids must tell the two
//! apart: whatever is known as a room is one.

pub(in crate::session) mod affiliations;
pub(in crate::session) mod archive;
pub(in crate::session) mod ask_again;
pub(in crate::session) mod avatar;
pub(in crate::session) mod broadcast;
pub(in crate::session) mod changes;
pub(in crate::session) mod dispatch;
pub(in crate::session) mod groupchat;
pub(in crate::session) mod history;
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

use crate::session::contact_avatar::KnownAvatar;
use crate::session::room::join::Join;
use crate::session::room::occupants::OccupantList;
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

/// Most rooms of a user: more than anybody has. Further ones are refused.
const MAX_ROOMS: usize = 10_000;
/// Most joins and questions of one user under way at the same time: one for each room of a user who
/// is in very many. Further ones are refused.
const MAX_UNDER_WAY: usize = 1024;
/// Most clients of one user in one room: as many as servers allow, and more.
const MAX_CLIENTS: usize = 64;

/// Rooms of a user, by id. The maps are trees, since most users have no rooms, and an empty tree is
/// small.
#[derive(Default)]
pub(super) struct Rooms {
    pub(in crate::session) known: BTreeMap<Box<str>, Room>,
    /// Clients that are joining, by room and resource, with the number of the attempt.
    pub(in crate::session) entering: BTreeMap<(Box<str>, Box<str>), u64>,
    pub(in crate::session) attempts: u64,
    /// Places for work on rooms that may not be known; created when they are needed.
    pub(in crate::session) places: Option<Arc<Semaphore>>,
}

impl Rooms {
    /// Takes a place for as long as the work is under way; none when all are taken.
    fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        let places = self.places.get_or_insert_with(|| Arc::new(Semaphore::new(MAX_UNDER_WAY)));
        places.clone().try_acquire_owned().ok()
    }

    /// Tells whether the client that sent a stanza is joining this room.
    fn is_entered_by(&self, id: &ContactId, stanza: &Stanza) -> bool {
        let client = stanza.from.as_ref().and_then(|from| from.resource());
        client.is_some_and(|client| self.entering.contains_key(&(id.as_str().into(), client.as_str().into())))
    }
}

/// Room with its occupants and the user's clients.
#[derive(Default)]
pub(in crate::session) struct Room {
    pub(in crate::session) info: RoomState,
    pub(in crate::session) avatar: KnownAvatar,
    /// Clients of the user that are in the room.
    pub(in crate::session) clients: Vec<JoinedClient>,
    pub(in crate::session) occupants: Occupants,
}

/// Client of the user that is in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) struct JoinedClient {
    resource: Box<str>,
    /// Number of the connection to the XMPP server that it joined over; none for an earlier run of
    /// the gateway.
    epoch: Option<u64>,
}

/// Occupants of a room, as far as they are known.
#[derive(Default)]
pub(in crate::session) enum Occupants {
    /// Unknown, because no client has joined since the last login.
    #[default]
    Unknown,
    /// Asked for on behalf of clients that are joining.
    Asked(Vec<Join>),
    Known(Arc<OccupantList>),
}

/// Information about a room that is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::session) struct RoomState {
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
    /// Nickname of the user in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) nick: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) features: Option<Box<Features>>,
    /// Whether the room was only looked at: the user is not in it, as far as is known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::session) outside: bool,
    /// Resource that the user had in an earlier run of the gateway, while clients were in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::session) at: Option<Box<str>>,
}

impl Room {
    pub(in crate::session) fn occupant_list(&self) -> Option<&Arc<OccupantList>> {
        match &self.occupants {
            Occupants::Known(occupants) => Some(occupants),
            Occupants::Unknown | Occupants::Asked(..) => None,
        }
    }

    pub(in crate::session) fn occupant_list_mut(&mut self) -> Option<&mut OccupantList> {
        match &mut self.occupants {
            Occupants::Known(occupants) => Some(Arc::make_mut(occupants)),
            Occupants::Unknown | Occupants::Asked(..) => None,
        }
    }

    pub(in crate::session) fn has_client(&self, resource: &str) -> bool {
        self.clients.iter().any(|client| *client.resource == *resource)
    }

    /// Lists the resources of the user's clients in the room.
    fn resources(&self) -> impl Iterator<Item = &str> {
        self.clients.iter().map(|client| &*client.resource)
    }
}
