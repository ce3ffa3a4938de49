//! Repeats: a client that got no receipt sends its message again, under the same id.

use std::collections::{HashMap, VecDeque};

/// How many of the user's messages are remembered. Repeats come within seconds of a reconnection.
pub(super) const REMEMBERED: u32 = 256;

/// What is known of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// It came for the first time.
    New,
    /// It has come, and what becomes of it is not known yet.
    UnderWay,
    /// The network has it.
    Done,
}

/// The user's last messages, as hashes of chat, id and body.
#[derive(Default)]
pub(super) struct Repeats {
    order: VecDeque<u64>,
    known: HashMap<u64, Seen>,
}

impl Repeats {
    /// What is known of a message.
    pub(super) fn look(&self, chat: &str, id: &str, body: i64) -> Seen {
        self.known.get(&key(chat, id, body)).copied().unwrap_or(Seen::New)
    }

    /// Takes note of a message, or of what became of it.
    pub(super) fn note(&mut self, chat: &str, id: &str, body: i64, seen: Seen) {
        let key = key(chat, id, body);
        if self.known.insert(key, seen).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED as usize
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// A message that failed may be sent again.
    pub(super) fn forget(&mut self, chat: &str, id: &str, body: i64) {
        let key = key(chat, id, body);
        if self.known.remove(&key).is_some() {
            self.order.retain(|known| *known != key);
        }
    }
}

fn key(chat: &str, id: &str, body: i64) -> u64 {
    let mut text = String::with_capacity(chat.len() + id.len() + 1);
    text.push_str(chat);
    text.push('\0');
    text.push_str(id);
    super::incoming::body_hash(&text).cast_unsigned().rotate_left(7) ^ body.cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_known_and_another_text_under_the_same_id_is_not() {
        let mut repeats = Repeats::default();
        repeats.note("a", "1", 5, Seen::UnderWay);
        assert_eq!(repeats.look("a", "1", 5), Seen::UnderWay);
        assert_eq!((repeats.look("a", "1", 6), repeats.look("b", "1", 5)), (Seen::New, Seen::New));
        repeats.note("a", "1", 5, Seen::Done);
        assert_eq!((repeats.look("a", "1", 5), repeats.order.len()), (Seen::Done, 1));
        repeats.forget("a", "1", 5);
        assert_eq!((repeats.look("a", "1", 5), repeats.order.len()), (Seen::New, 0));
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut repeats = Repeats::default();
        for n in 0..1000 {
            repeats.note("a", &n.to_string(), 0, Seen::Done);
        }
        assert_eq!((repeats.order.len(), repeats.known.len()), (256, 256));
        assert_eq!((repeats.look("a", "999", 0), repeats.look("a", "0", 0)), (Seen::Done, Seen::New));
    }
}
