//! What the user says in a room: the same path as to a contact, and at its end a copy for each of the user's clients (K84).

use super::{Room, members::Who};
use crate::model::clock::now;
use crate::model::ids::new_id;
use crate::session::conversation::{Turn, Way};
use crate::session::incoming::{MAX_SHOWN, encrypted};
use crate::session::message::UserMessage;
use crate::session::{Session, Then};
use crate::stanza::{InRoom, Speaker};
use crate::store::Outgoing;
use crate::xmpp::{Condition, Stanza, StanzaError, Xml, muc_user, ns, passing, replies};
use crate::{say, services};
use plugin_api::{ContactId, RoomId, Sender};
use std::time::Instant;

impl Session {
    /// A message of the user to a room.
    pub(super) fn room_message(&mut self, id: &ContactId, stanza: &Stanza) {
        let whole = stanza.to.as_ref().is_some_and(|to| to.resource().is_none());
        match stanza.message_type() {
            "error" => return self.bounced(id, stanza),
            "headline" => return,
            "groupchat" if whole => {}
            "groupchat" => return self.refuse(stanza, &StanzaError::new(Condition::BadRequest)),
            _ => return self.aside(stanza, whole),
        }
        let client =
            stanza.from.as_ref().and_then(|from| from.resource()).map_or("", |client| client.as_str());
        if !self.room(id).is_some_and(|room| room.has_client(client)) {
            return self.not_inside(id, stanza, client);
        }
        if !self.sent.take(self.services.settings.messages, Instant::now()) {
            return self.too_fast(stanza);
        }
        if encrypted(stanza) {
            let text = say!(self.language, "message-encrypted");
            return self.refuse(stanza, &StanzaError::with_text(Condition::BadRequest, text));
        }
        if let Some(subject) = stanza.subject().filter(|_| stanza.body().is_none()) {
            return self.subject_of_user(id, stanza, subject);
        }
        match self.read(id, stanza) {
            Some(mut said) => {
                if let Some(reply) = &mut said.text.reply {
                    reply.to = self.answered_in_room(id, stanza);
                }
                self.take(id.clone(), stanza, said);
                self.marked(id.clone(), stanza);
            }
            None if stanza.is_blank() => self.refuse(stanza, &services::blank(self.language)),
            None => {
                self.state(id.clone(), stanza);
                self.reflect_in_order(id, stanza);
            }
        }
    }

    /// What is not said to all.
    fn aside(&self, stanza: &Stanza, whole: bool) {
        let invites = stanza.has("x", ns::CONFERENCE) || muc_user::is_invitation(stanza);
        if passing::is_all(stanza) {
            return;
        }
        let (id, condition) = match whole {
            _ if invites => ("room-no-invitations", Condition::FeatureNotImplemented),
            true => ("room-is-a-group", Condition::BadRequest),
            false => ("room-no-private-messages", Condition::FeatureNotImplemented),
        };
        let text = say!(self.language, id, network = &self.services.info.component_name);
        self.refuse(stanza, &StanzaError::with_text(condition, text));
    }

    /// A client that believes to be in a room, and is not (K85).
    fn not_inside(&self, id: &ContactId, stanza: &Stanza, client: &str) {
        let text = say!(self.language, "room-not-inside");
        self.refuse(stanza, &StanzaError::with_text(Condition::NotAcceptable, text));
        self.say_out(id, &[client.into()], Some(muc_user::TECHNICAL), None);
    }

    /// Who wrote what is answered, by the address that the client gives.
    fn answered_in_room(&self, id: &ContactId, stanza: &Stanza) -> Option<Sender> {
        let to = replies::Reply::parse(stanza)?.to?;
        let member = self.room(id)?.members()?.get(to.resource()?.as_str())?;
        let room = Some(RoomId(id.0.clone()));
        Some(match &member.who {
            Who::User => Sender { room, is_user: true, ..Sender::default() },
            Who::Contact(id) => Sender { room, contact: Some(id.to_string().into()), ..Sender::default() },
            Who::Occupant(id) => Sender { room, occupant: Some(id.to_string().into()), ..Sender::default() },
        })
    }

    /// What a room shows of a message of the user: all that is in it, but for what only the room may say.
    pub(in crate::session) fn shown_in_room(&self, id: &ContactId, stanza: &Stanza) -> Option<String> {
        if !self.is_room(id) {
            return None;
        }
        let ours = |payload: &&minidom::Element| {
            payload.is("stanza-id", ns::STANZA_ID)
                || payload.has_ns(ns::OCCUPANT_ID)
                || payload.has_ns(ns::MUC_USER)
                || payload.has_ns(ns::DELAY)
        };
        let mut xml = Xml::new();
        for payload in stanza.payloads.iter().filter(|payload| !ours(payload)) {
            xml.element(payload);
        }
        Some(String::from_utf8_lossy(&xml.finish()).into_owned())
    }

    /// The user, speaking in a room.
    fn own_voice(&self, id: &ContactId) -> Option<Speaker> {
        let scene = self.scene(id)?;
        let room = InRoom {
            address: scene.address.clone(),
            occupant_id: Some(scene.id_of(&Who::User)),
            nick: self
                .room(id)
                .and_then(Room::members)
                .and_then(|members| members.get(members.resource_of(&Who::User)?)?.nick().map(str::to_owned)),
            own: true,
        };
        Some(Speaker {
            from: scene.occupant(&self.own_resource(id)),
            to: String::new(),
            as_user: None,
            room: Some(room),
        })
    }

    /// What the user said, for all of their clients that are in the room, under the id that the room gives it.
    pub(in crate::session) fn reflections(&self, message: &UserMessage, stanza_id: &str) -> Vec<Outgoing> {
        let (Some(payload), Some(speaker)) = (&message.room, self.own_voice(&message.contact)) else {
            return Vec::new();
        };
        let own = Some(message.text.stanza_id.as_str()).filter(|id| !id.is_empty());
        let copies = self.copies(&message.contact, &speaker);
        let copy = |speaker: &Speaker| speaker.reflection(own, stanza_id, payload.as_bytes());
        copies.iter().map(copy).map(Outgoing::durable).collect()
    }

    /// What is nothing for the network, such as a marker or a file that is announced: the user's clients get it (section 7.4) behind what
    /// the user said before it.
    fn reflect_in_order(&mut self, id: &ContactId, stanza: &Stanza) {
        // What a client does at the moment is nothing for the others.
        let passing = |p: &minidom::Element| {
            [ns::CHAT_STATES, ns::HINTS, ns::CLIENT, ns::STANZA_ID].iter().any(|ns| p.has_ns(*ns))
        };
        if stanza.payloads.iter().all(passing) {
            return;
        }
        let Some(shown) = self.shown_in_room(id, stanza) else { return };
        if shown.len() > MAX_SHOWN {
            let text = say!(self.language, "room-message-too-long");
            return self.refuse(stanza, &StanzaError::with_text(Condition::PolicyViolation, text));
        }
        let size = shown.len();
        if !self.has_room(id, size) {
            return self.reflect_now(id, stanza, &shown);
        }
        let (room, stanza) = (id.clone(), stanza.clone());
        let turn: Turn = Box::pin(async move {
            Box::new(move |session: &mut Session| session.reflect_now(&room, &stanza, &shown)) as Then
        });
        self.take_turns(Way::ToNetwork, id.clone(), size, turn);
    }

    fn reflect_now(&mut self, id: &ContactId, stanza: &Stanza, shown: &str) {
        let Some(speaker) = self.own_voice(id) else { return };
        let stanza_id = new_id();
        self.announcements.note(id, stanza, Some(&stanza_id), now());
        let copies = self.copies(id, &speaker);
        let copies = copies
            .iter()
            .map(|speaker| speaker.reflection(stanza.id.as_deref(), &stanza_id, shown.as_bytes()));
        self.send_all(copies);
    }
}
