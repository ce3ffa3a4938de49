//! A client leaves a room, or is turned out of it: by the network, by an end of ours, or because it is not there any more.

use super::{
    Inside,
    members::{Member, Who},
    scene::More,
};
use crate::{
    session::Session,
    xmpp::{Condition, Stanza, muc_user},
};
use plugin_api::ContactId;

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
        let was_entering = self.rooms.entering.remove(&(Box::from(id.as_str()), Box::from(client.as_str())));
        if was_entering.is_none() && !self.is_inside_room(id, client.as_str()) {
            // It believed to be in, and waits to hear that it is not any more.
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
        let Some(room) = self.room(id) else { return };
        let out: Vec<Box<str>> = room
            .clients
            .iter()
            .filter(|inside| which(inside))
            .map(|inside| inside.resource.clone())
            .collect();
        if out.is_empty() {
            return;
        }
        self.say_out(id, &out, code.into(), reason);
        if let Some(room) = self.room_mut(id) {
            room.clients.retain(|inside| !out.contains(&inside.resource));
        }
        self.store_room(id);
    }

    /// Tells clients that they are not in a room.
    pub(super) fn say_out(
        &self,
        id: &ContactId,
        clients: &[Box<str>],
        code: Option<u16>,
        reason: Option<&str>,
    ) {
        let (Some(scene), own) = (self.scene(id), self.own_resource(id)) else { return };
        let me = Member::gone(Who::User);
        let codes: Vec<u16> = code.into_iter().chain([muc_user::SELF]).collect();
        let more = More { gone: true, codes: &codes, reason, ..More::default() };
        self.send_all(clients.iter().map(|client| scene.presence((&own, &me), client, &more)));
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
    /// come in again (R7).
    pub(in crate::session) fn rooms_link_up(&mut self) {
        let now = Some(self.gateway.epoch());
        self.each_room(|session, id| {
            session.turn_out(id, muc_user::TECHNICAL, None, |inside| inside.epoch != now);
        });
    }

    /// The gateway stops, or the user leaves it.
    pub(in crate::session) fn rooms_shut(&mut self) {
        self.each_room(|session, id| {
            let Some(room) = session.room(id) else { return };
            // They stay noted: whoever does not hear this is told at the next start.
            let clients: Vec<_> = room.clients.iter().map(|inside| inside.resource.clone()).collect();
            session.say_out(id, &clients, Some(muc_user::SHUTDOWN), None);
        });
    }

    fn each_room(&mut self, act: impl Fn(&mut Session, &ContactId)) {
        let busy = self.rooms.known.iter().filter(|(_, room)| !room.clients.is_empty());
        let busy: Vec<_> = busy.map(|(id, _)| ContactId(id.to_string())).collect();
        for id in busy {
            act(self, &id);
        }
    }
}
