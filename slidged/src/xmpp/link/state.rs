//! The state of a link, with its events and requests.

use crate::model::gone::Gone;
use crate::xmpp::link::echo::Echoes;
use crate::xmpp::link::events::LinkState;
use crate::xmpp::link::requests::Requests;
use crate::xmpp::link::writer::Outbound;
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
