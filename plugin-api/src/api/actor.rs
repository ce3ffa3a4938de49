//! Actor: any sender of messages and other events on the network.

use super::SessionRemote;
use crate::{rpc::Sending, types::*};

/// An actor: any sender of messages and other events on the network. Cheap to clone.
///
/// All verbs of a sender are here; [`Contact`](super::Contact), [`Participant`](super::Participant)
/// and [`Room`](super::Room) are actors and add what only they have. Each verb *reports* what has
/// happened on the network.
#[derive(Clone)]
pub struct Actor {
    pub(super) remote: SessionRemote,
    sender: Sender,
    thread: Option<ThreadId>,
}

impl Actor {
    pub(super) fn new(remote: SessionRemote, sender: Sender) -> Self {
        Actor { remote, sender, thread: None }
    }

    /// Returns this actor as a [`Sender`].
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// Returns this actor in a thread of the chat (XEP-0201): for reactions, retractions, chat
    /// states and markers. A text names its thread itself ([`Text::thread`]).
    pub fn in_thread(&self, thread: impl Into<ThreadId>) -> Actor {
        Actor { thread: Some(thread.into()), ..self.clone() }
    }

    /// Sends a text. `Ok` means that it will arrive.
    pub fn send_text(&self, text: Text) -> Sending<Sent> {
        self.remote.send_text(self.sender(), text)
    }

    /// Replaces the text of a message (XEP-0308).
    pub fn correct(&self, id: impl Into<MessageId>, text: Text) -> Sending<Sent> {
        self.remote.correct(self.sender(), id.into(), text)
    }

    /// Sets all of this actor's reactions to a message (XEP-0444); an empty list takes them away.
    pub fn react(&self, id: impl Into<MessageId>, emojis: Vec<String>) -> Sending<Sent> {
        self.remote.react(self.sender(), id.into(), emojis, self.thread.clone())
    }

    /// Withdraws a message (XEP-0424).
    pub fn retract(&self, id: impl Into<MessageId>) -> Sending<Sent> {
        self.remote.retract(self.sender(), id.into(), self.thread.clone())
    }

    /// Sends a file, with a text that may be empty. `Ok` means that the user's clients can have it.
    pub fn send_file(&self, file: Attachment, text: Text) -> Sending<Sent> {
        self.remote.send_file(self.sender(), file, text)
    }

    /// Sends several files and a text as one message of the network; `text_first` puts the text
    /// before the files.
    pub fn send_files(&self, files: Vec<Attachment>, text: Text, text_first: bool) -> Sending<Sent> {
        self.remote.send_files(self.sender(), files, text, text_first)
    }

    /// Reports a chat state (XEP-0085). It is not kept, and may get lost.
    pub fn chat_state(&self, state: ChatState) -> Sending {
        self.remote.chat_state(self.sender(), state, self.thread.clone())
    }

    /// Reports that this actor looks at the chat.
    pub fn active(&self) -> Sending {
        self.chat_state(ChatState::Active)
    }

    /// Reports that this actor is typing.
    pub fn composing(&self) -> Sending {
        self.chat_state(ChatState::Composing)
    }

    /// Reports that this actor has stopped typing.
    pub fn paused(&self) -> Sending {
        self.chat_state(ChatState::Paused)
    }

    /// Reports that this actor looks elsewhere.
    pub fn inactive(&self) -> Sending {
        self.chat_state(ChatState::Inactive)
    }

    /// Reports that this actor has closed the chat.
    pub fn gone(&self) -> Sending {
        self.chat_state(ChatState::Gone)
    }

    /// Reports a receipt or marker for a message of the other side (XEP-0184, XEP-0333).
    pub fn mark(&self, marker: Marker, id: impl Into<MessageId>) -> Sending<Sent> {
        self.remote.mark(self.sender(), marker, id.into(), self.thread.clone())
    }

    /// Reports that the user's message has reached the network (XEP-0333 acknowledged).
    pub fn ack(&self, id: impl Into<MessageId>) -> Sending<Sent> {
        self.mark(Marker::Acknowledged, id)
    }

    /// Reports that the user's message has reached a device of this actor (XEP-0184, XEP-0333).
    /// Call it for every message if [`Info::proper_receipts`] is set.
    pub fn received(&self, id: impl Into<MessageId>) -> Sending<Sent> {
        self.mark(Marker::Received, id)
    }

    /// Reports that this actor has read up to a message (XEP-0333).
    pub fn displayed(&self, id: impl Into<MessageId>) -> Sending<Sent> {
        self.mark(Marker::Displayed, id)
    }

    /// Reports presence. The same one again is not sent. In a room: that of a participant without a
    /// contact.
    pub fn set_presence(&self, presence: Presence) -> Sending {
        self.remote.set_presence(self.sender(), presence)
    }

    /// Reports `available`.
    pub fn online(&self) -> Sending {
        self.set_presence(Presence::new(Availability::Online))
    }

    /// Reports `away`.
    pub fn away(&self) -> Sending {
        self.set_presence(Presence::new(Availability::Away))
    }

    /// Reports `xa`: away for long.
    pub fn extended_away(&self) -> Sending {
        self.set_presence(Presence::new(Availability::ExtendedAway))
    }

    /// Reports `dnd`: do not disturb.
    pub fn busy(&self) -> Sending {
        self.set_presence(Presence::new(Availability::Busy))
    }

    /// Reports `unavailable`.
    pub fn offline(&self) -> Sending {
        self.set_presence(Presence::new(Availability::Offline))
    }

    /// Invites the user to a room (XEP-0249). Not served yet: answered with
    /// `feature-not-implemented`.
    pub fn invite_to(&self, room: impl Into<RoomId>, reason: Option<String>) -> Sending<Sent> {
        self.remote.invite_to(self.sender(), room.into(), reason, None)
    }
}
