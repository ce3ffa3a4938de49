//! Requests that are answered beside everything else: so many at the same time, of each and of all strangers. Who has too many under way is
//! told so.

use crate::model::crowd::Guests;
use crate::model::crowd::Places;

/// Of strangers: a look into the database takes a millisecond, and who waits for the network holds up no more than this. A few
/// kilobytes each.
const STRANGERS: Places = Places { all: 512, each: 4 };
/// Of a user: more than all of their clients ask for at once.
const EACH: usize = 32;

/// What is under way.
pub(super) struct Requests {
    pub(super) asked: Guests,
}

impl Default for Requests {
    fn default() -> Self {
        Requests { asked: Guests::new(STRANGERS, EACH) }
    }
}
