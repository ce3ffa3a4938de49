//! A participant of a room.

use super::{Actor, SessionRemote};
use crate::{rpc::Sending, types::*};
use std::ops::Deref;

/// A participant of a room (slidge: `LegacyParticipant`). Cheap to clone. What they say and do is
/// reported by the methods of [`Actor`].
#[derive(Clone)]
pub struct Participant {
    actor: Actor,
    room: RoomId,
}

impl Deref for Participant {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.actor
    }
}

impl Participant {
    pub(super) fn new(remote: SessionRemote, room: RoomId, sender: Sender) -> Self {
        let sender = Sender { room: Some(room.clone()), ..sender };
        Participant { actor: Actor::new(remote, sender), room }
    }

    /// Reports that the participant has left the room.
    pub fn leave(&self) -> Sending {
        self.remote.remove_participant(self.sender(), Departure::Left, None)
    }

    /// Reports that the participant was thrown out (XEP-0045: status 307).
    pub fn kick(&self, reason: Option<String>) -> Sending {
        self.remote.remove_participant(self.sender(), Departure::Kicked, reason)
    }

    /// Reports that the participant was banned (XEP-0045: status 301).
    pub fn ban(&self, reason: Option<String>) -> Sending {
        self.remote.remove_participant(self.sender(), Departure::Banned, reason)
    }

    /// Reports a new nick (XEP-0045: status 303).
    pub fn rename(&self, nickname: impl Into<String>) -> Sending {
        self.remote.rename_participant(self.sender(), nickname.into())
    }

    /// Reports that the participant has set the room's subject; `when` is now if it is `None`.
    pub fn set_room_subject(&self, subject: impl Into<String>, when: Option<Timestamp>) -> Sending {
        self.remote.set_subject(self.room.clone(), subject.into(), Some(self.sender()), when)
    }

    /// Reports that the participant has set a thread's subject. Not served yet: answered with
    /// `feature-not-implemented`.
    pub fn set_thread_subject(
        &self,
        thread: impl Into<ThreadId>,
        subject: impl Into<String>,
        when: Option<Timestamp>,
    ) -> Sending {
        let (room, by) = (self.room.clone(), Some(self.sender()));
        self.remote.set_thread_subject(room, thread.into(), subject.into(), by, when)
    }

    /// Reports that the participant, a moderator, has withdrawn a message (XEP-0425). Not served
    /// yet: answered with `feature-not-implemented`.
    pub fn moderate(&self, id: impl Into<MessageId>, reason: Option<String>) -> Sending<Sent> {
        self.remote.moderate(self.room.clone(), Some(self.sender()), id.into(), reason)
    }
}
