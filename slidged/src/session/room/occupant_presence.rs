//! How a room looks to a client of the user: all that it takes to say who is there, apart from the session, so that long rooms can be
//! walked through beside it.

use crate::model::clock::now;
use crate::model::shown;
use crate::services::Services;
use crate::session::room::occupants::Member;
use crate::session::room::occupants::Who;
use crate::session::state::Session;
use crate::store::Journal;
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

/// What a presence says beside who it is.
#[derive(Default)]
pub(super) struct More<'a> {
    /// The id of what it answers.
    pub(super) id: Option<&'a str>,
    /// They are not there any more.
    pub(super) gone: bool,
    /// They are at that resource from now on.
    pub(super) renamed: Option<&'a str>,
    /// Why they are gone.
    pub(super) reason: Option<&'a str>,
    pub(super) codes: &'a [u16],
}

/// A room, seen by the user.
#[derive(Clone)]
pub(in crate::session) struct Scene {
    pub(super) services: Arc<Services>,
    /// To send the user something.
    pub(super) journal: Journal,
    /// The room's address.
    pub(super) address: String,
    /// The user's.
    pub(super) user: String,
    pub(super) kind: RoomType,
}

impl Scene {
    /// What the user of that session sees of a room of that kind.
    pub(super) fn new(session: &Session, id: &ContactId, kind: RoomType) -> Self {
        Scene {
            services: session.services.clone(),
            journal: session.journal.clone(),
            address: session.services.address.contact_bare(id),
            user: session.user.address.clone(),
            kind,
        }
    }

    /// Do occupants see who the others are?
    pub(super) fn is_open(&self) -> bool {
        matches!(self.kind, RoomType::Group | RoomType::ChannelNonAnonymous)
    }

    /// The address of whoever is at that resource.
    pub(super) fn occupant(&self, resource: &str) -> String {
        format!("{}/{resource}", self.address)
    }

    /// XEP-0421.
    pub(super) fn id_of(&self, who: &Who) -> String {
        let (kind, id) = match who {
            Who::User => ('u', self.user.as_str()),
            Who::Contact(id) => ('c', &**id),
            Who::Occupant(id) => ('o', &**id),
        };
        occupant_id::of(self.services.keys.occupant_key(), &self.address, &format!("{kind}{id}"))
    }

    /// Somebody's presence, as the client of that resource gets it.
    pub(super) fn presence(
        &self,
        (resource, member): (&str, &Member),
        client: &str,
        more: &More<'_>,
    ) -> Bytes {
        let from = self.occupant(resource);
        let to = format!("{}/{client}", self.user);
        let jid = match &member.who {
            _ if !self.is_open() => None,
            Who::User => Some(to.clone()),
            Who::Contact(id) => Some(self.services.address.contact_full(&ContactId(id.to_string()))),
            Who::Occupant(_) => None,
        };
        let presence = member.shown.clone().map(Presence::from).unwrap_or_default();
        let status = shown::status(&presence, now(), None);
        let idle = presence.last_seen.and_then(shown::stamp);
        let show = match presence.availability {
            // They are in the room all the same.
            Availability::Offline => Some("xa"),
            other => shown::show(other),
        };
        let occupant_id = self.id_of(&member.who);
        Occupant {
            from: &from,
            to: &to,
            id: more.id,
            gone: more.gone,
            show,
            status: status.as_deref().filter(|_| !more.gone),
            idle: idle.as_deref(),
            affiliation: affiliation(member.affiliation),
            role: role(member.role),
            jid: jid.as_deref(),
            renamed: more.renamed,
            reason: more.reason,
            occupant_id: &occupant_id,
            nick: member.nick(),
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

/// How it looks; none if it is none.
pub(in crate::session) fn room_view(session: &Session, id: &ContactId) -> Option<Scene> {
    Some(Scene::new(session, id, session.room(id)?.about.kind))
}
