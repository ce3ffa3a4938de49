//! Health of the database.

use super::StoreError;

/// Health of the database.
#[derive(Clone, Debug, Default)]
pub enum Health {
    /// Writes succeed.
    #[default]
    Well,
    /// Writes have failed for a while, for this reason, and entries wait.
    Unwell(StoreError),
}

impl Health {
    /// Whether writes succeed.
    #[must_use]
    pub fn is_well(&self) -> bool {
        matches!(self, Health::Well)
    }
}
