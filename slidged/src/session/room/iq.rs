//! What the user's clients ask of rooms and of those in them (K15 to K19, K92, XEP-0410).

use crate::say;
use crate::session::profile_lookup::handle_profile_query;
use crate::session::profile_lookup::show_card;
use crate::session::room::Room;
use crate::session::room::affiliations::leave_for_good;
use crate::session::room::affiliations::rule;
use crate::session::room::occupant_presence::affiliation;
use crate::session::room::occupant_presence::room_view;
use crate::session::room::occupants::Who;
use crate::session::room::refusal::not_let_in;
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

/// Members in one answer: they fit into a stanza.
const MAX_LISTED: usize = 1000;

/// An iq to a room, or to somebody in it.
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

/// A room's name and picture, for clients that show them.
fn room_card(session: &mut Session, id: &ContactId, iq: &Stanza) {
    let Some(room) = session.room(id) else { return };
    let (name, hash) = (room.about.name.as_deref().map(str::to_owned), room.portrait.hash());
    show_card(session, id, name, hash, iq);
}

fn is_inside(session: &Session, id: &ContactId, iq: &Stanza) -> bool {
    let client = iq.from.as_ref().and_then(|from| from.resource());
    client.is_some_and(|client| session.room(id).is_some_and(|room| room.has_client(client.as_str())))
}

/// To somebody in a room: whoever asks has to be in it.
fn occupant_iq(session: &mut Session, id: &ContactId, iq: &Stanza, resource: &str) {
    let Some(payload) = iq.payload() else { return };
    let get = iq.type_str() == "get";
    if !is_inside(session, id, iq) {
        let room = session.services.address.contact_bare(id);
        let error = StanzaError::new(Condition::NotAcceptable).of_type(crate::xmpp::ErrorType::Cancel);
        return session.send(reply::error_by(iq, &error, &room).unwrap_or_default());
    }
    let who = session.room(id).and_then(Room::members).and_then(|members| members.get(resource));
    let Some(who) = who.map(|member| member.who.clone()) else {
        return session.send(refused(iq, Condition::ItemNotFound));
    };
    let open = room_view(session, id).is_some_and(|scene| scene.is_open());
    let answer = match (payload.name(), payload.ns().as_str()) {
        ("ping", ns::PING) if get => reply::result(iq, |_| ()),
        ("query", ns::DISCO_INFO) if get && payload.attr("node").is_none() => {
            disco_room::occupant_info(iq, &session.services.info)
        }
        ("query", ns::DISCO_ITEMS) if get => listing::items(iq, payload.attr("node"), &[]),
        _ => {
            if let (Who::Contact(contact), true, true) = (&who, open, get)
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
    let avatar = room.portrait.hash();
    let count = room.members().map(|members| u32::try_from(members.len()).unwrap_or(u32::MAX));
    RoomFacts {
        name: room.about.name.as_deref(),
        description: room.about.description.as_deref(),
        subject: room.subject(),
        subject_is_free: has_subject(session, id),
        kind: room.about.kind,
        occupants: count.or(room.about.count),
        can: session.can_in_room(id),
        avatar: avatar.as_deref(),
    }
    .answer(iq)
}

/// Who is in a room, for those who may know (R8): everybody where anybody may come in, else those who have.
fn room_items(session: &Session, id: &ContactId, iq: &Stanza) -> bytes::Bytes {
    let (Some(room), Some(scene)) = (session.room(id), room_view(session, id)) else {
        return refused(iq, Condition::ItemNotFound);
    };
    let public = room.about.kind != RoomType::Group;
    let members = room.members().filter(|_| public || is_inside(session, id, iq));
    let items = members.into_iter().flat_map(|members| members.iter());
    let items: Vec<_> =
        items.map(|(at, _)| disco::Item { jid: scene.occupant(at), node: None, name: None }).collect();
    listing::items(iq, None, &items)
}

/// Who has an affiliation, where addresses are known: clients ask for it before they encrypt.
fn room_list(session: &Session, id: &ContactId, iq: &Stanza) -> bytes::Bytes {
    let open = room_view(session, id).filter(super::occupant_presence::Scene::is_open);
    let (Some(scene), true) = (open, is_inside(session, id, iq)) else {
        return refused(iq, Condition::Forbidden);
    };
    let Some(wanted) = muc_admin::asked_affiliation(iq) else {
        return refused(iq, Condition::BadRequest);
    };
    let members = session.room(id).and_then(Room::members);
    let listed = members.into_iter().flat_map(|members| members.iter());
    let listed = listed.filter(|(_, member)| affiliation(member.affiliation) == wanted).take(MAX_LISTED);
    let items: Vec<_> = listed
        .filter_map(|(at, member)| match &member.who {
            Who::User => Some((session.to.clone(), at.to_string())),
            Who::Contact(id) => {
                Some((scene.services.address.contact_bare(&ContactId(id.to_string())), at.to_string()))
            }
            Who::Occupant(_) => None,
        })
        .collect();
    reply::result(iq, |xml| muc_admin::write_list(xml, &wanted, &items))
}

/// A client in a room wants to be called something else: the network is asked (R8, K93).
pub(in crate::session) fn other_nick(session: &mut Session, id: &ContactId, stanza: &Stanza) {
    let Some(nick) = stanza.wanted_nick().map(str::to_owned) else { return };
    let client = stanza.from.as_ref().and_then(|from| from.resource());
    if !client.is_some_and(|client| session.is_inside_room(id, client.as_str())) {
        return not_joined(session, id, stanza);
    }
    if nick == session.own_resource(id) {
        // What the user does elsewhere is nothing for the room.
        return;
    }
    let stanza = Stanza { payloads: Vec::new(), ..stanza.clone() };
    let refuse = |session: &Session, id: &ContactId, stanza: &Stanza| {
        let text = say!(session.language, "room-nick-stays", network = &session.services.info.component_name);
        let error = StanzaError::with_text(Condition::NotAcceptable, text);
        not_let_in(session, id, stanza, &error.of_type(crate::xmpp::ErrorType::Cancel));
    };
    if session.services.hooks.lacks("on_set_nick") {
        return refuse(session, id, &stanza);
    }
    let (room, key) = (RoomId(id.0.clone()), id.clone());
    let call = move |remote: std::sync::Arc<plugin_api::RemoteSession>| async move {
        remote.on_set_nick(room, nick).await
    };
    session.request(id.clone(), "on_set_nick", call, move |session, _| refuse(session, &key, &stanza));
}

/// The rooms of the user, for service discovery of the gateway (K13), by name.
pub(in crate::session) fn listed_rooms(session: &Session) -> Vec<disco::Item> {
    let own = session.rooms.known.iter().filter(|(_, room)| !room.about.outside);
    let items = own.map(|(id, room)| disco::Item {
        jid: session.services.address.contact_bare(&ContactId(id.to_string())),
        node: None,
        name: room.about.name.as_deref().map(str::to_owned),
    });
    let mut items: Vec<_> = items.collect();
    items.sort_by(|a, b| (&a.name, &a.jid).cmp(&(&b.name, &b.jid)));
    items
}

fn refused(iq: &Stanza, condition: Condition) -> bytes::Bytes {
    reply::error(iq, &StanzaError::new(condition)).unwrap_or_default()
}
