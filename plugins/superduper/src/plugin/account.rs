//! A user's account: the connection to the network, and requests over it.

use std::sync::OnceLock;
use std::time::Duration;

use plugin_api::prelude::*;
use tokio::sync::watch;

use super::connection::ConnectionState;
use super::errors::explain;
use crate::client::{self, Client, Settings};
use crate::protocol::Ask;

/// How long a request may wait for the network to come back: less than the daemon waits for a
/// callback, longer than a restart takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The account of one user, as everything in the session shares it.
pub(super) struct Account {
    /// The user's id on the network.
    pub(super) me: String,
    /// The daemon.
    pub(super) host: Host,
    settings: Settings,
    client: OnceLock<Client>,
    connection: watch::Sender<ConnectionState>,
}

impl Account {
    /// An account that is not connected yet.
    pub(super) fn new(me: String, settings: Settings, host: Host) -> Self {
        let connection = watch::Sender::new(ConnectionState::Down);
        Account { me, host, settings, client: OnceLock::new(), connection }
    }

    /// Where and how the account connects.
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

    /// The client, once the user has logged in.
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

    /// The connection as it was told last.
    pub(super) fn connection(&self) -> ConnectionState {
        self.connection.borrow().clone()
    }

    /// The place where changes of the connection are told.
    pub(super) fn connection_sender(&self) -> &watch::Sender<ConnectionState> {
        &self.connection
    }

    /// Sends a request that is worth nothing later, or whose answer somebody waits for.
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

    /// The same for a request whose answer says nothing.
    ///
    /// # Errors
    /// The client's, explained.
    pub(super) async fn done<A: Ask + Clone>(&self, ask: A) -> Result<()> {
        self.request_patiently(ask).await.map(drop).map_err(explain)
    }
}
