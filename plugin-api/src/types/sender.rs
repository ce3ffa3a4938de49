//! Who something comes from, and where it belongs.

use super::{ContactId, OccupantId, RoomId, choices, messages};

choices! {
    /// What a [`Chat`] is.
    pub enum ChatKind {
        /// One to one.
        #[default]
        Contact,
        /// A group.
        Room,
    }
}

messages! {
    /// A conversation, as the user addressed it.
    pub struct Chat {
        /// Contact or room.
        kind: ChatKind,
        /// The legacy id of that contact or room.
        id: String,
        /// In a room: the member that a private message is for.
        participant: Option<OccupantId>,
    }
    /// Whoever says or does something: a contact, or a participant of a room.
    pub struct Sender {
        /// The contact, if there is one.
        contact: Option<ContactId>,
        /// The room it happens in; none is 1:1.
        room: Option<RoomId>,
        /// A participant without a contact.
        occupant: Option<OccupantId>,
        /// The user did it, from another client of the network: in 1:1 a carbon, where `contact` is
        /// the other side.
        is_user: bool,
        /// The room itself, or the network.
        is_system: bool,
    }
}

impl Chat {
    /// With a contact.
    pub fn contact(id: impl Into<ContactId>) -> Self {
        Chat { kind: ChatKind::Contact, id: id.into().0, participant: None }
    }

    /// In a room.
    pub fn room(id: impl Into<RoomId>) -> Self {
        Chat { kind: ChatKind::Room, id: id.into().0, participant: None }
    }

    /// The contact, if this is a 1:1 chat.
    pub fn as_contact(&self) -> Option<ContactId> {
        (self.kind == ChatKind::Contact).then(|| ContactId(self.id.clone()))
    }

    /// The room, if this is one.
    pub fn as_room(&self) -> Option<RoomId> {
        (self.kind == ChatKind::Room).then(|| RoomId(self.id.clone()))
    }
}
