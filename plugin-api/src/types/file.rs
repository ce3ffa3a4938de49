//! Files, pictures and stickers.

use super::{AvatarId, FileId, Reply, ThreadId, Timestamp, choices, messages};
use serde::{Deserialize, Serialize};

/// Bytes, such as a small picture. Large files go by path or URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Blob(#[serde(with = "serde_bytes")] pub Vec<u8>);

choices! {
    /// How a file is meant (XEP-0447). Users are not told yet: their clients decide by what it is.
    pub enum Disposition {
        /// Shown in place.
        #[default]
        Inline,
        /// Offered for download.
        Attachment,
    }
}

messages! {
    /// A file from the network: at least one of `path`, `url` and `data` is given.
    pub struct Attachment {
        /// A file in [`Start::data_dir`](super::Start) (or one that the daemon gave, such as [`UserFile::path`]); any other is refused. It is
        /// not moved, and has to stay until the operation is answered.
        path: Option<String>,
        /// Where it can be fetched without credentials.
        url: Option<String>,
        /// Itself, if small.
        data: Option<Blob>,
        /// What it is called.
        name: Option<String>,
        /// MIME type.
        content_type: Option<String>,
        /// Its id in the network: the file is then uploaded only once.
        id: Option<FileId>,
        /// A text with it.
        caption: Option<String>,
        /// How it is meant.
        disposition: Disposition,
        /// It is a sticker.
        is_sticker: bool,
        /// Bytes.
        size: Option<u64>,
        /// When it was made.
        date: Option<Timestamp>,
        /// SHA-256.
        sha256: Option<Blob>,
        /// Milliseconds, if it is a recording. Users are not told yet.
        duration: Option<u32>,
    }
    /// A file from the user: `Session::on_file`.
    pub struct UserFile {
        /// The id that the user's client gave the message; behind the first of several files in one message, `#2`, `#3` and so on.
        stanza_id: String,
        /// Where it is.
        url: String,
        /// A copy that the daemon fetched, if it did. It is gone when the call has returned.
        path: Option<String>,
        /// What it is called.
        name: Option<String>,
        /// MIME type, by its content.
        content_type: Option<String>,
        /// Bytes.
        size: Option<u64>,
        /// What the message answers.
        reply: Option<Reply>,
        /// Its thread.
        thread: Option<ThreadId>,
        /// A text with it.
        caption: Option<String>,
    }
    /// A sticker from the user: `Session::on_sticker`.
    pub struct UserSticker {
        /// The picture.
        file: UserFile,
        /// What it stands for, in text.
        fallback: Option<String>,
        /// SHA-256 of the picture.
        sha256: Option<Blob>,
    }
    /// A picture of a contact, a room or the gateway. With an id only, that of a contact is fetched when it is new
    /// ([`Session::fetch_avatar`](crate::Session::fetch_avatar)); that is the cheapest way for long lists.
    pub struct Avatar {
        /// Its version: an id that was seen is not fetched again.
        id: Option<AvatarId>,
        /// A file in [`Start::data_dir`](super::Start); the gateway's own picture, which is told before there is one, may be anywhere.
        path: Option<String>,
        /// An address.
        url: Option<String>,
        /// Itself.
        data: Option<Blob>,
    }
    /// The user's own picture: `Session::on_avatar`.
    pub struct UserAvatar {
        /// PNG, as a rule.
        data: Blob,
        /// SHA-1, hexadecimal.
        hash: String,
        /// MIME type.
        content_type: String,
        /// Pixels.
        width: Option<u32>,
        /// Pixels.
        height: Option<u32>,
    }
}

impl Avatar {
    /// No picture.
    pub fn none() -> Self {
        Avatar::default()
    }

    /// There is no way to it: neither a file nor an address nor itself.
    pub fn is_none(&self) -> bool {
        self.path.is_none() && self.url.is_none() && self.data.is_none()
    }
}
