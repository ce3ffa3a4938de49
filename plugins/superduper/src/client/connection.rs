//! One TCP connection: requests with typed answers, and events.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::io::{AsyncWriteExt, BufReader, BufWriter};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::Error;
use crate::protocol::lines;
use crate::protocol::login::Ack;
use crate::protocol::wire::{FromClient, json};
use crate::protocol::{Arrival, Ask, Event, FromServer, Refusal, Request, limits};

/// Time that the server has to answer: far longer than it ever takes, shorter than a person's
/// patience.
const ANSWER: Duration = Duration::from_secs(30);
/// Time that the connection may take to come up.
const CONNECT: Duration = Duration::from_secs(10);
/// Requests that may wait to be written; the next one has to wait for a place.
const OUT_QUEUE: usize = 256;
/// Live events that may wait to be read, in addition to a full window; the next ones are dropped.
const LIVE_QUEUE: usize = 256;

/// Tasks that wait for an answer, by the number of their request.
type Waiting = HashMap<u64, oneshot::Sender<Result<Box<RawValue>, Refusal>>>;
type Answers = Mutex<Waiting>;

/// A connection to the server. Cheap to clone; it is closed when the last clone is dropped.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
}

struct Shared {
    numbers: AtomicU64,
    answers: Arc<Answers>,
    out: mpsc::Sender<String>,
    over: watch::Sender<Option<Error>>,
    reader: tokio::task::AbortHandle,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// The events of a connection, in the order in which they came.
pub struct Incoming {
    events: mpsc::Receiver<Arrival>,
}

impl Incoming {
    /// Waits for the next event; `None` when the connection is over. Cancel safe.
    pub async fn recv(&mut self) -> Option<Arrival> {
        self.events.recv().await
    }
}

impl Connection {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Timeout`].
    pub async fn open(server: &str) -> Result<(Connection, Incoming), Error> {
        let socket = timeout(CONNECT, TcpStream::connect(server)).await.map_err(|_| Error::Timeout)??;
        socket.set_nodelay(true)?;
        let (read, write) = socket.into_split();
        let (out, lines) = mpsc::channel(OUT_QUEUE);
        // Unacknowledged events always fit, so that reading them never keeps answers waiting.
        let (arrivals, events) = mpsc::channel(limits::WINDOW_MAX as usize + LIVE_QUEUE);
        let over = watch::Sender::new(None);
        let answers = Arc::new(Answers::default());
        tokio::spawn(write_lines(write, lines));
        let reading = tokio::spawn({
            let (answers, over) = (answers.clone(), over.clone());
            async move {
                let error = read_lines(read, &answers, &arrivals).await;
                end(&over, &answers, error);
            }
        });
        let reader = reading.abort_handle();
        let shared = Shared { numbers: AtomicU64::new(1), answers, out, over, reader };
        Ok((Connection { shared: Arc::new(shared) }, Incoming { events }))
    }

    /// Sends a request and waits for its answer, for at most 30 seconds. If the future is dropped,
    /// the request may still be carried out.
    ///
    /// # Errors
    /// Any [`Error`]. After [`Error::Timeout`] and [`Error::Closed`] it is not known whether the
    /// request was carried out.
    pub async fn ask<A: Ask>(&self, ask: A) -> Result<A::Answer, Error> {
        let number = self.shared.numbers.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        self.answers().insert(number, answer);
        let exchange = async {
            self.write(Some(number), ask.into()).await?;
            answered.await.map_err(|_| self.end())
        };
        let answer = match timeout(ANSWER, exchange).await {
            Ok(answer) => answer??,
            Err(_) => {
                self.answers().remove(&number);
                return Err(Error::Timeout);
            }
        };
        serde_json::from_str(answer.get()).map_err(|error| Error::Garbled(error.to_string()))
    }

    /// Acknowledges all events up to this number, which has no answer. Cancel safe.
    ///
    /// # Errors
    /// [`Error::Closed`] or [`Error::Io`].
    pub async fn ack(&self, upto: u64) -> Result<(), Error> {
        self.write(None, Ack { upto }.into()).await
    }

    /// Waits until the connection is over, and returns the reason. Cancel safe.
    pub async fn closed(&self) -> Error {
        let mut over = self.shared.over.subscribe();
        match over.wait_for(Option::is_some).await {
            Ok(error) => error.clone().unwrap_or(Error::Closed(None)),
            Err(_) => Error::Closed(None),
        }
    }

    /// Ends the connection at once. Events that are not acknowledged come again over the next one.
    pub fn close(&self) {
        end(&self.shared.over, &self.shared.answers, Error::Closed(None));
        self.shared.reader.abort();
    }

    /// Tells whether the connection is over.
    pub fn is_over(&self) -> bool {
        self.shared.over.borrow().is_some()
    }

    /// Tells whether both are handles to one connection.
    pub fn same(&self, other: &Connection) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    async fn write(&self, req: Option<u64>, request: Request) -> Result<(), Error> {
        if self.shared.over.borrow().is_some() {
            return Err(self.end());
        }
        let line = json(&FromClient { req, request }) + "\n";
        self.shared.out.send(line).await.map_err(|_| self.end())
    }

    /// Returns the reason why the connection is over, as far as it is known.
    fn end(&self) -> Error {
        self.shared.over.borrow().clone().unwrap_or(Error::Closed(None))
    }

    fn answers(&self) -> MutexGuard<'_, Waiting> {
        self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records why a connection is over, unless a reason is known already. Tasks that wait for an
/// answer learn that there will be none.
fn end(over: &watch::Sender<Option<Error>>, answers: &Answers, error: Error) {
    over.send_if_modified(|over| {
        let first = over.is_none();
        over.get_or_insert(error);
        first
    });
    answers.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// Writes lines until the last connection handle is gone or the server does not take them any more.
async fn write_lines(half: OwnedWriteHalf, mut lines: mpsc::Receiver<String>) {
    let mut half = BufWriter::with_capacity(16 * 1024, half);
    while let Some(line) = lines.recv().await {
        if half.write_all(line.as_bytes()).await.is_err() || lines.is_empty() && half.flush().await.is_err() {
            return;
        }
    }
}

/// Reads lines until the connection ends, and returns the reason.
async fn read_lines(half: OwnedReadHalf, answers: &Answers, arrivals: &mpsc::Sender<Arrival>) -> Error {
    let mut half = BufReader::with_capacity(64 * 1024, half);
    let (mut line, mut reason) = (Vec::new(), None);
    loop {
        line.clear();
        match lines::read(&mut half, &mut line, limits::LINE_OUT).await {
            Ok(true) => {}
            Ok(false) => return Error::Closed(reason),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Error::Garbled("a line without end".into());
            }
            Err(error) => return if reason.is_some() { Error::Closed(reason) } else { error.into() },
        }
        let parsed = std::str::from_utf8(&line).map_err(|_| "not UTF-8".to_owned());
        match parsed.and_then(|line| FromServer::parse(line).map_err(|error| error.to_string())) {
            Ok(FromServer::Answer(number, outcome)) => {
                let answer = answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
                if let Some(answer) = answer {
                    // The task that asked may have given up.
                    let _ = answer.send(outcome);
                }
            }
            Ok(FromServer::Event(arrival)) => {
                if let Event::Bye { reason: why } = &arrival.event {
                    reason = Some(why.clone());
                }
                if arrival.seq.is_none() {
                    if arrivals.capacity() > limits::WINDOW_MAX as usize {
                        let _ = arrivals.try_send(arrival);
                    }
                } else {
                    // Nobody reads the events: the connection is only used for requests.
                    let _ = arrivals.send(arrival).await;
                }
            }
            Err(error) => return Error::Garbled(error),
        }
    }
}
