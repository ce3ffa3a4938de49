//! `LegacyParticipant`: somebody in a group, to speak as.

use super::Host;
use crate::{rpc::Sending, types::*};

/// Somebody in a group. Cheap to clone.
#[derive(Clone)]
pub struct Participant {
    host: Host,
    sender: Sender,
}

impl Participant {
    pub(super) fn new(host: Host, sender: Sender) -> Self {
        Participant { host, sender }
    }

    /// This participant as a [`Sender`].
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    fn room(&self) -> RoomId {
        self.sender.room.clone().unwrap_or_default()
    }

    /// Sends a text. `Ok` means that it will arrive.
    pub fn send_text(&self, text: Text) -> Sending<Sent> {
        self.host.send_text(self.sender(), text)
    }

    /// Edits a message (XEP-0308).
    pub fn correct(&self, id: impl Into<MessageId>, text: Text) -> Sending<Sent> {
        self.host.correct(self.sender(), id.into(), text)
    }

    /// These are now all of this participant's reactions to that message (XEP-0444).
    pub fn react(&self, id: impl Into<MessageId>, emojis: Vec<String>) -> Sending<Sent> {
        self.host.react(self.sender(), id.into(), emojis, None)
    }

    /// Withdraws a message (XEP-0424).
    pub fn retract(&self, id: impl Into<MessageId>) -> Sending<Sent> {
        self.host.retract(self.sender(), id.into(), None)
    }

    /// Sends a file.
    pub fn send_file(&self, file: Attachment, text: Text) -> Sending<Sent> {
        self.host.send_file(self.sender(), file, text)
    }

    /// Sends several files and a text as one message of the network.
    pub fn send_files(&self, files: Vec<Attachment>, text: Text, text_first: bool) -> Sending<Sent> {
        self.host.send_files(self.sender(), files, text, text_first)
    }

    /// Typing and the like (XEP-0085).
    pub fn chat_state(&self, state: ChatState) -> Sending {
        self.host.chat_state(self.sender(), state, None)
    }

    /// Has read up to that message (XEP-0333).
    pub fn displayed(&self, id: impl Into<MessageId>) -> Sending<Sent> {
        self.host.mark(self.sender(), Marker::Displayed, id.into(), None)
    }

    /// Sets presence, for a participant without a contact.
    pub fn set_presence(&self, presence: Presence) -> Sending {
        self.host.set_presence(self.sender(), presence)
    }

    /// Leaves the room.
    pub fn leave(&self) -> Sending {
        self.host.remove_participant(self.sender(), Departure::Left, None)
    }

    /// Is thrown out.
    pub fn kick(&self, reason: Option<String>) -> Sending {
        self.host.remove_participant(self.sender(), Departure::Kicked, reason)
    }

    /// Is banned.
    pub fn ban(&self, reason: Option<String>) -> Sending {
        self.host.remove_participant(self.sender(), Departure::Banned, reason)
    }

    /// Is called something else.
    pub fn rename(&self, nickname: impl Into<String>) -> Sending {
        self.host.rename_participant(self.sender(), nickname.into())
    }

    /// Sets the room's subject.
    pub fn set_room_subject(&self, subject: impl Into<String>, when: Option<Timestamp>) -> Sending {
        self.host.set_subject(self.room(), subject.into(), Some(self.sender()), when)
    }

    /// Sets a thread's subject.
    pub fn set_thread_subject(
        &self,
        thread: impl Into<ThreadId>,
        subject: impl Into<String>,
        when: Option<Timestamp>,
    ) -> Sending {
        self.host.set_thread_subject(self.room(), thread.into(), subject.into(), Some(self.sender()), when)
    }

    /// Invites the user to another room (XEP-0249).
    pub fn invite_to(&self, room: impl Into<RoomId>, reason: Option<String>) -> Sending<Sent> {
        self.host.invite_to(self.sender(), room.into(), reason, None)
    }
}
