//! Leaving of a room: a client leaves by itself, or is removed by the network, by the gateway, or
//! because it is no longer online.

use crate::model::ids::new_id;
use crate::session::room::JoinedClient;
use crate::session::room::Room;
use crate::session::room::changes::at_least;
use crate::session::room::occupant_presence::PresenceDetails;
use crate::session::room::occupant_presence::RoomView;
use crate::session::room::occupants::OccupantKey;
use crate::session::room::occupants::RoomOccupant;
use crate::session::room::store::store_room;
use crate::session::state::Session;
use crate::store::Entry;
use crate::store::Outgoing;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::Xml;
use crate::xmpp::muc_user;
use crate::xmpp::ns;
use crate::xmpp::privilege;
use crate::xmpp::pubsub;
use bytes::Bytes;
use plugin_api::Affiliation;
use plugin_api::ContactId;
use plugin_api::RoomType;

/// Conditions of an error which mean that a client is gone (K108).
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

/// Handles the unavailable presence of a client, which is answered with its own (R8).
pub(in crate::session) fn leave(session: &mut Session, id: &ContactId, stanza: &Stanza) {
    let Some(client) = stanza.from.as_ref().and_then(|from| from.resource()) else { return };
    session.rooms.entering.remove(&(Box::from(id.as_str()), Box::from(client.as_str())));
    if !session.is_inside_room(id, client.as_str()) {
        // The client believed to be in the room, or was joining, and waits to be told that it is
        // out.
        return send_unavailable(session, id, &[client.as_str().into()], None, None);
    }
    remove_clients(session, id, None, None, |inside| *inside.resource == *client.as_str());
}

/// Removes clients from a room, and tells them.
pub(in crate::session) fn remove_clients(
    session: &mut Session,
    id: &ContactId,
    code: impl Into<Option<u16>>,
    reason: Option<&str>,
    which: impl Fn(&JoinedClient) -> bool,
) {
    let out = clients_in(session, id, which);
    if out.is_empty() {
        return;
    }
    send_unavailable(session, id, &out, code.into(), reason);
    if let Some(room) = session.room_mut(id) {
        room.clients.retain(|inside| !out.contains(&inside.resource));
    }
    store_room(session, id);
}

fn clients_in(session: &Session, id: &ContactId, which: impl Fn(&JoinedClient) -> bool) -> Vec<Box<str>> {
    let inside = session.room(id).map(|room| room.clients.iter()).into_iter().flatten();
    inside.filter(|inside| which(inside)).map(|inside| inside.resource.clone()).collect()
}

/// Tells clients that they are not in a room.
pub(in crate::session) fn send_unavailable(
    session: &Session,
    id: &ContactId,
    clients: &[Box<str>],
    code: Option<u16>,
    reason: Option<&str>,
) {
    session.send_all(out(session, id, clients, code, reason));
}

/// Builds the presences that tell clients that they are not in a room.
fn out(
    session: &Session,
    id: &ContactId,
    clients: &[Box<str>],
    code: Option<u16>,
    reason: Option<&str>,
) -> Vec<Bytes> {
    // A client may give up joining before the network has said what kind of room it is.
    let kind = session.room(id).map_or_else(RoomType::default, |room| room.info.kind);
    let (view, own) = (RoomView::new(session, id, kind), session.own_resource(id));
    let mut me = RoomOccupant::gone(OccupantKey::User);
    me.affiliation = own_affiliation(session, id, code);
    let codes: Vec<u16> = code.into_iter().chain([muc_user::SELF]).collect();
    let more = PresenceDetails { gone: true, codes: &codes, reason, ..PresenceDetails::default() };
    clients.iter().map(|client| view.presence((&own, &me), client, &more)).collect()
}

/// Returns the user's affiliation to a room that a client is out of for this reason. One who only
/// leaves keeps theirs (section 7.14).
fn own_affiliation(session: &Session, id: &ContactId, code: Option<u16>) -> Affiliation {
    match code {
        Some(muc_user::BANNED) => Affiliation::Outcast,
        Some(muc_user::KICKED | muc_user::NOT_MEMBER) => Affiliation::None,
        _ => {
            let occupants = session.room(id).and_then(Room::occupant_list);
            let me =
                occupants.and_then(|occupants| occupants.get(occupants.resource_of(&OccupantKey::User)?));
            me.map_or_else(|| at_least(session, id), |me| me.affiliation)
        }
    }
}

/// Removes a client that has gone offline from all rooms; nobody need be told.
pub(in crate::session) fn client_left(session: &mut Session, resource: &str) {
    let inside = session.rooms.known.iter().filter(|(_, room)| room.has_client(resource));
    let rooms: Vec<_> = inside.map(|(id, _)| ContactId(id.to_string())).collect();
    for id in rooms {
        client_out(session, &id, resource);
    }
}

fn client_out(session: &mut Session, id: &ContactId, resource: &str) {
    let Some(room) = session.room_mut(id) else { return };
    let before = room.clients.len();
    room.clients.retain(|inside| *inside.resource != *resource);
    if room.clients.len() != before {
        store_room(session, id);
    }
}

/// Handles an error that a stanza of a room got from a client: if that is gone, it is out of the
/// room too (K108). It is told nevertheless, so that one that is still online joins again.
pub(in crate::session) fn bounced(session: &mut Session, id: &ContactId, stanza: &Stanza) {
    let gone = stanza.error().is_some_and(|error| GONE.contains(&error.condition));
    if let Some(client) = stanza.from.as_ref().and_then(|from| from.resource()).filter(|_| gone) {
        tracing::debug!("a client is not there any more: it is out of the room");
        remove_clients(session, id, muc_user::TECHNICAL, None, |inside| *inside.resource == *client.as_str());
    }
}

/// Removes the clients that joined over another connection to the XMPP server, or in an earlier run
/// of the gateway: they do not know what they have missed, and join again (R7).
///
/// Clients that were in a room when the process ended are told both that it was for a technical
/// reason, at which Conversations joins again, and that it was a shutdown, at which Gajim does.
pub(in crate::session) fn rooms_link_up(session: &mut Session) {
    let now = Some(session.services.privileges.epoch());
    each_room(session, |session, id| {
        let before = |inside: &JoinedClient| inside.epoch.is_none();
        send_unavailable(session, id, &clients_in(session, id, before), Some(muc_user::TECHNICAL), None);
        remove_clients(session, id, muc_user::SHUTDOWN, None, before);
        remove_clients(session, id, muc_user::TECHNICAL, None, |inside| inside.epoch != now);
    });
}

/// Tells the clients in rooms that the gateway stops. They stay in the rooms for what is still
/// under way.
pub(in crate::session) fn rooms_shut(session: &mut Session) {
    each_room(session, |session, id| {
        let told = said_out(session, id, muc_user::SHUTDOWN);
        session.journal.note(Entry { stanzas: told, ..Entry::default() });
    });
}

/// Empties all rooms once the gateway has stopped: clients that were told so are in none at the
/// next start.
pub(in crate::session) fn rooms_closed(session: &mut Session) {
    each_room(session, |session, id| {
        if let Some(room) = session.room_mut(id) {
            room.clients.clear();
        }
        store_room(session, id);
    });
}

/// Builds the stanzas for a user who leaves the gateway: their clients are in no room any more, and
/// have no bookmarks to come back to.
pub(in crate::session) fn rooms_left(session: &Session) -> Vec<Outgoing> {
    let rooms = session.rooms.known.keys().map(|id| ContactId(id.to_string()));
    rooms
        .flat_map(|id| said_out(session, &id, muc_user::NOT_MEMBER).into_iter().chain(unmark(session, &id)))
        .collect()
}

/// Builds the stanzas which tell all clients in a room that they are out of it. They survive an
/// outage of the connection.
fn said_out(session: &Session, id: &ContactId, code: u16) -> Vec<Outgoing> {
    let clients = session.room(id).map(Room::resources).into_iter().flatten();
    let clients: Vec<Box<str>> = clients.map(Box::from).collect();
    out(session, id, &clients, Some(code), None).into_iter().map(Outgoing::durable).collect()
}

/// Builds the stanza that removes the bookmark (XEP-0402) of a room which the user cannot come back
/// to, if the server grants that. Its answer does not matter.
pub(in crate::session) fn unmark(session: &Session, id: &ContactId) -> Option<Outgoing> {
    let server = session.services.privileges.of(session.user.jid.domain().as_str())?;
    if !server.iq(ns::PUBSUB).can_set() {
        return None;
    }
    let room = session.services.address.contact_bare(id);
    let retract = privilege::iq_payload(server.namespace, |iq| {
        iq.attr("type", "set")
            .attr("id", &new_id())
            .attr("from", &session.user.address)
            .attr("to", &session.user.address);
        pubsub::write_retract(iq, ns::BOOKMARKS, &room);
    });
    let mut xml = Xml::new();
    xml.open("iq")
        .attr("type", "set")
        .attr("id", &new_id())
        .attr("from", session.services.address.domain())
        .attr("to", &session.user.address)
        .raw(&retract);
    Some(Outgoing::durable(xml.finish()))
}

fn each_room(session: &mut Session, act: impl Fn(&mut Session, &ContactId)) {
    let busy = session.rooms.known.iter().filter(|(_, room)| !room.clients.is_empty());
    let busy: Vec<_> = busy.map(|(id, _)| ContactId(id.to_string())).collect();
    for id in busy {
        act(session, &id);
    }
}
