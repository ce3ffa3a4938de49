//! Scheduler of all lanes: deficit round robin by bytes. A lane that had nothing waiting comes
//! before those that have (as in RFC 8290), so that a single message never waits for another lane's
//! queue.

use std::collections::{HashMap, VecDeque};

use super::batch::Batch;
use super::drop_counter::DropCounter;
use super::lane_queue::{LaneQueue, Place, memory};
use super::piece::{Budget, Receipt, Taken};
use super::strangers::Strangers;
use super::{Lane, OutboxRow, Outgoing, Stored, Waiting};
use crate::store::clock::Noted;

/// Durable stanzas of one lane that may be unacknowledged before its session has to wait: several
/// seconds' worth for a slow server, nothing for a quick one.
pub const CREDIT: u64 = 512;

/// Memory for stanzas of rows: several times what may be unacknowledged, so that a short stall of
/// the server does not send the pump to the database.
const ROW_MEMORY: usize = 2 << 20;

/// Memory for loose stanzas of all lanes: a presence storm after a reconnection.
const LOOSE_MEMORY: usize = 4 << 20;

/// Memory for loose stanzas of a lane that is behind.
const LOOSE_MEMORY_BEHIND: usize = 1 << 20;

/// Bytes read at once (one row may be larger).
const PAGE: u64 = 1 << 20;
/// Rows read at once.
const PAGE_ROWS: usize = 128;

/// Scheduler of all lanes.
#[derive(Debug, Default)]
pub(super) struct Scheduler {
    /// Lanes with stanzas that wait or are in flight.
    lanes: HashMap<Lane, LaneQueue>,
    /// New lanes: those that had nothing waiting, and come first.
    new_lanes: VecDeque<Lane>,
    /// Old lanes, served in turn.
    old_lanes: VecDeque<Lane>,
    /// Lanes whose next rows have to be read.
    unread: VecDeque<Lane>,
    /// Lanes whose next rows are being read, and the numbers of those.
    reading: Vec<(Lane, Vec<i64>)>,
    online: bool,
    waiting: Waiting,
    row_memory: usize,
    loose_memory: usize,
    shed: DropCounter,
    /// Loose stanzas for strangers, but for the next one, which is in their lane.
    strangers: Strangers,
}

const PRESENCES: &str = "presences, typing notices and the like";

impl Scheduler {
    pub(super) fn is_online(&self) -> bool {
        self.online
    }

    pub(super) fn waiting(&self) -> Waiting {
        self.waiting
    }

    pub(super) fn waiting_in(&self, lane: Lane) -> Waiting {
        self.lanes.get(&lane).map_or_else(Waiting::default, |queue| queue.waiting)
    }

    /// Whether no loose stanza waits.
    pub(super) fn has_no_loose(&self) -> bool {
        self.loose_memory == 0
    }

    pub(super) fn dropped(&self) -> u64 {
        self.shed.total + self.strangers.dropped
    }

    /// Memory of rows, and of loose stanzas.
    #[cfg(test)]
    pub(super) fn memory(&self) -> (usize, usize) {
        (self.row_memory, self.loose_memory)
    }

    /// Whether nothing waits or is in flight.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.values().all(LaneQueue::is_empty)
    }

    /// Changes a queue and keeps the sums. A lane that has nothing left is removed.
    fn change<T>(&mut self, lane: Lane, change: impl FnOnce(&mut LaneQueue) -> T) -> T {
        let queue = self.lanes.entry(lane).or_default();
        self.row_memory -= queue.row_memory;
        self.loose_memory -= queue.loose_memory;
        self.waiting.subtract(queue.waiting);
        let result = change(queue);
        self.row_memory += queue.row_memory;
        self.loose_memory += queue.loose_memory;
        self.waiting.add(queue.waiting);
        if queue.is_empty() && queue.place == Place::Idle {
            self.lanes.remove(&lane);
        }
        result
    }

    pub(super) fn push(&mut self, batch: Batch) {
        let Batch { lane, seq, noted, stanzas } = batch;
        let Some(seq) = seq else { return self.push_loose(lane, stanzas) };
        let durable = || stanzas.iter().filter(|stanza| stanza.durable);
        let size: usize = durable().map(|stanza| stanza.bytes.len()).sum();
        let row = OutboxRow::new(seq, noted, durable().count() as u64, size as u64);
        let behind = self.lanes.get(&lane).is_some_and(LaneQueue::is_behind);
        let full = self.row_memory > 0 && self.row_memory + memory(&stanzas) > ROW_MEMORY;
        if self.online && !behind && !full {
            self.change(lane, |queue| queue.push(row, stanzas.into()));
            return self.schedule(lane);
        }
        // What is in no row keeps its place at least before and behind the row.
        let first = stanzas.iter().position(|stanza| stanza.durable).unwrap_or(0);
        let mut before = stanzas;
        let mut after = before.split_off(first);
        after.retain(|stanza| !stanza.durable);
        self.push_loose(lane, before);
        self.push_unread(lane, row);
        self.push_loose(lane, after);
    }

    pub(super) fn push_unread(&mut self, lane: Lane, row: OutboxRow) {
        self.change(lane, |queue| queue.push_unread(row));
        self.schedule(lane);
    }

    fn push_loose(&mut self, lane: Lane, mut stanzas: Vec<Outgoing>) {
        if !self.online {
            stanzas.retain(|stanza| stanza.outlives_the_link(lane));
        }
        if stanzas.is_empty() {
            return;
        }
        if lane == Lane::STRANGERS {
            stanzas.into_iter().for_each(|stanza| self.strangers.push(stanza));
            return self.next_stranger();
        }
        self.change(lane, |queue| queue.push_loose(stanzas.into()));
        let too_much = |queue: &LaneQueue| queue.is_behind() && queue.loose_memory > LOOSE_MEMORY_BEHIND;
        if self.lanes.get(&lane).is_some_and(too_much) {
            let dropped = self.change(lane, LaneQueue::shed);
            self.shed.add(dropped, PRESENCES);
        }
        if self.loose_memory > LOOSE_MEMORY {
            self.make_room();
        }
        self.schedule(lane);
    }

    /// Puts the next loose stanza for a stranger into their lane, if that is empty.
    fn next_stranger(&mut self) {
        let lane = Lane::STRANGERS_LOOSE;
        if self.lanes.get(&lane).is_none_or(LaneQueue::is_written)
            && let Some(stanza) = self.strangers.pop()
        {
            self.change(lane, |queue| queue.push_loose([stanza].into()));
            self.schedule(lane);
        }
    }

    /// Drops half of the loose stanzas of the lanes that have most, until there is room again.
    fn make_room(&mut self) {
        let mut lanes: Vec<_> = self.lanes.iter().map(|(lane, queue)| (queue.loose_memory, *lane)).collect();
        lanes.sort_unstable_by(|one, other| other.cmp(one));
        for (_, lane) in lanes {
            if self.loose_memory <= LOOSE_MEMORY / 4 * 3 {
                break;
            }
            let dropped = self.change(lane, LaneQueue::shed);
            self.shed.add(dropped, PRESENCES);
        }
    }

    /// Schedules a lane that is idle and has something to write.
    fn schedule(&mut self, lane: Lane) {
        let Some(queue) = self.lanes.get_mut(&lane) else { return };
        if !self.online || queue.place != Place::Idle || queue.is_written() {
            return;
        }
        if queue.is_unread() {
            queue.place = Place::Unread;
            self.unread.push_back(lane);
        } else {
            queue.place = Place::Scheduled;
            let schedule = if queue.served { &mut self.old_lanes } else { &mut self.new_lanes };
            schedule.push_back(lane);
        }
    }

    pub(super) fn online(&mut self) {
        self.online = true;
        // The longest waiting lanes come first.
        let mut lanes: Vec<_> = self.lanes.iter().map(|(lane, queue)| (queue.oldest(), *lane)).collect();
        lanes.sort_unstable();
        for (_, lane) in lanes {
            self.schedule(lane);
        }
    }

    pub(super) fn offline(&mut self) {
        self.online = false;
        self.new_lanes.clear();
        self.old_lanes.clear();
        self.unread.clear();
        self.reading.clear();
        (self.row_memory, self.loose_memory) = (0, 0);
        self.lanes.retain(|lane, queue| {
            queue.reset(*lane);
            self.loose_memory += queue.loose_memory;
            !queue.is_empty()
        });
        self.strangers.clear();
        self.shed.end(PRESENCES);
    }

    pub(super) fn take(&mut self, budget: Budget) -> Taken {
        let mut taken = Taken::default();
        let (mut bytes, mut strangers) = (0, budget.strangers);
        for lane in [Lane::STRANGERS, Lane::STRANGERS_LOOSE] {
            let parked = self.lanes.get_mut(&lane).filter(|queue| queue.place == Place::Parked);
            if let Some(queue) = parked.filter(|_| strangers > 0) {
                queue.place = Place::Scheduled;
                self.old_lanes.push_back(lane);
            }
        }
        while let Some(lane) = self.new_lanes.front().or(self.old_lanes.front()).copied() {
            let Some(queue) = self.lanes.get(&lane).filter(|queue| !queue.is_written()) else {
                self.unschedule(lane, Place::Idle);
                continue;
            };
            if queue.is_unread() {
                self.unschedule(lane, Place::Unread);
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
            if lane.is_of_strangers() && strangers == 0 {
                taken.blocked = true;
                self.unschedule(lane, Place::Parked);
                continue;
            }
            let alone = self.new_lanes.len() + self.old_lanes.len() == 1;
            let mut limit = budget.room.min(budget.most) - bytes;
            if lane.is_of_strangers() {
                limit = limit.min(strangers);
            }
            let Some(piece) = self.change(lane, |queue| queue.serve(lane, limit, alone)) else {
                self.rotate(lane);
                continue;
            };
            let size: usize = piece.stanzas.iter().map(|stanza| stanza.bytes.len()).sum();
            bytes += size;
            if lane.is_of_strangers() {
                strangers = strangers.saturating_sub(size);
            }
            taken.pieces.push(piece);
            if lane == Lane::STRANGERS_LOOSE {
                self.next_stranger();
            }
            self.reschedule(lane);
        }
        if self.loose_memory == 0 {
            self.shed.end(PRESENCES);
        }
        taken
    }

    /// Reschedules the lane that was just served.
    fn reschedule(&mut self, lane: Lane) {
        let Some(queue) = self.lanes.get(&lane) else { return };
        if queue.is_unread() {
            self.unschedule(lane, Place::Unread);
            self.unread.push_back(lane);
        } else if queue.is_written() {
            // A new lane waits for the others once before it counts as new again.
            let is_new = self.new_lanes.front() == Some(&lane);
            if is_new && self.new_lanes.len() + self.old_lanes.len() > 1 {
                self.rotate(lane);
            } else {
                self.unschedule(lane, Place::Idle);
            }
        } else if queue.deficit <= 0 && self.new_lanes.len() + self.old_lanes.len() > 1 {
            self.rotate(lane);
        }
    }

    /// Ends the turn of the current lane.
    fn rotate(&mut self, lane: Lane) {
        if self.new_lanes.pop_front_if(|first| *first == lane).is_none() {
            self.old_lanes.pop_front();
        }
        self.old_lanes.push_back(lane);
    }

    /// Removes the current lane from the schedule.
    fn unschedule(&mut self, lane: Lane, place: Place) {
        if self.new_lanes.pop_front_if(|first| *first == lane).is_none() {
            self.old_lanes.pop_front();
        }
        self.change(lane, |queue| {
            queue.place = place;
            if place == Place::Idle {
                (queue.deficit, queue.served) = (0, false);
            }
        });
    }

    pub(super) fn wanted(&mut self) -> Vec<i64> {
        let mut wanted = Vec::new();
        if !self.reading.is_empty() || self.unread.is_empty() {
            return wanted;
        }
        if self.row_memory > 0 && self.row_memory + PAGE as usize > ROW_MEMORY {
            return wanted;
        }
        let share = PAGE / self.unread.len() as u64;
        let mut left = PAGE;
        while left > 0
            && wanted.len() < PAGE_ROWS
            && let Some(lane) = self.unread.pop_front()
        {
            let Some(queue) = self.lanes.get_mut(&lane) else { continue };
            queue.place = Place::Reading;
            let (mut rows, mut bytes) = (Vec::new(), 0);
            for (seq, size) in queue.wanted(share, PAGE_ROWS - wanted.len()) {
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
                let missing = self.change(lane, |queue| queue.fill(seq, stanzas));
                lost.add(missing.unwrap_or_default());
            }
            self.change(lane, |queue| queue.place = Place::Idle);
            self.schedule(lane);
        }
        lost
    }

    pub(super) fn unfilled(&mut self) {
        for (lane, _) in std::mem::take(&mut self.reading).into_iter().rev() {
            self.change(lane, |queue| queue.place = Place::Unread);
            self.unread.push_front(lane);
        }
    }

    /// Settles receipts. Returns the rows that are done with, and whether a lane has credit again.
    pub(super) fn acknowledge(&mut self, receipts: &[Receipt]) -> (Vec<i64>, bool) {
        let (mut rows, mut relieved) = (Vec::new(), false);
        for receipt in receipts {
            relieved |= self.change(receipt.lane, |queue| {
                let before = queue.waiting.messages;
                rows.extend(queue.acknowledge(receipt));
                before >= CREDIT && queue.waiting.messages < CREDIT
            });
        }
        (rows, relieved)
    }

    pub(super) fn expire(&mut self, too_old: impl Fn(Noted) -> bool) -> (Waiting, Vec<i64>) {
        let (mut expired, mut rows) = (Waiting::default(), Vec::new());
        if !self.online {
            let lanes: Vec<_> = self.lanes.keys().copied().collect();
            for lane in lanes {
                let (less, gone) = self.change(lane, |queue| queue.expire(&too_old));
                expired.add(less);
                rows.extend(gone);
            }
        }
        (expired, rows)
    }
}
