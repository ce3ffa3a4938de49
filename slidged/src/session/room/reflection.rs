//! Reflections: copies of a user's message that a room sends to the user's clients.

use crate::session::message::UserMessage;
use crate::session::room::Room;
use crate::session::room::archive::ForArchive;
use crate::session::room::archive::author_key;
use crate::session::room::broadcast::Copies;
use crate::session::room::occupant_presence::room_view;
use crate::session::room::occupants::OccupantKey;
use crate::session::state::Session;
use crate::stanza::InRoom;
use crate::stanza::Speaker;
use crate::store::Entry;
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
        author: author_key(&OccupantKey::User),
    };
    Some(Speaker {
        from: view.occupant(&session.own_resource(id)),
        to: String::new(),
        as_user: None,
        room: Some(room),
    })
}

/// Adds to an entry the copies of a user's message for all of their clients in the room, with the
/// id that the room gives it.
pub(in crate::session) fn add_reflections(
    session: &Session,
    message: &UserMessage,
    stanza_id: &str,
    entry: &mut Entry,
) {
    let (Some(payload), Some(speaker)) = (&message.room, own_voice(session, &message.contact)) else {
        return;
    };
    let own = Some(message.text.stanza_id.as_str()).filter(|id| !id.is_empty());
    let for_archive = ForArchive { stanza_id, xmpp_id: own, when: None, filled_in: false };
    let copies = Copies::new(session, &message.contact, &speaker, &for_archive, |speaker| {
        speaker.reflection(own, stanza_id, payload.as_bytes())
    });
    copies.add_to(entry);
}
