//! Error of a connection that is over.

/// The connection is over; stanzas that were to be written may have arrived or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is gone")]
pub struct Gone;
