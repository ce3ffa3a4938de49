//! What the server tells without being asked.

use serde::{Deserialize, Serialize};

use super::message::Activity;
use super::{
    Chat, Contact, Content, GroupId, GroupInfo, Message, MessageId, Millis, Presence, Profile, Relation,
    Role, Space, SpaceId, ThreadId, UserId,
};

/// Something that happened. Durable events carry a number and wait for the device; *live* ones do
/// not.
///
/// An event is told to every device of everybody concerned, except the device that caused it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A new message; also those that the user wrote on another device (`from` is then the user).
    Message {
        /// Where.
        chat: Chat,
        /// The message.
        message: Message,
    },
    /// A message says something else now.
    Edited {
        /// Where.
        chat: Chat,
        /// Which.
        id: MessageId,
        /// Who did it.
        by: UserId,
        /// When.
        at: Millis,
        /// What it says now.
        content: Content,
    },
    /// A message is gone.
    Deleted {
        /// Where.
        chat: Chat,
        /// Which.
        id: MessageId,
        /// Who did it: its author, or an admin.
        by: UserId,
        /// When.
        at: Millis,
        /// Who wrote it.
        #[serde(default)]
        author: UserId,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// All reactions of one user on one message.
    Reaction {
        /// Where.
        chat: Chat,
        /// Which.
        id: MessageId,
        /// Whose.
        by: UserId,
        /// When.
        at: Millis,
        /// The whole new set.
        emojis: Vec<String>,
    },
    /// A device of the user has the message. Told to its author only.
    Delivered {
        /// Where.
        chat: Chat,
        /// Which.
        id: MessageId,
        /// Whose device.
        by: UserId,
        /// When.
        at: Millis,
    },
    /// A user has read up to this message.
    Read {
        /// Where.
        chat: Chat,
        /// The last one read.
        id: MessageId,
        /// Who.
        by: UserId,
        /// When.
        at: Millis,
    },
    /// A thread has a name.
    Thread {
        /// Where.
        chat: Chat,
        /// Which.
        thread: ThreadId,
        /// The name.
        name: String,
        /// Who gave it.
        by: UserId,
    },
    /// An entry of the list is new or changed. `was` tells which change of friendship it is.
    Contact {
        /// The entry now.
        contact: Contact,
        /// Who changed it.
        by: UserId,
        /// What the two were before.
        was: Relation,
        /// With a friend request: its words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// A friend's profile, or the own one on another device, changed.
    Profile {
        /// Whose.
        user: UserId,
        /// All of it.
        profile: Profile,
    },
    /// A group is new to the user, or changed.
    Group {
        /// All of it, without `role`.
        group: GroupInfo,
        /// Who did it.
        by: UserId,
    },
    /// Somebody's role in a group changed: joined, left, was kicked, banned, promoted. Told to
    /// members and to the one concerned.
    Member {
        /// Which group.
        group: GroupId,
        /// Who.
        user: UserId,
        /// Their profile's name.
        name: String,
        /// The role before.
        was: Role,
        /// The role now.
        role: Role,
        /// Who did it; the user for joining and leaving.
        by: UserId,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The user is asked into a group.
    Invitation {
        /// Which.
        group: GroupInfo,
        /// By whom.
        by: UserId,
        /// Their words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// A group was ended.
    GroupGone {
        /// Which.
        group: GroupId,
        /// Who did it.
        by: UserId,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// A space is new to the user, or changed.
    Space {
        /// All of it.
        space: Space,
    },
    /// The user is no longer in a space, or it was ended.
    SpaceGone {
        /// Which.
        space: SpaceId,
    },
    /// Live: what somebody is doing in a chat.
    Typing {
        /// Where.
        chat: Chat,
        /// Who.
        by: UserId,
        /// What.
        activity: Activity,
        /// In which thread.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadId>,
    },
    /// Live: a friend's presence, or the own one on another device.
    Presence {
        /// Whose.
        user: UserId,
        /// The presence.
        presence: Presence,
    },
    /// Live, before the login: the QR code to show from now on.
    QrCode {
        /// The text of the code.
        code: String,
        /// Milliseconds until the next one.
        refresh: Millis,
    },
    /// Live, before the login: the QR code was approved.
    QrConfirmed {
        /// By whom: the account that this device belongs to now.
        user: UserId,
        /// To log in with.
        token: String,
    },
    /// Live: the server closes this connection.
    Bye {
        /// `replaced` (the device connected again), `logged_out`, `expired`, `too_large`,
        /// `shutdown`.
        reason: String,
    },
    /// An event that this build does not know; acknowledge it and go on.
    #[serde(other)]
    Unknown,
}

impl Event {
    /// The event's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Message { .. } => "message",
            Event::Edited { .. } => "edited",
            Event::Deleted { .. } => "deleted",
            Event::Reaction { .. } => "reaction",
            Event::Delivered { .. } => "delivered",
            Event::Read { .. } => "read",
            Event::Thread { .. } => "thread",
            Event::Contact { .. } => "contact",
            Event::Profile { .. } => "profile",
            Event::Group { .. } => "group",
            Event::Member { .. } => "member",
            Event::Invitation { .. } => "invitation",
            Event::GroupGone { .. } => "group_gone",
            Event::Space { .. } => "space",
            Event::SpaceGone { .. } => "space_gone",
            Event::Typing { .. } => "typing",
            Event::Presence { .. } => "presence",
            Event::QrCode { .. } => "qr_code",
            Event::QrConfirmed { .. } => "qr_confirmed",
            Event::Bye { .. } => "bye",
            Event::Unknown => "unknown",
        }
    }
}
