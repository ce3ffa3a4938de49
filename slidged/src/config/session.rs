//! `[session]`: one user's connection to the legacy network.

use super::{Duration, value};
use serde::Deserialize;

/// Brings a thousand users back within seconds without looking like an attack to the network.
const DEFAULT_LOGIN_PARALLELISM: u32 = 32;
/// Some networks take long at a first login (keys, history); a minute is patient, not endless.
const DEFAULT_LOGIN_TIMEOUT: Duration = Duration::seconds(60);
/// Longer than a slow network's answer to one message, shorter than a user's patience.
const DEFAULT_CALL_TIMEOUT: Duration = Duration::seconds(30);
/// The first retry after a lost session.
const DEFAULT_RETRY_MIN: Duration = Duration::seconds(2);
/// The ceiling of the back-off: an outage of hours costs at most this much on top.
const DEFAULT_RETRY_MAX: Duration = Duration::minutes(10);
/// Networks drop a connection and take it back within seconds, many times a day: each time all
/// contacts would go and come, a storm of presences, and of notifications in some clients.
const DEFAULT_OUTAGE_GRACE: Duration = Duration::seconds(5);
/// Logging out must leave time for the rest of a stop that ends within 10 seconds.
const DEFAULT_LOGOUT_TIMEOUT: Duration = Duration::seconds(4);

/// Shorter than this, a timeout hits calls that are going well.
const SHORTEST: u64 = 100;
/// Longer than this, there is no point in a limit.
const LONGEST: u64 = 24 * 60 * 60 * 1_000;
/// A service manager kills what has not stopped within its patience; we promise 10 seconds.
const LONGEST_LOGOUT: u64 = 8_000;

/// The section `[session]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// Number of users who log in at the same time.
    #[serde(deserialize_with = "value::number::<1, 10_000, _>")]
    pub login_parallelism: u32,
    /// Time limit of a login.
    #[serde(deserialize_with = "value::time::<SHORTEST, LONGEST, _>")]
    pub login_timeout: Duration,
    /// Time limit of any other call to the plugin.
    #[serde(deserialize_with = "value::time::<SHORTEST, LONGEST, _>")]
    pub call_timeout: Duration,
    /// Time before the first new login after a session was lost.
    #[serde(deserialize_with = "value::time::<SHORTEST, LONGEST, _>")]
    pub retry_min: Duration,
    /// The longest wait between two logins.
    #[serde(deserialize_with = "value::time::<SHORTEST, LONGEST, _>")]
    pub retry_max: Duration,
    /// Time that a network may be away before its contacts are shown as unavailable.
    #[serde(deserialize_with = "value::time::<0, LONGEST, _>")]
    pub outage_grace: Duration,
    /// Time limit of a logout when the daemon stops.
    #[serde(deserialize_with = "value::time::<SHORTEST, LONGEST_LOGOUT, _>")]
    pub logout_timeout: Duration,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            login_parallelism: DEFAULT_LOGIN_PARALLELISM,
            login_timeout: DEFAULT_LOGIN_TIMEOUT,
            call_timeout: DEFAULT_CALL_TIMEOUT,
            retry_min: DEFAULT_RETRY_MIN,
            retry_max: DEFAULT_RETRY_MAX,
            outage_grace: DEFAULT_OUTAGE_GRACE,
            logout_timeout: DEFAULT_LOGOUT_TIMEOUT,
        }
    }
}
