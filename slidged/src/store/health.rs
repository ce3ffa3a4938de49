//! How the database is.

use super::StoreError;

/// Whether the database takes what is written.
#[derive(Clone, Debug, Default)]
pub enum Health {
    /// It does.
    #[default]
    Well,
    /// It has not for a while: what comes waits, and why.
    Unwell(StoreError),
}

impl Health {
    /// Whether the database takes what is written.
    #[must_use]
    pub fn is_well(&self) -> bool {
        matches!(self, Health::Well)
    }
}
