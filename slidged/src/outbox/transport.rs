//! Interface of the pump to the link.

use bytes::Bytes;

use crate::model::gone::Gone;

/// Link to the XMPP server. Each connection has a number, its epoch: larger than those before, and
/// never 0.
///
/// The link detects dead connections; a barrier that is never answered only holds the pump back.
pub trait Transport: Send + Sync + 'static {
    /// Resolves with the epoch when a connection later than `after` is up; with `None` when there
    /// will never be one. Cancel safe.
    fn up(&self, after: u64) -> impl Future<Output = Option<u64>> + Send;

    /// Writes stanzas behind those that were written before; waits while too much is under way.
    ///
    /// # Errors
    /// [`Gone`] when that epoch is over. The stanzas may have arrived or not.
    fn write(&self, epoch: u64, bytes: Bytes) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Sends a barrier behind everything that was written, and resolves with its answer of whatever
    /// kind.
    ///
    /// # Errors
    /// [`Gone`] when that epoch ended before the answer came.
    fn barrier(&self, epoch: u64) -> impl Future<Output = Result<(), Gone>> + Send;

    /// Whether the server ended the connection of that epoch because of something that was written
    /// on it (RFC 6120 section 4.9.3). Known from when a later connection is up.
    fn was_rejected(&self, _epoch: u64) -> bool {
        false
    }
}
