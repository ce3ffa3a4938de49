//! Answers that a command in a chat waits for.

use crate::services::Listener;
use crate::services::is_cancel;
use std::time::Duration;
use tokio::time::timeout;

/// Time that a user has for an answer: enough to look up a password.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// Reason why a command stopped before its end.
pub(crate) enum Ended {
    /// The user cancelled it.
    Cancelled,
    /// No answer came in time.
    TooSlow,
    /// More words were typed than the command takes; the user has been told.
    Refused,
}

/// Waits for the user's next line; fails if none comes in time, or if it cancels the command.
pub(crate) async fn answer(listener: &mut Listener) -> Result<String, Ended> {
    match timeout(PATIENCE, listener.line()).await {
        Ok(Some(line)) if is_cancel(&line) => Err(Ended::Cancelled),
        Ok(Some(line)) => Ok(line),
        Ok(None) | Err(_) => Err(Ended::TooSlow),
    }
}
