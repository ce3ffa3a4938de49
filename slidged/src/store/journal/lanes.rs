//! All lanes, and whose turn it is: deficit round robin by bytes, in which a lane that had nothing waiting comes before those that have
//! (as in RFC 8290), so that a single message never waits for anybody's backlog.

use std::collections::{HashMap, VecDeque};

use super::backlog::{Backlog, Head, Piece, Place, Receipt, memory};
use super::drops::Drops;
use super::feed::{Batch, Budget, CREDIT, Stored, Taken};
use super::{Lane, Outgoing};
use crate::store::Waiting;
use crate::store::clock::Noted;

/// Memory for stanzas of rows: several times what may be unacknowledged, so that a short stall of the server does not send the pump to
/// the database.
const ROWS: usize = 2 << 20;

/// Memory for what is in no row, all together: a presence storm after a reconnection.
const LOOSE: usize = 4 << 20;

/// The same of a lane that is behind, or of strangers.
const LATER: usize = 1 << 20;

/// Stanzas in no row that may wait for strangers.
const STRANGERS: usize = 1000;

/// Bytes that are read at once (one row may be larger), in so many rows.
const PAGE: u64 = 1 << 20;
const PAGE_ROWS: usize = 128;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// Those that have something waiting or under way.
    lanes: HashMap<Lane, Backlog>,
    /// Who had nothing before, and comes first.
    fresh: VecDeque<Lane>,
    /// Who is served in turn.
    turns: VecDeque<Lane>,
    /// Whose next rows have to be read.
    unread: VecDeque<Lane>,
    /// Whose next rows are being read, and which those are.
    reading: Vec<(Lane, Vec<i64>)>,
    online: bool,
    waiting: Waiting,
    rows: usize,
    loose: usize,
    shed: Drops,
    refused: Drops,
}

const PRESENCES: &str = "presences, typing notices and the like";
const ANSWERS: &str = "answers to people who are not registered";

impl Lanes {
    pub(super) fn is_online(&self) -> bool {
        self.online
    }

    pub(super) fn waiting(&self) -> Waiting {
        self.waiting
    }

    pub(super) fn waiting_in(&self, lane: Lane) -> Waiting {
        self.lanes.get(&lane).map_or_else(Waiting::default, |backlog| backlog.waiting)
    }

    pub(super) fn has_no_loose(&self) -> bool {
        self.loose == 0
    }

    pub(super) fn dropped(&self) -> u64 {
        self.shed.ever + self.refused.ever
    }

    /// Of rows, and of what is in none.
    #[cfg(test)]
    pub(super) fn memory(&self) -> (usize, usize) {
        (self.rows, self.loose)
    }

    /// Nothing waits, and nothing is under way.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.values().all(Backlog::is_empty)
    }

    /// Changes a lane and keeps the sums; whoever has nothing left is forgotten.
    fn change<T>(&mut self, lane: Lane, change: impl FnOnce(&mut Backlog) -> T) -> T {
        let backlog = self.lanes.entry(lane).or_default();
        self.rows -= backlog.rows;
        self.loose -= backlog.loose;
        self.waiting.subtract(backlog.waiting);
        let result = change(backlog);
        self.rows += backlog.rows;
        self.loose += backlog.loose;
        self.waiting.add(backlog.waiting);
        if backlog.is_empty() && backlog.place == Place::Nowhere {
            self.lanes.remove(&lane);
        }
        result
    }

    pub(super) fn push(&mut self, batch: Batch) {
        let Batch { lane, seq, noted, stanzas } = batch;
        let Some(seq) = seq else { return self.push_loose(lane, stanzas) };
        let durable = || stanzas.iter().filter(|stanza| stanza.durable);
        let size: usize = durable().map(|stanza| stanza.bytes.len()).sum();
        let head = Head::new(seq, noted, durable().count() as u64, size as u64);
        let behind = self.lanes.get(&lane).is_some_and(Backlog::is_behind);
        let full = self.rows > 0 && self.rows + memory(&stanzas) > ROWS;
        if self.online && !behind && !full {
            self.change(lane, |backlog| backlog.push(head, stanzas.into()));
            return self.place(lane);
        }
        // What is in no row keeps its place at least before and behind the row.
        let first = stanzas.iter().position(|stanza| stanza.durable).unwrap_or(0);
        let mut before = stanzas;
        let mut after = before.split_off(first);
        after.retain(|stanza| !stanza.durable);
        self.push_loose(lane, before);
        self.push_stored(lane, head);
        self.push_loose(lane, after);
    }

    pub(super) fn push_stored(&mut self, lane: Lane, head: Head) {
        self.change(lane, |backlog| backlog.push_stored(head));
        self.place(lane);
    }

    fn push_loose(&mut self, lane: Lane, mut stanzas: Vec<Outgoing>) {
        if !self.online {
            stanzas.retain(|stanza| stanza.outlives_the_link(lane));
        }
        if stanzas.is_empty() {
            return;
        }
        let refused = self.change(lane, |backlog| {
            let fits = lane != Lane::STRANGERS
                || (backlog.loose_count + stanzas.len() <= STRANGERS
                    && backlog.loose + memory(&stanzas) <= LATER);
            let count = stanzas.len() as u64;
            if fits {
                backlog.push_loose(stanzas.into());
            }
            if fits { 0 } else { count }
        });
        self.refused.add(refused, ANSWERS);
        if self.lanes.get(&lane).is_some_and(|backlog| backlog.is_behind() && backlog.loose > LATER) {
            let dropped = self.change(lane, Backlog::shed);
            self.shed.add(dropped, PRESENCES);
        }
        if self.loose > LOOSE {
            self.make_room();
        }
        self.place(lane);
    }

    /// Those who have most waiting lose half of it, until there is room again.
    fn make_room(&mut self) {
        let mut lanes: Vec<_> = self.lanes.iter().map(|(lane, backlog)| (backlog.loose, *lane)).collect();
        lanes.sort_unstable_by(|one, other| other.cmp(one));
        for (_, lane) in lanes {
            if self.loose <= LOOSE / 4 * 3 {
                break;
            }
            let dropped = self.change(lane, Backlog::shed);
            self.shed.add(dropped, PRESENCES);
        }
    }

    /// Lines a lane up, if it is not yet and has something.
    fn place(&mut self, lane: Lane) {
        let Some(backlog) = self.lanes.get_mut(&lane) else { return };
        if !self.online || backlog.place != Place::Nowhere || backlog.is_written() {
            return;
        }
        if backlog.is_unread() {
            backlog.place = Place::Unread;
            self.unread.push_back(lane);
        } else {
            backlog.place = Place::Turns;
            let line = if backlog.served { &mut self.turns } else { &mut self.fresh };
            line.push_back(lane);
        }
    }

    pub(super) fn online(&mut self) {
        self.online = true;
        // Those that have waited longest come first.
        let mut lanes: Vec<_> = self.lanes.iter().map(|(lane, backlog)| (backlog.oldest(), *lane)).collect();
        lanes.sort_unstable();
        for (_, lane) in lanes {
            self.place(lane);
        }
    }

    pub(super) fn offline(&mut self) {
        self.online = false;
        self.fresh.clear();
        self.turns.clear();
        self.unread.clear();
        self.reading.clear();
        (self.rows, self.loose) = (0, 0);
        self.lanes.retain(|lane, backlog| {
            backlog.reset(*lane);
            self.loose += backlog.loose;
            !backlog.is_empty()
        });
        self.shed.end(PRESENCES);
        self.refused.end(ANSWERS);
    }

    pub(super) fn take(&mut self, budget: Budget) -> Taken {
        let mut taken = Taken::default();
        let (mut bytes, mut strangers) = (0, budget.strangers);
        if strangers > 0
            && let Some(backlog) = self.lanes.get_mut(&Lane::STRANGERS)
            && backlog.place == Place::Parked
        {
            backlog.place = Place::Turns;
            self.turns.push_back(Lane::STRANGERS);
        }
        while let Some(lane) = self.fresh.front().or(self.turns.front()).copied() {
            let Some(backlog) = self.lanes.get(&lane).filter(|backlog| !backlog.is_written()) else {
                self.leave(lane, Place::Nowhere);
                continue;
            };
            if backlog.is_unread() {
                self.leave(lane, Place::Unread);
                self.unread.push_back(lane);
                continue;
            }
            if bytes >= budget.room {
                taken.blocked = true;
                break;
            }
            if bytes >= budget.most {
                break;
            }
            if lane == Lane::STRANGERS && strangers == 0 {
                taken.blocked = true;
                self.leave(lane, Place::Parked);
                continue;
            }
            let alone = self.fresh.len() + self.turns.len() == 1;
            let mut limit = budget.room.min(budget.most) - bytes;
            if lane == Lane::STRANGERS {
                limit = limit.min(strangers);
            }
            let Some(piece) = self.change(lane, |backlog| next(backlog, lane, limit, alone)) else {
                self.rotate(lane);
                continue;
            };
            let size: usize = piece.stanzas.iter().map(|stanza| stanza.bytes.len()).sum();
            bytes += size;
            if lane == Lane::STRANGERS {
                strangers = strangers.saturating_sub(size);
            }
            taken.pieces.push(piece);
            self.after(lane);
        }
        if self.loose == 0 {
            self.shed.end(PRESENCES);
            self.refused.end(ANSWERS);
        }
        taken
    }

    /// Where a lane goes that was just served.
    fn after(&mut self, lane: Lane) {
        let Some(backlog) = self.lanes.get(&lane) else { return };
        if backlog.is_unread() {
            self.leave(lane, Place::Unread);
            self.unread.push_back(lane);
        } else if backlog.is_written() {
            // Whoever comes first now waits for the others once before it does so again.
            let fresh = self.fresh.front() == Some(&lane);
            if fresh && self.fresh.len() + self.turns.len() > 1 {
                self.rotate(lane);
            } else {
                self.leave(lane, Place::Nowhere);
            }
        } else if backlog.balance <= 0 && self.fresh.len() + self.turns.len() > 1 {
            self.rotate(lane);
        }
    }

    /// The lane whose turn it is has had it.
    fn rotate(&mut self, lane: Lane) {
        if self.fresh.pop_front_if(|first| *first == lane).is_none() {
            self.turns.pop_front();
        }
        self.turns.push_back(lane);
    }

    /// The lane whose turn it is goes.
    fn leave(&mut self, lane: Lane, place: Place) {
        if self.fresh.pop_front_if(|first| *first == lane).is_none() {
            self.turns.pop_front();
        }
        self.change(lane, |backlog| {
            backlog.place = place;
            if place == Place::Nowhere {
                (backlog.balance, backlog.served) = (0, false);
            }
        });
    }

    pub(super) fn wanted(&mut self) -> Vec<i64> {
        let mut wanted = Vec::new();
        if !self.reading.is_empty() || self.unread.is_empty() {
            return wanted;
        }
        if self.rows > 0 && self.rows + PAGE as usize > ROWS {
            return wanted;
        }
        let share = PAGE / self.unread.len() as u64;
        let mut left = PAGE;
        while left > 0
            && wanted.len() < PAGE_ROWS
            && let Some(lane) = self.unread.pop_front()
        {
            let Some(backlog) = self.lanes.get_mut(&lane) else { continue };
            backlog.place = Place::Reading;
            let (mut rows, mut bytes) = (Vec::new(), 0);
            for (seq, size) in backlog.wanted(share, PAGE_ROWS - wanted.len()) {
                rows.push(seq);
                bytes += size;
            }
            left = left.saturating_sub(bytes);
            wanted.extend(&rows);
            self.reading.push((lane, rows));
        }
        wanted.sort_unstable();
        wanted
    }

    pub(super) fn filled(&mut self, rows: Vec<Stored>) -> Waiting {
        let mut read: HashMap<i64, Vec<Outgoing>> =
            rows.into_iter().map(|row| (row.seq, row.stanzas)).collect();
        let mut lost = Waiting::default();
        for (lane, rows) in std::mem::take(&mut self.reading) {
            for seq in rows {
                let stanzas = read.remove(&seq);
                let missing = self.change(lane, |backlog| backlog.fill(seq, stanzas));
                lost.add(missing.unwrap_or_default());
            }
            self.change(lane, |backlog| backlog.place = Place::Nowhere);
            self.place(lane);
        }
        lost
    }

    pub(super) fn unfilled(&mut self) {
        for (lane, _) in std::mem::take(&mut self.reading).into_iter().rev() {
            self.change(lane, |backlog| backlog.place = Place::Unread);
            self.unread.push_front(lane);
        }
    }

    /// The rows that are done with, and whether a lane has credit again.
    pub(super) fn acknowledge(&mut self, receipts: &[Receipt]) -> (Vec<i64>, bool) {
        let (mut rows, mut relieved) = (Vec::new(), false);
        for receipt in receipts {
            relieved |= self.change(receipt.lane, |backlog| {
                let before = backlog.waiting.messages;
                rows.extend(backlog.acknowledge(receipt));
                before >= CREDIT && backlog.waiting.messages < CREDIT
            });
        }
        (rows, relieved)
    }

    pub(super) fn expire(&mut self, too_old: impl Fn(Noted) -> bool) -> (Waiting, Vec<i64>) {
        let (mut expired, mut rows) = (Waiting::default(), Vec::new());
        if !self.online {
            let lanes: Vec<_> = self.lanes.keys().copied().collect();
            for lane in lanes {
                let (less, gone) = self.change(lane, |backlog| backlog.expire(&too_old));
                expired.add(less);
                rows.extend(gone);
            }
        }
        (expired, rows)
    }
}

/// The lane's next piece; none when it has still to pay for its last turn.
fn next(backlog: &mut Backlog, lane: Lane, limit: usize, alone: bool) -> Option<Piece> {
    backlog.served = true;
    if alone {
        backlog.balance = 0;
        return backlog.take(lane, limit);
    }
    if !backlog.begin() {
        return None;
    }
    let turn = usize::try_from(backlog.balance).unwrap_or(usize::MAX);
    let piece = backlog.take(lane, limit.min(turn))?;
    let size: usize = piece.stanzas.iter().map(|stanza| stanza.bytes.len()).sum();
    backlog.balance -= i64::try_from(size).unwrap_or(i64::MAX);
    Some(piece)
}
