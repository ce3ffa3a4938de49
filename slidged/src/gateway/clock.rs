//! The hourly tick.

use super::Gateway;
use crate::model::clock::millis;
use crate::session::Event;
use std::sync::Arc;
use std::time::Duration;

/// What changes with the time alone changes within a day: an hour is soon enough.
const HOUR: Duration = Duration::from_secs(3600);

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
