//! Rows of rooms in the store.

use crate::session::room::RoomState;
use crate::session::state::Session;
use crate::store;
use crate::store::Write;
use plugin_api::ContactId;

pub(in crate::session) fn store_room(session: &Session, id: &ContactId) {
    if let Some(row) = room_row(session, id) {
        session.write(Write::Room(row));
    }
}

/// Builds the row of a room.
pub(in crate::session) fn room_row(session: &Session, id: &ContactId) -> Option<store::Room> {
    let room = session.room(id)?;
    let joined: Vec<&str> = room.resources().collect();
    let at = (!joined.is_empty()).then(|| session.own_resource(id).into());
    let state = RoomState { at, ..room.info.clone() };
    Some(store::Room {
        user: session.user.id,
        legacy_id: id.as_str().into(),
        // The serialization cannot fail: there are only texts and numbers.
        info: serde_json::to_string(&state).unwrap_or_default().into(),
        joined: serde_json::to_string(&joined).unwrap_or_default().into(),
        avatar: room.avatar.hash().map(Into::into),
        avatar_version: room.avatar.version().map(Into::into),
    })
}
