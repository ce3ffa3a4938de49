//! A client leaves a room, or is turned out of it: by the network, by an end of ours, or because it is not there any more.

use super::{
    Inside, Room,
    members::{Member, Who},
    scene::{More, Scene},
};
use crate::model::ids::new_id;
use crate::{
    session::Session,
    store::{Entry, Outgoing},
    xmpp::{Condition, Stanza, Xml, muc_user, ns, privilege, pubsub},
};
use bytes::Bytes;
use plugin_api::{Affiliation, ContactId, RoomType};

/// Conditions of an error that mean that a client is gone (K108).
const GONE: [Condition; 9] = [
    Condition::Gone,
    Condition::InternalServerError,
    Condition::ItemNotFound,
    Condition::JidMalformed,
    Condition::RecipientUnavailable,
    Condition::Redirect,
    Condition::RemoteServerNotFound,
    Condition::RemoteServerTimeout,
    Condition::ServiceUnavailable,
];

impl Session {
    /// A client says goodbye, and hears that it is out (R8).
    pub(super) fn leave(&mut self, id: &ContactId, stanza: &Stanza) {
        let Some(client) = stanza.from.as_ref().and_then(|from| from.resource()) else { return };
        self.rooms.entering.remove(&(Box::from(id.as_str()), Box::from(client.as_str())));
        if !self.is_inside_room(id, client.as_str()) {
            // It believed to be in, or was on its way, and waits to hear that it is not any more.
            return self.say_out(id, &[client.as_str().into()], None, None);
        }
        self.turn_out(id, None, None, |inside| *inside.resource == *client.as_str());
    }

    /// These clients are out of a room, and are told.
    pub(super) fn turn_out(
        &mut self,
        id: &ContactId,
        code: impl Into<Option<u16>>,
        reason: Option<&str>,
        which: impl Fn(&Inside) -> bool,
    ) {
        let out = self.clients_in(id, which);
        if out.is_empty() {
            return;
        }
        self.say_out(id, &out, code.into(), reason);
        if let Some(room) = self.room_mut(id) {
            room.clients.retain(|inside| !out.contains(&inside.resource));
        }
        self.store_room(id);
    }

    fn clients_in(&self, id: &ContactId, which: impl Fn(&Inside) -> bool) -> Vec<Box<str>> {
        let inside = self.room(id).map(|room| room.clients.iter()).into_iter().flatten();
        inside.filter(|inside| which(inside)).map(|inside| inside.resource.clone()).collect()
    }

    /// Tells clients that they are not in a room.
    pub(super) fn say_out(
        &self,
        id: &ContactId,
        clients: &[Box<str>],
        code: Option<u16>,
        reason: Option<&str>,
    ) {
        self.send_all(self.out(id, clients, code, reason));
    }

    /// What tells clients that they are not in a room.
    fn out(
        &self,
        id: &ContactId,
        clients: &[Box<str>],
        code: Option<u16>,
        reason: Option<&str>,
    ) -> Vec<Bytes> {
        // Who gives up on the way in may do so before the network has said what it is.
        let kind = self.room(id).map_or_else(RoomType::default, |room| room.about.kind);
        let (scene, own) = (Scene::new(self, id, kind), self.own_resource(id));
        let mut me = Member::gone(Who::User);
        me.affiliation = self.own_affiliation(id, code);
        let codes: Vec<u16> = code.into_iter().chain([muc_user::SELF]).collect();
        let more = More { gone: true, codes: &codes, reason, ..More::default() };
        clients.iter().map(|client| scene.presence((&own, &me), client, &more)).collect()
    }

    /// What the user is to a room that a client is out of for that reason: who only goes stays what they are (section 7.14).
    fn own_affiliation(&self, id: &ContactId, code: Option<u16>) -> Affiliation {
        match code {
            Some(muc_user::BANNED) => Affiliation::Outcast,
            Some(muc_user::KICKED | muc_user::NOT_MEMBER) => Affiliation::None,
            _ => {
                let members = self.room(id).and_then(Room::members);
                let me = members.and_then(|members| members.get(members.resource_of(&Who::User)?));
                me.map_or_else(|| self.at_least(id), |me| me.affiliation)
            }
        }
    }

    /// A client is not online any more: nobody need be told.
    pub(in crate::session) fn client_left(&mut self, resource: &str) {
        let inside = self.rooms.known.iter().filter(|(_, room)| room.has_client(resource));
        let rooms: Vec<_> = inside.map(|(id, _)| ContactId(id.to_string())).collect();
        for id in rooms {
            self.client_out(&id, resource);
        }
    }

    fn client_out(&mut self, id: &ContactId, resource: &str) {
        let Some(room) = self.room_mut(id) else { return };
        let before = room.clients.len();
        room.clients.retain(|inside| *inside.resource != *resource);
        if room.clients.len() != before {
            self.store_room(id);
        }
    }

    /// Something of a room came back from a client: if it is not there any more, it is not in the room either (K108). One that lives is
    /// told, and comes in again.
    pub(super) fn bounced(&mut self, id: &ContactId, stanza: &Stanza) {
        let gone = stanza.error().is_some_and(|error| GONE.contains(&error.condition));
        if let Some(client) = stanza.from.as_ref().and_then(|from| from.resource()).filter(|_| gone) {
            tracing::debug!("a client is not there any more: it is out of the room");
            self.turn_out(id, muc_user::TECHNICAL, None, |inside| *inside.resource == *client.as_str());
        }
    }

    /// A new connection to the XMPP server, or a new life: clients that came in over another one do not know what they have missed, and
    /// come in again (R7). Whoever was in a room when the process ended is told both that it was for a technical reason, at which
    /// Conversations comes in again, and that it was a shutdown, at which Gajim does.
    pub(in crate::session) fn rooms_link_up(&mut self) {
        let now = Some(self.services.privileges.epoch());
        self.each_room(|session, id| {
            let before = |inside: &Inside| inside.epoch.is_none();
            session.say_out(id, &session.clients_in(id, before), Some(muc_user::TECHNICAL), None);
            session.turn_out(id, muc_user::SHUTDOWN, None, before);
            session.turn_out(id, muc_user::TECHNICAL, None, |inside| inside.epoch != now);
        });
    }

    /// The gateway stops, and the clients in rooms are told. They stay in them for what is still under way.
    pub(in crate::session) fn rooms_shut(&mut self) {
        self.each_room(|session, id| {
            let told = session.said_out(id, muc_user::SHUTDOWN);
            session.journal.note(Entry { stanzas: told, ..Entry::default() });
        });
    }

    /// The gateway has stopped: who was told so is in no room at the next start.
    pub(in crate::session) fn rooms_closed(&mut self) {
        self.each_room(|session, id| {
            if let Some(room) = session.room_mut(id) {
                room.clients.clear();
            }
            session.store_room(id);
        });
    }

    /// What the user's clients are told when the user leaves the gateway: they are in no room any more, and have none to come back to.
    pub(in crate::session) fn rooms_left(&self) -> Vec<Outgoing> {
        let rooms = self.rooms.known.keys().map(|id| ContactId(id.to_string()));
        rooms
            .flat_map(|id| self.said_out(&id, muc_user::NOT_MEMBER).into_iter().chain(self.unmark(&id)))
            .collect()
    }

    /// All clients in a room are told that they are out of it, whatever happens to the connection.
    fn said_out(&self, id: &ContactId, code: u16) -> Vec<Outgoing> {
        let clients = self.room(id).map(Room::resources).into_iter().flatten();
        let clients: Vec<Box<str>> = clients.map(Box::from).collect();
        self.out(id, &clients, Some(code), None).into_iter().map(Outgoing::durable).collect()
    }

    /// Takes the bookmark (XEP-0402) of a room away that the user can not come back to, where we may. What is answered is of no interest.
    pub(super) fn unmark(&self, id: &ContactId) -> Option<Outgoing> {
        let server = self.services.privileges.of(self.jid.domain().as_str())?;
        if !server.iq(ns::PUBSUB).can_set() {
            return None;
        }
        let room = self.services.address.contact_bare(id);
        let retract = privilege::iq_payload(server.namespace, |iq| {
            iq.attr("type", "set").attr("id", &new_id()).attr("from", &self.to).attr("to", &self.to);
            pubsub::write_retract(iq, ns::BOOKMARKS, &room);
        });
        let mut xml = Xml::new();
        xml.open("iq")
            .attr("type", "set")
            .attr("id", &new_id())
            .attr("from", self.services.address.domain())
            .attr("to", &self.to)
            .raw(&retract);
        Some(Outgoing::durable(xml.finish()))
    }

    fn each_room(&mut self, act: impl Fn(&mut Session, &ContactId)) {
        let busy = self.rooms.known.iter().filter(|(_, room)| !room.clients.is_empty());
        let busy: Vec<_> = busy.map(|(id, _)| ContactId(id.to_string())).collect();
        for id in busy {
            act(self, &id);
        }
    }
}
