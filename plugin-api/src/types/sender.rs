//! Senders and chats: where something comes from, and where it belongs.

use super::{ContactId, OccupantId, RoomId, choices, messages};

choices! {
    /// Kind of a [`Chat`].
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
        /// Id of that contact or room in the network.
        id: String,
        /// Member of the room that a private message is for. Not used yet.
        participant: Option<OccupantId>,
    }
    /// Sender of an event: a contact, a participant of a room, the user or the room itself.
    /// [`Host::actor`](crate::Host::actor) makes it a handle.
    pub struct Sender {
        /// Contact, if it is one.
        contact: Option<ContactId>,
        /// Room in which it happens; none: the chat with the contact.
        room: Option<RoomId>,
        /// Participant who is no contact (XEP-0421).
        occupant: Option<OccupantId>,
        /// The user did it, in another client of the network: in a chat with a contact a carbon,
        /// where `contact` is the other side.
        is_user: bool,
        /// The room itself, or the network.
        is_system: bool,
    }
}

impl Chat {
    /// Creates the chat with a contact.
    pub fn contact(id: impl Into<ContactId>) -> Self {
        Chat { kind: ChatKind::Contact, id: id.into().0, participant: None }
    }

    /// Creates the chat of a room.
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
