//! XEP-0114: the connection to the XMPP server, kept up for as long as the daemon runs.
//!
//! One task reads, one writes; in between nothing waits for the other, so that a server that stops
//! reading until we read cannot stall. Every connection is an *epoch*: what was written in an
//! earlier one may or may not have arrived, and only an answered [`Link::barrier`] tells.

mod answer;
mod backoff;
mod config;
mod connect;
mod down;
mod echo;
mod handshake;
mod reader;
mod requests;
mod run;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use minidom::Element;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

pub use crate::model::gone::Gone;
pub use config::{LinkConfig, Timing};
pub use connect::{Connect, Endpoint, ReadHalf, WriteHalf};
pub use down::DownReason;
use echo::Echoes;
pub use echo::Iqs;
use requests::{Awaited, Requests};
use writer::Outbound;

use super::{error::StanzaError, stanza::Stanza, xml::Xml};

/// Stanzas that wait for the gateway to take them. Enough to keep the reader busy while the gateway
/// hands out a batch; beyond, TCP holds the server back.
const EVENTS: usize = 256;

/// Time that a barrier waits for its echo before it asks again. A server that works through a full
/// window of ours takes less.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// Number of unanswered questions that is worth a warning.
const ASKED_OFTEN: u32 = 3;

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
    jid: String,
    server: String,
    echoes: Echoes,
    requests: Requests,
    current: Mutex<Option<Outbound>>,
    state: watch::Sender<LinkState>,
    /// The last connection that the server ended because of something that it was sent.
    rejected: AtomicU64,
}

impl Shared {
    fn outbound(&self) -> Option<Outbound> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_outbound(&self, outbound: Option<Outbound>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = outbound;
    }

    fn outbound_of(&self, epoch: u64) -> Result<Outbound, Gone> {
        self.outbound().filter(|o| o.epoch == epoch).ok_or(Gone)
    }
}

/// A handle on the link. Cheap to clone.
#[derive(Clone)]
pub struct Link {
    shared: Arc<Shared>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("jid", &self.shared.jid)
            .field("state", &*self.shared.state.borrow())
            .finish()
    }
}

/// The running link. Dropping it ends the connection without ceremony.
#[derive(Debug)]
pub struct LinkTask {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl LinkTask {
    /// Writes what is queued, ends the stream in good order and ends the link, all within
    /// [`Timing::stop`].
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Err(error) = (&mut self.task).await
            && error.is_panic()
        {
            tracing::error!("the link's task panicked");
        }
    }
}

impl Drop for LinkTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    /// Starts to connect, and to reconnect for ever. Events have to be taken all the time: whoever
    /// takes them must not wait for an answer from the server meanwhile.
    #[must_use]
    pub fn spawn(config: LinkConfig) -> (Link, mpsc::Receiver<LinkEvent>, LinkTask) {
        let endpoint = config.endpoint.clone();
        Link::spawn_on(config, endpoint)
    }

    /// Starts a link like [`Link::spawn`], over connections of any kind; for tests.
    #[must_use]
    pub fn spawn_on(
        config: LinkConfig,
        connect: impl Connect,
    ) -> (Link, mpsc::Receiver<LinkEvent>, LinkTask) {
        let shared = Arc::new(Shared {
            jid: config.jid.clone(),
            server: config.endpoint.to_string(),
            echoes: Echoes::new(&config.jid, &config.ping_to),
            requests: Requests::new(),
            current: Mutex::new(None),
            state: watch::Sender::new(LinkState::Down(DownReason::Starting)),
            rejected: AtomicU64::new(0),
        });
        let (events, receiver) = mpsc::channel(EVENTS);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run::run(Arc::clone(&shared), config, connect, events, stopped));
        (Link { shared }, receiver, LinkTask { stop, task })
    }

    /// The component's domain.
    #[must_use]
    pub fn jid(&self) -> &str {
        &self.shared.jid
    }

    /// Address at which the server takes components.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.shared.server
    }

    /// Whether there is a connection, and since when there is none, why.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.shared.state.subscribe()
    }

    /// Queues whole stanzas for the connection of that epoch, behind what was queued before; waits
    /// while too many bytes are queued, and `Ok` means queued, not sent. Cancel safe: all or
    /// nothing is queued.
    ///
    /// # Errors
    /// [`Gone`] when that epoch is over.
    pub async fn write(&self, epoch: u64, bytes: Bytes) -> Result<(), Gone> {
        self.shared.outbound_of(epoch)?.write(bytes).await
    }

    /// Queues stanzas that are not worth waiting for, such as typing notices.
    ///
    /// # Errors
    /// When there is no connection, or no room in the queue.
    pub fn try_send(&self, bytes: Bytes) -> Result<(), NotSent> {
        self.shared.outbound().ok_or(NotSent::Down)?.try_send(bytes)
    }

    /// Whether the server takes the iqs that we send in our own name; found out within seconds on
    /// each connection.
    #[must_use]
    pub fn iqs(&self) -> watch::Receiver<Iqs> {
        self.shared.echoes.iqs()
    }

    /// Whether the server ended that connection because of something that it was sent; known when
    /// the next one is up.
    #[must_use]
    pub fn was_rejected(&self, epoch: u64) -> bool {
        self.shared.rejected.load(Ordering::Relaxed) == epoch
    }

    /// Resolves when the server has taken everything that was queued before: asks for an echo and
    /// waits for it (an error counts too, it was read). Cancel safe.
    ///
    /// # Errors
    /// [`Gone`] when that epoch ends before.
    pub async fn barrier(&self, epoch: u64) -> Result<(), Gone> {
        let outbound = self.shared.outbound_of(epoch)?;
        let Shared { echoes, requests, .. } = &*self.shared;
        let mut ticket = requests.begin(echoes.to(), Awaited::Echo { epoch });
        for asked in 1u32.. {
            outbound.write(echoes.ask(ticket.id(), asked > 1)).await?;
            // An echo may get lost: ejabberd hands it to any connection of ours that it believes
            // in. A later one proves as much.
            match tokio::time::timeout(ASK_AGAIN, ticket.answer()).await {
                Ok(answer) => return answer.map(|_| ()).ok_or(Gone),
                Err(_) if asked == ASKED_OFTEN => {
                    tracing::warn!(
                        to = echoes.to(),
                        "the server sends back nothing of what we ask it to; what was sent stays unconfirmed"
                    );
                }
                Err(_) => {}
            }
        }
        Err(Gone)
    }

    /// Sends an iq and waits for the answer, which may come over a later connection; returns the
    /// result's payload, if it has one. Cancel safe: the answer is then dropped.
    ///
    /// # Errors
    /// An error answer, no answer within `timeout`, no connection, or a server that does not take
    /// it.
    pub async fn request(&self, request: IqRequest, timeout: Duration) -> Result<Option<Element>, IqError> {
        let outbound = self.shared.outbound().ok_or(IqError::Gone)?;
        if self.shared.echoes.refuses(&request) {
            return Err(IqError::Dropped);
        }
        let mut ticket = self.shared.requests.begin(&request.to, Awaited::Answer { large: request.large });
        let bytes = Xml::new()
            .open("iq")
            .attr("from", &request.from)
            .attr("to", &request.to)
            .attr("id", ticket.id())
            .attr("type", if request.type_ == IqType::Get { "get" } else { "set" })
            .raw(&request.payload)
            .finish();
        let answer = async move {
            outbound.write(bytes).await.map_err(|Gone| IqError::Gone)?;
            drop(outbound);
            ticket.answer().await.ok_or(IqError::Gone)
        };
        let mut answer = tokio::select! {
            biased;
            answer = tokio::time::timeout(timeout, answer) => answer.map_err(|_| IqError::Timeout)??,
            () = self.shared.echoes.refused(&request) => return Err(IqError::Dropped),
        };
        match answer.error() {
            Some(error) => Err(IqError::Stanza(error)),
            None if answer.type_str() != "result" => Err(IqError::Returned),
            None => Ok(if answer.payloads.is_empty() { None } else { Some(answer.payloads.swap_remove(0)) }),
        }
    }
}
