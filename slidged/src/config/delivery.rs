//! `[delivery]`: bounds of what is kept so that nothing is lost.

use super::{ByteSize, Duration, value};
use serde::Deserialize;

/// A weekend without the XMPP server for a busy gateway, and twice what the chaos tests queue up.
/// When it is full the plugin is made to wait; nothing is thrown away.
const DEFAULT_OUTBOX_MESSAGES: u32 = 100_000;
/// 100,000 messages of 2.5 KiB; keeps a small disk safe.
const DEFAULT_OUTBOX_BYTES: ByteSize = ByteSize::mebibytes(256);
/// Default of `outbox_age`: whoever reads a message later than two weeks after it was written has
/// other sources by then.
const DEFAULT_OUTBOX_AGE: Duration = Duration::days(14);
/// Below that, clients show the time of arrival, which is close enough and needs no `<delay/>`.
const DEFAULT_DELAY_THRESHOLD: Duration = Duration::minutes(5);
/// People correct, react to and reply to messages of the last days; ids older than that are of no
/// use.
const DEFAULT_RETENTION: Duration = Duration::days(30);
/// A month of a thousand users with a thousand messages each: some 500 MB.
const DEFAULT_ARCHIVE_MESSAGES: u32 = 1_000_000;

/// The outbox must take at least two stanzas of the largest size, or it would stand still.
const MIN_BYTES: u64 = 1 << 20;
/// More than a tebibyte is a slip of the keyboard.
const MAX_BYTES: u64 = 1 << 40;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const YEAR: u64 = 365 * 24 * 60 * MINUTE;

/// The section `[delivery]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// Maximum number of messages that wait for the XMPP server.
    #[serde(deserialize_with = "value::number::<100, { u32::MAX }, _>")]
    pub outbox_messages: u32,
    /// Maximum size of these messages together.
    #[serde(deserialize_with = "value::size::<MIN_BYTES, MAX_BYTES, _>")]
    pub outbox_bytes: ByteSize,
    /// Time that a message may wait before it is given up, which is logged and counted.
    #[serde(deserialize_with = "value::time::<MINUTE, YEAR, _>")]
    pub outbox_age: Duration,
    /// A message that waited longer than this tells when it was written (XEP-0203).
    #[serde(deserialize_with = "value::time::<SECOND, YEAR, _>")]
    pub delay_threshold: Duration,
    /// Time that the ids of messages are remembered.
    #[serde(deserialize_with = "value::time::<MINUTE, YEAR, _>")]
    pub retention: Duration,
    /// Time that messages of groups are kept, for clients that were not in (XEP-0313).
    #[serde(deserialize_with = "value::time::<MINUTE, YEAR, _>")]
    pub archive: Duration,
    /// Most messages of groups that are kept, of all users together; the eldest go first.
    #[serde(deserialize_with = "value::number::<100, { u32::MAX }, _>")]
    pub archive_messages: u32,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            outbox_messages: DEFAULT_OUTBOX_MESSAGES,
            outbox_bytes: DEFAULT_OUTBOX_BYTES,
            outbox_age: DEFAULT_OUTBOX_AGE,
            delay_threshold: DEFAULT_DELAY_THRESHOLD,
            retention: DEFAULT_RETENTION,
            archive: DEFAULT_RETENTION,
            archive_messages: DEFAULT_ARCHIVE_MESSAGES,
        }
    }
}
