//! Requests that are answered beside everything else: so many at the same time, of each and of all strangers. Who has too many under way is
//! told so.

use super::Component;
use crate::{
    language::Language,
    model::crowd::{Guests, Places},
    say,
    xmpp::{Condition, Stanza},
};
use jid::BareJid;

/// Of strangers: a look into the database takes a millisecond, and who waits for the network holds up no more than this. A few
/// kilobytes each.
const STRANGERS: Places = Places { all: 512, each: 4 };
/// Of a user: more than all of their clients ask for at once.
const EACH: usize = 32;

/// What is under way.
pub(super) struct Requests {
    asked: Guests,
}

impl Default for Requests {
    fn default() -> Self {
        Requests { asked: Guests::new(STRANGERS, EACH) }
    }
}

impl Component {
    /// Answers a request beside everything else, unless there are too many already. What is in it is let go of.
    pub(super) fn serve<F>(&self, who: &BareJid, iq: Stanza, answer: impl FnOnce(Stanza) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(place) = self.requests.asked.enter(who, self.services.index.knows(who)) else {
            let text = say!(Language::of(iq.language()), "too-much-at-once");
            return self.services.refusals.refuse(&iq, Condition::ResourceConstraint, &text);
        };
        let answer = answer(Stanza { payloads: Vec::new(), ..iq });
        self.services.tasks.spawn(async move {
            answer.await;
            drop(place);
        });
    }
}
