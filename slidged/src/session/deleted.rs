//! Retracted messages: clients that still have one may mark it as read, but the network does not
//! know it any more.

use plugin_api::ContactId;
use plugin_api::MessageId;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Number of retracted messages that are remembered; clients refer to one in the minutes after the
/// retraction.
const REMEMBERED: usize = 256;

/// Last retracted messages in a user's chats.
#[derive(Debug, Default)]
pub(super) struct Deleted(Mutex<VecDeque<(ContactId, MessageId)>>);

impl Deleted {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(ContactId, MessageId)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the retraction of a message.
    pub(super) fn note(&self, chat: &ContactId, id: &MessageId) {
        let mut all = self.lock();
        if all.len() >= REMEMBERED {
            all.pop_front();
        }
        all.push_back((chat.clone(), id.clone()));
    }

    /// Tells whether a message was retracted.
    pub(super) fn has(&self, chat: &ContactId, id: &str) -> bool {
        self.lock().iter().any(|(known, gone)| known == chat && gone.as_str() == id)
    }
}
