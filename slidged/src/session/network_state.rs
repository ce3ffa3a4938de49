//! State of the connection to the network: whether it takes messages, and waiting for it.

use crate::language::Language;
use crate::say;
use plugin_api::RemoteSession;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Longest wait of a user's request for a network that is about to be connected.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Answer to whether the network takes messages.
#[derive(Clone)]
pub(super) enum NetworkState {
    /// Network that is not connected at the moment, but worth a short wait.
    Connecting,
    /// Connected network, with the plugin's session.
    Online(Arc<RemoteSession>),
    /// Network that stays unconnected until something else happens; the text says what.
    Offline(String),
}

/// Wait for the network, which began with the user's request.
pub(super) struct NetworkWait {
    pub(super) ready: watch::Receiver<NetworkState>,
    pub(super) until: Instant,
    pub(super) network: String,
    pub(super) language: Language,
}

impl NetworkWait {
    /// Waits for the plugin's session.
    ///
    /// # Errors
    ///
    /// The reason why there is none, in the user's words.
    pub(super) async fn remote(&mut self) -> Result<Arc<RemoteSession>, String> {
        let settled = self.ready.wait_for(|ready| !matches!(ready, NetworkState::Connecting));
        let ready = match tokio::time::timeout_at(self.until, settled).await {
            Ok(Ok(ready)) => ready.clone(),
            _ => NetworkState::Connecting,
        };
        match ready {
            NetworkState::Online(remote) => Ok(remote),
            NetworkState::Offline(why) => Err(why),
            NetworkState::Connecting => Err(say!(self.language, "unreachable", network = &self.network)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::language::Language;
    use crate::session::network_state::NetworkState;
    use crate::session::network_state::NetworkWait;
    use crate::session::network_state::PATIENCE;
    use tokio::sync::watch;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn k82_a_network_that_does_not_come_back_in_time_is_named_in_the_refusal() {
        let (_connection, ready) = watch::channel(NetworkState::Connecting);
        let (began, network) = (Instant::now(), "Net".to_owned());
        let mut waiting =
            NetworkWait { ready, until: began + PATIENCE, network, language: Language::default() };
        let why = waiting.remote().await.err();
        assert_eq!(why.as_deref(), Some("Net cannot be reached at the moment. Try again later."));
        assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
    }
}
