//! What the user's clients ask of rooms and of those in them (K15 to K19, K92, XEP-0410).

use super::{Room, members::Who, scene::affiliation};
use crate::say;
use crate::session::Session;
use crate::stanza::disco_room;
use crate::stanza::disco_room::RoomFacts;
use crate::xmpp::{Condition, Stanza, StanzaError, disco, muc_admin, ns, reply};
use plugin_api::{Chat, ContactId, RoomId, RoomType};

/// Occupants in one answer: they fit into a stanza.
const MAX_LISTED: usize = 1000;

impl Session {
    /// An iq to a room, or to somebody in it.
    pub(super) fn room_iq(&mut self, id: &ContactId, iq: &Stanza) {
        if !matches!(iq.type_str(), "get" | "set") {
            return;
        }
        let Some(payload) = iq.payload() else { return };
        if let Some(resource) = iq.to.as_ref().and_then(|to| to.resource()).map(|at| at.as_str().to_owned()) {
            return self.occupant_iq(id, iq, &resource);
        }
        if self.handles_command(iq, &Chat::room(RoomId(id.0.clone()))) {
            return;
        }
        let get = iq.type_str() == "get";
        if !get && payload.is("query", ns::MUC_ADMIN) {
            return self.rule(id, iq);
        }
        if !get && payload.is("query", ns::REGISTER) && payload.get_child("remove", ns::REGISTER).is_some() {
            let answered = Stanza { payloads: Vec::new(), ..iq.clone() };
            return self.leave_for_good(id, move |session, left| match left {
                Ok(()) => session.send(reply::result(&answered, |_| ())),
                Err(error) => session.refuse(&answered, &error),
            });
        }
        let answer = match (payload.name(), payload.ns().as_str(), payload.attr("node")) {
            ("ping", ns::PING, _) if get => reply::result(iq, |_| ()),
            ("query", ns::DISCO_INFO, None) if get => self.room_info(id, iq),
            ("query", ns::DISCO_ITEMS, None) if get => self.room_items(id, iq),
            ("query", ns::DISCO_INFO | ns::DISCO_ITEMS, _) if get => refused(iq, Condition::ItemNotFound),
            ("query", ns::MUC_ADMIN, _) if get => self.room_list(id, iq),
            ("vCard", ns::VCARD_TEMP, _) if get => return self.room_card(id, iq),
            _ => refused(iq, Condition::FeatureNotImplemented),
        };
        self.send(answer);
    }

    /// A room's name and picture, for clients that show them.
    fn room_card(&mut self, id: &ContactId, iq: &Stanza) {
        let Some(room) = self.room(id) else { return };
        let (name, hash) = (room.about.name.as_deref().map(str::to_owned), room.portrait.hash());
        self.show_card(id, name, hash, iq);
    }

    fn is_inside(&self, id: &ContactId, iq: &Stanza) -> bool {
        let client = iq.from.as_ref().and_then(|from| from.resource());
        client.is_some_and(|client| self.room(id).is_some_and(|room| room.has_client(client.as_str())))
    }

    /// To somebody in a room: whoever asks has to be in it.
    fn occupant_iq(&mut self, id: &ContactId, iq: &Stanza, resource: &str) {
        let Some(payload) = iq.payload() else { return };
        let get = iq.type_str() == "get";
        if !self.is_inside(id, iq) {
            let room = self.services.address.contact_bare(id);
            let error = StanzaError::new(Condition::NotAcceptable).of_type(crate::xmpp::ErrorType::Cancel);
            return self.send(reply::error_by(iq, &error, &room).unwrap_or_default());
        }
        let who = self.room(id).and_then(Room::members).and_then(|members| members.get(resource));
        let Some(who) = who.map(|member| member.who.clone()) else {
            return self.send(refused(iq, Condition::ItemNotFound));
        };
        let open = self.scene(id).is_some_and(|scene| scene.is_open());
        let answer = match (payload.name(), payload.ns().as_str()) {
            ("ping", ns::PING) if get => reply::result(iq, |_| ()),
            ("query", ns::DISCO_INFO) if get && payload.attr("node").is_none() => {
                disco_room::occupant_info(iq, &self.services.info)
            }
            ("query", ns::DISCO_ITEMS) if get => {
                reply::result(iq, |xml| disco::write_items(xml, payload.attr("node"), &[]))
            }
            _ => {
                if let (Who::Contact(contact), true, true) = (&who, open, get)
                    && self.look(&ContactId(contact.to_string()), iq)
                {
                    return;
                }
                refused(iq, Condition::FeatureNotImplemented)
            }
        };
        self.send(answer);
    }

    fn room_info(&self, id: &ContactId, iq: &Stanza) -> bytes::Bytes {
        let Some(room) = self.room(id) else { return refused(iq, Condition::ItemNotFound) };
        let avatar = room.portrait.hash();
        let count = room.members().map(|members| u32::try_from(members.len()).unwrap_or(u32::MAX));
        RoomFacts {
            name: room.about.name.as_deref(),
            description: room.about.description.as_deref(),
            subject: room.subject(),
            subject_is_free: self.has_subject(id),
            kind: room.about.kind,
            occupants: count.or(room.about.count),
            can: self.can_in_room(id),
            avatar: avatar.as_deref(),
        }
        .answer(iq)
    }

    /// Who is in a room, for those who may know (R8): everybody where anybody may come in, else those who have.
    fn room_items(&self, id: &ContactId, iq: &Stanza) -> bytes::Bytes {
        let (Some(room), Some(scene)) = (self.room(id), self.scene(id)) else {
            return refused(iq, Condition::ItemNotFound);
        };
        let public = room.about.kind != RoomType::Group;
        let members = room.members().filter(|_| public || self.is_inside(id, iq));
        let items = members.into_iter().flat_map(|members| members.iter()).take(MAX_LISTED);
        let items: Vec<_> =
            items.map(|(at, _)| disco::Item { jid: scene.occupant(at), node: None, name: None }).collect();
        reply::result(iq, |xml| disco::write_items(xml, None, &items))
    }

    /// Who has an affiliation, where addresses are known: clients ask for it before they encrypt.
    fn room_list(&self, id: &ContactId, iq: &Stanza) -> bytes::Bytes {
        let open = self.scene(id).filter(super::Scene::is_open);
        let (Some(scene), true) = (open, self.is_inside(id, iq)) else {
            return refused(iq, Condition::Forbidden);
        };
        let Some(wanted) = muc_admin::asked_affiliation(iq) else {
            return refused(iq, Condition::BadRequest);
        };
        let members = self.room(id).and_then(Room::members);
        let listed = members.into_iter().flat_map(|members| members.iter());
        let listed = listed.filter(|(_, member)| affiliation(member.affiliation) == wanted).take(MAX_LISTED);
        let items: Vec<_> = listed
            .filter_map(|(at, member)| match &member.who {
                Who::User => Some((self.to.clone(), at.to_string())),
                Who::Contact(id) => {
                    Some((scene.services.address.contact_bare(&ContactId(id.to_string())), at.to_string()))
                }
                Who::Occupant(_) => None,
            })
            .collect();
        reply::result(iq, |xml| muc_admin::write_list(xml, &wanted, &items))
    }

    /// A client in a room wants to be called something else: the network is asked (R8, K93).
    pub(super) fn other_nick(&mut self, id: &ContactId, stanza: &Stanza) {
        let Some(nick) = stanza.wanted_nick().map(str::to_owned) else { return };
        let client = stanza.from.as_ref().and_then(|from| from.resource());
        if !client.is_some_and(|client| self.is_inside_room(id, client.as_str())) {
            return self.not_joined(id, stanza);
        }
        if nick == self.own_resource(id) {
            // What the user does elsewhere is nothing for the room.
            return;
        }
        let stanza = Stanza { payloads: Vec::new(), ..stanza.clone() };
        let refuse = |session: &Session, id: &ContactId, stanza: &Stanza| {
            let text =
                say!(session.language, "room-nick-stays", network = &session.services.info.component_name);
            let error = StanzaError::with_text(Condition::NotAcceptable, text);
            session.not_let_in(id, stanza, &error.of_type(crate::xmpp::ErrorType::Cancel));
        };
        if self.services.hooks.lacks("on_set_nick") {
            return refuse(self, id, &stanza);
        }
        let (room, key) = (RoomId(id.0.clone()), id.clone());
        let call = move |remote: std::sync::Arc<plugin_api::RemoteSession>| async move {
            remote.on_set_nick(room, nick).await
        };
        self.request(id.clone(), "on_set_nick", call, move |session, _| refuse(session, &key, &stanza));
    }

    /// The rooms of the user, for service discovery of the gateway (K13), by name.
    pub(in crate::session) fn listed_rooms(&self) -> Vec<disco::Item> {
        let own = self.rooms.known.iter().filter(|(_, room)| !room.about.outside);
        let items = own.map(|(id, room)| disco::Item {
            jid: self.services.address.contact_bare(&ContactId(id.to_string())),
            node: None,
            name: room.about.name.as_deref().map(str::to_owned),
        });
        let mut items: Vec<_> = items.collect();
        items.sort_by(|a, b| (&a.name, &a.jid).cmp(&(&b.name, &b.jid)));
        items
    }
}

fn refused(iq: &Stanza, condition: Condition) -> bytes::Bytes {
    reply::error(iq, &StanzaError::new(condition)).unwrap_or_default()
}
