//! A user's account: the connection to the network, and requests over it.

use std::sync::OnceLock;
use std::time::Duration;

use plugin_api::prelude::*;
use tokio::sync::watch;

use super::connection::ConnectionState;
use super::errors::explain;
use crate::client::{self, Client, Settings};
use crate::protocol::Ask;

/// Time that a request may wait for the network to come back: less than the daemon waits for a
/// callback, longer than a restart takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Account of one user, as everything in the session shares it.
pub(super) struct Account {
    /// Id of the user on the network.
    pub(super) me: String,
    /// Handle to the daemon.
    pub(super) host: Host,
    settings: Settings,
    client: OnceLock<Client>,
    connection: watch::Sender<ConnectionState>,
}

impl Account {
    /// Creates an account that is not connected yet.
    pub(super) fn new(me: String, settings: Settings, host: Host) -> Self {
        let connection = watch::Sender::new(ConnectionState::Down);
        Account { me, host, settings, client: OnceLock::new(), connection }
    }

    /// Returns the server and the credentials that the account connects with.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Keeps the client that is connected.
    ///
    /// # Errors
    /// `internal-server-error` when there is one already.
    pub(super) fn connected(&self, client: Client) -> Result<()> {
        self.client.set(client).map_err(|_| Error::internal("logged in twice"))
    }

    /// Returns the client, once the user has logged in.
    ///
    /// # Errors
    /// A network error before that.
    pub(super) fn client(&self) -> Result<&Client> {
        self.client.get().ok_or_else(|| Error::network("not logged in"))
    }

    /// Ends the connection, if there is one.
    pub(super) fn disconnect(&self) {
        if let Some(client) = self.client.get() {
            client.stop();
        }
    }

    /// Returns the state of the connection that was reported last.
    pub(super) fn connection(&self) -> ConnectionState {
        self.connection.borrow().clone()
    }

    /// Returns the sender of changes of the connection.
    pub(super) fn connection_sender(&self) -> &watch::Sender<ConnectionState> {
        &self.connection
    }

    /// Sends a request that would be worth nothing later, or whose answer somebody waits for.
    ///
    /// # Errors
    /// Any [`client::Error`].
    pub(super) async fn request<A: Ask>(&self, ask: A) -> Result<A::Answer, client::Error> {
        match self.client.get() {
            Some(client) => client.ask(ask).await,
            None => Err(client::Error::Closed(None)),
        }
    }

    /// Sends a request, and waits for the network to come back if it is away.
    ///
    /// # Errors
    /// Any [`client::Error`].
    pub(super) async fn request_patiently<A: Ask + Clone>(&self, ask: A) -> Result<A::Answer, client::Error> {
        match self.client.get() {
            Some(client) => client.ask_patiently(ask, PATIENCE).await,
            None => Err(client::Error::Closed(None)),
        }
    }

    /// Sends a request whose answer says nothing, and waits for the network to come back if it is
    /// away.
    ///
    /// # Errors
    /// The client's, explained.
    pub(super) async fn done<A: Ask + Clone>(&self, ask: A) -> Result<()> {
        self.request_patiently(ask).await.map(drop).map_err(explain)
    }
}
