//! Pages of long lists.

use super::engine::Value;

/// Page of a list, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Number of rows in front of the page.
    pub skip: u32,
    /// Most rows of the page.
    pub limit: u32,
}

impl Page {
    /// Returns the first page.
    #[must_use]
    pub fn first(limit: u32) -> Page {
        Page { skip: 0, limit }
    }

    /// Values for `LIMIT $1 OFFSET $2`.
    pub(super) fn values(self) -> Vec<Value> {
        vec![Value::Int(self.limit.into()), Value::Int(self.skip.into())]
    }
}
