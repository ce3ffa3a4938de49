//! Settings of the store.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Keyring;
use super::clock::Clock;

/// Failures that a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Survives a killed process (SQLite: `synchronous=NORMAL`; PostgreSQL: as its administrator
    /// set it).
    #[default]
    Normal,
    /// Survives a power cut as well: each transaction waits for the disk.
    Full,
}

/// Age at which message ids are forgotten: corrections, reactions and markers for older messages
/// find nothing.
pub const DEFAULT_RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// Archived messages of all users together: a month of a thousand users with a thousand messages
/// each, half a gigabyte.
const DEFAULT_ARCHIVE_MESSAGES: u32 = 1_000_000;

/// Time that a user waits for something they asked for (a form, a message on its way) before they
/// take it for lost.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Limits of the outbox: stanzas that wait for the XMPP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxLimits {
    /// Most stanzas.
    pub messages: u64,
    /// Most bytes of stanzas.
    pub bytes: u64,
    /// Age at which a stanza is given up, logged and counted.
    pub age: Duration,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        OutboxLimits {
            // Several hours of a busy gateway.
            messages: 200_000,
            // On a small server's disk that is noticed, but does not hurt.
            bytes: 512 << 20,
            // An outage longer than this is the end of an installation, not of a weekend.
            age: Duration::from_secs(7 * 24 * 3600),
        }
    }
}

/// Options for opening the store.
#[derive(Clone)]
pub struct StoreConfig {
    /// `sqlite:///path/to/file` or `postgres://user@host/database`.
    pub url: String,
    /// Failures that a commit survives.
    pub durability: Durability,
    /// Keys that seal credentials.
    pub keys: Keyring,
    /// Limits of the outbox.
    pub outbox: OutboxLimits,
    /// Age at which message ids are forgotten.
    pub retention: Duration,
    /// Age at which archived messages of rooms are deleted.
    pub archive: Duration,
    /// Most archived messages of all users; the eldest go first.
    pub archive_messages: u32,
    /// Delay of the first search for old message ids, so that it does not fall into the logins.
    pub prune_after_start: Duration,
    /// SQLite only: most pages (of 4 KiB) of the file. `None`: until the disk is full.
    pub quota: Option<u32>,
    /// Wall clock.
    pub clock: Clock,
}

impl StoreConfig {
    /// Creates the default configuration for a database and key.
    pub fn new(url: impl Into<String>, keys: Keyring) -> StoreConfig {
        StoreConfig {
            url: url.into(),
            durability: Durability::default(),
            keys,
            outbox: OutboxLimits::default(),
            retention: DEFAULT_RETENTION,
            archive: DEFAULT_RETENTION,
            archive_messages: DEFAULT_ARCHIVE_MESSAGES,
            prune_after_start: Duration::from_secs(60),
            quota: None,
            clock: Arc::new(|| {
                // Before 1970 or after the year 292 million it does not matter.
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }),
        }
    }
}
