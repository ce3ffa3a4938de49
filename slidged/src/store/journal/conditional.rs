//! Conditional writes: changes that depend on the rows that are there.

use crate::store::StoreError;
use crate::store::engine::Value;

/// Change that depends on the rows that are there.
///
/// Such changes are few, so they are not merged but run one by one in the order of their
/// submission.
#[derive(Debug)]
pub(in crate::store) struct ConditionalWrite {
    /// Statement with `$1, $2…` in order, each once.
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value>,
    /// Error of the entry when no row was changed, if that is one.
    pub(super) refusal: Option<StoreError>,
}

impl ConditionalWrite {
    pub(in crate::store) fn new(sql: &'static str, values: Vec<Value>) -> ConditionalWrite {
        ConditionalWrite { sql, values, refusal: None }
    }

    /// Refuses the whole entry when no row was changed: nobody is registered with an invitation
    /// whose last use is gone.
    pub(in crate::store) fn or(self, refusal: StoreError) -> ConditionalWrite {
        ConditionalWrite { refusal: Some(refusal), ..self }
    }
}
