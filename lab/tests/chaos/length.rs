//! Duration of a mode: some seconds among the other tests, or as many minutes as `cargo xtask chaos
//! --minutes` says.

use std::time::{Duration, Instant};

/// The long form's time; none in the short form.
pub(crate) fn minutes() -> Option<u64> {
    std::env::var("LAB_CHAOS_MINUTES").ok().and_then(|minutes| minutes.parse().ok())
}

/// The short or the long form of something.
pub(crate) fn scale<T>(short: T, long: T) -> T {
    if minutes().is_some() { long } else { short }
}

/// Users in each mode.
pub(crate) fn users() -> usize {
    scale(4, 20)
}

/// The rounds of a mode: one in the short form, or as many as fit into the minutes.
#[derive(Debug)]
pub(crate) struct Rounds {
    until: Option<Instant>,
    begun: usize,
}

impl Rounds {
    /// Time runs from now on.
    pub(crate) fn start() -> Self {
        Rounds { until: minutes().map(|m| Instant::now() + Duration::from_secs(60 * m)), begun: 0 }
    }

    /// The number of the next round, if there is one.
    pub(crate) fn next(&mut self) -> Option<usize> {
        let more = self.begun == 0 || self.until.is_some_and(|until| Instant::now() < until);
        self.begun += 1;
        more.then_some(self.begun - 1)
    }
}
