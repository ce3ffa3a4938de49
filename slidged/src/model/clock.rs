//! The wall clock.

use plugin_api::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time now, in milliseconds since 1970.
#[must_use]
pub fn now() -> Timestamp {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A duration in milliseconds; the largest number if it is longer.
#[must_use]
pub fn millis(time: Duration) -> Timestamp {
    Timestamp::try_from(time.as_millis()).unwrap_or(Timestamp::MAX)
}
