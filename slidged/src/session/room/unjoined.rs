//! Presences to rooms from clients that are not in them. Each is answered, so that the client does
//! not believe to be in the room.

use crate::say;
use crate::session::presence::unknown_presence;
use crate::session::room::refusal::refuse_join;
use crate::session::state::Session;
use crate::stanza;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use plugin_api::ContactId;

/// Answers the presence of a client that has not joined, in the same way as Prosody's rooms.
pub(in crate::session) fn not_joined(session: &Session, id: &ContactId, stanza: &Stanza) {
    let client = stanza.from.as_ref().and_then(|from| from.resource()).map(jid::ResourceRef::as_str);
    let on_its_way =
        |client: &str| session.rooms.entering.contains_key(&(Box::from(id.as_str()), Box::from(client)));
    // The presence of a client that is joining means nothing yet.
    if client.is_some_and(on_its_way) {
        return;
    }
    let text = say!(session.user.language, "room-not-joined");
    refuse_join(session, id, stanza, &StanzaError::with_text(Condition::ItemNotFound, text));
}

/// Answers a presence to an address that is no known room: it may have ended, or never have
/// existed. Presences to contacts need no answer.
pub(in crate::session) fn perhaps_to_room(session: &Session, id: &ContactId, stanza: &Stanza) {
    if session.services.info.groups && !session.contacts.contains_key(id) {
        not_joined(session, id, stanza);
    }
}

/// Refuses subscriptions, as a room has no presence of its own.
pub(in crate::session) fn subscribe_to_room(session: &Session, id: &ContactId, stanza: &Stanza) {
    match stanza.type_str() {
        "subscribe" | "unsubscribe" | "probe" => {
            let to = stanza.from.as_ref().map(ToString::to_string).unwrap_or_default();
            let room = session.services.address.contact_bare(id);
            session.send(stanza::subscription(&room, &to, "unsubscribed", None, None));
        }
        "subscribed" | "unsubscribed" => {}
        _ => unknown_presence(session, stanza),
    }
}
