//! Messages, both ways.

use super::{Blob, ContactId, FileId, MessageId, Sender, ThreadId, Timestamp, choices, messages};

messages! {
    /// A text from the network, for [`Actor::send_text`](crate::Actor::send_text). Start from
    /// [`Text::new`].
    pub struct Text {
        /// Id in the network; without one the message cannot be referred to later. The same id
        /// again is not shown again.
        id: Option<MessageId>,
        /// Text without markup. Formatting is in [`spans`](Self::spans).
        body: String,
        /// Time of sending, in milliseconds since 1970, if it was not just now (XEP-0203).
        when: Option<Timestamp>,
        /// Message that this one answers (XEP-0461).
        reply_to: Option<MessageReference>,
        /// Thread that the message is in (XEP-0201).
        thread: Option<ThreadId>,
        /// Formatting of parts of the body.
        spans: Vec<Span>,
        /// Parts of the body that name somebody.
        mentions: Vec<Mention>,
        /// Previews of links in the body (XEP-0511).
        link_previews: Vec<LinkPreview>,
        /// Hints for servers and clients (XEP-0334); default: none.
        hints: Vec<Hint>,
        /// The message is for the archive of the room only (XEP-0313), not shown as new; without
        /// effect in a chat with a contact.
        archive_only: bool,
        /// Id of the edit itself, in a correction, if the network gives it one.
        event_id: Option<MessageId>,
        /// Hint that is shown in place of the text until the reader asks (XEP-0382).
        spoiler: Option<String>,
        /// Seconds until the message disappears (XEP-0466).
        expires_in: Option<u32>,
        /// Content richer than text, of which `body` is the fallback.
        content: Option<Content>,
    }
    /// A text from the user, in [`Session::on_text`](crate::Session::on_text).
    pub struct UserText {
        /// Id that the user's client gave it: the same again if it is sent again (see
        /// [`Info::idempotent_send`](super::Info::idempotent_send)). Some clients count from 1 in
        /// every chat, so it is unique only together with chat and body.
        stanza_id: String,
        /// Text without the quote of a reply.
        body: String,
        /// Message that this one answers (XEP-0461).
        reply: Option<Reply>,
        /// Thread that the message is in.
        thread: Option<ThreadId>,
        /// Formatting of parts of the body.
        spans: Vec<Span>,
        /// Parts of the body that name somebody.
        mentions: Vec<Mention>,
        /// Previews that the user's client made.
        link_previews: Vec<LinkPreview>,
        /// Hint that is shown in place of the text until the reader asks (XEP-0382).
        spoiler: Option<String>,
        /// Time of sending, in milliseconds since 1970, if it was not just now.
        when: Option<Timestamp>,
        /// Content richer than text, of which `body` is the fallback: a place.
        content: Option<Content>,
    }
    /// A message that is referred to by the network.
    pub struct MessageReference {
        /// Id of that message in the network.
        id: MessageId,
        /// Author of that message, if known.
        author: Option<Sender>,
        /// Text of that message, if known: quoted for clients without replies.
        body: Option<String>,
    }
    /// A message that the user's message answers.
    pub struct Reply {
        /// Id of that message in the network.
        id: MessageId,
        /// Author of that message, if known.
        to: Option<Sender>,
        /// Quote as the user's client made it, without the quotation marks.
        fallback: Option<String>,
    }
    /// Part of a body that names somebody.
    pub struct Mention {
        /// Contact who is named, if it is one.
        contact: Option<ContactId>,
        /// Nick that is named, if there is no contact.
        nick: Option<String>,
        /// First character: Unicode scalar values from 0.
        start: u32,
        /// Character behind the last.
        end: u32,
        /// The user is named; `contact` does not matter then.
        is_user: bool,
    }
    /// Formatting of part of a body.
    pub struct Span {
        /// Style of that part.
        style: Style,
        /// First character: Unicode scalar values from 0.
        start: u32,
        /// Character behind the last.
        end: u32,
        /// Address of a [`Style::Link`], language of a [`Style::CodeBlock`]: `rust`.
        value: Option<String>,
    }
    /// Preview of a link (XEP-0511).
    pub struct LinkPreview {
        /// Address that the preview is of, as it stands in the body.
        about: String,
        /// Title (`og:title`).
        title: Option<String>,
        /// Description (`og:description`).
        description: Option<String>,
        /// Canonical address (`og:url`).
        url: Option<String>,
        /// Type of page (`og:type`): `article`.
        kind: Option<String>,
        /// Name of the site (`og:site_name`).
        site_name: Option<String>,
        /// Picture by its address (`og:image`).
        image_url: Option<String>,
        /// Picture itself, instead of its address.
        image: Option<Blob>,
    }
    /// Typed content beyond text.
    pub struct Content {
        /// Kind of content, which decides the fields that count.
        kind: ContentKind,
        /// Latitude of a place, in degrees from −90 to 90.
        latitude: f64,
        /// Longitude of a place, in degrees from −180 to 180.
        longitude: f64,
        /// Question of a poll, or name of a place or contact card.
        title: String,
        /// Answers of a poll.
        options: Vec<String>,
        /// Contact of a contact card.
        contact: Option<ContactId>,
        /// File of a voice message.
        file: Option<FileId>,
        /// Length of a voice message, in milliseconds.
        duration: Option<u32>,
    }
    /// Outcome of something that the plugin sent.
    pub struct Sent {
        /// Ids of its stanzas; several if it took several.
        stanza_ids: Vec<String>,
        /// The message had been sent before, and was not sent again.
        duplicate: bool,
        /// Address where the user's clients can have the file.
        url: Option<String>,
    }
    /// A message of a room's archive (XEP-0313). Not used yet.
    pub struct ArchivedMessage {
        /// Id in the network.
        id: Option<MessageId>,
        /// Id in the archive.
        stanza_id: String,
        /// Author, if known.
        author: Option<Sender>,
        /// Text, if it has one.
        body: Option<String>,
        /// Time of sending, in milliseconds since 1970.
        when: Timestamp,
    }
    /// A known message on the edge of a hole in the history. Not used yet.
    pub struct HoleBound {
        /// Id of that message in the network.
        id: MessageId,
        /// Time of that message, in milliseconds since 1970.
        timestamp: Timestamp,
    }
}

choices! {
    /// Formatting of a part of a text (XEP-0394).
    pub enum Style {
        /// Strong.
        #[default]
        Bold,
        /// Emphasis.
        Italic,
        /// Underlined.
        Underline,
        /// Struck through.
        Strikethrough,
        /// Code in a line.
        Code,
        /// Lines of code.
        CodeBlock,
        /// A quotation.
        Quote,
        /// A link.
        Link,
        /// Hidden until asked for.
        Spoiler,
    }
    /// Processing hint (XEP-0334).
    pub enum Hint {
        /// Keep it in the archive.
        #[default]
        Store,
        /// The message is not to be kept in the archive.
        NoStore,
        /// The message is not to be kept in any permanent place.
        NoPermanentStore,
        /// The message is not to be copied to other clients.
        NoCopy,
    }
    /// Receipt (XEP-0184) or marker (XEP-0333).
    pub enum Marker {
        /// Delivered to a device.
        #[default]
        Received,
        /// Read, with all messages before it.
        Displayed,
        /// Acted upon; for a message of the user: it has reached the network.
        Acknowledged,
    }
    /// Kind of a [`Content`].
    pub enum ContentKind {
        /// A place.
        #[default]
        Location,
        /// A question with answers.
        Poll,
        /// A contact card.
        ContactCard,
        /// A recording.
        Voice,
    }
}

impl Text {
    /// Just a text.
    pub fn new(body: impl Into<String>) -> Self {
        Text { body: body.into(), ..Text::default() }
    }

    /// Sets the id.
    pub fn id(self, id: impl Into<MessageId>) -> Self {
        Text { id: Some(id.into()), ..self }
    }

    /// Sets the time at which it was sent.
    pub fn when(self, when: Timestamp) -> Self {
        Text { when: Some(when), ..self }
    }
}
