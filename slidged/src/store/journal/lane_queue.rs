//! Queue of one lane: rows of the outbox, whose stanzas are in memory or not, and between them
//! loose stanzas, which are in no row.

use std::collections::VecDeque;

use super::piece::{Piece, Receipt};
use super::{Lane, OutboxRow, Outgoing, Waiting};
use crate::store::clock::Noted;

/// Memory that a stanza costs beyond its bytes; keeps many tiny ones bounded too.
const OVERHEAD: usize = 128;

/// Bytes of a lane's turn: with a slow server, no lane waits for more than a stanza or two of each
/// other.
const QUANTUM: i64 = 1 << 10;

/// Bytes of a turn in which the next stanza is an answer: somebody waits for it, and a client that
/// asks a dozen questions at once shall not wait as long as a backlog does.
const ANSWERS_QUANTUM: i64 = 16 << 10;

type Stanzas = VecDeque<Outgoing>;

#[derive(Debug)]
enum Item {
    /// Row, with its stanzas (and the loose ones between them) unless they are in the database
    /// only.
    Row(OutboxRow, Option<Box<Stanzas>>),
    /// Loose stanzas.
    Loose(Box<Stanzas>),
}

impl Item {
    fn row(&self) -> Option<&OutboxRow> {
        if let Item::Row(row, _) = self { Some(row) } else { None }
    }
}

/// Scheduling state of a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// Idle: nothing is to be written.
    #[default]
    Idle,
    /// Scheduled, to be served in turn.
    Scheduled,
    /// Waiting for its next row to be requested from the database.
    Unread,
    /// Waiting for its next row from the database.
    Reading,
    /// Waiting until it may have more in flight.
    Parked,
}

/// Queue of one lane.
#[derive(Debug, Default)]
pub(super) struct LaneQueue {
    items: VecDeque<Item>,
    /// Rows that were written whole; the server has not taken all of them.
    in_flight: VecDeque<OutboxRow>,
    /// Loose message errors that were written; the server has not taken them.
    errors: Stanzas,
    /// Number of rows whose stanzas are in the database only.
    unread: usize,
    /// Durable stanzas that the server has not taken.
    pub(super) waiting: Waiting,
    /// Memory of rows.
    pub(super) row_memory: usize,
    /// Memory of loose stanzas.
    pub(super) loose_memory: usize,
    /// Deficit counter: bytes left of its turn; negative after a large stanza.
    pub(super) deficit: i64,
    pub(super) place: Place,
    /// Whether it has had a turn since it was last idle.
    pub(super) served: bool,
}

impl LaneQueue {
    /// Whether nothing is waiting or in flight.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.in_flight.is_empty() && self.errors.is_empty()
    }

    /// Whether everything is written.
    pub(super) fn is_written(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether the next row is in the database only.
    pub(super) fn is_unread(&self) -> bool {
        matches!(self.items.front(), Some(Item::Row(_, None)))
    }

    /// Whether any row is in the database only.
    pub(super) fn is_behind(&self) -> bool {
        self.unread > 0
    }

    /// Number of its oldest row.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.items.iter().find_map(Item::row).map(|row| row.seq)
    }

    /// Adds a row with all of its stanzas.
    pub(super) fn push(&mut self, row: OutboxRow, stanzas: Stanzas) {
        self.waiting.add(row.waiting());
        self.row_memory += memory(&stanzas);
        self.items.push_back(Item::Row(row, Some(Box::new(stanzas))));
    }

    /// Adds a row whose stanzas are read when its turn comes.
    pub(super) fn push_unread(&mut self, row: OutboxRow) {
        self.waiting.add(row.waiting());
        self.unread += 1;
        self.items.push_back(Item::Row(row, None));
    }

    /// Adds loose stanzas.
    pub(super) fn push_loose(&mut self, stanzas: Stanzas) {
        if stanzas.is_empty() {
            return;
        }
        self.loose_memory += memory(&stanzas);
        if let Some(Item::Loose(last)) = self.items.back_mut() {
            last.extend(stanzas);
        } else {
            self.items.push_back(Item::Loose(Box::new(stanzas)));
        }
    }

    /// Drops about half of the loose stanzas: the oldest first, requests and answers last. Returns
    /// how many.
    pub(super) fn shed(&mut self) -> u64 {
        let (mut dropped, goal) = (0, self.loose_memory / 2);
        for wanted in [false, true] {
            for item in &mut self.items {
                let Item::Loose(stanzas) = item else { continue };
                stanzas.retain(|stanza| {
                    let is_wanted = stanza.answer || stanza.bytes.starts_with(b"<iq");
                    let goes = self.loose_memory > goal && (wanted || !is_wanted);
                    if goes {
                        self.loose_memory -= cost(stanza);
                        dropped += 1;
                    }
                    !goes
                });
            }
        }
        self.items.retain(|item| !matches!(item, Item::Loose(stanzas) if stanzas.is_empty()));
        dropped
    }

    /// Returns the next piece, of at most `limit` bytes, and charges it to the deficit counter;
    /// `None` while the last turn is still to be paid for. A lane that is `alone` pays nothing.
    pub(super) fn serve(&mut self, lane: Lane, limit: usize, alone: bool) -> Option<Piece> {
        self.served = true;
        if alone {
            self.deficit = 0;
            return self.take(lane, limit);
        }
        let quantum = match self.items.front() {
            Some(Item::Loose(stanzas)) if stanzas.front().is_some_and(|next| next.answer) => ANSWERS_QUANTUM,
            _ => QUANTUM,
        };
        if self.deficit <= 0 {
            self.deficit += quantum;
        }
        // What was left for answers is not for a backlog behind them.
        self.deficit = self.deficit.min(quantum);
        if self.deficit <= 0 {
            return None;
        }
        let turn = usize::try_from(self.deficit).unwrap_or(usize::MAX);
        let piece = self.take(lane, limit.min(turn))?;
        let size: usize = piece.stanzas.iter().map(|stanza| stanza.bytes.len()).sum();
        self.deficit -= i64::try_from(size).unwrap_or(i64::MAX);
        Some(piece)
    }

    /// Takes the next stanza, and more up to `limit` bytes.
    fn take(&mut self, lane: Lane, limit: usize) -> Option<Piece> {
        let (row, stanzas) = match self.items.front_mut()? {
            Item::Row(_, None) => return None,
            Item::Row(row, Some(stanzas)) => (Some(row), stanzas),
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
        if let Some(row) = row {
            let durable = piece.stanzas.iter().filter(|stanza| stanza.durable).count();
            piece.repeated = row.write(u32::try_from(durable).unwrap_or(u32::MAX));
            (piece.row, piece.noted) = (Some(row.seq), Some(row.noted));
            self.row_memory -= memory;
        } else {
            self.loose_memory -= memory;
        }
        if all && let Some(Item::Row(row, _)) = self.items.pop_front() {
            self.in_flight.push_back(row);
        }
        Some(piece)
    }

    /// Settles the receipt of the oldest piece in flight. Returns the row that is done with by
    /// that.
    pub(super) fn acknowledge(&mut self, receipt: &Receipt) -> Option<i64> {
        self.errors.drain(..receipt.errors.min(self.errors.len()));
        let seq = receipt.row?;
        let row = match (self.in_flight.front_mut(), self.items.front_mut()) {
            (Some(row), _) | (None, Some(Item::Row(row, _))) if row.seq == seq => row,
            _ => return None,
        };
        let done = row.acknowledge(receipt.messages, receipt.durable);
        self.waiting.subtract(Waiting { messages: receipt.messages.into(), bytes: receipt.durable });
        if !done {
            return None;
        }
        if self.in_flight.pop_front().is_none()
            && let Some(Item::Row(_, rest)) = self.items.pop_front()
        {
            // What is left of it is loose.
            let rest = rest.unwrap_or_default();
            self.row_memory -= memory(&*rest);
            self.loose_memory += memory(&*rest);
            if !rest.is_empty() {
                self.items.push_front(Item::Loose(rest));
            }
        }
        Some(seq)
    }

    /// Resets the queue when the connection is gone: unacknowledged rows are to be read and written
    /// again, and of loose stanzas only message errors are kept.
    pub(super) fn reset(&mut self, lane: Lane) {
        (self.row_memory, self.loose_memory, self.deficit) = (0, 0, 0);
        (self.place, self.served) = (Place::Idle, false);
        for row in std::mem::take(&mut self.in_flight).into_iter().rev() {
            self.items.push_front(Item::Row(row, None));
        }
        let errors = std::mem::take(&mut self.errors);
        let items = std::mem::take(&mut self.items);
        self.push_loose(errors);
        for item in items {
            let stanzas = match item {
                Item::Row(mut row, stanzas) => {
                    row.rewind();
                    self.items.push_back(Item::Row(row, None));
                    stanzas
                }
                Item::Loose(stanzas) => Some(stanzas),
            };
            let kept =
                stanzas.unwrap_or_default().into_iter().filter(|stanza| stanza.outlives_the_link(lane));
            self.push_loose(kept.collect());
        }
        self.unread = self.items.iter().filter(|item| matches!(item, Item::Row(..))).count();
    }

    /// Numbers and sizes of the next rows that are in the database only, up to so many bytes (one
    /// row may be larger) and rows.
    pub(super) fn wanted(&self, bytes: u64, rows: usize) -> impl Iterator<Item = (i64, u64)> {
        let unread = self.items.iter().filter_map(|item| match item {
            Item::Row(row, None) => Some((row.seq, row.size())),
            Item::Row(_, Some(_)) | Item::Loose(_) => None,
        });
        let mut sum = 0;
        unread.take(rows).take_while(move |(_, size)| {
            let fits = sum == 0 || sum + size <= bytes;
            sum += size;
            fits
        })
    }

    /// Adds the stanzas of a row that was read. A row that cannot be read any more is dropped;
    /// returns the stanzas that are lost by that.
    pub(super) fn fill(&mut self, seq: i64, read: Option<Vec<Outgoing>>) -> Option<Waiting> {
        let found =
            self.items.iter_mut().position(|item| matches!(item, Item::Row(row, None) if row.seq == seq))?;
        let Some(Item::Row(row, stanzas)) = self.items.get_mut(found) else { return None };
        self.unread -= 1;
        if let Some(read) = read.filter(|read| read.len() == row.count as usize) {
            let mut read = Stanzas::from(read);
            read.drain(..row.acknowledged());
            self.row_memory += memory(&read);
            *stanzas = Some(Box::new(read));
            return None;
        }
        let lost = row.waiting();
        self.items.remove(found);
        self.waiting.subtract(lost);
        Some(lost)
    }

    /// Gives up the leading rows that are too old, while there is no connection. Returns their
    /// stanzas and numbers.
    pub(super) fn expire(&mut self, too_old: impl Fn(Noted) -> bool) -> (Waiting, Vec<i64>) {
        let (mut expired, mut rows) = (Waiting::default(), Vec::new());
        while let Some(row) = self.items.iter().find_map(Item::row).copied()
            && too_old(row.noted)
        {
            expired.add(row.waiting());
            rows.push(row.seq);
            // What stands before it is older still.
            while let Some(Item::Loose(stanzas)) = self.items.pop_front() {
                self.loose_memory -= memory(&*stanzas);
            }
            self.unread -= 1;
        }
        self.waiting.subtract(expired);
        (expired, rows)
    }
}

fn cost(stanza: &Outgoing) -> usize {
    stanza.bytes.len() + OVERHEAD
}

/// Memory of stanzas.
pub(super) fn memory<'a>(stanzas: impl IntoIterator<Item = &'a Outgoing>) -> usize {
    stanzas.into_iter().map(cost).sum()
}
