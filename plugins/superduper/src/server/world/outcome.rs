//! Who asks, and what comes of it.

use serde::{Deserialize, Serialize};

use crate::protocol::wire::json;
use crate::protocol::{DeviceId, Kind, Refusal, UserId};

/// Who asks, through which device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Actor {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
}

/// A refused or a carried out change; the answer is JSON.
pub(crate) type Outcome = Result<String, Refusal>;

/// The answer that has nothing to tell.
pub(super) fn done() -> Outcome {
    Ok("{}".into())
}

/// An answer.
pub(super) fn answer<T: Serialize>(value: &T) -> Outcome {
    Ok(json(value))
}

/// A refusal.
pub(super) fn refuse<T>(kind: Kind, text: &str) -> Result<T, Refusal> {
    Err(Refusal::new(kind, text))
}
