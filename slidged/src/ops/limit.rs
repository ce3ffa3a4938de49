//! Warnings and errors that come again and again, as others may want them to: the first of each
//! minute are written, and the rest is counted.

use crate::model::cut;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tracing::{Level, Metadata, callsite::Identifier};

/// Lines of one kind that are written in a [`WINDOW`]: enough to see what they have in common.
const MOST: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// Kinds that are counted: more than the daemon has. A plugin may make some up.
const KINDS: usize = 4096;
/// Length of a line that stands for others, in characters.
const SHOWN: usize = 300;

/// Rate limit of warnings, for each place in the code that warns.
#[derive(Debug, Default)]
pub struct Limit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    kinds: HashMap<Identifier, Kind>,
    /// Time at which the next count is to be logged.
    due: Option<Instant>,
}

#[derive(Debug)]
struct Kind {
    since: Instant,
    written: u32,
    left_out: u64,
    level: Level,
    /// The last that was written.
    last: String,
}

/// Lines that were left out.
#[derive(Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Number of lines that were left out.
    pub count: u64,
    /// Level of these lines.
    pub level: Level,
    /// One like them.
    pub like: String,
}

impl Limit {
    /// Whether a line is to be written.
    pub fn admit(&self, of: &Metadata<'_>, now: Instant) -> bool {
        if *of.level() > Level::WARN {
            return true;
        }
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.kinds.len() >= KINDS && !state.kinds.contains_key(&of.callsite()) {
            return false;
        }
        let kind = state.kinds.entry(of.callsite()).or_insert_with(|| Kind {
            since: now,
            written: 0,
            left_out: 0,
            level: *of.level(),
            last: String::new(),
        });
        if now >= kind.since + WINDOW && kind.left_out == 0 {
            (kind.since, kind.written) = (now, 0);
        }
        if kind.written < MOST {
            kind.written += 1;
            return true;
        }
        kind.left_out += 1;
        let due = kind.since + WINDOW;
        state.due = Some(state.due.map_or(due, |other| other.min(due)));
        false
    }

    /// Remembers what a line said that was written.
    pub fn wrote(&self, of: &Metadata<'_>, line: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kind) = state.kinds.get_mut(&of.callsite())
            && kind.written == MOST
        {
            kind.last = cut::to_chars(line.trim_end(), SHOWN).into_owned();
        }
    }

    /// Counts of lines that were left out in windows that are over, each returned once.
    pub fn left_out(&self, now: Instant) -> Vec<LeftOut> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.due.is_none_or(|due| now < due) {
            return Vec::new();
        }
        let mut told = Vec::new();
        let mut due: Option<Instant> = None;
        for kind in state.kinds.values_mut().filter(|kind| kind.left_out > 0) {
            let end = kind.since + WINDOW;
            if now < end {
                due = Some(due.map_or(end, |other| other.min(end)));
                continue;
            }
            told.push(LeftOut { count: kind.left_out, level: kind.level, like: kind.last.clone() });
            (kind.since, kind.written, kind.left_out) = (now, 0, 0);
        }
        state.due = due;
        told
    }
}
