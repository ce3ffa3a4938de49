//! Classes of errors of a login.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Class of a failed login, which decides when it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
#[non_exhaustive]
pub enum Class {
    /// The user has to do something first, such as entering a new password. Not tried again before.
    Credentials,
    /// The network cannot be reached. Tried again soon, then less and less often.
    Network,
    /// The network has had enough of us.
    RateLimit {
        /// Time after which the network lets the user in again, if it said so.
        retry_after: Option<Duration>,
    },
    /// Any other failure. Tried again, slowly.
    #[default]
    Other,
}

/// Encoded form: a kind that either side may not know, and a number beside it. A variant that
/// carries data could not be skipped by a side that is older than it.
#[derive(Serialize, Deserialize)]
struct Wire {
    kind: Kind,
    #[serde(default)]
    retry_after_ms: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Credentials,
    Network,
    RateLimit,
    #[serde(other)]
    Other,
}

impl From<Wire> for Class {
    fn from(wire: Wire) -> Self {
        match wire.kind {
            Kind::Credentials => Class::Credentials,
            Kind::Network => Class::Network,
            Kind::RateLimit => {
                Class::RateLimit { retry_after: wire.retry_after_ms.map(Duration::from_millis) }
            }
            Kind::Other => Class::Other,
        }
    }
}

impl From<Class> for Wire {
    fn from(class: Class) -> Self {
        let (kind, retry_after) = match class {
            Class::Credentials => (Kind::Credentials, None),
            Class::Network => (Kind::Network, None),
            Class::RateLimit { retry_after } => (Kind::RateLimit, retry_after),
            Class::Other => (Kind::Other, None),
        };
        let retry_after_ms = retry_after.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        Wire { kind, retry_after_ms }
    }
}
