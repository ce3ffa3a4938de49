//! Devices: each has an ordered log of events, kept until it acknowledges them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};

use super::outcome::Actor;
use crate::protocol::wire::json;
use crate::protocol::{Event, MessageId, Millis, limits};

/// An event as it goes to many devices: encoded once. What comes first on the wire, the number,
/// differs for each of them.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The event's name, for faults that are about it.
    pub(crate) name: &'static str,
    /// The event as a JSON object.
    pub(crate) body: Arc<str>,
}

impl Line {
    pub(crate) fn of(event: &Event) -> Line {
        Line { name: event.name(), body: json(event).into() }
    }
}

/// What goes to a connection outside of the log.
#[derive(Debug)]
pub(crate) enum Pending {
    /// A finished line: an answer.
    Line(String),
    /// A live event, which belongs in front of the event of the log that has this number.
    Live(Line, u64),
    /// From here on the device's log goes to this connection.
    Follow(Follow),
    /// Silence for some milliseconds.
    Stall(Millis),
}

/// Whose log a connection follows, from which number on.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) by: Actor,
    pub(crate) next: u64,
    pub(crate) window: u32,
    pub(crate) bell: Arc<Notify>,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// In order: a `bye` event with this reason is the last line.
    Bye(&'static str),
    /// Without a word, as a broken network does it.
    Cut,
}

/// The world's end of a device's connection.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Tells this connection from an earlier one of the same device.
    pub(crate) number: u64,
    /// Rung when the log has something new, or the window opens.
    pub(crate) bell: Arc<Notify>,
    /// For what does not go through the log. When it is full, live events are dropped.
    pub(crate) out: mpsc::Sender<Pending>,
    /// Ends the connection.
    pub(crate) end: watch::Sender<Option<End>>,
}

/// One installation of an account.
pub(crate) struct Device {
    /// The digest of its token.
    pub(super) token: String,
    /// Unacknowledged events; the first has the number `acked + 1`.
    log: VecDeque<Line>,
    acked: u64,
    /// Events dropped from a full log since the last acknowledgement.
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

    /// Tells the connection, if there is one and it keeps up.
    pub(super) fn live(&self, line: &Line) {
        if let Some(link) = &self.link {
            // Full means that the reader is slow: a live event is then worth nothing.
            let _ = link.out.try_send(Pending::Live(line.clone(), self.next()));
        }
    }

    /// Ends the connection in order.
    pub(super) fn bye(&mut self, reason: &'static str) {
        if let Some(link) = self.link.take() {
            link.end.send_replace(Some(End::Bye(reason)));
        }
    }

    /// The number that the next event will have.
    pub(crate) fn next(&self) -> u64 {
        self.acked + self.log.len() as u64 + 1
    }

    /// The number of the next unacknowledged event, and how many before it were dropped.
    pub(crate) fn position(&self) -> (u64, u64) {
        (self.acked + 1, self.lost)
    }

    /// Events from number `from` on and before `to`, at most `limit`, none further than `window`
    /// from the last acknowledged one. The first element is the number of the first event: later
    /// than `from` when the log dropped some.
    pub(crate) fn events(&self, from: u64, to: u64, window: u32, limit: usize) -> (u64, Vec<Line>) {
        let first = from.max(self.acked + 1);
        let skip = usize::try_from(first - self.acked - 1).unwrap_or(usize::MAX);
        let open = (window as usize).saturating_sub(skip);
        let wanted = usize::try_from(to.saturating_sub(first)).unwrap_or(usize::MAX);
        (first, self.log.iter().skip(skip).take(wanted.min(open).min(limit)).cloned().collect())
    }

    /// What was answered to this nonce.
    pub(super) fn sent(&self, nonce: &str) -> Option<(MessageId, Millis)> {
        self.nonces.get(nonce).cloned()
    }

    /// Remembers what was answered to a nonce.
    pub(super) fn remember(&mut self, nonce: &str, id: &MessageId, at: Millis) {
        if self.nonce_order.len() >= limits::NONCES
            && let Some(oldest) = self.nonce_order.pop_front()
        {
            self.nonces.remove(&oldest);
        }
        self.nonces.insert(nonce.to_owned(), (id.clone(), at));
        self.nonce_order.push_back(nonce.to_owned());
    }

    /// Events that wait for their acknowledgement.
    pub(super) fn waiting(&self) -> u64 {
        self.log.len() as u64
    }

    /// Drops what is safe. Numbers that were never given out count as the last one that was, which
    /// is returned.
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
