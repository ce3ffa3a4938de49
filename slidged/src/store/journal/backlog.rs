//! What waits in one lane, in order: rows of the outbox, whose stanzas are in memory as well or not, and between them what is in no row.

use std::collections::VecDeque;

use super::{Lane, Outgoing};
use crate::store::Waiting;
use crate::store::clock::Noted;

/// What a stanza costs in memory beyond its bytes; keeps many tiny ones bounded too.
const OVERHEAD: usize = 128;

/// Bytes of a lane's turn: with a server that is slow, nobody waits for more than a stanza or two of each other.
const QUANTUM: i64 = 1 << 10;

/// The same of a lane whose next stanza is an answer: somebody waits for it, and a client that asks a dozen questions at once shall not
/// wait as long as a backlog does.
const ANSWERS_QUANTUM: i64 = 16 << 10;

/// A row of the outbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) seq: i64,
    pub(crate) noted: Noted,
    /// Its stanzas.
    count: u32,
    /// Bytes of those that are not acknowledged.
    size: u32,
    /// The first so many are acknowledged…
    done: u32,
    /// …so many were taken to be written on this connection…
    taken: u32,
    /// …and so many on any.
    ever: u32,
}

impl Head {
    pub(crate) fn new(seq: i64, noted: Noted, count: u64, size: u64) -> Head {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Head { seq, noted, count: small(count), size: small(size), done: 0, taken: 0, ever: 0 }
    }

    /// What is not acknowledged.
    fn left(&self) -> Waiting {
        Waiting { messages: u64::from(self.count.saturating_sub(self.done)), bytes: self.size.into() }
    }

    /// Takes the next so many; how many of them were taken before.
    fn take(&mut self, count: u32) -> u32 {
        let before = self.taken;
        self.taken += count;
        let again = self.ever.min(self.taken).saturating_sub(before);
        self.ever = self.ever.max(self.taken);
        again
    }
}

type Stanzas = VecDeque<Outgoing>;

#[derive(Debug)]
enum Item {
    /// A row, with its stanzas (and what is in no row and belongs between them) unless they are in the database only.
    Row(Head, Option<Box<Stanzas>>),
    /// What is in no row.
    Loose(Box<Stanzas>),
}

impl Item {
    fn head(&self) -> Option<&Head> {
        if let Item::Row(head, _) = self { Some(head) } else { None }
    }
}

/// Some stanzas of a lane to be written now.
#[derive(Debug)]
pub struct Piece {
    /// Their lane.
    pub lane: Lane,
    /// In order, durable and ephemeral.
    pub stanzas: Vec<Outgoing>,
    /// When they were committed; `None` for what is in no row.
    pub noted: Option<Noted>,
    /// So many of the durable ones were written before, on an earlier connection.
    pub repeated: u32,
    row: Option<i64>,
}

/// What is told of a [`Piece`] when the server has taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its lane.
    pub lane: Lane,
    /// Its durable stanzas.
    pub messages: u32,
    /// Bytes of all of it.
    pub size: u64,
    /// Bytes of the durable ones.
    durable: u64,
    /// Errors of messages that are in no row.
    errors: usize,
    row: Option<i64>,
}

impl Piece {
    /// What is in no row.
    #[must_use]
    pub fn loose(lane: Lane, stanzas: Vec<Outgoing>) -> Piece {
        Piece { lane, stanzas, noted: None, repeated: 0, row: None }
    }

    /// What to tell when it is taken.
    #[must_use]
    pub fn receipt(&self) -> Receipt {
        let (lane, row) = (self.lane, self.row);
        let start = Receipt { lane, row, messages: 0, size: 0, durable: 0, errors: 0 };
        self.stanzas.iter().fold(start, |sum, stanza| {
            let (bytes, durable) = (stanza.bytes.len() as u64, u32::from(stanza.durable));
            Receipt {
                messages: sum.messages + durable,
                size: sum.size + bytes,
                durable: sum.durable + bytes * u64::from(durable),
                errors: sum.errors + usize::from(stanza.outlives_the_link(lane)),
                ..sum
            }
        })
    }
}

impl Receipt {
    /// Whether it matters that the server has taken it, beyond the room that it took up.
    #[must_use]
    pub fn is_to_be_proven(&self) -> bool {
        self.messages > 0 || self.errors > 0
    }
}

/// Where a lane stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// It has nothing to be written.
    #[default]
    Nowhere,
    /// Among those that are served in turn.
    Turns,
    /// What comes next has to be read from the database.
    Unread,
    /// It is being read.
    Reading,
    /// It may not have more under way.
    Parked,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    items: VecDeque<Item>,
    /// Rows that were written whole; the server has not taken all of them.
    flight: VecDeque<Head>,
    /// Errors of messages that were written and are in no row; the server has not taken them.
    errors: Stanzas,
    /// Rows whose stanzas are in the database only.
    stored: usize,
    /// Durable stanzas that the server has not taken.
    pub(super) waiting: Waiting,
    /// Memory of rows.
    pub(super) rows: usize,
    /// Memory of what is in no row.
    pub(super) loose: usize,
    /// Stanzas in no row.
    pub(super) loose_count: usize,
    /// Bytes left of its turn; negative after a large stanza.
    pub(super) balance: i64,
    pub(super) place: Place,
    /// It has had a turn since it had nothing.
    pub(super) served: bool,
}

impl Backlog {
    /// Nothing is there, not even under way.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.flight.is_empty() && self.errors.is_empty()
    }

    /// Nothing is left to be written.
    pub(super) fn is_written(&self) -> bool {
        self.items.is_empty()
    }

    /// What comes next is in the database only.
    pub(super) fn is_unread(&self) -> bool {
        matches!(self.items.front(), Some(Item::Row(_, None)))
    }

    /// Something has to be read first.
    pub(super) fn is_behind(&self) -> bool {
        self.stored > 0
    }

    /// The number of its oldest row.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.items.iter().find_map(Item::head).map(|head| head.seq)
    }

    /// Adds a row with all of its stanzas.
    pub(super) fn push(&mut self, head: Head, stanzas: Stanzas) {
        self.count(head);
        self.rows += memory(&stanzas);
        self.items.push_back(Item::Row(head, Some(Box::new(stanzas))));
    }

    /// Adds a row whose stanzas are read when its turn comes.
    pub(super) fn push_stored(&mut self, head: Head) {
        self.count(head);
        self.stored += 1;
        self.items.push_back(Item::Row(head, None));
    }

    fn count(&mut self, head: Head) {
        let left = head.left();
        self.waiting.messages += left.messages;
        self.waiting.bytes += left.bytes;
    }

    /// Adds what is in no row.
    pub(super) fn push_loose(&mut self, stanzas: Stanzas) {
        if stanzas.is_empty() {
            return;
        }
        self.loose += memory(&stanzas);
        self.loose_count += stanzas.len();
        if let Some(Item::Loose(last)) = self.items.back_mut() {
            last.extend(stanzas);
        } else {
            self.items.push_back(Item::Loose(Box::new(stanzas)));
        }
    }

    /// Forgets about half of what is in no row, the oldest first, requests and answers last; how many stanzas.
    pub(super) fn shed(&mut self) -> u64 {
        let (mut dropped, goal) = (0, self.loose / 2);
        for wanted in [false, true] {
            for item in &mut self.items {
                let Item::Loose(stanzas) = item else { continue };
                stanzas.retain(|stanza| {
                    let is_wanted = stanza.answer || stanza.bytes.starts_with(b"<iq");
                    let goes = self.loose > goal && (wanted || !is_wanted);
                    if goes {
                        self.loose -= cost(stanza);
                        self.loose_count -= 1;
                        dropped += 1;
                    }
                    !goes
                });
            }
        }
        self.items.retain(|item| !matches!(item, Item::Loose(stanzas) if stanzas.is_empty()));
        dropped
    }

    /// Begins its turn, if that is not under way; false when it has still to pay for its last one.
    pub(super) fn begin(&mut self) -> bool {
        let quantum = match self.items.front() {
            Some(Item::Loose(stanzas)) if stanzas.front().is_some_and(|next| next.answer) => ANSWERS_QUANTUM,
            _ => QUANTUM,
        };
        if self.balance <= 0 {
            self.balance += quantum;
        }
        // What was left for answers is not for a backlog behind them.
        self.balance = self.balance.min(quantum);
        self.balance > 0
    }

    /// Takes what comes next: one stanza, and more up to so many bytes.
    pub(super) fn take(&mut self, lane: Lane, limit: usize) -> Option<Piece> {
        let (head, stanzas) = match self.items.front_mut()? {
            Item::Row(_, None) => return None,
            Item::Row(head, Some(stanzas)) => (Some(head), stanzas),
            Item::Loose(stanzas) => (None, stanzas),
        };
        let mut bytes = 0;
        let count = stanzas.iter().take_while(|stanza| {
            let more = bytes == 0 || bytes + stanza.bytes.len() <= limit;
            bytes += stanza.bytes.len();
            more
        });
        let count = count.count();
        let all = count == stanzas.len();
        let stanzas: Vec<Outgoing> =
            if all { std::mem::take(&mut **stanzas).into() } else { stanzas.drain(..count).collect() };
        let memory: usize = stanzas.iter().map(cost).sum();
        self.errors.extend(stanzas.iter().filter(|stanza| stanza.outlives_the_link(lane)).cloned());
        let mut piece = Piece::loose(lane, stanzas);
        if let Some(head) = head {
            let durable = piece.stanzas.iter().filter(|stanza| stanza.durable).count();
            piece.repeated = head.take(u32::try_from(durable).unwrap_or(u32::MAX));
            (piece.row, piece.noted) = (Some(head.seq), Some(head.noted));
            self.rows -= memory;
        } else {
            self.loose -= memory;
            self.loose_count -= count;
        }
        if all && let Some(Item::Row(head, _)) = self.items.pop_front() {
            self.flight.push_back(head);
        }
        Some(piece)
    }

    /// The server has taken the oldest piece that is under way; the row that is done with by that.
    pub(super) fn acknowledge(&mut self, receipt: &Receipt) -> Option<i64> {
        self.errors.drain(..receipt.errors.min(self.errors.len()));
        let row = receipt.row?;
        let head = match (self.flight.front_mut(), self.items.front_mut()) {
            (Some(head), _) | (None, Some(Item::Row(head, _))) if head.seq == row => head,
            _ => return None,
        };
        head.done += receipt.messages;
        head.size = head.size.saturating_sub(u32::try_from(receipt.durable).unwrap_or(u32::MAX));
        let done = head.done >= head.count;
        self.waiting.subtract(Waiting { messages: receipt.messages.into(), bytes: receipt.durable });
        if !done {
            return None;
        }
        if self.flight.pop_front().is_none()
            && let Some(Item::Row(_, rest)) = self.items.pop_front()
        {
            // What is left of it is in no row.
            let rest = rest.unwrap_or_default();
            self.rows -= memory(&*rest);
            self.loose += memory(&*rest);
            self.loose_count += rest.len();
            if !rest.is_empty() {
                self.items.push_front(Item::Loose(rest));
            }
        }
        Some(row)
    }

    /// The connection is gone: what was not acknowledged is to be read and written again; of what is in no row, only errors of
    /// messages are kept.
    pub(super) fn reset(&mut self, lane: Lane) {
        (self.rows, self.loose, self.loose_count, self.balance) = (0, 0, 0, 0);
        (self.place, self.served) = (Place::Nowhere, false);
        for head in std::mem::take(&mut self.flight).into_iter().rev() {
            self.items.push_front(Item::Row(head, None));
        }
        let errors = std::mem::take(&mut self.errors);
        let items = std::mem::take(&mut self.items);
        self.push_loose(errors);
        for item in items {
            let stanzas = match item {
                Item::Row(mut head, stanzas) => {
                    head.taken = head.done;
                    self.items.push_back(Item::Row(head, None));
                    stanzas
                }
                Item::Loose(stanzas) => Some(stanzas),
            };
            let kept =
                stanzas.unwrap_or_default().into_iter().filter(|stanza| stanza.outlives_the_link(lane));
            self.push_loose(kept.collect());
        }
        self.stored = self.items.iter().filter(|item| matches!(item, Item::Row(..))).count();
    }

    /// The rows that come next and are in the database only: their numbers, up to so many bytes (one row may be larger) and rows.
    pub(super) fn wanted(&self, bytes: u64, rows: usize) -> impl Iterator<Item = (i64, u64)> {
        let stored = self.items.iter().filter_map(|item| match item {
            Item::Row(head, None) => Some((head.seq, u64::from(head.size))),
            _ => None,
        });
        let mut sum = 0;
        stored.take(rows).take_while(move |(_, size)| {
            let fits = sum == 0 || sum + size <= bytes;
            sum += size;
            fits
        })
    }

    /// A row was read, or its stanzas cannot be had any more: then it is forgotten, with the rows that is `Some`.
    pub(super) fn fill(&mut self, seq: i64, read: Option<Vec<Outgoing>>) -> Option<Waiting> {
        let found = self
            .items
            .iter_mut()
            .position(|item| matches!(item, Item::Row(head, None) if head.seq == seq))?;
        let Some(Item::Row(head, stanzas)) = self.items.get_mut(found) else { return None };
        self.stored -= 1;
        if let Some(read) = read.filter(|read| read.len() == head.count as usize) {
            let mut read = Stanzas::from(read);
            read.drain(..head.done as usize);
            self.rows += memory(&read);
            *stanzas = Some(Box::new(read));
            return None;
        }
        let lost = head.left();
        self.items.remove(found);
        self.waiting.subtract(lost);
        Some(lost)
    }

    /// Gives up the rows at its head that are too old, on no connection; what that is, and their numbers.
    pub(super) fn expire(&mut self, too_old: impl Fn(Noted) -> bool) -> (Waiting, Vec<i64>) {
        let (mut expired, mut rows) = (Waiting::default(), Vec::new());
        while let Some(head) = self.items.iter().find_map(Item::head).copied()
            && too_old(head.noted)
        {
            let left = head.left();
            expired.messages += left.messages;
            expired.bytes += left.bytes;
            rows.push(head.seq);
            // What stands before it is older still.
            while let Some(Item::Loose(stanzas)) = self.items.pop_front() {
                self.loose -= memory(&*stanzas);
                self.loose_count -= stanzas.len();
            }
            self.stored -= 1;
        }
        self.waiting.subtract(expired);
        (expired, rows)
    }
}

fn cost(stanza: &Outgoing) -> usize {
    stanza.bytes.len() + OVERHEAD
}

pub(super) fn memory<'a>(stanzas: impl IntoIterator<Item = &'a Outgoing>) -> usize {
    stanzas.into_iter().map(cost).sum()
}
