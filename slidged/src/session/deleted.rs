//! Messages that were taken back: clients that still have them say that they are read, and the network knows them no more.

use plugin_api::ContactId;
use plugin_api::MessageId;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Clients speak of a message that is gone in the minutes after that.
const REMEMBERED: usize = 256;

/// The last messages of a user's chats that were taken back.
#[derive(Debug, Default)]
pub(super) struct Deleted(Mutex<VecDeque<(ContactId, MessageId)>>);

impl Deleted {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(ContactId, MessageId)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message is gone.
    pub(super) fn note(&self, chat: &ContactId, id: &MessageId) {
        let mut all = self.lock();
        if all.len() >= REMEMBERED {
            all.pop_front();
        }
        all.push_back((chat.clone(), id.clone()));
    }

    /// Is it gone?
    pub(super) fn has(&self, chat: &ContactId, id: &str) -> bool {
        self.lock().iter().any(|(known, gone)| known == chat && gone.as_str() == id)
    }
}
