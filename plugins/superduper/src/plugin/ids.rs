//! Ids of rooms. A group and a person may have the same id, so a room's id begins with a `#`, which
//! the network allows no person's to do.

use plugin_api::prelude::*;

use super::errors::NO_GROUP;

/// Prefix that tells a room from a person.
const MARK: char = '#';

/// Returns the room of a group.
pub(super) fn room_id(group: &str) -> RoomId {
    RoomId(format!("{MARK}{group}"))
}

/// Returns the group of a room.
pub(super) fn group_id(room: &RoomId) -> Result<String> {
    let group = room.as_str().strip_prefix(MARK).map(str::to_owned);
    group.ok_or_else(|| Error::new(Condition::ItemNotFound, NO_GROUP))
}
