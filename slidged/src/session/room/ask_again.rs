//! Occupants of a room, asked for again after a new login.

use crate::session::room::Room;
use crate::session::room::changes::occupants_of;
use crate::session::room::membership::in_room_order;
use crate::session::room::membership::occupant_gone;
use crate::session::room::membership::set_participants;
use crate::session::room::occupants::OccupantKey;
use crate::session::state::Session;
use plugin_api::ContactId;
use plugin_api::ParticipantInfo;
use plugin_api::RoomId;

/// Asks the network for the occupants of a room after a login, while clients are in it. They are
/// told what has changed meanwhile.
pub(in crate::session) fn ask_again(session: &mut Session, id: &ContactId) {
    let (Some(remote), id) = (session.connection.remote().cloned(), id.clone()) else { return };
    session.spawn_current(async move {
        let told = remote.fill_participants(RoomId(id.0.clone())).await;
        move |session: &mut Session| match told {
            Ok(list) => in_room_order(session, &id, move |session, id| told_again(session, id, list)),
            Err(error) => session.check_panic(&remote, &error),
        }
    });
}

pub(in crate::session) fn told_again(session: &mut Session, id: &ContactId, list: Vec<ParticipantInfo>) {
    let now = occupants_of(session, id, list.clone());
    let gone: Vec<OccupantKey> = match session.room(id).and_then(Room::occupant_list) {
        Some(before) => {
            let gone = before.iter().filter(|(_, occupant)| now.resource_of(&occupant.who).is_none());
            gone.map(|(_, occupant)| occupant.who.clone()).collect()
        }
        None => return,
    };
    for who in gone {
        occupant_gone(session, id, &who, plugin_api::Departure::Left, None);
    }
    set_participants(session, id, list);
}
