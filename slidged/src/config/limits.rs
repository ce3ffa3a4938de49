//! `[limits]`: how much one user may do, so that nobody takes the gateway, or the network's
//! patience, from the others.

use super::value;
use serde::Deserialize;

/// Default of `messages_burst`: no person writes that fast for long, and few networks would take
/// it; a client that was offline for a day sends less at once.
const DEFAULT_MESSAGES_BURST: u32 = 500;
/// Default of `messages_per_second`: a client that sends its receipts and typing for a dozen busy
/// chats stays far below.
const DEFAULT_MESSAGES_PER_SECOND: u32 = 20;

/// More is no limit; the rate is kept in whole nanoseconds.
const MAX: u32 = 1_000_000;

/// The section `[limits]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Number of messages that a user may send at once.
    #[serde(deserialize_with = "value::number::<1, MAX, _>")]
    pub messages_burst: u32,
    /// Number of messages a second that a user may send in the long run; 0 for no limit.
    #[serde(deserialize_with = "value::number::<0, MAX, _>")]
    pub messages_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { messages_burst: DEFAULT_MESSAGES_BURST, messages_per_second: DEFAULT_MESSAGES_PER_SECOND }
    }
}
