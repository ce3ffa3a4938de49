//! Limits on the requests that are answered at the same time, for each user and for all strangers
//! together; further ones are refused.

use crate::model::crowd::Guests;
use crate::model::crowd::Places;

/// Most requests of strangers: a look into the database takes a millisecond, and those that wait
/// for the network hold up no more than this many. Each takes a few kilobytes.
const STRANGERS: Places = Places { all: 512, each: 4 };
/// Most requests of one user: more than all of their clients make at once.
const EACH: usize = 32;

/// Requests that are under way.
pub(super) struct Requests {
    pub(super) asked: Guests,
}

impl Default for Requests {
    fn default() -> Self {
        Requests { asked: Guests::new(STRANGERS, EACH) }
    }
}
