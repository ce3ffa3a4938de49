//! `LegacyContact`: somebody on the network, to speak as.

use super::Host;
use crate::{rpc::Sending, types::*};

/// Somebody on the network. Cheap to clone.
#[derive(Clone)]
pub struct Contact {
    host: Host,
    id: ContactId,
    is_user: bool,
}

impl Contact {
    pub(super) fn new(host: Host, id: ContactId) -> Self {
        Contact { host, id, is_user: false }
    }

    /// Who it is.
    pub fn id(&self) -> &ContactId {
        &self.id
    }

    /// The same chat, spoken by the *user*: what they did in another client of the network
    /// (a carbon, XEP-0280).
    pub fn carbon(&self) -> Contact {
        Contact { is_user: true, ..self.clone() }
    }

    /// This contact as a [`Sender`].
    pub fn sender(&self) -> Sender {
        Sender { contact: Some(self.id.clone()), is_user: self.is_user, ..Sender::default() }
    }

    /// Sends a text. `Ok` means that it will arrive.
    pub fn send_text(&self, text: Text) -> Sending<Sent> {
        self.host.send_text(self.sender(), text)
    }

    /// Edits a message (XEP-0308).
    pub fn correct(&self, id: impl Into<MessageId>, text: Text) -> Sending<Sent> {
        self.host.correct(self.sender(), id.into(), text)
    }

    /// These are now all of this contact's reactions to that message (XEP-0444).
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

    /// Looks at the chat.
    pub fn active(&self) -> Sending {
        self.chat_state(ChatState::Active)
    }

    /// Types.
    pub fn composing(&self) -> Sending {
        self.chat_state(ChatState::Composing)
    }

    /// Stopped typing.
    pub fn paused(&self) -> Sending {
        self.chat_state(ChatState::Paused)
    }

    /// Looks elsewhere.
    pub fn inactive(&self) -> Sending {
        self.chat_state(ChatState::Inactive)
    }

    /// Closed the chat.
    pub fn gone(&self) -> Sending {
        self.chat_state(ChatState::Gone)
    }

    /// The user's message reached the network (XEP-0333 acknowledged).
    pub fn ack(&self, id: impl Into<MessageId>) -> Sending<Sent> {
        self.mark(Marker::Acknowledged, id)
    }

    /// The user's message reached a device of this contact (XEP-0184, XEP-0333).
    pub fn received(&self, id: impl Into<MessageId>) -> Sending<Sent> {
        self.mark(Marker::Received, id)
    }

    /// This contact has read the user's messages up to that one (XEP-0333).
    pub fn displayed(&self, id: impl Into<MessageId>) -> Sending<Sent> {
        self.mark(Marker::Displayed, id)
    }

    fn mark(&self, marker: Marker, id: impl Into<MessageId>) -> Sending<Sent> {
        self.host.mark(self.sender(), marker, id.into(), None)
    }

    /// Invites the user to a room (XEP-0249).
    pub fn invite_to(&self, room: impl Into<RoomId>, reason: Option<String>) -> Sending<Sent> {
        self.host.invite_to(self.sender(), room.into(), reason, None)
    }

    /// Sets presence. Repeats are not sent again.
    pub fn set_presence(&self, presence: Presence) -> Sending {
        self.host.set_presence(self.sender(), presence)
    }

    /// Available.
    pub fn online(&self) -> Sending {
        self.set_presence(Presence::new(Availability::Online))
    }

    /// Away.
    pub fn away(&self) -> Sending {
        self.set_presence(Presence::new(Availability::Away))
    }

    /// Away for long.
    pub fn extended_away(&self) -> Sending {
        self.set_presence(Presence::new(Availability::ExtendedAway))
    }

    /// Busy.
    pub fn busy(&self) -> Sending {
        self.set_presence(Presence::new(Availability::Busy))
    }

    /// Unavailable.
    pub fn offline(&self) -> Sending {
        self.set_presence(Presence::new(Availability::Offline))
    }

    /// Changes what is known of this contact; `info.id` is filled in.
    pub fn update(&self, info: ContactInfo) -> Sending {
        self.host.set_contacts(vec![ContactInfo { id: self.id.clone(), ..info }])
    }

    /// Changes the name.
    pub fn set_name(&self, name: impl Into<String>) -> Sending {
        self.update(ContactInfo { name: Some(name.into()), ..ContactInfo::default() })
    }

    /// Changes the picture. `Ok` means that the user's clients can have it; `not-acceptable` that it is none, or cannot be had.
    pub fn set_avatar(&self, avatar: Avatar) -> Sending {
        self.host.set_avatar(self.sender(), avatar)
    }

    /// Changes the card.
    pub fn set_vcard(&self, vcard: VCard) -> Sending {
        self.host.set_vcard(self.id.clone(), vcard)
    }

    /// Puts this contact on the user's roster.
    pub fn add_to_roster(&self) -> Sending {
        self.host.add_to_roster(self.id.clone(), false)
    }

    /// Asks the user to be friends.
    pub fn send_friend_request(&self, text: Option<String>) -> Sending {
        self.host.send_friend_request(self.id.clone(), text)
    }

    /// Accepts the user's request.
    pub fn accept_friend_request(&self, text: Option<String>) -> Sending {
        self.host.accept_friend_request(self.id.clone(), text)
    }

    /// Refuses the user's request.
    pub fn reject_friend_request(&self, text: Option<String>) -> Sending {
        self.host.reject_friend_request(self.id.clone(), text)
    }

    /// Ends the friendship.
    pub fn unsubscribe(&self) -> Sending {
        self.host.unsubscribe(self.id.clone())
    }
}
