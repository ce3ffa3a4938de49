//! Turns of chats.

use crate::session::chat_queue::Conversations;
use crate::session::chat_queue::Way;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use plugin_api::ContactId;

impl Session {
    /// Is there room for another turn of the user in that conversation, which holds `size` bytes?
    pub(in crate::session) fn has_room(&self, chat: &ContactId, size: usize) -> bool {
        self.to_network.has_room(chat, size) && self.messages.has_room(size)
    }

    /// Lines up a turn.
    pub(in crate::session) fn take_turns(&mut self, way: Way, chat: ContactId, size: usize, turn: Turn) {
        if let Some(turn) = self.way(way).line_up(&chat, size, turn) {
            self.run_turn(way, chat, size, turn);
        }
    }

    /// Does something at once, or behind what is under way to the user in that chat.
    pub(in crate::session) fn in_order(
        &mut self,
        chat: Option<&ContactId>,
        act: impl FnOnce(&mut Session) + Send + 'static,
    ) {
        match chat {
            Some(chat) if self.to_user.busy.contains_key(chat) => {
                let turn: Turn = Box::pin(async move { Box::new(act) as Then });
                self.take_turns(Way::ToUser, chat.clone(), 0, turn);
            }
            _ => act(self),
        }
    }

    pub(in crate::session) fn way(&mut self, way: Way) -> &mut Conversations<Turn> {
        match way {
            Way::ToNetwork => &mut self.to_network,
            Way::ToUser => &mut self.to_user,
        }
    }

    pub(in crate::session) fn run_turn(&mut self, way: Way, chat: ContactId, size: usize, turn: Turn) {
        self.spawn(async move {
            let then = turn.await;
            move |session: &mut Session| {
                session.way(way).ends(&chat);
                then(session);
                if let Some((size, next)) = session.way(way).over(&chat, size) {
                    session.run_turn(way, chat, size, next);
                }
            }
        });
    }

    /// Is nothing under way?
    pub(in crate::session) fn quiet(&self) -> bool {
        self.to_network.busy.is_empty() && self.to_user.busy.is_empty()
    }
}
