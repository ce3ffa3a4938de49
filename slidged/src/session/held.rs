//! What comes from the network before the message that it is about: networks do not always keep the order. It waits for its message, and
//! is shown on its own if that does not come.

use super::{Session, amend::Amendment};
use plugin_api::{ContactId, MessageId};
use std::{collections::HashMap, time::Duration};
use tokio::task::AbortHandle;

/// A message that is that late does not come any more.
const PATIENCE: Duration = Duration::from_secs(60);
/// A network that sends what it will not explain must not hold up the rest: a plugin waits for its answers, and beyond that nothing waits.
const MOST: usize = 128;

/// All that waits.
#[derive(Default)]
pub(super) struct Held {
    waiting: HashMap<(ContactId, MessageId), Waiting>,
    count: usize,
}

struct Waiting {
    amendments: Vec<Amendment>,
    timer: AbortHandle,
}

impl Session {
    /// Keeps a change until its message comes.
    pub(super) fn hold(&mut self, contact: ContactId, amendment: Amendment) {
        if self.held.count >= MOST {
            return self.amend(amendment, true);
        }
        tracing::debug!("something about a message that has not come: it waits for that");
        self.held.count += 1;
        let key = (contact, amendment.id.clone());
        if let Some(waiting) = self.held.waiting.get_mut(&key) {
            return waiting.amendments.push(amendment);
        }
        let ((contact, id), services, user) = (key.clone(), self.services.clone(), self.user_id);
        let timer = self.spawn(async move {
            // The user's own message may have reached the network a moment ago.
            let known = services.message_ids.stanzas_of(user, &contact, &id).await;
            if known.is_ok_and(|stanzas| stanzas.is_empty()) {
                tokio::time::sleep(PATIENCE).await;
            }
            move |session: &mut Session| session.release(&contact, &id)
        });
        self.held.waiting.insert(key, Waiting { amendments: vec![amendment], timer });
    }

    /// The message is there, or will not come.
    pub(super) fn release(&mut self, contact: &ContactId, id: &MessageId) {
        if self.held.count == 0 {
            return;
        }
        let Some(waiting) = self.held.waiting.remove(&(contact.clone(), id.clone())) else { return };
        waiting.timer.abort();
        self.held.count -= waiting.amendments.len();
        for amendment in waiting.amendments {
            self.amend(amendment, true);
        }
    }
}
