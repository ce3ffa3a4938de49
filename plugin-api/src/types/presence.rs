//! Presence and typing.

use super::{Timestamp, choices, messages};

choices! {
    /// XEP-0085 chat states.
    pub enum ChatState {
        /// Looking at the chat.
        #[default]
        Active,
        /// Typing.
        Composing,
        /// Stopped typing.
        Paused,
        /// Not looking.
        Inactive,
        /// Left the chat.
        Gone,
    }
    /// RFC 6121 availability.
    pub enum Availability {
        /// Available.
        #[default]
        Online,
        /// `away`
        Away,
        /// `xa`
        ExtendedAway,
        /// `dnd`
        Busy,
        /// Unavailable.
        Offline,
        /// `chat`: free for chat.
        Chatty,
    }
    /// The client type of a contact, as in XEP-0030's registry.
    pub enum ClientType {
        /// A computer.
        #[default]
        Pc,
        /// A program.
        Bot,
        /// A text terminal.
        Console,
        /// A game.
        Game,
        /// A small device.
        Handheld,
        /// A telephone.
        Phone,
        /// Text messages.
        Sms,
        /// A tablet.
        Tablet,
        /// A browser.
        Web,
    }
}

messages! {
    /// A contact's presence.
    pub struct Presence {
        /// How available.
        availability: Availability,
        /// A free text.
        status: Option<String>,
        /// When the contact was last seen (XEP-0319).
        last_seen: Option<Timestamp>,
    }
    /// A change of the user's own presence.
    pub struct UserPresence {
        /// Which of the user's clients.
        resource: String,
        /// That client, now.
        presence: Presence,
        /// All the clients that are online.
        resources: Vec<Resource>,
        /// The user as a whole: the most available client.
        merged: Option<Resource>,
    }
    /// One of the user's clients.
    pub struct Resource {
        /// Its name.
        resource: String,
        /// How available.
        availability: Availability,
        /// A free text.
        status: Option<String>,
        /// RFC 6121 priority.
        priority: i8,
    }
}

impl Presence {
    /// Without a text.
    pub fn new(availability: Availability) -> Self {
        Presence { availability, ..Presence::default() }
    }

    /// The same with a text.
    pub fn status(self, status: impl Into<String>) -> Self {
        Presence { status: Some(status.into()), ..self }
    }
}
