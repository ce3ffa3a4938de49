//! `LegacyMUC`: a group.

use super::{Host, Participant};
use crate::{
    rpc::{Answer, Sending},
    types::*,
};

/// A group. Cheap to clone.
#[derive(Clone)]
pub struct Room {
    host: Host,
    id: RoomId,
}

impl Room {
    pub(super) fn new(host: Host, id: RoomId) -> Self {
        Room { host, id }
    }

    /// Which it is.
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    /// The participant who is that contact.
    pub fn participant(&self, contact: impl Into<ContactId>) -> Participant {
        let sender = Sender { contact: Some(contact.into()), ..self.sender() };
        Participant::new(self.host.clone(), sender)
    }

    /// The participant without a contact.
    pub fn anonymous(&self, occupant: impl Into<OccupantId>) -> Participant {
        let sender = Sender { occupant: Some(occupant.into()), ..self.sender() };
        Participant::new(self.host.clone(), sender)
    }

    /// The user, as a participant.
    pub fn user(&self) -> Participant {
        Participant::new(self.host.clone(), Sender { is_user: true, ..self.sender() })
    }

    /// The room itself, as a participant.
    pub fn system(&self) -> Participant {
        Participant::new(self.host.clone(), Sender { is_system: true, ..self.sender() })
    }

    fn sender(&self) -> Sender {
        Sender { room: Some(self.id.clone()), ..Sender::default() }
    }

    /// Changes what is known of it; `info.id` is filled in.
    pub fn update(&self, info: RoomInfo) -> Sending {
        self.host.set_room(RoomInfo { id: self.id.clone(), ..info })
    }

    /// Sets the subject.
    pub fn set_subject(
        &self,
        subject: impl Into<String>,
        by: Option<Sender>,
        when: Option<Timestamp>,
    ) -> Sending {
        self.host.set_subject(self.id.clone(), subject.into(), by, when)
    }

    /// Adds or changes participants.
    pub fn set_participants(&self, participants: Vec<ParticipantInfo>) -> Sending {
        self.host.set_participants(self.id.clone(), participants)
    }

    /// Withdraws a message, as a moderator (XEP-0425).
    pub fn moderate(
        &self,
        id: impl Into<MessageId>,
        by: Option<Sender>,
        reason: Option<String>,
    ) -> Sending<Sent> {
        self.host.moderate(self.id.clone(), by, id.into(), reason)
    }

    /// The user is no longer in it.
    pub fn remove(&self, departure: Departure, reason: Option<String>) -> Sending {
        self.host.remove_room(self.id.clone(), departure, reason)
    }

    /// Adds or changes its bookmark (XEP-0402).
    pub fn add_to_bookmarks(&self, bookmark: Bookmark) -> Sending {
        self.host.add_to_bookmarks(self.id.clone(), bookmark)
    }

    /// Removes its bookmark.
    pub fn remove_from_bookmarks(&self) -> Sending {
        self.host.remove_from_bookmarks(self.id.clone())
    }

    /// Changes its picture.
    pub fn set_avatar(&self, avatar: Avatar) -> Sending {
        self.host.set_avatar(self.sender(), avatar)
    }

    /// Messages of its archive.
    pub fn get_archived_messages(&self, ids: Vec<MessageId>) -> Answer<Vec<ArchivedMessage>> {
        self.host.get_archived_messages(self.id.clone(), ids)
    }

    /// Who a text names, by nick.
    pub fn parse_mentions(&self, text: impl Into<String>) -> Answer<Vec<Mention>> {
        self.host.parse_mentions(self.id.clone(), text.into())
    }
}
