//! The state of a link, with its events and requests.

use crate::model::gone::Gone;
use crate::xmpp::error::StanzaError;
use crate::xmpp::link::down::DownReason;
use crate::xmpp::link::echo::Echoes;
use crate::xmpp::link::requests::Requests;
use crate::xmpp::link::writer::Outbound;
use crate::xmpp::stanza::Stanza;
use bytes::Bytes;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::sync::watch;

/// Time that a barrier waits for its echo before it asks again. A server that works through a full
/// window of ours takes less.
pub(crate) const ASK_AGAIN: Duration = Duration::from_secs(10);

/// Number of unanswered questions that is worth a warning.
pub(crate) const ASKED_OFTEN: u32 = 3;

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

pub(crate) struct Shared {
    pub(in crate::xmpp::link) jid: String,
    pub(in crate::xmpp::link) server: String,
    pub(in crate::xmpp::link) echoes: Echoes,
    pub(in crate::xmpp::link) requests: Requests,
    pub(in crate::xmpp::link) current: Mutex<Option<Outbound>>,
    pub(in crate::xmpp::link) state: watch::Sender<LinkState>,
    /// The last connection that the server ended because of something that it was sent.
    pub(in crate::xmpp::link) rejected: AtomicU64,
}

impl Shared {
    pub(in crate::xmpp::link) fn outbound(&self) -> Option<Outbound> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(in crate::xmpp::link) fn set_outbound(&self, outbound: Option<Outbound>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = outbound;
    }

    pub(in crate::xmpp::link) fn outbound_of(&self, epoch: u64) -> Result<Outbound, Gone> {
        self.outbound().filter(|o| o.epoch == epoch).ok_or(Gone)
    }
}
