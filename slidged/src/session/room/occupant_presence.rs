//! Presences of occupants, as a client of the user gets them. They are built without the session,
//! so that those of a large room need not hold it up.

use crate::model::clock::now;
use crate::model::shown;
use crate::services::Services;
use crate::session::room::occupants::OccupantKey;
use crate::session::room::occupants::RoomOccupant;
use crate::session::state::Session;
use crate::store::Journal;
use crate::store::UserId;
use crate::xmpp::muc_user::Occupant;
use crate::xmpp::occupant_id;
use bytes::Bytes;
use plugin_api::Affiliation;
use plugin_api::Availability;
use plugin_api::ContactId;
use plugin_api::Presence;
use plugin_api::Role;
use plugin_api::RoomType;
use std::sync::Arc;

/// Optional parts of an occupant's presence.
#[derive(Default)]
pub(super) struct PresenceDetails<'a> {
    /// Id of the stanza that it answers.
    pub(super) id: Option<&'a str>,
    /// Whether the occupant has left.
    pub(super) gone: bool,
    /// Resource that the occupant has from now on.
    pub(super) renamed: Option<&'a str>,
    /// Reason for leaving.
    pub(super) reason: Option<&'a str>,
    pub(super) codes: &'a [u16],
}

/// View that a user has of a room.
#[derive(Clone)]
pub(in crate::session) struct RoomView {
    pub(super) services: Arc<Services>,
    /// Journal through which stanzas are sent to the user.
    pub(super) journal: Journal,
    /// Address of the room.
    pub(super) address: String,
    /// The user.
    pub(super) owner: UserId,
    /// Bare address of the user.
    pub(super) user: String,
    pub(super) kind: RoomType,
}

impl RoomView {
    /// Creates the view that a session's user has of a room of this kind.
    pub(super) fn new(session: &Session, id: &ContactId, kind: RoomType) -> Self {
        RoomView {
            services: session.services.clone(),
            journal: session.journal.clone(),
            address: session.services.address.contact_bare(id),
            owner: session.user.id,
            user: session.user.address.clone(),
            kind,
        }
    }

    /// Tells whether occupants see each other's real addresses.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.kind, RoomType::Group | RoomType::ChannelNonAnonymous)
    }

    /// Returns the address of the occupant with this resource.
    pub(super) fn occupant(&self, resource: &str) -> String {
        format!("{}/{resource}", self.address)
    }

    /// Returns the real address of an author in the archive, where occupants see that.
    pub(super) fn address_of(&self, author: &str) -> Option<String> {
        let (kind, id) = author.split_at_checked(1)?;
        match kind {
            _ if !self.is_open() => None,
            "u" => Some(self.user.clone()),
            "c" => Some(self.services.address.contact_bare(&ContactId(id.to_owned()))),
            _ => None,
        }
    }

    /// Returns an occupant's id (XEP-0421).
    pub(super) fn id_of(&self, who: &OccupantKey) -> String {
        let (kind, id) = match who {
            OccupantKey::User => ('u', self.user.as_str()),
            OccupantKey::Contact(id) => ('c', &**id),
            OccupantKey::Occupant(id) => ('o', &**id),
        };
        occupant_id::of(self.services.keys.occupant_key(), &self.address, &format!("{kind}{id}"))
    }

    /// Builds the presence of an occupant for a client of the user.
    pub(super) fn presence(
        &self,
        (resource, occupant): (&str, &RoomOccupant),
        client: &str,
        more: &PresenceDetails<'_>,
    ) -> Bytes {
        let from = self.occupant(resource);
        let to = format!("{}/{client}", self.user);
        let jid = match &occupant.who {
            _ if !self.is_open() => None,
            OccupantKey::User => Some(to.clone()),
            OccupantKey::Contact(id) => Some(self.services.address.contact_full(&ContactId(id.to_string()))),
            OccupantKey::Occupant(_) => None,
        };
        let presence = occupant.shown.clone().map(Presence::from).unwrap_or_default();
        let status = shown::status(&presence, now(), None);
        let idle = presence.last_seen.and_then(shown::stamp);
        let show = match presence.availability {
            // An offline contact is in the room all the same.
            Availability::Offline => Some("xa"),
            other => shown::show(other),
        };
        let occupant_id = self.id_of(&occupant.who);
        Occupant {
            from: &from,
            to: &to,
            id: more.id,
            gone: more.gone,
            show,
            status: status.as_deref().filter(|_| !more.gone),
            idle: idle.as_deref(),
            affiliation: affiliation(occupant.affiliation),
            role: role(occupant.role),
            jid: jid.as_deref(),
            renamed: more.renamed,
            reason: more.reason,
            occupant_id: &occupant_id,
            nick: occupant.nick(),
            codes: more.codes,
        }
        .stanza()
    }
}

pub(super) fn affiliation(affiliation: Affiliation) -> &'static str {
    match affiliation {
        Affiliation::Owner => "owner",
        Affiliation::Admin => "admin",
        Affiliation::Member => "member",
        Affiliation::Outcast => "outcast",
        Affiliation::None | Affiliation::Unknown => "none",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Moderator => "moderator",
        Role::Visitor => "visitor",
        Role::None => "none",
        Role::Participant | Role::Unknown => "participant",
    }
}

/// Returns the view of a room, if there is such a room.
pub(in crate::session) fn room_view(session: &Session, id: &ContactId) -> Option<RoomView> {
    Some(RoomView::new(session, id, session.room(id)?.info.kind))
}
