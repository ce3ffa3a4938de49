//! Turns of chats, one after the other.

use crate::session::chat_queue::Direction;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use plugin_api::ContactId;

impl Session {
    /// Lines up a turn behind the others of its chat.
    pub(in crate::session) fn take_turns(
        &mut self,
        way: Direction,
        chat: ContactId,
        size: usize,
        turn: Turn,
    ) {
        if let Some(turn) = self.chats.way(way).line_up(&chat, size, turn) {
            self.run_turn(way, chat, size, turn);
        }
    }

    /// Acts at once, or behind what is under way to the user in that chat.
    pub(in crate::session) fn in_order(
        &mut self,
        chat: Option<&ContactId>,
        act: impl FnOnce(&mut Session) + Send + 'static,
    ) {
        match chat {
            Some(chat) if self.chats.to_user.busy.contains_key(chat) => {
                let turn: Turn = Box::pin(async move { Box::new(act) as Then });
                self.take_turns(Direction::ToUser, chat.clone(), 0, turn);
            }
            _ => act(self),
        }
    }

    pub(in crate::session) fn run_turn(&mut self, way: Direction, chat: ContactId, size: usize, turn: Turn) {
        self.spawn(async move {
            let then = turn.await;
            move |session: &mut Session| {
                session.chats.way(way).ends(&chat);
                then(session);
                if let Some((size, next)) = session.chats.way(way).over(&chat, size) {
                    session.run_turn(way, chat, size, next);
                }
            }
        });
    }
}
