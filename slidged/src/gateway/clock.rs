//! Time, and that it passes.

use super::Gateway;
use crate::session::Event;
use plugin_api::Timestamp;
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What changes with the time alone changes within a day: an hour is soon enough.
const HOUR: Duration = Duration::from_secs(3600);

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn millis(time: Duration) -> Timestamp {
    Timestamp::try_from(time.as_millis()).unwrap_or(Timestamp::MAX)
}

impl Gateway {
    /// Tells sessions that time passes, for ever.
    pub async fn pass_time(self: Arc<Self>) {
        loop {
            tokio::time::sleep(HOUR).await;
            for session in self.sessions() {
                session.tell(Event::Passed(millis(HOUR))).await;
            }
        }
    }
}
