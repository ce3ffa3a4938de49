//! What the pump wants from the link.

use bytes::Bytes;

/// The connection that was meant is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is gone")]
pub struct Gone;

/// The link to the XMPP server. Each connection has a number, its epoch: larger than those before, and never 0.
///
/// The link is who notices that a connection is dead; a barrier that is never answered only holds the pump back.
pub trait Wire: Send + Sync + 'static {
    /// Resolves with the epoch when a connection later than `after` is up; `None` when there will never be one. Cancel
    /// safe.
    fn up(&self, after: u64) -> impl Future<Output = Option<u64>> + Send;

    /// Writes behind all that was written before; waits while too much is under way.
    ///
    /// # Errors
    /// [`Gone`] when that epoch is over. What was written may have arrived or not.
    fn write(&self, epoch: u64, bytes: Bytes) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Sends a ping behind all that was written and resolves with its answer, of whatever kind.
    ///
    /// # Errors
    /// [`Gone`] when that epoch ended before the answer came.
    fn barrier(&self, epoch: u64) -> impl Future<Output = Result<(), Gone>> + Send;
}
