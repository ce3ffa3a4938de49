//! Chats and messages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FileId, GroupId, MessageId, Millis, ThreadId, UserId};

/// Where a message lives, as one of its readers sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chat {
    /// The private chat with this user (the *other* one; with oneself for notes).
    User(UserId),
    /// A group.
    Group(GroupId),
}

impl Default for Chat {
    /// A chat with nobody, which the server refuses: what a request without `chat` means.
    fn default() -> Chat {
        Chat::User(UserId::new())
    }
}

/// An uploaded file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// The name that the sender gave it; only ever shown, never a path.
    pub name: String,
    /// The media type that the sender claimed.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Where the HTTP side serves it, to be put behind `http://` and
    /// [`Welcome::http`](super::Welcome::http).
    pub path: String,
}

/// A sticker: a file that stands for an emoji.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sticker {
    /// The picture. In a request only its `id` matters.
    pub file: File,
    /// What it stands for.
    pub emoji: String,
    /// The pack it is from.
    pub pack: String,
}

/// What a link leads to, as the sender saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preview {
    /// The link.
    pub url: String,
    /// The page's title.
    pub title: String,
    /// The page's summary.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The page's picture. In a request only its `id` matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<File>,
}

/// A user named in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mention {
    /// Who.
    pub user: UserId,
    /// First Unicode scalar value of the text that names them.
    pub start: u32,
    /// The one after the last.
    pub end: u32,
}

/// A formatted part of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Span {
    /// First Unicode scalar value.
    pub start: u32,
    /// The one after the last.
    pub end: u32,
    /// `bold`, `italic`, `strike`, `code`, `spoiler`, `quote` or `link`.
    pub style: String,
    /// With `link`: where to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
}

/// A place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Location {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What is there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// What a message says. At least one of text, files, sticker and location must be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// The text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The message that this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The thread that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
    /// Files, in order. In a request only their `id` matters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Whether the file is a recording of the sender's voice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
    /// A sticker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticker: Option<Sticker>,
    /// A place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What the links lead to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub previews: Vec<Preview>,
    /// Who is named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// How it is formatted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
}

impl Content {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Content {
        Content { text: text.into(), ..Content::default() }
    }

    /// The text, or words that stand for what there is in its place.
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

/// What a reply answers, for readers who have not seen it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quote {
    /// Who wrote it.
    pub from: UserId,
    /// The beginning of its text, or what stands for it (`📷 name.png`), at most 500 scalar values.
    pub text: String,
}

/// A message as the server keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Who wrote it.
    pub from: UserId,
    /// When the server took it.
    pub at: Millis,
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
    /// With `reply_to`: what it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// When it was edited last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<Millis>,
    /// Who reacted with what.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reactions: BTreeMap<UserId, Vec<String>>,
}

/// Writes a message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Send {
    /// Where to.
    pub chat: Chat,
    /// What.
    #[serde(flatten)]
    pub content: Content,
    /// The client's own id for this message: a repeat from the same device gets the first answer
    /// again, and nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// The answer to [`Send`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The new message's id.
    pub id: MessageId,
    /// When the server took it.
    pub at: Millis,
    /// Whether the nonce was known, so that this is an earlier message.
    #[serde(default)]
    pub repeated: bool,
}

/// Changes what an own message says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Edit {
    /// Where it is.
    pub chat: Chat,
    /// Which.
    pub id: MessageId,
    /// What it says now. Reply and thread stay as they were.
    #[serde(flatten)]
    pub content: Content,
}

/// Deletes an own message, or, as an admin of a group, anybody's.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Delete {
    /// Where it is.
    pub chat: Chat,
    /// Which.
    pub id: MessageId,
    /// Why, for the others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Replaces all of one's reactions on a message; none takes them away.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct React {
    /// Where it is.
    pub chat: Chat,
    /// Which.
    pub id: MessageId,
    /// The emoji.
    pub emojis: Vec<String>,
}

/// What somebody is doing in a chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Looking at it.
    #[default]
    Active,
    /// Writing.
    Typing,
    /// Stopped writing.
    Paused,
    /// Looking elsewhere.
    Inactive,
    /// Closed it.
    Gone,
}

/// Tells the others in a chat what the user is doing. Not kept for those who are away.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typing {
    /// Where.
    pub chat: Chat,
    /// What.
    pub activity: Activity,
    /// In which thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
}

/// The user's device has this message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Delivered {
    /// Where it is.
    pub chat: Chat,
    /// Which.
    pub id: MessageId,
}

/// The user has read this message and all before it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Read {
    /// Where it is.
    pub chat: Chat,
    /// The last one that was read.
    pub id: MessageId,
}

/// Names a thread.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NameThread {
    /// Where it is.
    pub chat: Chat,
    /// Which.
    pub thread: ThreadId,
    /// Its name.
    pub name: String,
}

/// A page of a chat's messages, oldest first. Without bounds, the newest ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// Where.
    pub chat: Chat,
    /// Only messages before this one; the page ends there.
    pub before: Option<MessageId>,
    /// Only messages after this one; the page begins there.
    pub after: Option<MessageId>,
    /// Only messages with this text in them, in any case of letters.
    pub containing: Option<String>,
    /// How many at most; the server's page otherwise.
    pub limit: Option<u32>,
}

/// The answer to [`History`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct HistoryPage {
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether there are more in the direction that was asked.
    pub more: bool,
    /// Up to which message everybody in the chat has read.
    #[serde(default)]
    pub read: BTreeMap<UserId, MessageId>,
}

/// One message. Answered with a [`Message`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fetch {
    /// Where it is.
    pub chat: Chat,
    /// Which.
    pub id: MessageId,
}
