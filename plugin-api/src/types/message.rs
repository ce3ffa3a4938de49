//! Messages, both ways.

use super::{Blob, ContactId, FileId, MessageId, Sender, ThreadId, Timestamp, choices, messages};

messages! {
    /// A text from the network: `Contact::send_text`.
    pub struct Text {
        /// Its id in the network; without one it cannot be referred to later.
        id: Option<MessageId>,
        /// The text, without markup.
        body: String,
        /// When it was sent, if not just now (XEP-0203).
        when: Option<Timestamp>,
        /// What it answers (XEP-0461).
        reply_to: Option<MessageReference>,
        /// Its thread (XEP-0201).
        thread: Option<ThreadId>,
        /// Formatting of parts of the body.
        spans: Vec<Span>,
        /// Parts of the body that name somebody.
        mentions: Vec<Mention>,
        /// Previews of links in the body (XEP-0511).
        link_previews: Vec<LinkPreview>,
        /// Hints (XEP-0334).
        hints: Vec<Hint>,
        /// Only for the archive: not shown as new.
        archive_only: bool,
        /// In a correction: the id of the edit itself.
        event_id: Option<MessageId>,
        /// Hidden until the reader asks (XEP-0382).
        spoiler: Option<String>,
        /// Seconds until it disappears.
        expires_in: Option<u32>,
        /// Something richer than text, of which `body` is the fallback.
        content: Option<Content>,
    }
    /// A text from the user: `Session::on_text`.
    pub struct UserText {
        /// The id that the user's client gave it: the same again if it is sent again (see
        /// `Info::idempotent_send`).
        stanza_id: String,
        /// The text, without the quote of a reply.
        body: String,
        /// What it answers.
        reply: Option<Reply>,
        /// Its thread.
        thread: Option<ThreadId>,
        /// Formatting of parts of the body.
        spans: Vec<Span>,
        /// Parts of the body that name somebody.
        mentions: Vec<Mention>,
        /// Previews that the user's client made.
        link_previews: Vec<LinkPreview>,
        /// Hidden until the reader asks.
        spoiler: Option<String>,
        /// When the user sent it, if not just now.
        when: Option<Timestamp>,
        /// Something richer than text, of which `body` is the fallback: a place.
        content: Option<Content>,
    }
    /// A message that is referred to, by the network.
    pub struct MessageReference {
        /// Which.
        id: MessageId,
        /// Who wrote it, if known.
        author: Option<Sender>,
        /// What it said, if known: quoted for clients without replies.
        body: Option<String>,
    }
    /// A message that the user's message answers.
    pub struct Reply {
        /// Which.
        id: MessageId,
        /// Who wrote it.
        to: Option<Sender>,
        /// The quote, as the user's client made it, without the quotation marks.
        fallback: Option<String>,
    }
    /// Part of a body that names somebody.
    pub struct Mention {
        /// Who.
        contact: Option<ContactId>,
        /// The nick, if there is no contact.
        nick: Option<String>,
        /// First character (Unicode scalar value, from 0).
        start: u32,
        /// One past the last.
        end: u32,
        /// It is the user who is named; `contact` does not matter then.
        is_user: bool,
    }
    /// Formatting of part of a body.
    pub struct Span {
        /// How.
        style: Style,
        /// First character (Unicode scalar value, from 0).
        start: u32,
        /// One past the last.
        end: u32,
        /// For [`Style::Link`] its address, for [`Style::CodeBlock`] its language.
        value: Option<String>,
    }
    /// What a link shows.
    pub struct LinkPreview {
        /// The address.
        about: String,
        /// og:title
        title: Option<String>,
        /// og:description
        description: Option<String>,
        /// og:url
        url: Option<String>,
        /// og:type
        kind: Option<String>,
        /// og:site_name
        site_name: Option<String>,
        /// og:image, as an address…
        image_url: Option<String>,
        /// … or itself.
        image: Option<Blob>,
    }
    /// Typed contents beyond text.
    pub struct Content {
        /// Which of the following it is.
        kind: ContentKind,
        /// A place: degrees.
        latitude: f64,
        /// A place: degrees.
        longitude: f64,
        /// A poll's question, a place's or a contact card's name.
        title: String,
        /// A poll's answers.
        options: Vec<String>,
        /// A contact card.
        contact: Option<ContactId>,
        /// A voice message's file.
        file: Option<FileId>,
        /// A voice message's length in milliseconds.
        duration: Option<u32>,
    }
    /// What became of something that the plugin sent.
    pub struct Sent {
        /// The ids of its stanzas; several if it took several.
        stanza_ids: Vec<String>,
        /// It had been sent before, and was not sent again.
        duplicate: bool,
        /// Where a file can be had.
        url: Option<String>,
    }
    /// A message of a room's archive.
    pub struct ArchivedMessage {
        /// Its id in the network.
        id: Option<MessageId>,
        /// Its id in the archive.
        stanza_id: String,
        /// Who wrote it.
        author: Option<Sender>,
        /// Text.
        body: Option<String>,
        /// When.
        when: Timestamp,
    }
    /// A known message on the edge of a hole in the history.
    pub struct HoleBound {
        /// Which.
        id: MessageId,
        /// When.
        timestamp: Timestamp,
    }
}

choices! {
    /// Formatting.
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
    /// XEP-0334.
    pub enum Hint {
        /// Keep it in the archive.
        #[default]
        Store,
        /// Do not.
        NoStore,
        /// Nor in any permanent place.
        NoPermanentStore,
        /// Not to other clients.
        NoCopy,
    }
    /// XEP-0333 markers, and XEP-0184 receipts.
    pub enum Marker {
        /// Delivered to a device.
        #[default]
        Received,
        /// Seen.
        Displayed,
        /// Acted upon, or: it reached the network.
        Acknowledged,
    }
    /// What a [`Content`] is.
    pub enum ContentKind {
        /// A place.
        #[default]
        Location,
        /// A question with answers.
        Poll,
        /// Somebody's card.
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

    /// The same with an id.
    pub fn id(self, id: impl Into<MessageId>) -> Self {
        Text { id: Some(id.into()), ..self }
    }

    /// The same, sent at that time.
    pub fn when(self, when: Timestamp) -> Self {
        Text { when: Some(when), ..self }
    }
}
