//! Devices: each has an ordered log of events, kept until it acknowledges them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};

use super::outcome::Actor;
use crate::protocol::wire::json;
use crate::protocol::{Event, MessageId, Millis, limits};

/// Event as it goes to many devices, encoded only once. The number before it on the wire differs
/// for each of them.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Name of the event, for the faults that are about it.
    pub(crate) name: &'static str,
    /// Event as a JSON object.
    pub(crate) body: Arc<str>,
}

impl Line {
    pub(crate) fn of(event: &Event) -> Line {
        Line { name: event.name(), body: json(event).into() }
    }
}

/// Item that goes to a connection outside of the log.
#[derive(Debug)]
pub(crate) enum Pending {
    /// Complete line: an answer.
    Line(String),
    /// Live event, which belongs before the event of the log that has this number.
    Live(Line, u64),
    /// Start of the device's log, which goes to this connection from here on.
    Follow(Follow),
    /// Pause of some milliseconds.
    Stall(Millis),
}

/// Position in the log that a connection follows.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) by: Actor,
    pub(crate) next: u64,
    pub(crate) window: u32,
    pub(crate) bell: Arc<Notify>,
}

/// End of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Orderly end: a `bye` event with this reason is the last line.
    Bye(&'static str),
    /// Sudden end without a word, as of a broken network.
    Cut,
}

/// Link to a device's connection, as the world has it.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Number that tells this connection from an earlier one of the same device.
    pub(crate) number: u64,
    /// Bell that is rung when the log has something new, or the window opens.
    pub(crate) bell: Arc<Notify>,
    /// Sender of everything that does not go through the log. When it is full, live events are
    /// dropped.
    pub(crate) out: mpsc::Sender<Pending>,
    /// Sender of the connection's end.
    pub(crate) end: watch::Sender<Option<End>>,
}

/// Device: an installation of an account.
pub(crate) struct Device {
    /// Digest of its token.
    pub(super) token: String,
    /// Log of unacknowledged events; the first has the number `acked + 1`.
    log: VecDeque<Line>,
    acked: u64,
    /// Number of events dropped from a full log since the last acknowledgement.
    lost: u64,
    nonces: HashMap<String, (MessageId, Millis)>,
    nonce_order: VecDeque<String>,
    pub(super) link: Option<Link>,
}

impl Device {
    pub(super) fn new(token: String) -> Device {
        Device {
            token,
            log: VecDeque::new(),
            acked: 0,
            lost: 0,
            nonces: HashMap::new(),
            nonce_order: VecDeque::new(),
            link: None,
        }
    }

    /// Adds an event to the log.
    pub(super) fn push(&mut self, line: Line) {
        if self.log.len() >= limits::LOG {
            self.log.pop_front();
            self.acked += 1;
            self.lost += 1;
        }
        self.log.push_back(line);
        if let Some(link) = &self.link {
            link.bell.notify_one();
        }
    }

    /// Sends a live event to the connection, if there is one and it keeps up.
    pub(super) fn live(&self, line: &Line) {
        if let Some(link) = &self.link {
            // A full queue means that the reader is slow: a live event is worth nothing then.
            let _ = link.out.try_send(Pending::Live(line.clone(), self.next()));
        }
    }

    /// Ends the connection in order.
    pub(super) fn bye(&mut self, reason: &'static str) {
        if let Some(link) = self.link.take() {
            link.end.send_replace(Some(End::Bye(reason)));
        }
    }

    /// Returns the number that the next event will have.
    pub(crate) fn next(&self) -> u64 {
        self.acked + self.log.len() as u64 + 1
    }

    /// Returns the number of the next unacknowledged event, and how many before it were dropped.
    pub(crate) fn position(&self) -> (u64, u64) {
        (self.acked + 1, self.lost)
    }

    /// Returns events from number `from` on and before `to`, at most `limit`, none further than
    /// `window` from the last acknowledged one. The first element is the number of the first event,
    /// which is later than `from` when the log dropped some.
    pub(crate) fn events(&self, from: u64, to: u64, window: u32, limit: usize) -> (u64, Vec<Line>) {
        let first = from.max(self.acked + 1);
        let skip = usize::try_from(first - self.acked - 1).unwrap_or(usize::MAX);
        let open = (window as usize).saturating_sub(skip);
        let wanted = usize::try_from(to.saturating_sub(first)).unwrap_or(usize::MAX);
        (first, self.log.iter().skip(skip).take(wanted.min(open).min(limit)).cloned().collect())
    }

    /// Returns the answer that this nonce got, if it was used before.
    pub(super) fn sent(&self, nonce: &str) -> Option<(MessageId, Millis)> {
        self.nonces.get(nonce).cloned()
    }

    /// Remembers the answer to a nonce.
    pub(super) fn remember(&mut self, nonce: &str, id: &MessageId, at: Millis) {
        if self.nonce_order.len() >= limits::NONCES
            && let Some(oldest) = self.nonce_order.pop_front()
        {
            self.nonces.remove(&oldest);
        }
        self.nonces.insert(nonce.to_owned(), (id.clone(), at));
        self.nonce_order.push_back(nonce.to_owned());
    }

    /// Counts the events that wait for their acknowledgement.
    pub(super) fn waiting(&self) -> u64 {
        self.log.len() as u64
    }

    /// Drops acknowledged events, and returns the highest number that is acknowledged now. Numbers
    /// that were never given out count as the last one that was.
    pub(super) fn acknowledge(&mut self, upto: u64) -> u64 {
        let count =
            usize::try_from(upto.saturating_sub(self.acked)).unwrap_or(usize::MAX).min(self.log.len());
        self.log.drain(..count);
        self.acked += count as u64;
        if count > 0 {
            self.lost = 0;
            if let Some(link) = &self.link {
                link.bell.notify_one();
            }
        }
        self.acked
    }
}
