//! Chats of a session: the turns that wait in each, and their limits.

use crate::host::Allowance;
use crate::host::Budget;
use crate::model::rate::Bucket;
use crate::session::chat_queue::Conversations;
use crate::session::chat_queue::Direction;
use plugin_api::ContactId;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Files of one user under way at the same time, so that the others have their turn as well.
const FILES_AT_ONCE: usize = 4;

/// Turns of the chats of a session, and their limits.
pub(in crate::session) struct Chats<T> {
    pub(in crate::session) to_network: Conversations<T>,
    pub(in crate::session) to_user: Conversations<T>,
    /// The user's messages that wait, against what may wait in all.
    pub(in crate::session) waiting: Allowance,
    /// Places for the user's files that are under way.
    pub(in crate::session) files: Arc<Semaphore>,
    /// Rate of what the user sends, against the limit.
    pub(in crate::session) sent: Bucket,
}

impl<T> Chats<T> {
    /// Creates queues whose contents count against that budget.
    pub(in crate::session) fn new(budget: &Budget) -> Self {
        Chats {
            to_network: Conversations::default(),
            to_user: Conversations::default(),
            waiting: budget.allowance(usize::MAX, usize::MAX),
            files: Arc::new(Semaphore::new(FILES_AT_ONCE)),
            sent: Bucket::default(),
        }
    }

    /// Whether there is room for another turn of the user in a chat; `size` is in bytes.
    pub(in crate::session) fn has_room(&self, chat: &ContactId, size: usize) -> bool {
        self.to_network.has_room(chat, size) && self.waiting.has_room(size)
    }

    pub(in crate::session) fn way(&mut self, way: Direction) -> &mut Conversations<T> {
        match way {
            Direction::ToNetwork => &mut self.to_network,
            Direction::ToUser => &mut self.to_user,
        }
    }

    /// Whether nothing is under way.
    pub(in crate::session) fn quiet(&self) -> bool {
        self.to_network.busy.is_empty() && self.to_user.busy.is_empty()
    }
}
