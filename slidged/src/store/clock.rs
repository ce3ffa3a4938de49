//! Ages by a clock that may jump: a computer without a battery starts with last week's time, and is
//! set right when the network is there.

use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Time now in milliseconds since 1970; a function, so that tests can be late.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Wall clock with a steady clock beside it. Cheap to clone.
#[derive(Clone)]
pub struct Age {
    wall: Clock,
    started: Started,
}

/// Both clocks at the opening of the store, in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Started {
    wall: i64,
    steady: i64,
}

/// Time of a note, by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Time of the wall clock: milliseconds since 1970.
    pub at: i64,
    /// Time of the steady clock: milliseconds since the start, negative for notes of an earlier
    /// process.
    steady: i64,
}

impl std::fmt::Debug for Age {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Age").field("started", &self.started).finish_non_exhaustive()
    }
}

impl Age {
    /// Starts to compare the clocks.
    #[must_use]
    pub fn new(wall: Clock) -> Age {
        let started = Started { wall: wall(), steady: steady() };
        Age { wall, started }
    }

    /// Returns the wall clock: milliseconds since 1970.
    #[must_use]
    pub fn wall(&self) -> Clock {
        Arc::clone(&self.wall)
    }

    /// Returns the earlier time of both clocks, in milliseconds since 1970: anything too old by it
    /// is too old by both.
    #[must_use]
    pub fn cautious(&self) -> i64 {
        (self.wall)().min(self.started.wall.saturating_add(self.passed()))
    }

    /// Notes the time now.
    #[must_use]
    pub fn note(&self) -> Noted {
        Noted { at: (self.wall)(), steady: self.passed() }
    }

    /// Restores a note of an earlier process, whose steady clock is gone.
    #[must_use]
    pub fn noted_before(&self, at: i64) -> Noted {
        // Never in the future.
        Noted { at, steady: at.saturating_sub(self.started.wall).min(0) }
    }

    /// Returns the age of a note, by the clock that says less.
    #[must_use]
    pub fn of(&self, noted: Noted) -> Duration {
        let wall = (self.wall)().saturating_sub(noted.at);
        let steady = self.passed().saturating_sub(noted.steady);
        Duration::from_millis(u64::try_from(wall.min(steady)).unwrap_or(0))
    }

    /// Returns the time of a note by the wall clock as it is set now, even if it was set meanwhile.
    #[must_use]
    pub fn when(&self, noted: Noted) -> i64 {
        let moved = (self.wall)().saturating_sub(self.started.wall.saturating_add(self.passed()));
        let told = noted.at.saturating_sub(self.started.wall.saturating_add(noted.steady));
        let set = moved.saturating_sub(told);
        // The steady time of an earlier process is unknown, and small corrections are no reason to
        // report a new time.
        if noted.steady <= 0 || set.saturating_abs() < 60_000 {
            noted.at
        } else {
            noted.at.saturating_add(set)
        }
    }

    /// Returns the milliseconds since the start by the steady clock.
    fn passed(&self) -> i64 {
        steady() - self.started.steady
    }
}

/// Returns the milliseconds since the boot of the computer, including sleep.
fn steady() -> i64 {
    let time = clock_gettime(ClockId::Boottime);
    time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

    const DAY: i64 = 86_400_000;
    const SECOND: Duration = Duration::from_secs(1);

    fn set_by_hand() -> (Arc<AtomicI64>, Age) {
        let time = Arc::new(AtomicI64::new(100 * DAY));
        let told = Arc::clone(&time);
        (time, Age::new(Arc::new(move || told.load(Relaxed))))
    }

    #[test]
    fn what_was_noted_just_now_is_young_however_the_clock_is_set() {
        let (time, age) = set_by_hand();
        let (now, earlier) = (age.note(), age.noted_before(99 * DAY));
        assert!(age.of(now) < SECOND);
        assert!(age.of(earlier).abs_diff(Duration::from_secs(86_400)) < SECOND);
        for jump in [8 * DAY, -8 * DAY] {
            time.store(100 * DAY + jump, Relaxed);
            assert!(age.of(now) < SECOND && age.of(age.note()) < SECOND);
            assert!(age.of(earlier) < Duration::from_secs(86_400) + SECOND);
            assert!(age.cautious() < 100 * DAY + 1000);
            assert_eq!(age.when(earlier), 99 * DAY);
        }
    }

    #[test]
    fn what_was_noted_before_the_clock_was_set_right_is_told_by_the_right_one() {
        let (time, age) = set_by_hand();
        let mut now = age.note();
        now.steady = now.steady.max(1);
        assert_eq!(age.when(now), 100 * DAY);
        time.store(110 * DAY, Relaxed);
        assert!(age.when(now).abs_diff(110 * DAY) < 1000, "{}", age.when(now) - 110 * DAY);
    }

    #[test]
    fn what_is_said_to_come_from_the_future_is_young() {
        let (time, age) = set_by_hand();
        let odd = age.noted_before(200 * DAY);
        assert!(age.of(odd) < SECOND);
        time.store(i64::MAX, Relaxed);
        assert!(age.of(odd) < SECOND && age.of(age.noted_before(i64::MIN)) > SECOND);
    }
}
