//! Presence and typing.

use super::{Timestamp, choices, messages};

choices! {
    /// Chat state (XEP-0085).
    pub enum ChatState {
        /// Looking at the chat.
        #[default]
        Active,
        /// Typing.
        Composing,
        /// Stopped typing.
        Paused,
        /// The participant does not look at the chat.
        Inactive,
        /// Left the chat.
        Gone,
    }
    /// Availability (RFC 6121).
    pub enum Availability {
        /// Available, without `show`.
        #[default]
        Online,
        /// `away`: away.
        Away,
        /// `xa`: away for long.
        ExtendedAway,
        /// `dnd`: do not disturb.
        Busy,
        /// Unavailable.
        Offline,
        /// `chat`: free for chat.
        Chatty,
    }
    /// Kind of a contact's client, from the XEP-0030 registry.
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
    /// Presence of a contact.
    pub struct Presence {
        /// Availability; default: online.
        availability: Availability,
        /// Text beside it: `in a meeting`.
        status: Option<String>,
        /// Time when the contact was last seen, in milliseconds since 1970 (XEP-0319).
        last_seen: Option<Timestamp>,
    }
    /// Change of the user's own presence.
    pub struct UserPresence {
        /// Resource of the client that has changed.
        resource: String,
        /// Presence of that client.
        presence: Presence,
        /// Clients that are online, all of them.
        resources: Vec<Resource>,
        /// The most available client, which stands for the user; none: all are offline.
        merged: Option<Resource>,
    }
    /// A client of the user.
    pub struct Resource {
        /// Resource of its JID.
        resource: String,
        /// Availability.
        availability: Availability,
        /// Text beside it.
        status: Option<String>,
        /// Priority from −128 to 127 (RFC 6121).
        priority: i8,
    }
}

impl Presence {
    /// Creates a presence without a text.
    pub fn new(availability: Availability) -> Self {
        Presence { availability, ..Presence::default() }
    }

    /// Sets the text.
    pub fn status(self, status: impl Into<String>) -> Self {
        Presence { status: Some(status.into()), ..self }
    }
}
