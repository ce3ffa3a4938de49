//! Actors, and the outcomes of their requests.

use serde::{Deserialize, Serialize};

use crate::protocol::wire::json;
use crate::protocol::{DeviceId, Kind, Refusal, UserId};

/// User who makes a request, with the device that it comes through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Actor {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
}

/// Outcome of a request or change: the answer as JSON, or a refusal.
pub(crate) type Outcome = Result<String, Refusal>;

/// Returns the answer that says nothing.
pub(super) fn done() -> Outcome {
    Ok("{}".into())
}

/// Returns an answer.
pub(super) fn answer<T: Serialize>(value: &T) -> Outcome {
    Ok(json(value))
}

/// Returns a refusal.
pub(super) fn refuse<T>(kind: Kind, text: &str) -> Result<T, Refusal> {
    Err(Refusal::new(kind, text))
}
