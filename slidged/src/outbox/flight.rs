//! What is written but not acknowledged, on one connection. No I/O, no clock.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::store::Run;

/// Unacknowledged bytes beyond which nothing more is written: what one answer of the server releases at most, and what a
/// cut may repeat at most. A quick server (a few thousand stanzas a second) always has a tenth of a second's work; a very
/// slow one (30 a second, seen with large archives) answers before its silence makes the link believe that it is dead,
/// after which everything would begin anew.
const MOST: u64 = 256 << 10;

/// Unacknowledged bytes beyond which a barrier is sent at once, so that the answer comes before [`MOST`] is reached.
const BARRIER_BYTES: u64 = 64 << 10;

/// One connection's books.
#[derive(Debug)]
pub(super) struct Flight {
    /// The last row that was written (or seen to be gone).
    sent: i64,
    /// Rows that were written, in order.
    unacknowledged: VecDeque<Run>,
    bytes: u64,
    /// The last row before the barrier that is under way.
    barrier: Option<i64>,
    /// When the first row behind the last barrier was written.
    since: Option<Instant>,
    linger: Duration,
}

impl Flight {
    /// Begins behind the last acknowledged row.
    pub(super) fn new(acknowledged: i64, linger: Duration) -> Flight {
        Flight {
            sent: acknowledged,
            unacknowledged: VecDeque::new(),
            bytes: 0,
            barrier: None,
            since: None,
            linger,
        }
    }

    pub(super) fn sent(&self) -> i64 {
        self.sent
    }

    pub(super) fn has_room(&self) -> bool {
        self.bytes < MOST
    }

    /// A row was written.
    pub(super) fn wrote(&mut self, row: Run, now: Instant) {
        self.sent = self.sent.max(row.last);
        self.bytes += row.bytes;
        self.unacknowledged.push_back(row);
        self.since.get_or_insert(now);
    }

    /// There are no rows up to this one.
    pub(super) fn skip(&mut self, last: i64) {
        self.sent = self.sent.max(last);
    }

    /// When a barrier should be sent: `None` while one is under way or there is nothing to prove.
    pub(super) fn barrier_due(&self) -> Option<Instant> {
        if self.barrier.is_some() {
            return None;
        }
        let since = self.since?;
        Some(if self.bytes >= BARRIER_BYTES { since } else { since + self.linger })
    }

    /// A barrier is sent now.
    pub(super) fn barrier_sent(&mut self) {
        self.barrier = self.unacknowledged.back().map(|row| row.last);
        self.since = None;
    }

    /// It was answered: these rows have arrived.
    pub(super) fn barrier_answered(&mut self) -> Option<Run> {
        let last = self.barrier.take()?;
        let mut run: Option<Run> = None;
        while let Some(row) = self.unacknowledged.pop_front_if(|row| row.last <= last) {
            self.bytes -= row.bytes;
            let run = run.get_or_insert(Run { last: 0, messages: 0, bytes: 0 });
            run.last = row.last;
            run.messages += row.messages;
            run.bytes += row.bytes;
        }
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINGER: Duration = Duration::from_millis(20);

    fn row(last: i64, bytes: u64) -> Run {
        Run { last, messages: 2, bytes }
    }

    #[test]
    fn an_answer_proves_only_what_was_written_before_its_barrier() {
        let now = Instant::now();
        let mut flight = Flight::new(10, LINGER);
        assert_eq!((flight.sent(), flight.barrier_due()), (10, None));
        flight.wrote(row(11, 100), now);
        flight.wrote(row(13, 100), now + LINGER / 2);
        assert_eq!(flight.barrier_due(), Some(now + LINGER));
        flight.barrier_sent();
        assert_eq!(flight.barrier_due(), None);
        flight.wrote(row(14, 50), now + LINGER);
        assert_eq!(flight.barrier_due(), None);
        assert_eq!(flight.barrier_answered(), Some(Run { last: 13, messages: 4, bytes: 200 }));
        assert_eq!(flight.barrier_due(), Some(now + LINGER * 2));
        flight.barrier_sent();
        assert_eq!(flight.barrier_answered(), Some(row(14, 50)));
        assert_eq!((flight.sent(), flight.barrier_due()), (14, None));
    }

    #[test]
    fn much_under_way_asks_for_a_barrier_at_once_and_too_much_stops() {
        let now = Instant::now();
        let mut flight = Flight::new(0, LINGER);
        flight.wrote(row(1, BARRIER_BYTES), now);
        assert_eq!(flight.barrier_due(), Some(now));
        flight.barrier_sent();
        assert!(flight.has_room());
        flight.wrote(row(2, MOST), now);
        assert!(!flight.has_room());
        assert_eq!(flight.barrier_answered(), Some(row(1, BARRIER_BYTES)));
        assert!(!flight.has_room());
        flight.barrier_sent();
        flight.barrier_answered();
        assert!(flight.has_room());
    }
}
