//! Events, which the server sends without being asked.

use serde::{Deserialize, Serialize};

use super::message::Activity;
use super::{
    Chat, Contact, Content, GroupId, GroupInfo, Message, MessageId, Millis, Presence, Profile, Relation,
    Role, Space, SpaceId, ThreadId, UserId,
};

/// Event on the network. Durable events carry a number and wait for the device; *live* ones do not.
///
/// Every device of all users concerned gets it, except the device that caused it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A new message; also those that the user wrote on another device (`from` is then the user).
    Message {
        /// Chat of the message.
        chat: Chat,
        /// New message.
        message: Message,
    },
    /// A message has a new content.
    Edited {
        /// Chat of the message.
        chat: Chat,
        /// Edited message.
        id: MessageId,
        /// User who edited it.
        by: UserId,
        /// Time of the edit.
        at: Millis,
        /// New content.
        content: Content,
    },
    /// A message was deleted.
    Deleted {
        /// Chat of the message.
        chat: Chat,
        /// Deleted message.
        id: MessageId,
        /// User who deleted it: its author, or an admin.
        by: UserId,
        /// Time of the deletion.
        at: Millis,
        /// Author of the message.
        #[serde(default)]
        author: UserId,
        /// Reason, if one was given.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The reactions of one user to one message have changed.
    Reaction {
        /// Chat of the message.
        chat: Chat,
        /// Message that the user reacts to.
        id: MessageId,
        /// User who reacts.
        by: UserId,
        /// Time of the change.
        at: Millis,
        /// Whole new set of their reactions.
        emojis: Vec<String>,
    },
    /// A device of the recipient has the message. Only the message's author is told.
    Delivered {
        /// Chat of the message.
        chat: Chat,
        /// Delivered message.
        id: MessageId,
        /// User whose device has it.
        by: UserId,
        /// Time of the delivery.
        at: Millis,
    },
    /// A user has read everything up to this message.
    Read {
        /// Chat of the message.
        chat: Chat,
        /// Last message that they have read.
        id: MessageId,
        /// User who has read it.
        by: UserId,
        /// Time of the reading.
        at: Millis,
    },
    /// A thread was named.
    Thread {
        /// Chat of the thread.
        chat: Chat,
        /// Named thread.
        thread: ThreadId,
        /// Name of the thread.
        name: String,
        /// User who named it.
        by: UserId,
    },
    /// An entry of the contact list is new or changed. `was` tells which change of friendship it
    /// is.
    Contact {
        /// New state of the entry.
        contact: Contact,
        /// User who changed it.
        by: UserId,
        /// Relation of the two before.
        was: Relation,
        /// Words that came with a friend request.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// The profile of a friend changed, or the user's own, on another device.
    Profile {
        /// User whose profile it is.
        user: UserId,
        /// Whole new profile.
        profile: Profile,
    },
    /// A group is new to the user, or changed.
    Group {
        /// Whole group, without `role`.
        group: GroupInfo,
        /// User who caused it.
        by: UserId,
    },
    /// The role of a user in a group changed: they joined, left, or were kicked, banned or
    /// promoted. Members and the user concerned are told.
    Member {
        /// Group of the user.
        group: GroupId,
        /// User whose role changed.
        user: UserId,
        /// Name in the user's profile.
        name: String,
        /// Role before.
        was: Role,
        /// Role now.
        role: Role,
        /// User who changed it; the user concerned, when they joined or left.
        by: UserId,
        /// Reason, if one was given.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The user is invited to a group.
    Invitation {
        /// Group that the user may join.
        group: GroupInfo,
        /// User who invites.
        by: UserId,
        /// Words that come with the invitation.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// A group was ended.
    GroupGone {
        /// Ended group.
        group: GroupId,
        /// User who ended it.
        by: UserId,
        /// Reason, if one was given.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// A space is new to the user, or changed.
    Space {
        /// Whole space.
        space: Space,
    },
    /// The user is no longer in a space, or it was ended.
    SpaceGone {
        /// Space that is gone.
        space: SpaceId,
    },
    /// Live: the activity of a user in a chat.
    Typing {
        /// Chat of the activity.
        chat: Chat,
        /// User who is active.
        by: UserId,
        /// Activity of the user.
        activity: Activity,
        /// Thread of the activity, if it is in one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<ThreadId>,
    },
    /// Live: the presence of a friend, or the user's own, on another device.
    Presence {
        /// User whose presence it is.
        user: UserId,
        /// New presence.
        presence: Presence,
    },
    /// Live, before the login: the QR code to show from now on.
    QrCode {
        /// Text of the code.
        code: String,
        /// Milliseconds until the next code.
        refresh: Millis,
    },
    /// Live, before the login: the QR code was approved.
    QrConfirmed {
        /// Approving user: the account that this device belongs to now.
        user: UserId,
        /// Token to log in with.
        token: String,
    },
    /// Live: the server closes this connection.
    Bye {
        /// Reason: `replaced` (the device connected again), `logged_out`, `expired`, `too_large` or
        /// `shutdown`.
        reason: String,
    },
    /// An event that this build does not know; acknowledge it and go on.
    #[serde(other)]
    Unknown,
}

impl Event {
    /// Returns the event's name on the wire.
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
