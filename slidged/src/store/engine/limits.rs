//! Limits of connections, for both engines.

use std::time::Duration;

/// Readers beside the writer. Reads are rare (start-up, look-ups on a miss): two keep a long one
/// from blocking the next, and each costs a thread and a page cache.
pub(super) const READERS: u32 = 2;

/// Prepared statements kept per connection: every kind of multi-row statement times its
/// power-of-two sizes, and the reads.
pub(super) const STATEMENTS: usize = 256;

/// Longest wait for a free reader.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest login to a database server. Short, so that a server that is back is found soon.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Longest time that a database server may take for a statement: a busy one takes tenths of a
/// second, a silent one is given up.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
