//! Reflections: copies of a user's message that a room sends to the user's clients.

use crate::session::message::UserMessage;
use crate::session::room::Room;
use crate::session::room::broadcast::recipients;
use crate::session::room::occupant_presence::room_view;
use crate::session::room::occupants::OccupantKey;
use crate::session::state::Session;
use crate::stanza::InRoom;
use crate::stanza::Speaker;
use crate::store::Outgoing;
use crate::xmpp::Stanza;
use crate::xmpp::Xml;
use crate::xmpp::ns;
use plugin_api::ContactId;

/// Returns the content of a user's message that the room reflects: everything except what only a
/// room may say.
pub(in crate::session) fn shown_in_room(
    session: &Session,
    id: &ContactId,
    stanza: &Stanza,
) -> Option<String> {
    if !session.is_room(id) {
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

/// Returns the user as a speaker in a room.
pub(in crate::session) fn own_voice(session: &Session, id: &ContactId) -> Option<Speaker> {
    let view = room_view(session, id)?;
    let room = InRoom {
        address: view.address.clone(),
        occupant_id: Some(view.id_of(&OccupantKey::User)),
        nick: session.room(id).and_then(Room::occupant_list).and_then(|occupants| {
            occupants.get(occupants.resource_of(&OccupantKey::User)?)?.nick().map(str::to_owned)
        }),
        own: true,
    };
    Some(Speaker {
        from: view.occupant(&session.own_resource(id)),
        to: String::new(),
        as_user: None,
        room: Some(room),
    })
}

/// Builds the copies of a user's message for all of their clients in the room, with the id that the
/// room gives it.
pub(in crate::session) fn reflections(
    session: &Session,
    message: &UserMessage,
    stanza_id: &str,
) -> Vec<Outgoing> {
    let (Some(payload), Some(speaker)) = (&message.room, own_voice(session, &message.contact)) else {
        return Vec::new();
    };
    let own = Some(message.text.stanza_id.as_str()).filter(|id| !id.is_empty());
    let copies = recipients(session, &message.contact, &speaker);
    let copy = |speaker: &Speaker| speaker.reflection(own, stanza_id, payload.as_bytes());
    copies.iter().map(copy).map(Outgoing::durable).collect()
}
