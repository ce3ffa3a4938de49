//! Numbers of users.

/// Number of a user in the database. Never given twice while the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(pub(super) i64);

impl UserId {
    /// Returns the number, for log fields and as part of keys.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}
