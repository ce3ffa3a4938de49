//! Items of a decoded stream.

use crate::xmpp::stanza::Stanza;
use crate::xmpp::stream::header::Invalid;
use crate::xmpp::stream::header::RawHeader;

/// An item of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// The peer's stream header.
    Open {
        /// The stream's id, which the handshake is made of.
        id: Option<String>,
    },
    /// The peer accepts our handshake (XEP-0114 section 3).
    Handshake,
    /// A stanza.
    Stanza(Box<Stanza>),
    /// An element that is not handed on, though its sender is told; the stream goes on.
    Invalid {
        /// Header as it was received.
        header: RawHeader,
        /// Reason why it is not handed on.
        why: Invalid,
    },
    /// The peer gives up the stream (RFC 6120 section 4.9).
    StreamError {
        /// The name of the condition, `undefined-condition` when there is none.
        condition: String,
        /// Text for people.
        text: Option<String>,
    },
    /// The peer's end of stream.
    Close,
}

/// The stream cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The root is not a stream, or not XML.
    #[error("not an XMPP stream")]
    NotAStream,
    /// The stream contains what XMPP forbids (RFC 6120 section 11.1), such as a DTD.
    #[error("restricted XML")]
    Restricted,
}
