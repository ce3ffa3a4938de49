//! Values that a [`Write`](super::Write) can hold.

use std::sync::Arc;

use bytes::Bytes;
use jid::{BareJid, Jid};

/// Value of a write: implemented by each entity for its rows.
pub(in crate::store) trait Storable {
    /// Memory in bytes, beyond what every write takes; ids do not count.
    fn weight(&self) -> usize {
        0
    }

    /// Whether both engines can store it: PostgreSQL's texts cannot hold U+0000.
    fn is_storable(&self) -> bool {
        true
    }
}

/// Whether a text can be stored.
pub(in crate::store) fn plain(text: &str) -> bool {
    !text.as_bytes().contains(&0)
}

impl Storable for Arc<str> {
    fn is_storable(&self) -> bool {
        plain(self)
    }
}

impl Storable for String {
    fn weight(&self) -> usize {
        self.len()
    }

    fn is_storable(&self) -> bool {
        plain(self)
    }
}

impl Storable for Bytes {
    fn weight(&self) -> usize {
        self.len()
    }
}

impl Storable for i64 {}

impl Storable for BareJid {}

impl Storable for Jid {}

impl<T: Storable> Storable for Option<T> {
    fn weight(&self) -> usize {
        self.as_ref().map_or(0, T::weight)
    }

    fn is_storable(&self) -> bool {
        self.as_ref().is_none_or(T::is_storable)
    }
}
