//! Messages of the user to a room: the path is that of messages to a contact, with a copy for each
//! of the user's clients at its end (K84).

use crate::model::clock::now;
use crate::model::ids::new_id;
use crate::say;
use crate::services;
use crate::session::chat_queue::Direction;
use crate::session::room::broadcast::to_clients;
use crate::session::room::leave::bounced;
use crate::session::room::leave::send_unavailable;
use crate::session::room::occupants::OccupantKey;
use crate::session::room::reflection::own_voice;
use crate::session::room::reflection::shown_in_room;
use crate::session::room::subject::subject_of_user;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use crate::session::user_messages::MAX_SHOWN;
use crate::session::user_messages::encrypted;
use crate::session::user_messages::handle_chat_state;
use crate::session::user_messages::handle_marker;
use crate::session::user_messages::parse_message;
use crate::session::user_messages::take_message;
use crate::session::user_messages::too_fast;
use crate::stanza::Speaker;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::muc_user;
use crate::xmpp::ns;
use crate::xmpp::passing;
use crate::xmpp::replies;
use plugin_api::ContactId;
use plugin_api::RoomId;
use plugin_api::Sender;
use std::time::Instant;

/// Handles a message of the user to a room.
pub(in crate::session) fn room_message(session: &mut Session, id: &ContactId, stanza: &Stanza) {
    let whole = stanza.to.as_ref().is_some_and(|to| to.resource().is_none());
    match stanza.message_type() {
        "error" => return bounced(session, id, stanza),
        "headline" => return,
        "groupchat" if whole => {}
        "groupchat" => return session.refuse(stanza, &StanzaError::new(Condition::BadRequest)),
        _ => return aside(session, stanza, whole),
    }
    let client = stanza.from.as_ref().and_then(|from| from.resource()).map_or("", |client| client.as_str());
    if !session.room(id).is_some_and(|room| room.has_client(client)) {
        return not_inside(session, id, stanza, client);
    }
    if !session.chats.sent.take(session.services.settings.messages, Instant::now()) {
        return too_fast(session, stanza);
    }
    if encrypted(stanza) {
        let text = say!(session.user.language, "message-encrypted");
        return session.refuse(stanza, &StanzaError::with_text(Condition::BadRequest, text));
    }
    if let Some(subject) = stanza.subject().filter(|_| stanza.body().is_none()) {
        return subject_of_user(session, id, stanza, subject);
    }
    match parse_message(session, id, stanza) {
        Some(mut said) => {
            if let Some(reply) = &mut said.text.reply {
                reply.to = answered_in_room(session, id, stanza);
            }
            take_message(session, id.clone(), stanza, said);
            handle_marker(session, id.clone(), stanza);
        }
        None if stanza.is_blank() => session.refuse(stanza, &services::blank(session.user.language)),
        None => {
            handle_chat_state(session, id.clone(), stanza);
            reflect_in_order(session, id, stanza);
        }
    }
}

/// Refuses messages that are not for the whole room: private messages and invitations.
fn aside(session: &Session, stanza: &Stanza, whole: bool) {
    let invites = stanza.has("x", ns::CONFERENCE) || muc_user::is_invitation(stanza);
    if passing::is_all(stanza) {
        return;
    }
    let (id, condition) = match whole {
        _ if invites => ("room-no-invitations", Condition::FeatureNotImplemented),
        true => ("room-is-a-group", Condition::BadRequest),
        false => ("room-no-private-messages", Condition::FeatureNotImplemented),
    };
    let text = say!(session.user.language, id, network = &session.services.info.component_name);
    session.refuse(stanza, &StanzaError::with_text(condition, text));
}

/// Refuses a message of a client that believes to be in a room but is not (K85).
fn not_inside(session: &Session, id: &ContactId, stanza: &Stanza, client: &str) {
    let text = say!(session.user.language, "room-not-inside");
    session.refuse(stanza, &StanzaError::with_text(Condition::NotAcceptable, text));
    send_unavailable(session, id, &[client.into()], Some(muc_user::TECHNICAL), None);
}

/// Returns the author of the message that is replied to, by the address that the client gives.
fn answered_in_room(session: &Session, id: &ContactId, stanza: &Stanza) -> Option<Sender> {
    let to = replies::Reply::parse(stanza)?.to?;
    let occupant = session.room(id)?.occupant_list()?.get(to.resource()?.as_str())?;
    let room = Some(RoomId(id.0.clone()));
    Some(match &occupant.who {
        OccupantKey::User => Sender { room, is_user: true, ..Sender::default() },
        OccupantKey::Contact(id) => {
            Sender { room, contact: Some(id.to_string().into()), ..Sender::default() }
        }
        OccupantKey::Occupant(id) => {
            Sender { room, occupant: Some(id.to_string().into()), ..Sender::default() }
        }
    })
}

/// Reflects a message that is nothing for the network, such as a marker or the announcement of a
/// file, to the user's clients (section 7.4), after everything that the user sent before it.
fn reflect_in_order(session: &mut Session, id: &ContactId, stanza: &Stanza) {
    // Chat states and the like say nothing to the user's other clients.
    let passing = |p: &minidom::Element| {
        [ns::CHAT_STATES, ns::HINTS, ns::CLIENT, ns::STANZA_ID].iter().any(|ns| p.has_ns(*ns))
    };
    if stanza.payloads.iter().all(passing) {
        return;
    }
    let Some(shown) = shown_in_room(session, id, stanza) else { return };
    if shown.len() > MAX_SHOWN {
        let text = say!(session.user.language, "room-message-too-long");
        return session.refuse(stanza, &StanzaError::with_text(Condition::PolicyViolation, text));
    }
    let size = shown.len();
    if !session.chats.has_room(id, size) {
        return reflect_now(session, id, stanza, &shown);
    }
    let (room, stanza) = (id.clone(), stanza.clone());
    let turn: Turn = Box::pin(async move {
        Box::new(move |session: &mut Session| reflect_now(session, &room, &stanza, &shown)) as Then
    });
    session.take_turns(Direction::ToNetwork, id.clone(), size, turn);
}

fn reflect_now(session: &mut Session, id: &ContactId, stanza: &Stanza, shown: &str) {
    let Some(speaker) = own_voice(session, id) else { return };
    let stanza_id = new_id();
    session.messages.announcements.note(id, stanza, Some(&stanza_id), now());
    to_clients(session, id, |to| {
        let speaker = Speaker { to: to.to_owned(), ..speaker.clone() };
        speaker.reflection(stanza.id.as_deref(), &stanza_id, shown.as_bytes())
    });
}
