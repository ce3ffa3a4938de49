//! What has come for a session that does not exist yet, in order and bounded. What the user waits for an answer to does not wait for ever.

use crate::session::control::Asked;
use crate::session::event::Event;
use crate::session::event::INBOX;
use crate::session::parse::said;
use crate::xmpp::Kind;
use crate::xmpp::Stanza;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;
use tokio::time::sleep_until;

/// How long something of the user waits before it is answered.
const PATIENCE: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Default)]
pub(super) struct Backlog {
    waiting: VecDeque<(Instant, Event)>,
}

impl Backlog {
    /// Comes before all that waits.
    pub(super) fn push_front(&mut self, event: Event) {
        self.waiting.push_front((Instant::now(), event));
    }

    /// Comes behind all that waits.
    pub(super) fn push(&mut self, event: Event) {
        self.waiting.push_back((Instant::now(), event));
    }

    /// The next.
    pub(super) fn pop(&mut self) -> Option<Event> {
        self.waiting.pop_front().map(|(_, event)| event)
    }

    /// Not more than a session's mailbox holds.
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

    /// Takes out what has waited too long, and gives the stanzas. Who has asked something notices that no answer comes.
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
        // Who wants to leave must not have to ask again.
        Event::Asked(asked) => !matches!(asked, Asked::Unregister(..)),
        _ => false,
    }
}

/// Presences are kept: they say how the user's clients are. Nobody waits for chat states and markers, which go to the session late.
fn is_asked(stanza: &Stanza) -> bool {
    match stanza.kind {
        Kind::Presence => false,
        Kind::Iq => true,
        Kind::Message => said(stanza, "", false, |_| None).is_some(),
    }
}
