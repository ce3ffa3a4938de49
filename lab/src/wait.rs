//! Waiting for something that cannot tell us: a port, a file, an exit.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Time limit of any wait. Generous, because debug builds share two cores with their neighbours; it
/// is only ever used up by a failure.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks: short against what is waited for (a server's start), long against the look
/// itself.
const LOOK: Duration = Duration::from_millis(5);

/// Looks until `look` has a value, and panics with `what` after [`PATIENCE`].
pub async fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    match within(PATIENCE, look).await {
        Some(found) => found,
        None => panic!("waited {PATIENCE:?} for {what}"),
    }
}

/// Looks until `look` has a value, or gives `None` after `time`.
pub async fn within<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + time;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        sleep(LOOK).await;
    }
}
