//! The subject of a room, both ways (K107).

use super::Room;
use crate::model::clock::now;
use crate::model::ids::new_id;
use crate::{
    model::shown,
    say,
    session::Session,
    store::{Entry, Outgoing},
    xmpp::{Condition, Stanza, StanzaError, muc, occupant_id},
};
use plugin_api::{ContactId, RoomId, RoomInfo, Sender, Timestamp};

/// The longest subject that is passed on. Bytes.
const MAX_SUBJECT: usize = 16 << 10;

impl Session {
    /// The network has another subject.
    pub(in crate::session) fn set_subject(
        &mut self,
        id: &ContactId,
        subject: String,
        by: Option<&Sender>,
        when: Option<Timestamp>,
    ) {
        let setter = by.map(|by| self.author_in_room(id, Some(by)).1.unwrap_or_default());
        let info = RoomInfo {
            id: id.0.clone().into(),
            subject: Some(subject),
            subject_date: when.or_else(|| Some(now())),
            subject_setter: setter.filter(|nick| !nick.is_empty()),
            ..RoomInfo::default()
        };
        self.set_room(info);
    }

    /// Tells a client that has just come in, or all, what the subject is.
    pub(super) fn tell_subject(&self, id: &ContactId, client: Option<&str>) {
        let (Some(scene), Some(room)) = (self.scene(id), self.room(id)) else { return };
        let about = &room.about;
        let setter = about.subject_setter.as_deref().map(muc::nick).filter(|nick| !nick.is_empty());
        let at = setter.as_deref().and_then(muc::resource);
        let from = at.as_deref().map_or_else(|| scene.address.clone(), |at| scene.occupant(at));
        let who = at.and_then(|at| Some(&room.members()?.get(&at)?.who));
        let occupant = who.map(|who| scene.id_of(who));
        let stamp = about.subject_date.filter(|_| client.is_some()).and_then(shown::stamp);
        let own = new_id();
        let stanza = |resource: &str| {
            let to = format!("{}/{resource}", scene.user);
            let delay = stamp.as_deref().map(|stamp| (stamp, scene.address.as_str()));
            muc::subject((&from, &to), &own, about.subject.as_deref().unwrap_or(""), delay, |xml| {
                if let Some(id) = &occupant {
                    occupant_id::write(xml, id);
                }
            })
        };
        match client {
            Some(client) => self.send(stanza(client)),
            None => {
                let stanzas = room.resources().map(|client| Outgoing::durable(stanza(client))).collect();
                self.pen.note(Entry { stanzas, ..Entry::default() });
            }
        }
    }

    /// May the user set it?
    pub(super) fn has_subject(&self, id: &ContactId) -> bool {
        self.can_in_room(id).is_some_and(|can| can.subject) && !self.services.hooks.lacks("on_set_subject")
    }

    /// The user sets it; the network tells all when it is so.
    pub(super) fn subject_of_user(&mut self, id: &ContactId, stanza: &Stanza, subject: String) {
        let network = self.services.info.component_name.clone();
        let text = say!(self.language, "room-no-subject", network = network);
        let refusal = StanzaError::with_text(Condition::FeatureNotImplemented, text);
        if !self.has_subject(id) {
            return self.refuse(stanza, &refusal);
        }
        if subject.len() > MAX_SUBJECT {
            let text = say!(self.language, "room-subject-too-long");
            return self.refuse(stanza, &StanzaError::with_text(Condition::PolicyViolation, text));
        }
        let room = RoomId(id.0.clone());
        let stanza = Stanza { payloads: Vec::new(), ..stanza.clone() };
        let call = move |remote: std::sync::Arc<plugin_api::RemoteSession>| async move {
            remote.on_set_subject(room, subject).await
        };
        self.request(id.clone(), "on_set_subject", call, move |session, error| {
            session.refuse(&stanza, error);
        });
    }
}

impl Room {
    /// Its subject, if it has one.
    pub(super) fn subject(&self) -> Option<&str> {
        self.about.subject.as_deref()
    }
}
