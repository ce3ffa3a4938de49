//! Lanes of the outbox. Those with waiting stanzas are served in turn, so that no backlog delays
//! other lanes.

use crate::store::UserId;

/// Queue of the outbox. Stanzas of a lane keep the order of their commits; between lanes there is
/// no order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(i64);

impl Lane {
    /// Lane of the gateway's own stanzas.
    pub const GATEWAY: Lane = Lane(0);
    /// Lane of messages to people who are not registered, all together.
    pub const STRANGERS: Lane = Lane(-1);
    /// Lane of what these are told that is in no row; they take turns in it.
    pub(super) const STRANGERS_LOOSE: Lane = Lane(i64::MIN);

    /// Returns the lane of a user.
    #[must_use]
    pub fn of(user: UserId) -> Lane {
        // Users are numbered from 1.
        Lane(user.get())
    }

    /// Whether it is for people who are not registered.
    #[must_use]
    pub fn is_of_strangers(self) -> bool {
        matches!(self, Lane::STRANGERS | Lane::STRANGERS_LOOSE)
    }

    /// Returns the lane beside a user's, for answers while that is behind.
    #[must_use]
    pub(super) fn answers(self) -> Lane {
        // -1 is taken.
        if self.0 > 0 { Lane(-1 - self.0) } else { self }
    }

    /// Creates a lane from its number in the database.
    pub(crate) fn stored(number: i64) -> Lane {
        Lane(number)
    }

    /// Returns its number in the database.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}
