//! A part of a long list.

use super::engine::Value;

/// Which rows of a list, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// So many are left out in front.
    pub skip: u32,
    /// At most so many come.
    pub limit: u32,
}

impl Page {
    /// The first so many.
    #[must_use]
    pub fn first(limit: u32) -> Page {
        Page { skip: 0, limit }
    }

    /// For `LIMIT $1 OFFSET $2`.
    pub(super) fn values(self) -> Vec<Value> {
        vec![Value::Int(self.limit.into()), Value::Int(self.skip.into())]
    }
}
