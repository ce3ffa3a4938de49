//! Files, pictures and stickers.

use super::{AvatarId, Blob, FileId, Reply, ThreadId, Timestamp, choices, messages};

choices! {
    /// Purpose of a file (XEP-0447). Users are not told yet: their clients decide by its type.
    pub enum Disposition {
        /// Shown in place.
        #[default]
        Inline,
        /// Offered for download.
        Attachment,
    }
}

messages! {
    /// A file from the network. At least one of `path`, `url` and `data` is given.
    pub struct Attachment {
        /// Path of a file in [`Start::data_dir`](super::Start::data_dir), or of one that the daemon
        /// gave, such as [`UserFile::path`]; any other is refused. It is not moved, and has to stay
        /// until the operation is answered.
        path: Option<String>,
        /// Address where the daemon can fetch it without credentials.
        url: Option<String>,
        /// Content, if small: up to 32 MiB with everything else in the message.
        data: Option<Blob>,
        /// File name: `cat.png`.
        name: Option<String>,
        /// MIME type: `image/png`. The content decides where it is known better.
        content_type: Option<String>,
        /// Id in the network: the file is then uploaded only once.
        id: Option<FileId>,
        /// Text with the file.
        caption: Option<String>,
        /// Purpose; default: inline.
        disposition: Disposition,
        /// The file is a sticker (XEP-0449).
        is_sticker: bool,
        /// Size in bytes, if known before it is fetched.
        size: Option<u64>,
        /// Time when it was made, in milliseconds since 1970.
        date: Option<Timestamp>,
        /// SHA-256 of the content: 32 bytes.
        sha256: Option<Blob>,
        /// Length of a recording, in milliseconds. Users are not told yet.
        duration: Option<u32>,
    }
    /// A file from the user, in [`Session::on_file`](crate::Session::on_file).
    pub struct UserFile {
        /// Id that the user's client gave the message; behind the first of several files in one
        /// message, `#2`, `#3` and so on.
        stanza_id: String,
        /// Address of the file, as the client gave it.
        url: String,
        /// Path of the copy that the daemon has fetched, if it has. It is gone when the call has
        /// returned.
        path: Option<String>,
        /// File name: `cat.png`.
        name: Option<String>,
        /// MIME type, by its content: `image/png`.
        content_type: Option<String>,
        /// Size in bytes.
        size: Option<u64>,
        /// Message that this one answers.
        reply: Option<Reply>,
        /// Thread that the message is in.
        thread: Option<ThreadId>,
        /// Text with the file.
        caption: Option<String>,
    }
    /// A sticker from the user, in [`Session::on_sticker`](crate::Session::on_sticker). Where that
    /// is not implemented, it comes as a file.
    pub struct UserSticker {
        /// Picture of the sticker.
        file: UserFile,
        /// Text that it stands for: `😀`.
        fallback: Option<String>,
        /// SHA-256 of the picture: 32 bytes.
        sha256: Option<Blob>,
    }
    /// A picture of a contact, a room or the gateway.
    ///
    /// With an id only, the picture is fetched when it is new
    /// ([`Session::fetch_avatar`](crate::Session::fetch_avatar)); that is the cheapest way for long
    /// lists.
    pub struct Avatar {
        /// Version: a picture whose id was seen is not fetched again.
        id: Option<AvatarId>,
        /// Path of a file in [`Start::data_dir`](super::Start::data_dir). The gateway's own
        /// picture, which is told before there is one, may be anywhere.
        path: Option<String>,
        /// Address where the daemon can fetch it without credentials.
        url: Option<String>,
        /// Content.
        data: Option<Blob>,
    }
    /// The user's own picture, in [`Session::on_avatar`](crate::Session::on_avatar).
    pub struct UserAvatar {
        /// Content: PNG, as a rule.
        data: Blob,
        /// SHA-1 of the content, in hexadecimal.
        hash: String,
        /// MIME type: `image/png`.
        content_type: String,
        /// Width in pixels.
        width: Option<u32>,
        /// Height in pixels.
        height: Option<u32>,
    }
}

impl Avatar {
    /// Returns an avatar without a picture.
    pub fn none() -> Self {
        Avatar::default()
    }

    /// Tells whether there is no picture: neither a path nor an address nor bytes.
    pub fn is_none(&self) -> bool {
        self.path.is_none() && self.url.is_none() && self.data.is_none()
    }
}
