//! Stanzas in flight on one connection: written, but not acknowledged. No I/O, no clock.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::store::journal::{Budget, Receipt};

/// Time that the window is worth: a message that comes behind no others waits so long at most, and
/// twice that if it has to wait for room.
const WORTH: Duration = Duration::from_millis(250);

/// Largest window: the bytes that one answer releases, and that a cut may repeat.
const MOST: u64 = 256 << 10;

/// Smallest window. A very slow server (30 stanzas a second, seen with large archives) takes half a
/// second for it.
const LEAST: u64 = 4 << 10;

/// Window before anything is known of the server.
const START: u64 = 8 << 10;

/// Part of the window behind which a barrier is sent at once, so that its answer comes before the
/// window is full.
const PART: u64 = 4;

/// Round trip from which on a server counts as slow, however little was written.
const SLOW: Duration = Duration::from_millis(250);

/// Bytes that are worth one write.
const CHUNK: usize = 64 << 10;

/// Pieces written between two barriers.
#[derive(Debug, Default)]
struct Segment {
    pieces: usize,
    bytes: u64,
    /// Time of its first write.
    first: Option<Instant>,
    /// Time of its first write that has to be proven.
    needed: Option<Instant>,
}

/// Accounts of one connection.
#[derive(Debug)]
pub(super) struct InFlight {
    /// Receipts of the pieces in flight, in order.
    unacknowledged: VecDeque<Receipt>,
    bytes: u64,
    /// Bytes for strangers.
    strangers: u64,
    /// Most bytes that may be in flight.
    window: u64,
    /// Whether something could not be written for want of room, since the last answer.
    blocked: bool,
    /// Pieces before the barrier that is under way.
    barrier: Option<Segment>,
    /// Pieces behind the last barrier.
    open: Segment,
    /// Time of the last barrier.
    sent: Option<Instant>,
    /// Time of the last answer.
    answered: Option<Instant>,
    linger: Duration,
}

impl InFlight {
    pub(super) fn new(linger: Duration) -> InFlight {
        InFlight {
            unacknowledged: VecDeque::new(),
            bytes: 0,
            strangers: 0,
            window: START,
            blocked: false,
            barrier: None,
            open: Segment::default(),
            sent: None,
            answered: None,
            linger,
        }
    }

    /// Whether the server has taken all that was written.
    pub(super) fn is_empty(&self) -> bool {
        self.unacknowledged.is_empty()
    }

    /// Returns the budget for the next write.
    pub(super) fn budget(&self) -> Budget {
        let room = |window: u64, used: u64| usize::try_from(window.saturating_sub(used)).unwrap_or(0);
        Budget {
            room: room(self.window, self.bytes),
            strangers: room(self.window / PART, self.strangers),
            most: CHUNK,
        }
    }

    /// Notes that more was waiting than there was room for.
    pub(super) fn blocked(&mut self) {
        self.blocked = true;
    }

    /// Notes a written piece.
    pub(super) fn wrote(&mut self, piece: Receipt, now: Instant) {
        self.bytes += piece.size;
        if piece.lane.is_of_strangers() {
            self.strangers += piece.size;
        }
        self.open.pieces += 1;
        self.open.bytes += piece.size;
        self.open.first.get_or_insert(now);
        if piece.is_to_be_proven() {
            self.open.needed.get_or_insert(now);
        }
        self.unacknowledged.push_back(piece);
    }

    /// Returns when a barrier should be sent: `None` while one is under way or there is nothing to
    /// prove. Ephemeral stanzas need a proof only because they take up room.
    pub(super) fn barrier_due(&self) -> Option<Instant> {
        if self.barrier.is_some() {
            return None;
        }
        if self.blocked || self.open.bytes >= self.window / PART {
            return self.open.first;
        }
        // The first after a silence goes with what it is for: one write, and no timer.
        let since = self.open.needed?;
        Some(self.sent.map_or(since, |sent| since.max(sent + self.linger)))
    }

    /// Notes that a barrier is sent.
    pub(super) fn barrier_sent(&mut self, now: Instant) {
        self.sent = Some(now);
        self.barrier = Some(std::mem::take(&mut self.open));
    }

    /// Notes the answer of the barrier, and returns the receipts that it settles.
    pub(super) fn barrier_answered(&mut self, now: Instant) -> Vec<Receipt> {
        let Some(segment) = self.barrier.take() else { return Vec::new() };
        self.measure(&segment, now);
        let arrived: Vec<_> = self.unacknowledged.drain(..segment.pieces).collect();
        for piece in &arrived {
            self.bytes -= piece.size;
            if piece.lane.is_of_strangers() {
                self.strangers -= piece.size;
            }
        }
        arrived
    }

    /// Adapts the window to the pace of the server. A server that had nothing to do in between can
    /// do more than it showed: then only slowness counts.
    fn measure(&mut self, segment: &Segment, now: Instant) {
        let began = segment.first.max(self.answered.replace(now)).unwrap_or(now);
        let took = now.saturating_duration_since(began);
        if std::mem::take(&mut self.blocked) || took > SLOW {
            let worth = u128::from(segment.bytes) * WORTH.as_micros() / took.as_micros().max(1);
            // A server that is quick for a moment need not stay so.
            let most = MOST.min(self.window * 2);
            self.window = u64::try_from(worth).unwrap_or(MOST).clamp(LEAST, most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::journal::Piece;
    use crate::store::{Lane, Outgoing};

    const LINGER: Duration = Duration::from_millis(20);
    const TAKES: Duration = Duration::from_millis(100);

    fn piece(lane: Lane, bytes: usize, durable: bool) -> Receipt {
        let stanza = Outgoing { bytes: vec![b'x'; bytes].into(), durable, answer: false, stranger: None };
        Piece::loose(lane, vec![stanza]).receipt()
    }

    fn durable(bytes: usize) -> Receipt {
        piece(Lane::GATEWAY, bytes, true)
    }

    #[test]
    fn an_answer_proves_only_what_was_written_before_its_barrier() {
        let now = Instant::now();
        let mut in_flight = InFlight::new(LINGER);
        assert_eq!(in_flight.barrier_due(), None);
        in_flight.wrote(durable(100), now);
        in_flight.wrote(durable(101), now + LINGER / 2);
        assert_eq!(in_flight.barrier_due(), Some(now), "the first goes at once");
        in_flight.barrier_sent(now);
        assert_eq!(in_flight.barrier_due(), None);
        in_flight.wrote(durable(50), now + LINGER);
        assert_eq!(in_flight.barrier_due(), None);
        assert_eq!(in_flight.barrier_answered(now + LINGER), [durable(100), durable(101)]);
        in_flight.wrote(durable(51), now + LINGER / 2);
        assert_eq!(in_flight.barrier_due(), Some(now + LINGER), "the next keeps its distance");
        in_flight.barrier_sent(now + LINGER);
        assert_eq!(in_flight.barrier_answered(now + LINGER * 2), [durable(50), durable(51)]);
        assert_eq!(in_flight.barrier_due(), None);
    }

    #[test]
    fn a_quarter_of_the_window_asks_for_a_barrier_at_once_and_all_of_it_stops() {
        let now = Instant::now();
        let mut in_flight = InFlight::new(LINGER);
        in_flight.wrote(durable(2 << 10), now);
        assert_eq!(in_flight.barrier_due(), Some(now));
        in_flight.barrier_sent(now);
        assert_eq!(in_flight.budget().room, 6 << 10);
        in_flight.wrote(durable(20 << 10), now);
        assert_eq!(in_flight.budget().room, 0);
        in_flight.barrier_answered(now + TAKES);
        assert_eq!(in_flight.budget().room, 0);
        in_flight.barrier_sent(now);
        in_flight.barrier_answered(now + TAKES);
        assert_eq!(in_flight.budget().room, 8 << 10);
    }

    #[test]
    fn the_window_is_a_quarter_of_a_second_of_what_the_server_takes() {
        let (mut now, mut in_flight) = (Instant::now(), InFlight::new(LINGER));
        let mut takes = |bytes: usize, took: Duration, blocked: bool| {
            in_flight.wrote(durable(bytes), now);
            if blocked {
                in_flight.blocked();
            }
            in_flight.barrier_sent(now);
            now += took;
            in_flight.barrier_answered(now);
            in_flight.budget().room
        };
        // Little to do tells nothing.
        assert_eq!(takes(300, LINGER, false), 8 << 10);
        // 20 KiB a second, when all was wanted that it can do.
        assert_eq!(takes(2 << 10, TAKES, true), 5 << 10);
        // A quick one gets twice as much each time.
        assert_eq!(takes(2 << 10, Duration::from_millis(1), true), 10 << 10);
        for _ in 0..5 {
            takes(2 << 10, Duration::from_millis(1), true);
        }
        assert_eq!(takes(2 << 10, Duration::from_millis(1), true), 256 << 10);
        // It has become slow: that counts in any case.
        assert_eq!(takes(300, Duration::from_secs(1), false), 4 << 10);
    }

    #[test]
    fn what_is_behind_another_barrier_is_not_measured_twice() {
        let (now, mut in_flight) = (Instant::now(), InFlight::new(LINGER));
        in_flight.wrote(durable(4 << 10), now);
        in_flight.barrier_sent(now);
        in_flight.wrote(durable(4 << 10), now);
        in_flight.blocked();
        in_flight.barrier_answered(now + TAKES);
        assert_eq!(in_flight.budget().room, (10 << 10) - (4 << 10));
        in_flight.barrier_sent(now);
        in_flight.blocked();
        in_flight.barrier_answered(now + TAKES * 2);
        assert_eq!(in_flight.budget().room, 10 << 10);
    }

    #[test]
    fn ephemeral_stanzas_take_up_room_and_are_proven_when_they_are_many() {
        let (now, mut in_flight) = (Instant::now(), InFlight::new(LINGER));
        in_flight.wrote(piece(Lane::GATEWAY, 1000, false), now);
        assert_eq!((in_flight.barrier_due(), in_flight.budget().room), (None, (8 << 10) - 1000));
        in_flight.wrote(piece(Lane::GATEWAY, 1500, false), now);
        assert_eq!(in_flight.barrier_due(), Some(now));
        in_flight.barrier_sent(now);
        in_flight.barrier_answered(now + LINGER);
        assert_eq!(in_flight.budget().room, 8 << 10);
    }

    #[test]
    fn strangers_have_a_quarter_of_the_window_and_get_it_again() {
        let (now, mut in_flight) = (Instant::now(), InFlight::new(LINGER));
        in_flight.wrote(piece(Lane::STRANGERS, 1999, false), now);
        assert_eq!(in_flight.budget().strangers, (2 << 10) - 1999);
        in_flight.wrote(piece(Lane::STRANGERS, 40, false), now);
        // Not enough for a barrier, but somebody waits.
        assert_eq!(in_flight.barrier_due(), None);
        in_flight.blocked();
        assert_eq!(in_flight.barrier_due(), Some(now));
        in_flight.barrier_sent(now);
        in_flight.barrier_answered(now);
        assert!(in_flight.budget().strangers >= 2 << 10);
    }
}
