//! Requests of the user's clients to rooms and occupants (K15 to K19, K92, XEP-0410).

use crate::say;
use crate::session::profile_lookup::handle_profile_query;
use crate::session::profile_lookup::show_card;
use crate::session::room::Room;
use crate::session::room::affiliations::leave_for_good;
use crate::session::room::affiliations::rule;
use crate::session::room::history::archive_iq;
use crate::session::room::occupant_presence::affiliation;
use crate::session::room::occupant_presence::room_view;
use crate::session::room::occupants::OccupantKey;
use crate::session::room::refusal::refuse_join;
use crate::session::room::subject::has_subject;
use crate::session::room::unjoined::not_joined;
use crate::session::state::Session;
use crate::stanza::disco_room;
use crate::stanza::disco_room::RoomFacts;
use crate::stanza::listing;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::disco;
use crate::xmpp::muc_admin;
use crate::xmpp::ns;
use crate::xmpp::reply;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::RoomId;
use plugin_api::RoomType;

/// Most occupants in one answer, so that it fits into a stanza.
const MAX_LISTED: usize = 1000;

/// Handles an iq to a room, or to an occupant.
pub(in crate::session) fn room_iq(session: &mut Session, id: &ContactId, iq: &Stanza) {
    if !matches!(iq.type_str(), "get" | "set") {
        return;
    }
    let Some(payload) = iq.payload() else { return };
    if let Some(resource) = iq.to.as_ref().and_then(|to| to.resource()).map(|at| at.as_str().to_owned()) {
        return occupant_iq(session, id, iq, &resource);
    }
    if session.handles_command(iq, &Chat::room(RoomId(id.0.clone()))) {
        return;
    }
    let get = iq.type_str() == "get";
    if !get && payload.is("query", ns::MUC_ADMIN) {
        return rule(session, id, iq);
    }
    if !get && payload.is("query", ns::REGISTER) && payload.get_child("remove", ns::REGISTER).is_some() {
        let answered = Stanza { payloads: Vec::new(), ..iq.clone() };
        return leave_for_good(session, id, move |session, left| match left {
            Ok(()) => session.send(reply::result(&answered, |_| ())),
            Err(error) => session.refuse(&answered, &error),
        });
    }
    if payload.has_ns(ns::MAM) {
        return archive_iq(session, id, iq);
    }
    let answer = match (payload.name(), payload.ns().as_str(), payload.attr("node")) {
        ("ping", ns::PING, _) if get => reply::result(iq, |_| ()),
        ("query", ns::DISCO_INFO, None) if get => room_info(session, id, iq),
        ("query", ns::DISCO_ITEMS, None) if get => room_items(session, id, iq),
        ("query", ns::DISCO_INFO | ns::DISCO_ITEMS, _) if get => refused(iq, Condition::ItemNotFound),
        ("query", ns::MUC_ADMIN, _) if get => room_list(session, id, iq),
        ("vCard", ns::VCARD_TEMP, _) if get => return room_card(session, id, iq),
        _ => refused(iq, Condition::FeatureNotImplemented),
    };
    session.send(answer);
}

/// Answers with a vCard of the room's name and picture, for clients that show them.
fn room_card(session: &mut Session, id: &ContactId, iq: &Stanza) {
    let Some(room) = session.room(id) else { return };
    let (name, hash) = (room.info.name.as_deref().map(str::to_owned), room.avatar.hash());
    show_card(session, id, name, hash, iq);
}

fn is_inside(session: &Session, id: &ContactId, iq: &Stanza) -> bool {
    let client = iq.from.as_ref().and_then(|from| from.resource());
    client.is_some_and(|client| session.room(id).is_some_and(|room| room.has_client(client.as_str())))
}

/// Handles an iq to an occupant, which only clients in the room may send.
fn occupant_iq(session: &mut Session, id: &ContactId, iq: &Stanza, resource: &str) {
    let Some(payload) = iq.payload() else { return };
    let get = iq.type_str() == "get";
    if !is_inside(session, id, iq) {
        let room = session.services.address.contact_bare(id);
        let error = StanzaError::new(Condition::NotAcceptable).of_type(crate::xmpp::ErrorType::Cancel);
        return session.send(reply::error_by(iq, &error, &room).unwrap_or_default());
    }
    let who = session.room(id).and_then(Room::occupant_list).and_then(|occupants| occupants.get(resource));
    let Some(who) = who.map(|occupant| occupant.who.clone()) else {
        return session.send(refused(iq, Condition::ItemNotFound));
    };
    let open = room_view(session, id).is_some_and(|view| view.is_open());
    let answer = match (payload.name(), payload.ns().as_str()) {
        ("ping", ns::PING) if get => reply::result(iq, |_| ()),
        ("query", ns::DISCO_INFO) if get && payload.attr("node").is_none() => {
            disco_room::occupant_info(iq, &session.services.info)
        }
        ("query", ns::DISCO_ITEMS) if get => listing::items(iq, payload.attr("node"), &[]),
        _ => {
            if let (OccupantKey::Contact(contact), true, true) = (&who, open, get)
                && handle_profile_query(session, &ContactId(contact.to_string()), iq)
            {
                return;
            }
            refused(iq, Condition::FeatureNotImplemented)
        }
    };
    session.send(answer);
}

fn room_info(session: &Session, id: &ContactId, iq: &Stanza) -> bytes::Bytes {
    let Some(room) = session.room(id) else { return refused(iq, Condition::ItemNotFound) };
    let avatar = room.avatar.hash();
    let count = room.occupant_list().map(|occupants| u32::try_from(occupants.len()).unwrap_or(u32::MAX));
    RoomFacts {
        name: room.info.name.as_deref(),
        description: room.info.description.as_deref(),
        subject: room.subject(),
        subject_is_free: has_subject(session, id),
        kind: room.info.kind,
        occupants: count.or(room.info.count),
        can: session.can_in_room(id),
        avatar: avatar.as_deref(),
    }
    .answer(iq)
}

/// Lists the occupants (R8): for any client if anybody may join the room, else for clients in it.
fn room_items(session: &Session, id: &ContactId, iq: &Stanza) -> bytes::Bytes {
    let (Some(room), Some(view)) = (session.room(id), room_view(session, id)) else {
        return refused(iq, Condition::ItemNotFound);
    };
    let public = room.info.kind != RoomType::Group;
    let occupants = room.occupant_list().filter(|_| public || is_inside(session, id, iq));
    let items = occupants.into_iter().flat_map(|occupants| occupants.iter());
    let items: Vec<_> =
        items.map(|(at, _)| disco::Item { jid: view.occupant(at), node: None, name: None }).collect();
    listing::items(iq, None, &items)
}

/// Lists the members of an affiliation, where real addresses are visible: clients ask for it before
/// they encrypt.
fn room_list(session: &Session, id: &ContactId, iq: &Stanza) -> bytes::Bytes {
    let open = room_view(session, id).filter(super::occupant_presence::RoomView::is_open);
    let (Some(view), true) = (open, is_inside(session, id, iq)) else {
        return refused(iq, Condition::Forbidden);
    };
    let Some(wanted) = muc_admin::asked_affiliation(iq) else {
        return refused(iq, Condition::BadRequest);
    };
    let occupants = session.room(id).and_then(Room::occupant_list);
    let listed = occupants.into_iter().flat_map(|occupants| occupants.iter());
    let listed = listed.filter(|(_, occupant)| affiliation(occupant.affiliation) == wanted).take(MAX_LISTED);
    let items: Vec<_> = listed
        .filter_map(|(at, occupant)| match &occupant.who {
            OccupantKey::User => Some((session.user.address.clone(), at.to_string())),
            OccupantKey::Contact(id) => {
                Some((view.services.address.contact_bare(&ContactId(id.to_string())), at.to_string()))
            }
            OccupantKey::Occupant(_) => None,
        })
        .collect();
    reply::result(iq, |xml| muc_admin::write_list(xml, &wanted, &items))
}

/// Asks the network for another nickname of the user (R8, K93).
pub(in crate::session) fn other_nick(session: &mut Session, id: &ContactId, stanza: &Stanza) {
    let Some(nick) = stanza.wanted_nick().map(str::to_owned) else { return };
    let client = stanza.from.as_ref().and_then(|from| from.resource());
    if !client.is_some_and(|client| session.is_inside_room(id, client.as_str())) {
        return not_joined(session, id, stanza);
    }
    if nick == session.own_resource(id) {
        // A presence with the same nickname is only a status, which is nothing for the room.
        return;
    }
    let stanza = Stanza { payloads: Vec::new(), ..stanza.clone() };
    let refuse = |session: &Session, id: &ContactId, stanza: &Stanza| {
        let text =
            say!(session.user.language, "room-nick-stays", network = &session.services.info.component_name);
        let error = StanzaError::with_text(Condition::NotAcceptable, text);
        refuse_join(session, id, stanza, &error.of_type(crate::xmpp::ErrorType::Cancel));
    };
    if session.services.hooks.lacks("on_set_nick") {
        return refuse(session, id, &stanza);
    }
    let (room, key) = (RoomId(id.0.clone()), id.clone());
    let call = move |remote: std::sync::Arc<plugin_api::RemoteSession>| async move {
        remote.on_set_nick(room, nick).await
    };
    session.call_plugin(id.clone(), "on_set_nick", call, move |session, _| refuse(session, &key, &stanza));
}

/// Lists the rooms of the user by name, for service discovery of the gateway (K13).
pub(in crate::session) fn listed_rooms(session: &Session) -> Vec<disco::Item> {
    let own = session.rooms.known.iter().filter(|(_, room)| !room.info.outside);
    let items = own.map(|(id, room)| disco::Item {
        jid: session.services.address.contact_bare(&ContactId(id.to_string())),
        node: None,
        name: room.info.name.as_deref().map(str::to_owned),
    });
    let mut items: Vec<_> = items.collect();
    items.sort_by(|a, b| (&a.name, &a.jid).cmp(&(&b.name, &b.jid)));
    items
}

fn refused(iq: &Stanza, condition: Condition) -> bytes::Bytes {
    reply::error(iq, &StanzaError::new(condition)).unwrap_or_default()
}
