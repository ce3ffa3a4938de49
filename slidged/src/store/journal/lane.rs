//! Whose stanzas those are: the outbox serves all who have something waiting in turn, so that nobody's backlog delays others.

use crate::store::UserId;

/// A queue of the outbox. Within one the order is that of the commits; between two there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(i64);

impl Lane {
    /// The gateway's own stanzas, for nobody in particular.
    pub const GATEWAY: Lane = Lane(0);
    /// Answers to people who are not registered, all together.
    pub const STRANGERS: Lane = Lane(-1);

    /// A user's lane.
    #[must_use]
    pub fn of(user: UserId) -> Lane {
        // Users are numbered from 1.
        Lane(user.get())
    }

    /// The lane beside a user's, for answers while it is behind.
    #[must_use]
    pub(super) fn answers(self) -> Lane {
        // -1 is taken.
        if self.0 > 0 { Lane(-1 - self.0) } else { self }
    }

    /// The lane of that number in the database.
    pub(crate) fn stored(number: i64) -> Lane {
        Lane(number)
    }

    /// Its number in the database.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}
