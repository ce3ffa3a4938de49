//! Client of a device: a connection that is made again whenever it breaks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};

use super::acks::Acks;
use super::{Backoff, Class, Connection, Error, Incoming};
use crate::protocol::login::{LoginToken, Logout, Ping};
use crate::protocol::{Ask, Event, Login, Welcome};

/// Time between two pings. Together with the deadline of an answer, it finds a half-open connection
/// within a minute.
const PING: Duration = Duration::from_secs(30);
/// Time that a connection must hold before its end counts as a first failure again.
const STABLE: Duration = Duration::from_secs(10);
/// Updates that may wait for their reader. More would only move the queue from the server to here.
const UPDATES: usize = 64;

/// Credentials that a device logs in with.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A password, used for every connection.
    Password(Login),
    /// A token of an earlier login or of a QR code.
    Token(String),
}

/// Settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of the server, `host:port`.
    pub server: String,
    /// Credentials to log in with.
    pub entry: Entry,
    /// Most events that may be unacknowledged at a time; the server's choice when absent.
    pub window: Option<u32>,
    /// Waiting times between attempts to connect.
    pub backoff: Backoff,
}

/// Update that a [`Client`] reports.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly all are events; a box for each would cost more than the space"
)]
pub enum Update {
    /// The device is logged in. Everything that is not acknowledged comes (again) from here on.
    Up(Welcome),
    /// The device is not connected. With [`Class::Credentials`] this is the last update; otherwise
    /// the client goes on trying.
    Down(Error),
    /// An event happened. One with a ticket must be reported as [done](Client::done) once it is
    /// safe.
    Event(Option<Ticket>, Event),
}

/// Receipt for the arrival of an event, to be given back to [`Client::done`]. One of an earlier
/// connection has no effect: its event comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    epoch: u64,
    seq: u64,
}

impl Ticket {
    /// Returns the event's number in the device's log, which stays the same when it comes again.
    pub fn seq(&self) -> u64 {
        self.seq
    }
}

/// Updates of a client, in order.
pub struct Updates {
    updates: mpsc::Receiver<Update>,
}

impl Updates {
    /// Waits for the next update; `None` after the client stopped. Cancel safe.
    pub async fn recv(&mut self) -> Option<Update> {
        self.updates.recv().await
    }
}

/// Handle to a device's connection, which ends when the last clone of it is dropped.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    state: watch::Receiver<Option<Connection>>,
    acks: Arc<Mutex<(u64, Acks)>>,
    acked: watch::Sender<u64>,
    stop: watch::Sender<bool>,
}

impl Client {
    /// Starts to connect, and goes on for as long as the handle lives.
    pub fn start(settings: Settings) -> (Client, Updates) {
        let (sender, updates) = mpsc::channel(UPDATES);
        let (up, state) = watch::channel(None);
        let (acked, to_ack) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let acks = Arc::new(Mutex::new((0, Acks::default())));
        let reconnector = Reconnector { settings, updates: sender, up, acks: acks.clone(), to_ack };
        tokio::spawn(reconnector.run(stopped));
        (Client { shared: Arc::new(Shared { state, acks, acked, stop }) }, Updates { updates })
    }

    /// Returns the present connection.
    ///
    /// # Errors
    /// [`Error::Closed`] when there is none.
    pub fn connection(&self) -> Result<Connection, Error> {
        self.shared.state.borrow().clone().ok_or(Error::Closed(None))
    }

    /// Sends a request over the present connection, and waits for its answer.
    ///
    /// # Errors
    /// Any [`Error`], [`Error::Closed`] when there is no connection.
    pub async fn ask<A: Ask>(&self, ask: A) -> Result<A::Answer, Error> {
        self.connection()?.ask(ask).await
    }

    /// Sends a request over as many connections as it takes, for at most `patience`. Meant for
    /// requests that do no harm when they are carried out twice, and for
    /// [`Send`](crate::protocol::message::Send) with a nonce.
    ///
    /// # Errors
    /// Any [`Error`] that is not of the network, or the last one when the patience is over.
    pub async fn ask_patiently<A: Ask + Clone>(
        &self,
        ask: A,
        patience: Duration,
    ) -> Result<A::Answer, Error> {
        let deadline = Instant::now() + patience;
        let mut state = self.shared.state.clone();
        let mut last = Error::Timeout;
        loop {
            let connection = match timeout_at(deadline, state.wait_for(Option::is_some)).await {
                Ok(Ok(connection)) => connection.clone(),
                // The task has stopped, and said why in its last update.
                Ok(Err(_)) => return Err(Error::Closed(None)),
                Err(_) => return Err(last),
            };
            let Some(connection) = connection else { continue };
            let error = match timeout_at(deadline, connection.ask(ask.clone())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => return Err(Error::Timeout),
            };
            match error.class() {
                Class::Network => {
                    // If this connection is over, the next one is tried; otherwise this one again,
                    // after a moment.
                    let _ = timeout_at(
                        deadline.min(Instant::now() + Duration::from_millis(500)),
                        connection.closed(),
                    )
                    .await;
                    let over =
                        |now: &Option<Connection>| now.as_ref().is_none_or(|now| !now.same(&connection));
                    if connection.is_over() && timeout_at(deadline, state.wait_for(over)).await.is_err() {
                        return Err(error);
                    }
                }
                Class::RateLimit(wait) if Instant::now() + wait < deadline => sleep(wait).await,
                _ => return Err(error),
            }
            last = error;
        }
    }

    /// Marks an event as safe. The server is told when all events before it are safe too.
    pub fn done(&self, ticket: Ticket) {
        let mut acks = self.shared.acks.lock().unwrap_or_else(PoisonError::into_inner);
        let (epoch, acks) = &mut *acks;
        if *epoch == ticket.epoch
            && let Some(upto) = acks.done(ticket.seq)
        {
            self.shared.acked.send_replace(upto);
        }
    }

    /// Ends the connection. The device stays: events that happen meanwhile wait for it.
    pub fn stop(&self) {
        self.shared.stop.send_replace(true);
    }

    /// Logs the device out, so that its token is no longer valid and no events wait for it, and
    /// ends the connection.
    ///
    /// # Errors
    /// Any [`Error`]; the connection ends nevertheless.
    pub async fn log_out(&self) -> Result<(), Error> {
        let outcome = self.ask(Logout {}).await;
        self.stop();
        outcome.map(drop)
    }
}

/// Task that keeps the connection alive.
struct Reconnector {
    settings: Settings,
    updates: mpsc::Sender<Update>,
    up: watch::Sender<Option<Connection>>,
    acks: Arc<Mutex<(u64, Acks)>>,
    to_ack: watch::Receiver<u64>,
}

impl Reconnector {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        tokio::select! {
            // Ends when the client is told to stop, or when its last handle is dropped.
            () = async { drop(stopped.wait_for(|stop| *stop).await) } => {}
            () = self.keep() => {}
        }
    }

    async fn keep(&mut self) {
        let mut backoff = self.settings.backoff.clone();
        let mut epoch = 0;
        loop {
            let began = Instant::now();
            epoch += 1;
            let error = match self.connect().await {
                Ok((connection, incoming, welcome)) => {
                    let error = self.live(epoch, connection, incoming, welcome).await;
                    if began.elapsed() >= STABLE {
                        backoff.reset();
                    }
                    error
                }
                Err(error) => error,
            };
            self.up.send_replace(None);
            let class = error.class();
            let replaced = matches!(&error, Error::Closed(Some(reason)) if reason == "replaced");
            if self.updates.send(Update::Down(error)).await.is_err() || class == Class::Credentials {
                return;
            }
            let mut wait = backoff.wait(random());
            if replaced {
                // Another connection of this device logged in. If both came back at once, they
                // would replace each other for ever.
                wait = wait.max(Duration::from_secs(5));
            }
            if let Class::RateLimit(least) = class {
                wait = wait.max(least);
            }
            sleep(wait).await;
        }
    }

    async fn connect(&self) -> Result<(Connection, Incoming, Welcome), Error> {
        let (connection, incoming) = Connection::open(&self.settings.server).await?;
        let window = self.settings.window;
        let welcome = match self.settings.entry.clone() {
            Entry::Password(login) => connection.ask(Login { window, ..login }).await?,
            Entry::Token(token) => connection.ask(LoginToken { token, window }).await?,
        };
        Ok((connection, incoming, welcome))
    }

    /// Serves a connection until it is over, and returns the reason.
    async fn live(
        &mut self,
        epoch: u64,
        connection: Connection,
        mut incoming: Incoming,
        welcome: Welcome,
    ) -> Error {
        {
            let mut acks = self.acks.lock().unwrap_or_else(PoisonError::into_inner);
            *acks = (epoch, Acks::starting(welcome.next));
        }
        self.to_ack.mark_unchanged();
        self.up.send_replace(Some(connection.clone()));
        if self.updates.send(Update::Up(welcome)).await.is_err() {
            return Error::Closed(None);
        }
        let mut pings = interval(PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let alive = async {
            loop {
                pings.tick().await;
                if let Err(error) = connection.ask(Ping {}).await
                    && error.class() == Class::Network
                {
                    return error;
                }
            }
        };
        let acknowledging = async {
            while self.to_ack.changed().await.is_ok() {
                let upto = *self.to_ack.borrow_and_update();
                if connection.ack(upto).await.is_err() {
                    break;
                }
            }
            connection.closed().await
        };
        let telling = async {
            while let Some(arrival) = incoming.recv().await {
                let ticket = arrival.seq.map(|seq| Ticket { epoch, seq });
                if self.updates.send(Update::Event(ticket, arrival.event)).await.is_err() {
                    break;
                }
            }
            connection.closed().await
        };
        tokio::select! {
            error = telling => error,
            error = acknowledging => error,
            error = alive => error,
        }
    }
}

fn random() -> u32 {
    // If there are no random numbers, the longest wait does no harm.
    getrandom::u32().unwrap_or(u32::MAX)
}
