//! Order within a conversation: turns of one chat run one after the other, while other chats go on.

use plugin_api::ContactId;
use std::collections::HashMap;
use std::collections::VecDeque;

/// Most turns that wait in one conversation. More means that the network takes nothing for minutes
/// while the user goes on writing.
const MAX_WAITING: usize = 512;
/// Most turns of a user in all conversations together: what a person does in an hour.
const MAX_TURNS: usize = 4096;
/// Most bytes that those turns hold: some of the largest stanzas there are.
const MAX_BYTES: usize = 4 << 20;

/// Direction of a conversation; each has an order of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Direction from the user to the network.
    ToNetwork,
    /// Direction from the network to the user. The number of operations that the plugin may have
    /// outstanding is its bound.
    ToUser,
}

/// Conversations that are busy. An idle one takes no memory.
pub(super) struct Conversations<T> {
    pub(super) busy: HashMap<ContactId, VecDeque<(usize, T)>>,
    turns: usize,
    bytes: usize,
    /// Number of turns that only look something up, and do not count as messages of the user.
    beside: usize,
    /// Chat whose turn is about to be over, and the number of turns that it has lined up.
    ending: Option<(ContactId, usize)>,
}

impl<T> Default for Conversations<T> {
    fn default() -> Self {
        Conversations { busy: HashMap::new(), turns: 0, bytes: 0, beside: 0, ending: None }
    }
}

impl<T> Conversations<T> {
    pub(super) fn has_room(&self, chat: &ContactId, size: usize) -> bool {
        self.turns < MAX_TURNS
            && (self.turns == 0 || self.bytes.saturating_add(size) <= MAX_BYTES)
            && self.busy.get(chat).is_none_or(|waiting| waiting.len() < MAX_WAITING + self.beside)
    }

    /// Takes a place for a turn that only looks something up, if there is one.
    pub(super) fn enter_beside(&mut self, size: usize) -> bool {
        let has_room = self.turns < MAX_TURNS && self.bytes.saturating_add(size) <= MAX_BYTES;
        self.beside += usize::from(has_room);
        has_room
    }

    /// Gives back such a place.
    pub(super) fn leave_beside(&mut self) {
        self.beside = self.beside.saturating_sub(1);
    }

    /// Lines up a turn; returns it if it can run now.
    pub(super) fn line_up(&mut self, chat: &ContactId, size: usize, turn: T) -> Option<T> {
        self.turns += 1;
        self.bytes += size;
        if let Some(waiting) = self.busy.get_mut(chat) {
            match &mut self.ending {
                // A turn that another one leaves for its own chat takes the place of that one.
                Some((ending, lined_up)) if ending == chat => {
                    waiting.insert(*lined_up, (size, turn));
                    *lined_up += 1;
                }
                _ => waiting.push_back((size, turn)),
            }
            return None;
        }
        self.busy.insert(chat.clone(), VecDeque::new());
        Some(turn)
    }

    /// Marks a turn in that chat as about to be over: turns that are lined up there until
    /// [`over`](Self::over) come before all that wait.
    pub(super) fn ends(&mut self, chat: &ContactId) {
        self.ending = Some((chat.clone(), 0));
    }

    /// Ends a turn of that size, and returns the next one.
    pub(super) fn over(&mut self, chat: &ContactId, size: usize) -> Option<(usize, T)> {
        self.ending = None;
        self.turns -= 1;
        self.bytes -= size;
        let next = self.busy.get_mut(chat).and_then(VecDeque::pop_front);
        if next.is_none() {
            self.busy.remove(chat);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use crate::session::chat_queue::*;

    #[test]
    fn turns_of_one_chat_wait_for_each_other_and_others_do_not() {
        let mut all = Conversations::default();
        let (a, b) = (ContactId::from("a"), ContactId::from("b"));
        assert!(all.line_up(&a, 1, 't').is_some());
        assert!(all.line_up(&a, 2, 't').is_none());
        assert!(all.line_up(&b, 3, 't').is_some());
        assert_eq!((all.turns, all.bytes), (3, 6));
        assert_eq!(all.over(&a, 1).map(|(size, _)| size), Some(2));
        assert!(all.over(&a, 2).is_none() && all.over(&b, 3).is_none());
        assert_eq!((all.turns, all.bytes, all.busy.len()), (0, 0, 0));
    }

    #[test]
    fn what_a_turn_leaves_to_be_done_in_its_chat_keeps_its_place() {
        let mut all = Conversations::default();
        let (a, b) = (ContactId::from("a"), ContactId::from("b"));
        assert!(all.line_up(&a, 1, 't').is_some());
        assert!(all.line_up(&b, 1, 't').is_some());
        for (chat, size) in [(&a, 2), (&b, 20)] {
            assert!(all.line_up(chat, size, 't').is_none());
        }
        all.ends(&a);
        for (chat, size) in [(&a, 3), (&b, 21), (&a, 4)] {
            assert!(all.line_up(chat, size, 't').is_none());
        }
        let mut order = |chat: &ContactId, size| all.over(chat, size).map(|(size, _)| size);
        assert_eq!(
            [order(&a, 1), order(&a, 3), order(&a, 4), order(&a, 2)],
            [Some(3), Some(4), Some(2), None]
        );
        assert_eq!([order(&b, 1), order(&b, 20), order(&b, 21)], [Some(20), Some(21), None]);
    }

    #[test]
    fn what_waits_is_bounded_in_each_chat_in_all_and_in_bytes() {
        let mut all = Conversations::default();
        let chat = ContactId::from("a");
        assert!(all.has_room(&chat, 2 * MAX_BYTES), "one of any size may go");
        for _ in 0..=MAX_WAITING {
            assert!(all.has_room(&chat, 0));
            let _ = all.line_up(&chat, 0, 't');
        }
        assert!(!all.has_room(&chat, 0));
        assert!(!all.has_room(&"b".into(), MAX_BYTES + 1));
        for n in all.turns..MAX_TURNS {
            let _ = all.line_up(&n.to_string().as_str().into(), 0, 't');
        }
        assert!(!all.has_room(&"b".into(), 0));
    }
}
