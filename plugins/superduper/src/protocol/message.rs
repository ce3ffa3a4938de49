//! Chats and messages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FileId, GroupId, MessageId, Millis, ThreadId, UserId};

/// Chat that a message is in, as one of its readers sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chat {
    /// Private chat with this user: the *other* one, or oneself for notes.
    User(UserId),
    /// Chat of a group.
    Group(GroupId),
}

impl Default for Chat {
    /// Returns a chat with nobody, which the server refuses: the meaning of a request without
    /// `chat`.
    fn default() -> Chat {
        Chat::User(UserId::new())
    }
}

/// Uploaded file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct File {
    /// Id of the file.
    pub id: FileId,
    /// Name that the sender gave it; only ever shown, never a path.
    pub name: String,
    /// Media type that the sender claimed.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Path at the HTTP side, to be appended to `http://` and
    /// [`Welcome::http`](super::Welcome::http).
    pub path: String,
}

/// Sticker: a file that stands for an emoji.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sticker {
    /// Picture of the sticker. In a request only its `id` matters.
    pub file: File,
    /// Emoji that it stands for.
    pub emoji: String,
    /// Pack that it is from.
    pub pack: String,
}

/// Preview of a linked page, as the sender saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preview {
    /// Address of the link.
    pub url: String,
    /// Title of the page.
    pub title: String,
    /// Summary of the page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Picture of the page. In a request only its `id` matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<File>,
}

/// User who is named in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mention {
    /// Mentioned user.
    pub user: UserId,
    /// First Unicode scalar value of the text that names them.
    pub start: u32,
    /// Position after the last scalar value.
    pub end: u32,
}

/// Formatted part of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Span {
    /// First Unicode scalar value of the part.
    pub start: u32,
    /// Position after the last scalar value.
    pub end: u32,
    /// Style: `bold`, `italic`, `strike`, `code`, `spoiler`, `quote` or `link`.
    pub style: String,
    /// Target of the link, with the style `link`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// Geographical place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Location {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Name of the place.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// Content of a message. At least one of text, files, sticker and location must be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// Plain text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Message that this one replies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// Thread that the message belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
    /// Files, in order. In a request only their `id` matters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Whether the file is a recording of the sender's voice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
    /// Sticker, if the message is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticker: Option<Sticker>,
    /// Place, if the message shares one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Previews of the links in the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub previews: Vec<Preview>,
    /// Users who are named in the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// Formatting of the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
}

impl Content {
    /// Creates a plain text.
    pub fn text(text: impl Into<String>) -> Content {
        Content { text: text.into(), ..Content::default() }
    }

    /// Returns the text, or words that stand for the content of a message without one.
    #[must_use]
    pub fn summary(&self) -> String {
        let file = |file: &File| {
            let sign = match file.media_type.split('/').next() {
                _ if self.voice => "🎤",
                Some("image") => "📷",
                Some("video") => "🎬",
                Some("audio") => "🎵",
                _ => "📎",
            };
            format!("{sign} {}", file.name)
        };
        let sticker = self.sticker.as_ref().map(|sticker| sticker.emoji.clone());
        let place = self.location.as_ref().map(|place| format!("📍 {}", place.name).trim_end().to_owned());
        let first = || self.files.first().map(file).or(sticker).or(place).unwrap_or_default();
        if self.text.is_empty() { first() } else { self.text.clone() }
    }
}

/// Quote of the message that a reply answers, for readers who have not seen it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quote {
    /// Author of the quoted message.
    pub from: UserId,
    /// Beginning of its text, or what stands for it (`📷 name.png`), at most 500 scalar values.
    pub text: String,
}

/// Message as the server keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Id of the message.
    pub id: MessageId,
    /// Author of the message.
    pub from: UserId,
    /// Time when the server accepted it.
    pub at: Millis,
    /// Content of the message.
    #[serde(flatten)]
    pub content: Content,
    /// Quote of the message that `reply_to` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// Time of the last edit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<Millis>,
    /// Reactions of each user.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reactions: BTreeMap<UserId, Vec<String>>,
}

/// Sends a message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Send {
    /// Chat to send it to.
    pub chat: Chat,
    /// Content of the message.
    #[serde(flatten)]
    pub content: Content,
    /// Id that the client gave this message: a repeat from the same device gets the first answer
    /// again, and nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// Answer to [`Send`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Id of the new message.
    pub id: MessageId,
    /// Time when the server accepted it.
    pub at: Millis,
    /// Whether the nonce was known, so that this is an earlier message.
    #[serde(default)]
    pub repeated: bool,
}

/// Replaces the content of a message of one's own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Edit {
    /// Chat of the message.
    pub chat: Chat,
    /// Message to edit.
    pub id: MessageId,
    /// New content. Reply and thread stay as they were.
    #[serde(flatten)]
    pub content: Content,
}

/// Deletes a message of one's own, or, as an admin of a group, anybody's.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Delete {
    /// Chat of the message.
    pub chat: Chat,
    /// Message to delete.
    pub id: MessageId,
    /// Reason, for the others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Replaces all of one's reactions to a message; an empty list removes them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct React {
    /// Chat of the message.
    pub chat: Chat,
    /// Message to react to.
    pub id: MessageId,
    /// New set of emoji.
    pub emojis: Vec<String>,
}

/// Activity of a user in a chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Looking at the chat.
    #[default]
    Active,
    /// Writing a message.
    Typing,
    /// Having stopped writing.
    Paused,
    /// Looking elsewhere.
    Inactive,
    /// Having closed the chat.
    Gone,
}

/// Tells the others in a chat what the user is doing. It is not kept for those who are away.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typing {
    /// Chat of the activity.
    pub chat: Chat,
    /// Activity of the user.
    pub activity: Activity,
    /// Thread of the activity, if it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
}

/// Confirms that the user's device has this message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Delivered {
    /// Chat of the message.
    pub chat: Chat,
    /// Delivered message.
    pub id: MessageId,
}

/// Tells that the user has read this message and all before it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Read {
    /// Chat of the message.
    pub chat: Chat,
    /// Last message that was read.
    pub id: MessageId,
}

/// Names a thread.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NameThread {
    /// Chat of the thread.
    pub chat: Chat,
    /// Thread to name.
    pub thread: ThreadId,
    /// Name of the thread.
    pub name: String,
}

/// Asks for a page of a chat's messages, oldest first; the newest ones if there are no bounds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// Chat to read.
    pub chat: Chat,
    /// Upper bound: only messages before this one; the page ends there.
    pub before: Option<MessageId>,
    /// Lower bound: only messages after this one; the page begins there.
    pub after: Option<MessageId>,
    /// Text to search for, in any case of letters.
    pub containing: Option<String>,
    /// Most messages to return; the server's page when absent.
    pub limit: Option<u32>,
}

/// Answer to [`History`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct HistoryPage {
    /// Messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether there are more in the direction that was asked for.
    pub more: bool,
    /// Last message that each user in the chat has read.
    #[serde(default)]
    pub read: BTreeMap<UserId, MessageId>,
}

/// Asks for one message. Answered with a [`Message`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fetch {
    /// Chat of the message.
    pub chat: Chat,
    /// Message to return.
    pub id: MessageId,
}
