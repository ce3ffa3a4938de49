//! Whether the network takes what the user does, and waiting for it.

use crate::language::Language;
use crate::say;
use plugin_api::RemoteSession;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

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
    pub(super) ready: watch::Receiver<Ready>,
    pub(super) until: Instant,
    pub(super) network: String,
    pub(super) language: Language,
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
