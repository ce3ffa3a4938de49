//! Presence to rooms from clients that are not in them: each is told where it stands, so that it does not believe to be in.

use crate::say;
use crate::session::presence::unknown_presence;
use crate::session::room::refusal::not_let_in;
use crate::session::state::Session;
use crate::stanza;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use plugin_api::ContactId;

/// A client that has not come in says that it is there: Prosody's rooms answer in the same way.
pub(in crate::session) fn not_joined(session: &Session, id: &ContactId, stanza: &Stanza) {
    let client = stanza.from.as_ref().and_then(|from| from.resource()).map(jid::ResourceRef::as_str);
    let on_its_way =
        |client: &str| session.rooms.entering.contains_key(&(Box::from(id.as_str()), Box::from(client)));
    // What it says on its way in means nothing yet.
    if client.is_some_and(on_its_way) {
        return;
    }
    let text = say!(session.user.language, "room-not-joined");
    not_let_in(session, id, stanza, &StanzaError::with_text(Condition::ItemNotFound, text));
}

/// The same where no room is known: it may have ended, or there never was one. Contacts do not care.
pub(in crate::session) fn perhaps_to_room(session: &Session, id: &ContactId, stanza: &Stanza) {
    if session.services.info.groups && !session.contacts.contains_key(id) {
        not_joined(session, id, stanza);
    }
}

/// A room has no presence of its own to subscribe to.
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
