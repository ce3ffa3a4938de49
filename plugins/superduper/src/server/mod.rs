//! The network itself: a chat server on the loopback. `PROTOCOL.md` describes it from outside.
//!
//! `world` is the state with its rules and knows nothing else. The `hub` keeps it together with its
//! `journal`, and is all that the edges know: `connection` and `writer` for clients, `http` for
//! files.

mod attempts;
mod connection;
mod devices;
mod faults;
mod files;
mod http;
mod hub;
mod journal;
mod options;
mod qr;
mod seed;
mod setup;
mod world;
mod writer;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::protocol::limits;
use hub::Hub;
pub use options::{Options, QR_REFRESH};
pub use seed::{Seed, SeedAccount, SeedGroup};

/// Running server. Dropping it ends it at once; [`Server::stop`] says goodbye first.
pub struct Server {
    listening: SocketAddr,
    http: SocketAddr,
    hub: Arc<Hub>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    /// When an address is not on the loopback or in use, or the state cannot be read.
    pub async fn start(options: Options) -> io::Result<Server> {
        for address in [options.listen, options.http] {
            if !address.ip().is_loopback() {
                // Passwords travel in the clear, and anybody may create accounts.
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("{address} is not on the loopback"),
                ));
            }
        }
        let clients = TcpListener::bind(options.listen).await?;
        let files = TcpListener::bind(options.http).await?;
        let (listening, http) = (clients.local_addr()?, files.local_addr()?);
        let seed = options.seed.clone();
        let hub = Arc::new(Hub::open(options, http)?);
        setup::create(&seed, &hub)?;
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept(hub.clone(), clients, stopped));
        let serving = tokio::spawn(http::serve(hub.clone(), files));
        Ok(Server { listening, http, hub, stop, accepting, serving })
    }

    /// Returns the address for clients.
    pub fn listening(&self) -> SocketAddr {
        self.listening
    }

    /// Returns the address that files are served at.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Waits until the server cannot go on, because its journal cannot be written, and returns the
    /// error. Cancel safe.
    pub async fn failed(&self) -> io::Error {
        self.hub.failed().await
    }

    /// Says goodbye to all connections, and returns when they are closed, or after two seconds.
    pub async fn stop(mut self) {
        self.hub.close();
        let _ = self.stop.send(true);
        // The time is long enough for one line to every client that reads at all.
        let _ = tokio::time::timeout(Duration::from_secs(2), &mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        self.serving.abort();
    }
}

/// Accepts connections until the server stops, then waits for those that are left.
async fn accept(hub: Arc<Hub>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(limits::CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let socket = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            _ = stopped.changed() => break,
        };
        match socket {
            Ok((socket, _)) => {
                // Beyond the limit, a connection is closed without a word, as by a full backlog.
                if let Ok(seat) = room.clone().try_acquire_owned() {
                    let hub = hub.clone();
                    connections.spawn(async move {
                        connection::serve(hub, socket).await;
                        drop(seat);
                    });
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                // Mostly the file descriptors have run out: another try at once would only burn the
                // processor.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
