//! Ending a registration (XEP-0077 section 3.2).

use crate::model::crowd::Guests;
use crate::model::crowd::Place;
use crate::model::crowd::Places;
use jid::BareJid;

/// Requests of one user to leave at the same time; further ones are answered as if they were done.
const LEAVING: usize = 8;

/// Users who are leaving.
pub(super) struct Leaving(Guests);

impl Default for Leaving {
    fn default() -> Self {
        Leaving(Guests::new(Places { all: 0, each: 0 }, LEAVING))
    }
}

impl Leaving {
    pub(super) fn enter(&self, who: &BareJid) -> Option<Place> {
        self.0.enter(who, true)
    }
}
