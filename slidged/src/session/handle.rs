//! Handle by which others reach a session.

use crate::session::control::Control;
use crate::session::event::Event;
use crate::session::network_state::NetworkState;
use crate::store::Lane;
use jid::BareJid;
use plugin_api::RemoteSession;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;

/// Handle by which others reach a session. A clone reaches the same one.
#[derive(Clone)]
pub struct SessionHandle {
    pub(super) inbox: mpsc::Sender<Event>,
    pub(super) ready: watch::Receiver<NetworkState>,
    pub(super) jid: BareJid,
    pub(super) lane: Lane,
}

impl SessionHandle {
    /// Returns the user whose session it is.
    #[must_use]
    pub fn jid(&self) -> &BareJid {
        &self.jid
    }

    /// Returns the lane of stanzas for that user.
    #[must_use]
    pub fn lane(&self) -> Lane {
        self.lane
    }

    /// Tells whether the user is connected to the network.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        matches!(&*self.ready.borrow(), NetworkState::Online(_))
    }

    /// Hands over an event. It comes back when too much is waiting already, or the session has
    /// ended.
    ///
    /// # Errors
    ///
    /// The event, to be answered by the caller.
    pub fn send(&self, event: Event) -> Result<(), Event> {
        self.inbox.try_send(event).map_err(|error| match error {
            mpsc::error::TrySendError::Full(event) | mpsc::error::TrySendError::Closed(event) => event,
        })
    }

    /// Tells whether the session has ended, or is about to.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.inbox.is_closed()
    }

    /// Returns the plugin's session, while the user is connected to the network.
    #[must_use]
    pub fn remote(&self) -> Option<Arc<RemoteSession>> {
        match &*self.ready.borrow() {
            NetworkState::Online(remote) => Some(remote.clone()),
            NetworkState::Connecting | NetworkState::Offline(_) => None,
        }
    }

    /// Asks the session and waits for the answer; none when it is ending. `question` makes the
    /// request from the channel for the answer.
    pub async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Control) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.tell(Event::Control(question(answer))).await;
        answered.await.ok()
    }

    /// Hands over an event that must not be refused; waits for room.
    pub async fn tell(&self, event: Event) {
        // A session that has ended needs no telling.
        let _ = self.inbox.send(event).await;
    }
}
