//! Changes of occupants, as the clients in a room see them.

use crate::session::contacts::Shown;
use crate::session::room::occupant_presence::PresenceDetails;
use crate::session::room::occupant_presence::room_view;
use crate::session::room::occupants::Change;
use crate::session::room::occupants::OccupantKey;
use crate::session::room::occupants::OccupantList;
use crate::session::room::store::store_room;
use crate::session::state::Session;
use crate::xmpp::muc_user;
use plugin_api::Affiliation;
use plugin_api::ContactId;
use plugin_api::ParticipantInfo;
use plugin_api::RoomType;

/// Builds the members of a room from the network's list. The user is one of them in any case.
pub(in crate::session) fn occupants_of(
    session: &Session,
    id: &ContactId,
    list: Vec<ParticipantInfo>,
) -> OccupantList {
    let (mut occupants, at_least) = (OccupantList::default(), at_least(session, id));
    let me = |info: &ParticipantInfo| info.is_user;
    if !list.iter().any(me) {
        let me =
            ParticipantInfo { is_user: true, nickname: session.own_nick(id), ..ParticipantInfo::default() };
        occupants.apply(me, None, at_least);
    }
    for mut info in list {
        if info.is_user && info.nickname.is_empty() {
            info.nickname = session.own_nick(id);
        }
        let presence = presence_in_room(session, id, &info);
        occupants.apply(info, presence, at_least);
    }
    occupants
}

/// Returns the affiliation of members for whom the network gives none.
pub(in crate::session) fn at_least(session: &Session, id: &ContactId) -> Affiliation {
    match session.room(id).map(|room| room.info.kind) {
        Some(RoomType::Group) => Affiliation::Member,
        _ => Affiliation::None,
    }
}

/// Returns the presence of a contact to show in a room, if the network shares presences there.
pub(in crate::session) fn presence_in_room(
    session: &Session,
    id: &ContactId,
    info: &ParticipantInfo,
) -> Option<Shown> {
    if !session.can_in_room(id)?.propagate_presence {
        return None;
    }
    session.contacts.get(info.contact.as_ref()?)?.shown()
}

/// Tells all clients in a room of a change.
pub(in crate::session) fn tell_change(session: &Session, id: &ContactId, change: &Change) {
    let (Some(view), Some(room)) = (room_view(session, id), session.room(id)) else { return };
    let Some(occupants) = room.occupant_list() else { return };
    let mut stanzas = Vec::new();
    let (before, now) = match change {
        Change::Shown(now) => (None, now),
        Change::Renamed(before, now) => (Some(before), now),
    };
    let Some(occupant) = occupants.get(now) else { return };
    let own = occupant.who == OccupantKey::User;
    let codes =
        |first: Option<u16>| -> Vec<u16> { first.into_iter().chain(own.then_some(muc_user::SELF)).collect() };
    for client in room.resources() {
        if let Some(before) = before {
            let codes = codes(Some(muc_user::RENAMED));
            let more = PresenceDetails {
                gone: true,
                renamed: Some(now),
                codes: &codes,
                ..PresenceDetails::default()
            };
            stanzas.push(view.presence((before, occupant), client, &more));
        }
        let codes = codes(None);
        stanzas.push(view.presence(
            (now, occupant),
            client,
            &PresenceDetails { codes: &codes, ..PresenceDetails::default() },
        ));
    }
    session.send_all(stanzas);
    if own && before.is_some() {
        store_room(session, id);
    }
}
