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
pub(crate) mod events;
mod handshake;
pub(crate) mod probe;
mod reader;
mod requests;
mod run;
pub(crate) mod state;
#[cfg(test)]
mod tests;
mod writer;

use crate::xmpp::link::echo::Echoes;
use crate::xmpp::link::events::IqError;
use crate::xmpp::link::events::IqRequest;
use crate::xmpp::link::events::IqType;
use crate::xmpp::link::events::LinkEvent;
use crate::xmpp::link::events::LinkState;
use crate::xmpp::link::events::NotSent;
use crate::xmpp::link::requests::Awaited;
use crate::xmpp::link::requests::Requests;
use crate::xmpp::link::state::ASK_AGAIN;
use crate::xmpp::link::state::ASKED_OFTEN;
use crate::xmpp::link::state::Shared;
use crate::xmpp::xml::Xml;
use bytes::Bytes;
use minidom::Element;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use crate::model::gone::Gone;
pub use config::{AfterConflict, LinkConfig, Timing};
pub use connect::{Connect, Endpoint, ReadHalf, WriteHalf};
pub use down::DownReason;
pub use echo::Iqs;

/// Stanzas that wait for the gateway to take them. Enough to keep the reader busy while the gateway
/// hands out a batch; beyond, TCP holds the server back.
const EVENTS: usize = 256;

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
