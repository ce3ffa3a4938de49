//! States, events, requests and errors of the link.

use crate::xmpp::error::StanzaError;
use crate::xmpp::link::down::DownReason;
use crate::xmpp::stanza::Stanza;
use bytes::Bytes;

/// Whether there is a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// No connection, with the reason.
    Down(DownReason),
    /// A connection, with its epoch; epochs only grow.
    Up(u64),
}

/// Events of the link, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    /// A new connection: what is not stored anywhere (presence, joined rooms) has to be told again.
    Up {
        /// Epoch of the connection.
        epoch: u64,
    },
    /// The connection that was up is lost.
    Down {
        /// Reason of the end.
        why: DownReason,
    },
    /// A stanza from the server. Answers to [`Link::request`] do not come this way.
    Stanza(Box<Stanza>),
}

/// Reason why an ephemeral stanza was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// No connection is up.
    #[error("not connected")]
    Down,
    /// The queue to the server is full.
    #[error("the server does not keep up")]
    Full,
}

/// Reason why an iq brought no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IqError {
    /// The other side answered with an error.
    #[error(transparent)]
    Stanza(#[from] StanzaError),
    /// No answer came in time.
    #[error("no answer in time")]
    Timeout,
    /// The link has ended, and there is no connection to ask over.
    #[error("not connected")]
    Gone,
    /// The server drops what we ask in our own name, see [`Iqs`]. Said at once.
    #[error("the XMPP server drops what the gateway asks in its own name")]
    Dropped,
    /// The request in a user's name came back to us instead of an answer. COMPAT ejabberd 24.12, of
    /// what a user asks of itself (processone/ejabberd#4347).
    #[error("the XMPP server gave the question back instead of an answer")]
    Returned,
}

/// `get` or `set`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IqType {
    /// Asks for information.
    Get,
    /// Changes something.
    Set,
}

/// A question to somebody.
#[derive(Debug, Clone)]
pub struct IqRequest {
    /// Recipient of the request; only answers from there count.
    pub to: String,
    /// Sender: the component itself or an address of it.
    pub from: String,
    /// Type of the iq, get or set.
    pub type_: IqType,
    /// The payload, one element, as XML.
    pub payload: Bytes,
    /// The result may be as large as [`Limits::ANSWER`](super::stream::Limits::ANSWER): for rosters
    /// and the like, and only when a server answers, not a client.
    pub large: bool,
    /// The request rests on a privilege (XEP-0356): it is about a roster, or in a user's name.
    pub privileged: bool,
}
