//! Repeats: a client that got no receipt sends its message again, under the same id.

use std::collections::HashSet;
use std::collections::VecDeque;

/// Number of messages in the network that are remembered. Repeats come within seconds of a
/// reconnection.
pub(super) const REMEMBERED: u32 = 256;

/// State of a message that a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicate {
    /// Message that came for the first time.
    No,
    /// Repeat of a message whose fate is not known yet.
    InFlight,
    /// Repeat of a message that the network has.
    Delivered,
}

/// The user's last messages, as hashes of chat, id and body.
#[derive(Default)]
pub(super) struct Repeats {
    /// Messages that are being delivered, of which there are as many as may wait in conversations.
    under_way: HashSet<u64>,
    done: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Repeats {
    /// State of a message that a client sends.
    pub(super) fn look(&self, chat: &str, id: &str, body: i64) -> Duplicate {
        let key = key(chat, id, body);
        if self.under_way.contains(&key) {
            Duplicate::InFlight
        } else if self.done.contains(&key) {
            Duplicate::Delivered
        } else {
            Duplicate::No
        }
    }

    /// Notes a message as being delivered.
    pub(super) fn begin(&mut self, chat: &str, id: &str, body: i64) {
        self.under_way.insert(key(chat, id, body));
    }

    /// Notes a message as delivered.
    pub(super) fn done(&mut self, chat: &str, id: &str, body: i64) {
        let key = key(chat, id, body);
        self.under_way.remove(&key);
        if !self.done.insert(key) {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED as usize
            && let Some(oldest) = self.order.pop_front()
        {
            self.done.remove(&oldest);
        }
    }

    /// Forgets a message that failed, so that it may be sent again.
    pub(super) fn forget(&mut self, chat: &str, id: &str, body: i64) {
        self.under_way.remove(&key(chat, id, body));
    }
}

fn key(chat: &str, id: &str, body: i64) -> u64 {
    let mut text = String::with_capacity(chat.len() + id.len() + 1);
    text.push_str(chat);
    text.push('\0');
    text.push_str(id);
    body_hash(&text).cast_unsigned().rotate_left(7) ^ body.cast_unsigned()
}

/// FNV-1a: tells two bodies under one id apart, nothing more.
pub(in crate::session) fn body_hash(body: &str) -> i64 {
    let hash = body.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.cast_signed()
}

#[cfg(test)]
mod tests {
    use crate::session::dedup::*;

    #[test]
    fn a_repeat_is_known_and_another_text_under_the_same_id_is_not() {
        let mut repeats = Repeats::default();
        repeats.begin("a", "1", 5);
        assert_eq!(repeats.look("a", "1", 5), Duplicate::InFlight);
        assert_eq!((repeats.look("a", "1", 6), repeats.look("b", "1", 5)), (Duplicate::No, Duplicate::No));
        repeats.forget("a", "1", 5);
        assert_eq!(repeats.look("a", "1", 5), Duplicate::No);
        repeats.begin("a", "1", 5);
        repeats.done("a", "1", 5);
        assert_eq!(repeats.look("a", "1", 5), Duplicate::Delivered);
    }

    #[test]
    fn only_so_many_are_remembered_but_never_is_one_forgotten_that_is_under_way() {
        let mut repeats = Repeats::default();
        repeats.begin("a", "slow", 0);
        for n in 0..1000 {
            repeats.begin("a", &n.to_string(), 0);
            repeats.done("a", &n.to_string(), 0);
        }
        assert_eq!((repeats.order.len(), repeats.done.len(), repeats.under_way.len()), (256, 256, 1));
        assert_eq!(
            (repeats.look("a", "999", 0), repeats.look("a", "0", 0)),
            (Duplicate::Delivered, Duplicate::No)
        );
        assert_eq!(repeats.look("a", "slow", 0), Duplicate::InFlight);
    }
}
