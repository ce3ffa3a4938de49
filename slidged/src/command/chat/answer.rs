//! Answers that are waited for.

use crate::services::Listener;
use crate::services::is_cancel;
use std::time::Duration;
use tokio::time::timeout;

/// For an answer: time enough to look up a password.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// How a command ended before its end.
pub(crate) enum Ended {
    /// The user wanted it.
    Cancelled,
    /// No answer came.
    TooSlow,
    /// More was typed than it takes; the user knows.
    Refused,
}

/// The user's next line, if it comes in time and is no wish to stop.
pub(crate) async fn answer(listener: &mut Listener) -> Result<String, Ended> {
    match timeout(PATIENCE, listener.line()).await {
        Ok(Some(line)) if is_cancel(&line) => Err(Ended::Cancelled),
        Ok(Some(line)) => Ok(line),
        Ok(None) | Err(_) => Err(Ended::TooSlow),
    }
}
