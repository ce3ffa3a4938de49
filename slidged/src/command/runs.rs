//! Sessions of commands as forms (XEP-0050): they are bound to the client that opened them, are
//! bounded, and expire (R2).

use crate::model::crowd::Guests;
use crate::model::crowd::Place;
use crate::model::crowd::Places;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use crate::xmpp::commands;
use jid::Jid;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::Instant;

/// Time after which a form that nobody has touched is forgotten.
const EXPIRES: Duration = Duration::from_secs(600);
/// Most forms that one user may have open at the same time.
const PER_USER: usize = 5;
/// Most forms that all strangers together may have open; each takes some kilobytes of memory.
const STRANGERS: Places = Places { all: 2_000, each: PER_USER };

/// Commands under way, by session id.
pub(super) struct Runs<D> {
    open: Mutex<HashMap<String, Run<D>>>,
    places: Guests,
}

impl<D> Default for Runs<D> {
    fn default() -> Self {
        Runs { open: Mutex::default(), places: Guests::new(STRANGERS, PER_USER) }
    }
}

struct Run<D> {
    _place: Place,
    by: Jid,
    node: String,
    /// The dialogue; absent while one of its steps is at work.
    dialogue: Option<D>,
    touched: Instant,
}

impl<D> Runs<D> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Run<D>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a session for a new command; false when the user, or all strangers, have too many.
    pub(super) fn open(&self, id: String, by: Jid, node: String, known: bool) -> bool {
        let (mut runs, now, user) = (self.lock(), Instant::now(), by.to_bare());
        let place = self.places.enter(&user, known).or_else(|| {
            runs.retain(|_, run| run.dialogue.is_none() || now - run.touched < EXPIRES);
            self.places.enter(&user, known)
        });
        let Some(place) = place else { return false };
        runs.insert(id, Run { _place: place, by, node, dialogue: None, touched: now });
        true
    }

    /// Takes the dialogue of a session that this JID opened, in order to go on with it.
    pub(super) fn take(&self, id: &str, by: &Jid, node: &str) -> Result<D, StanzaError> {
        let mut runs = self.lock();
        let theirs = |run: &&mut Run<D>| run.by == *by && run.node == node;
        let run = runs.get_mut(id).filter(theirs).ok_or_else(commands::bad_session)?;
        let Some(dialogue) = run.dialogue.take() else {
            return Err(StanzaError::new(Condition::UnexpectedRequest));
        };
        if run.touched.elapsed() >= EXPIRES {
            runs.remove(id);
            return Err(commands::bad_session());
        }
        Ok(dialogue)
    }

    /// Returns a dialogue to its session; false if the session was cancelled meanwhile.
    pub(super) fn put_back(&self, id: &str, dialogue: D) -> bool {
        let mut runs = self.lock();
        let Some(run) = runs.get_mut(id) else { return false };
        run.dialogue = Some(dialogue);
        run.touched = Instant::now();
        true
    }

    /// Ends a session that this JID opened, even while a step is at work; false if there is none.
    pub(super) fn close(&self, id: &str, by: &Jid, node: &str) -> bool {
        let mut runs = self.lock();
        let theirs = runs.get(id).is_some_and(|run| run.by == *by && run.node == node);
        theirs && runs.remove(id).is_some_and(|run| run.dialogue.is_none() || run.touched.elapsed() < EXPIRES)
    }

    /// Ends a session whose command is over; false if it was cancelled meanwhile.
    pub(super) fn forget(&self, id: &str) -> bool {
        self.lock().remove(id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use crate::command::runs::EXPIRES;
    use crate::command::runs::PER_USER;
    use crate::command::runs::Runs;
    use jid::Jid;
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn r2_a_form_that_nobody_touches_for_ten_minutes_is_forgotten() {
        let (runs, by) = (Runs::default(), Jid::new("u@example.org/r").unwrap());
        let open = |id: &str| runs.open(id.into(), by.clone(), "node".into(), true) && runs.put_back(id, ());
        assert!(open("touched") && open("left"));
        tokio::time::advance(EXPIRES - SECOND).await;
        let taken = runs.take("touched", &by, "node");
        assert!(taken.is_ok() && runs.put_back("touched", ()), "in time");
        tokio::time::advance(SECOND).await;
        let error = runs.take("left", &by, "node").expect_err("it is too late");
        assert!(format!("{error:?}").contains("bad-sessionid"), "{error:?}");
        assert!(runs.close("touched", &by, "node"), "each touch begins it anew");

        // Forgotten ones take nobody's places.
        assert!((0..PER_USER).all(|n| open(&n.to_string())) && !open("one more"));
        tokio::time::advance(EXPIRES).await;
        assert!(open("one more"));
        tokio::time::advance(EXPIRES).await;
        assert!(!runs.close("one more", &by, "node"), "there is nothing left to cancel");
    }
}
