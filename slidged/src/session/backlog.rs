//! Events for a session that does not exist yet, in order and bounded. Requests of the user are
//! answered with an error when they have waited too long.

use crate::session::control::Control;
use crate::session::event::Event;
use crate::session::event::INBOX;
use crate::session::parse::said;
use crate::xmpp::Kind;
use crate::xmpp::Stanza;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;
use tokio::time::sleep_until;

/// Time after which a waiting request of the user is answered with an error.
const PATIENCE: Duration = Duration::from_secs(10);

/// Queue of events for a session that does not exist yet.
#[derive(Default)]
pub(super) struct Backlog {
    waiting: VecDeque<(Instant, Event)>,
}

impl Backlog {
    /// Puts an event before all that wait.
    pub(super) fn push_front(&mut self, event: Event) {
        self.waiting.push_front((Instant::now(), event));
    }

    /// Puts an event behind all that wait.
    pub(super) fn push(&mut self, event: Event) {
        self.waiting.push_back((Instant::now(), event));
    }

    /// Takes the next event.
    pub(super) fn pop(&mut self) -> Option<Event> {
        self.waiting.pop_front().map(|(_, event)| event)
    }

    /// Tells whether another event fits: the queue holds no more than a session's mailbox.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < INBOX
    }

    /// Waits until something has waited too long. Cancel safe.
    pub(super) fn too_old(&self) -> impl Future<Output = ()> + Send + use<> {
        let oldest =
            self.waiting.iter().find(|(_, event)| waits_for_an_answer(event)).map(|(since, _)| *since);
        async move {
            match oldest {
                Some(since) => sleep_until(since + PATIENCE).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Takes out the requests that have waited too long, and returns the stanzas among them.
    /// Requests of commands are dropped, which the command notices.
    pub(super) fn take_too_old(&mut self) -> Vec<Stanza> {
        let now = Instant::now();
        let mut old = Vec::new();
        let mut kept = VecDeque::with_capacity(self.waiting.len());
        for (since, event) in self.waiting.drain(..) {
            match event {
                event if since + PATIENCE > now || !waits_for_an_answer(&event) => {
                    kept.push_back((since, event));
                }
                Event::Stanza(stanza) => old.push(*stanza),
                _ => {}
            }
        }
        self.waiting = kept;
        old
    }
}

fn waits_for_an_answer(event: &Event) -> bool {
    match event {
        Event::Stanza(stanza) => is_asked(stanza),
        // A user who wants to leave should not have to ask again.
        Event::Control(asked) => !matches!(asked, Control::Unregister(..)),
        _ => false,
    }
}

/// Tells whether the sender of a stanza waits for an answer. Presences are kept, since they are the
/// state of the user's clients; chat states and markers may reach the session late.
fn is_asked(stanza: &Stanza) -> bool {
    match stanza.kind {
        Kind::Presence => false,
        Kind::Iq => true,
        Kind::Message => said(stanza, "", false, |_| None).is_some(),
    }
}
