//! A group of the network.

use super::{Actor, Participant, SessionRemote};
use crate::{
    rpc::{Answer, Sending},
    types::*,
};
use std::ops::Deref;

/// A group of the network (slidge: `LegacyMUC`). Cheap to clone. As an [`Actor`] it is the room
/// itself, without a nick.
#[derive(Clone)]
pub struct Room {
    actor: Actor,
    id: RoomId,
}

impl Deref for Room {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl Room {
    pub(super) fn new(remote: SessionRemote, id: RoomId) -> Self {
        let sender = Sender { room: Some(id.clone()), is_system: true, ..Sender::default() };
        Room { actor: Actor::new(remote, sender), id }
    }

    /// The id of the group in the network.
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    /// The participant who is a contact.
    pub fn participant(&self, contact: impl Into<ContactId>) -> Participant {
        self.occupant(Sender { contact: Some(contact.into()), ..Sender::default() })
    }

    /// A participant who is no contact, by an id that does not change (XEP-0421).
    pub fn anonymous(&self, occupant: impl Into<OccupantId>) -> Participant {
        self.occupant(Sender { occupant: Some(occupant.into()), ..Sender::default() })
    }

    /// The user: reports what they did in another client of the network.
    pub fn user(&self) -> Participant {
        self.occupant(Sender { is_user: true, ..Sender::default() })
    }

    /// The room itself, as a participant.
    pub fn system(&self) -> Participant {
        self.occupant(Sender { is_system: true, ..Sender::default() })
    }

    fn occupant(&self, sender: Sender) -> Participant {
        Participant::new(self.remote.clone(), self.id.clone(), sender)
    }

    /// Changes what is known of the room, or adds it; `info.id` is filled in.
    pub fn update(&self, info: RoomInfo) -> Sending {
        self.remote.set_room(RoomInfo { id: self.id.clone(), ..info })
    }

    /// Reports a subject; `by` is `None` if nobody is known to have set it, `when` is now if it is
    /// `None`.
    pub fn set_subject(
        &self,
        subject: impl Into<String>,
        by: Option<Sender>,
        when: Option<Timestamp>,
    ) -> Sending {
        self.remote.set_subject(self.id.clone(), subject.into(), by, when)
    }

    /// Reports participants who have come, or what has changed of them: many at once.
    pub fn set_participants(&self, participants: Vec<ParticipantInfo>) -> Sending {
        self.remote.set_participants(self.id.clone(), participants)
    }

    /// Asks who is in the room, as far as the daemon knows.
    pub fn participants(&self) -> Answer<Vec<ParticipantInfo>> {
        self.remote.get_participants(self.id.clone())
    }

    /// Reports that a message was withdrawn by a moderator (XEP-0425). Not served yet: answered
    /// with `feature-not-implemented`.
    pub fn moderate(
        &self,
        id: impl Into<MessageId>,
        by: Option<Sender>,
        reason: Option<String>,
    ) -> Sending<Sent> {
        self.remote.moderate(self.id.clone(), by, id.into(), reason)
    }

    /// Reports that the user is no longer in the room.
    pub fn remove(&self, departure: Departure, reason: Option<String>) -> Sending {
        self.remote.remove_room(self.id.clone(), departure, reason)
    }

    /// Adds the room's bookmark, or changes it (XEP-0402). Not served yet: answered with
    /// `feature-not-implemented`.
    pub fn add_to_bookmarks(&self, bookmark: Bookmark) -> Sending {
        self.remote.add_to_bookmarks(self.id.clone(), bookmark)
    }

    /// Removes the room's bookmark. Not served yet: answered with `feature-not-implemented`.
    pub fn remove_from_bookmarks(&self) -> Sending {
        self.remote.remove_from_bookmarks(self.id.clone())
    }

    /// Changes the room's picture.
    pub fn set_avatar(&self, avatar: Avatar) -> Sending {
        let of = Sender { room: Some(self.id.clone()), ..Sender::default() };
        self.remote.set_avatar(of, avatar)
    }

    /// Reads messages of the room's archive, by their ids (XEP-0313). Not served yet: answered with
    /// `feature-not-implemented`.
    pub fn get_archived_messages(&self, ids: Vec<MessageId>) -> Answer<Vec<ArchivedMessage>> {
        self.remote.get_archived_messages(self.id.clone(), ids)
    }

    /// Finds who a text names, by nick. Not served yet: answered with `feature-not-implemented`.
    pub fn parse_mentions(&self, text: impl Into<String>) -> Answer<Vec<Mention>> {
        self.remote.parse_mentions(self.id.clone(), text.into())
    }
}
