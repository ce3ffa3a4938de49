//! Whether the network takes what the user does, and waiting for it.

use super::Session;
use crate::{language::Language, say};
use plugin_api::RemoteSession;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::Instant};

/// How long the user's wishes wait for a network that is about to be there.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the network takes messages.
#[derive(Clone)]
pub(super) enum Ready {
    /// Not yet, or not just now: worth waiting for a moment.
    Soon,
    /// Yes.
    Yes(Arc<RemoteSession>),
    /// Not before something happens; the text says what.
    No(String),
}

/// Waits for the network, from the moment of the user's wish on.
pub(super) struct Waiting {
    ready: watch::Receiver<Ready>,
    until: Instant,
    network: String,
    language: Language,
}

impl Session {
    /// Waits that long at most.
    pub(super) fn waiting(&self, patience: Duration) -> Waiting {
        let network = self.services.info.component_name.clone();
        let (ready, until) = (self.ready.subscribe(), Instant::now() + patience);
        Waiting { ready, until, network, language: self.language }
    }

    /// The plugin's session, if the network takes something now.
    pub(super) fn online(&self) -> Option<Arc<RemoteSession>> {
        match &*self.ready.borrow() {
            Ready::Yes(remote) => Some(remote.clone()),
            Ready::Soon | Ready::No(_) => None,
        }
    }
}

impl Waiting {
    /// The plugin's session.
    ///
    /// # Errors
    ///
    /// Why there is none, in the user's words.
    pub(super) async fn remote(&mut self) -> Result<Arc<RemoteSession>, String> {
        let settled = self.ready.wait_for(|ready| !matches!(ready, Ready::Soon));
        let ready = match tokio::time::timeout_at(self.until, settled).await {
            Ok(Ok(ready)) => ready.clone(),
            _ => Ready::Soon,
        };
        match ready {
            Ready::Yes(remote) => Ok(remote),
            Ready::No(why) => Err(why),
            Ready::Soon => Err(say!(self.language, "unreachable", network = &self.network)),
        }
    }
}
