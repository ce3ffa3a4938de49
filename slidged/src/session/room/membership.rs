//! Occupants who join, change and leave, as the network reports it.

use crate::host::Share;
use crate::session::contacts::Contact;
use crate::session::room::Occupants;
use crate::session::room::Room;
use crate::session::room::changes::at_least;
use crate::session::room::changes::presence_in_room;
use crate::session::room::changes::tell_change;
use crate::session::room::occupant_presence::PresenceDetails;
use crate::session::room::occupant_presence::room_view;
use crate::session::room::occupants::Change;
use crate::session::room::occupants::OccupantKey;
use crate::session::room::occupants::OccupantList;
use crate::session::room::occupants::RoomOccupant;
use crate::session::room::occupants::occupant_key;
use crate::session::room::remove::remove_room;
use crate::session::room::store::store_room;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::xmpp::muc_user;
use plugin_api::Affiliation;
use plugin_api::ContactId;
use plugin_api::Departure;
use plugin_api::ParticipantInfo;
use plugin_api::Presence;
use plugin_api::Role;
use plugin_api::RoomId;
use plugin_api::Sender;
use plugin_api::host::Reply;

/// Carries a change of a room out after everything that is under way in it, and after the list of
/// its occupants if that has been asked for.
pub(in crate::session) fn in_room_order(
    session: &mut Session,
    id: &ContactId,
    act: impl FnOnce(&mut Session, &ContactId) + Send + 'static,
) {
    let key = id.clone();
    let act: Then = Box::new(move |session: &mut Session| act(session, &key));
    if session.room(id).is_some_and(|room| matches!(room.occupants, Occupants::Asked(_))) {
        return session.room_changes.entry(id.clone()).or_default().push(act);
    }
    session.in_order(Some(id), act);
}

/// Carries out an operation of the plugin in the order of its room. It is outstanding until it is
/// done, and answered then.
pub(in crate::session) fn in_room(
    session: &mut Session,
    room: &RoomId,
    (reply, share): (Reply<()>, Share),
    act: impl FnOnce(&mut Session, &ContactId) + Send + 'static,
) {
    match session.known_room(room) {
        Ok(id) => in_room_order(session, &id, move |session, id| {
            session.carry_out(reply, share, |session| {
                act(session, id);
                Ok(())
            });
        }),
        Err(error) => reply.send(Err(error)),
    }
}

/// Adds or updates occupants.
pub(in crate::session) fn set_participants(
    session: &mut Session,
    id: &ContactId,
    list: Vec<ParticipantInfo>,
) {
    let at_least = at_least(session, id);
    for info in list {
        let presence = presence_in_room(session, id, &info);
        change_occupant(session, id, |occupants| occupants.apply(info, presence, at_least));
    }
}

/// Changes the occupants, and tells the clients in the room.
fn change_occupant(
    session: &mut Session,
    id: &ContactId,
    act: impl FnOnce(&mut OccupantList) -> Option<Change>,
) {
    if let Some(change) = session.room_mut(id).and_then(Room::occupant_list_mut).and_then(act) {
        tell_change(session, id, &change);
    }
}

/// Removes an occupant who left or had to leave. If it is the user, the room is removed.
pub(in crate::session) fn remove_participant(
    session: &mut Session,
    id: &ContactId,
    from: &Sender,
    departure: Departure,
    reason: Option<&str>,
) {
    match occupant_key(from) {
        Some(OccupantKey::User) => remove_room(session, id, departure, reason),
        Some(who) => occupant_gone(session, id, &who, departure, reason),
        None => {}
    }
}

/// Removes a member, and tells all clients in the room.
pub(in crate::session) fn occupant_gone(
    session: &mut Session,
    id: &ContactId,
    who: &OccupantKey,
    departure: Departure,
    reason: Option<&str>,
) {
    let occupants = session.room_mut(id).and_then(Room::occupant_list_mut);
    let Some((at, mut occupant)) = occupants.and_then(|occupants| occupants.remove(who)) else { return };
    let code = match departure {
        Departure::Kicked => Some(muc_user::KICKED),
        Departure::Banned => Some(muc_user::BANNED),
        Departure::Left | Departure::Unknown => None,
    };
    let banned = departure == Departure::Banned;
    occupant.affiliation = if banned { Affiliation::Outcast } else { Affiliation::None };
    occupant.role = Role::None;
    let codes: Vec<u16> = code.into_iter().collect();
    let (Some(view), Some(room)) = (room_view(session, id), session.room(id)) else { return };
    let more = PresenceDetails { gone: true, codes: &codes, reason, ..PresenceDetails::default() };
    session.send_all(room.resources().map(|client| view.presence((&at, &occupant), client, &more)));
}

/// Gives an occupant another nickname.
pub(in crate::session) fn rename_participant(
    session: &mut Session,
    id: &ContactId,
    from: &Sender,
    nickname: &str,
) {
    let Some(who) = occupant_key(from) else { return };
    if who == OccupantKey::User
        && let Some(room) = session.room_mut(id)
    {
        room.info.nick = Some(crate::xmpp::muc::nick(nickname).into());
        store_room(session, id);
    }
    change_occupant(session, id, |occupants| occupants.rename(&who, nickname));
}

/// Sets the presence of an occupant in one room.
pub(in crate::session) fn participant_presence(
    session: &mut Session,
    id: &ContactId,
    from: &Sender,
    presence: Presence,
) {
    if let Some(who) = occupant_key(from) {
        change_occupant(session, id, |occupants| occupants.show(&who, presence.into()));
    }
}

/// Shows a contact's new presence in rooms too.
pub(in crate::session) fn show_in_rooms(session: &mut Session, contact: &ContactId) {
    if session.rooms.known.is_empty() {
        return;
    }
    let Some(shown) = session.contacts.get(contact).and_then(Contact::shown) else {
        return;
    };
    let who = OccupantKey::Contact(contact.as_str().into());
    let theirs =
        |room: &Room| room.occupant_list().is_some_and(|occupants| occupants.resource_of(&who).is_some());
    let rooms = session.rooms.known.iter().filter(|(_, room)| theirs(room));
    let rooms: Vec<_> = rooms.map(|(id, _)| ContactId(id.to_string())).collect();
    for id in rooms {
        if session.can_in_room(&id).is_some_and(|can| can.propagate_presence) {
            let (who, shown) = (who.clone(), shown.clone());
            in_room_order(session, &id, move |session, id| {
                change_occupant(session, id, |occupants| occupants.show(&who, shown));
            });
        }
    }
}

/// Lists the occupants of a room, for the plugin.
pub(in crate::session) fn participants(session: &Session, id: &ContactId) -> Vec<ParticipantInfo> {
    let occupants = session.room(id).and_then(Room::occupant_list);
    let info = |(at, occupant): (&std::sync::Arc<str>, &RoomOccupant)| {
        let (contact, anonymous) = match &occupant.who {
            OccupantKey::User => (None, None),
            OccupantKey::Contact(id) => (Some(id.to_string().into()), None),
            OccupantKey::Occupant(id) => (None, Some(id.to_string().into())),
        };
        ParticipantInfo {
            contact,
            occupant: anonymous,
            nickname: occupant.nick().unwrap_or(at).to_owned(),
            is_user: occupant.who == OccupantKey::User,
            affiliation: Some(occupant.affiliation),
            role: Some(occupant.role),
            presence: occupant.shown.clone().map(Presence::from),
            ..ParticipantInfo::default()
        }
    };
    occupants.map(|occupants| occupants.iter().map(info).collect()).unwrap_or_default()
}

/// Lists the known rooms, for the plugin.
pub(in crate::session) fn known_rooms(session: &Session) -> Vec<RoomId> {
    session.rooms.known.keys().map(|id| RoomId(id.to_string())).collect()
}
