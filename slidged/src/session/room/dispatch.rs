//! Stanzas of the user to a room.

use crate::session::room::groupchat::room_message;
use crate::session::room::info::found_room;
use crate::session::room::iq::other_nick;
use crate::session::room::iq::room_iq;
use crate::session::room::join::join;
use crate::session::room::leave::bounced;
use crate::session::room::leave::leave;
use crate::session::room::unjoined::perhaps_to_room;
use crate::session::room::unjoined::subscribe_to_room;
use crate::session::state::Session;
use crate::session::user_messages::contact_iq;
use crate::xmpp as wire;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::muc;
use crate::xmpp::ns;
use plugin_api::ContactId;

/// Handles a stanza if it is for a room; false if it is for a contact.
pub(in crate::session) fn room_stanza(session: &mut Session, id: &ContactId, stanza: &Stanza) -> bool {
    let known = session.is_room(id);
    match stanza.kind {
        wire::Kind::Presence if muc::is_join(stanza) => join(session, id, stanza),
        wire::Kind::Presence if known => match stanza.type_str() {
            "" => other_nick(session, id, stanza),
            "unavailable" => leave(session, id, stanza),
            "error" => bounced(session, id, stanza),
            _ => subscribe_to_room(session, id, stanza),
        },
        wire::Kind::Presence
            if stanza.type_str() == "unavailable" && session.rooms.is_entered_by(id, stanza) =>
        {
            leave(session, id, stanza);
        }
        wire::Kind::Message if known => room_message(session, id, stanza),
        wire::Kind::Iq if known => room_iq(session, id, stanza),
        wire::Kind::Iq => return may_be_room(session, id, stanza),
        // Presence with a resource, to an address that is no room.
        wire::Kind::Presence if stanza.type_str().is_empty() => perhaps_to_room(session, id, stanza),
        wire::Kind::Presence => return stanza.type_str() == "unavailable",
        wire::Kind::Message => return false,
    }
    true
}

/// Asks the network when service discovery is sent to what may be a room that is not known yet
/// (K18); false if it cannot be one.
pub(in crate::session) fn may_be_room(session: &mut Session, id: &ContactId, iq: &Stanza) -> bool {
    let asks = iq.type_str() == "get" && iq.payload().is_some_and(|p| p.is("query", ns::DISCO_INFO));
    let bare = iq.to.as_ref().is_some_and(|to| to.resource().is_none());
    if !session.services.info.groups || !asks || !bare || session.contacts.contains_key(id) {
        return false;
    }
    let Some(remote) = session.online().filter(|_| !session.services.hooks.lacks("update_room_info")) else {
        return false;
    };
    let Some(place) = session.rooms.place() else {
        session.refuse(iq, &StanzaError::new(Condition::ResourceConstraint));
        return true;
    };
    let (id, iq) = (id.clone(), iq.clone());
    session.spawn(async move {
        let _place = place;
        let found = remote.update_room_info(plugin_api::RoomId(id.0.clone())).await;
        move |session: &mut Session| match found {
            Ok(info) => {
                found_room(session, &id, info);
                contact_or_room_iq(session, &id, &iq);
            }
            Err(error) => {
                session.note_hook_result(&remote, "update_room_info", Err(error));
                contact_iq(session, &id, &iq);
            }
        }
    });
    true
}

pub(in crate::session) fn contact_or_room_iq(session: &mut Session, id: &ContactId, iq: &Stanza) {
    if session.is_room(id) { room_iq(session, id, iq) } else { contact_iq(session, id, iq) }
}
