//! Queue in front of the lane of people who are not registered: domains are served in turn, then
//! the addresses of each, so that who asks thousands of questions delays only their own answers.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::Outgoing;

/// Most stanzas that wait.
const STANZAS: usize = 1000;
/// Most memory of these.
const MEMORY: usize = 1 << 20;
/// Memory of a stanza and of its place beyond their bytes.
const OVERHEAD: usize = 256;
/// Most addresses that the log names.
const TOLD: usize = 256;

/// Item that waits, and its memory.
trait Share {
    fn memory(&self) -> usize;
}

/// Shares that are served in turn. None of them is empty.
#[derive(Debug)]
struct Turns<T> {
    shares: HashMap<Arc<str>, T>,
    turns: VecDeque<Arc<str>>,
    memory: usize,
}

/// Answers to one address.
#[derive(Debug, Default)]
struct Answers {
    stanzas: VecDeque<Outgoing>,
    memory: usize,
}

/// Answers to the addresses of one domain.
type Domain = Turns<Answers>;

/// Answers to strangers.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    domains: Turns<Domain>,
    count: usize,
    /// Number that was dropped for want of room.
    pub(super) dropped: u64,
    /// Addresses that the log names.
    told: HashSet<Arc<str>>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Turns { shares: HashMap::new(), turns: VecDeque::new(), memory: 0 }
    }
}

impl<T> Share for Turns<T> {
    fn memory(&self) -> usize {
        self.memory
    }
}

impl Share for Answers {
    fn memory(&self) -> usize {
        self.memory
    }
}

impl<T: Share + Default> Turns<T> {
    /// Changes a share; one that is left empty goes.
    fn change<R>(&mut self, key: &Arc<str>, change: impl FnOnce(&mut T) -> R) -> R {
        let share = self.shares.entry(Arc::clone(key)).or_default();
        let before = share.memory();
        let changed = change(share);
        let after = share.memory();
        self.memory = self.memory + after - before;
        if before == 0 && after > 0 {
            self.turns.push_back(Arc::clone(key));
        } else if after == 0 {
            self.shares.remove(key);
            self.turns.retain(|turn| turn != key);
        }
        changed
    }

    /// Returns whose turn it is; theirs comes again behind all others.
    fn next(&mut self) -> Option<Arc<str>> {
        let next = self.turns.pop_front()?;
        self.turns.push_back(Arc::clone(&next));
        Some(next)
    }

    /// Returns who has most.
    fn largest(&self) -> Option<Arc<str>> {
        let memory = |key: &Arc<str>| self.shares.get(key).map_or(0, Share::memory);
        // Of equals the first, whose stanzas are the eldest.
        self.turns.iter().rev().max_by_key(|key| memory(key)).cloned()
    }
}

impl Answers {
    fn push(&mut self, stanza: Outgoing) {
        self.memory += cost(&stanza);
        self.stanzas.push_back(stanza);
    }

    fn pop(&mut self) -> Option<Outgoing> {
        let stanza = self.stanzas.pop_front()?;
        self.memory -= cost(&stanza);
        Some(stanza)
    }
}

impl Strangers {
    /// Adds an answer; without room, the eldest of who has most goes.
    pub(super) fn push(&mut self, stanza: Outgoing) {
        let address = stanza.stranger.clone().unwrap_or_default();
        self.count += 1;
        self.domains
            .change(&domain(&address), |domain| domain.change(&address, |answers| answers.push(stanza)));
        while self.count > STANZAS || self.domains.memory > MEMORY {
            self.drop_one();
        }
    }

    /// Takes the answer whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Outgoing> {
        let domain = self.domains.next()?;
        let stanza = self.domains.change(&domain, |domain| {
            let address = domain.next()?;
            domain.change(&address, Answers::pop)
        })?;
        self.count -= 1;
        Some(stanza)
    }

    /// Forgets everything: without a connection, it is worth nothing later.
    pub(super) fn clear(&mut self) {
        (self.domains, self.count) = (Turns::default(), 0);
    }

    fn drop_one(&mut self) {
        self.count -= 1;
        self.dropped += 1;
        let Some(domain) = self.domains.largest() else { return };
        let address = self.domains.change(&domain, |domain| {
            let address = domain.largest()?;
            domain.change(&address, Answers::pop);
            Some(address)
        });
        if let Some(address) = address.filter(|_| self.told.len() < TOLD)
            && self.told.insert(Arc::clone(&address))
        {
            tracing::warn!(
                %address,
                "somebody who is not registered asks for more than the XMPP server takes: answers to them are dropped"
            );
        }
    }
}

fn domain(address: &str) -> Arc<str> {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain).into()
}

fn cost(stanza: &Outgoing) -> usize {
    stanza.bytes.len() + stanza.stranger.as_ref().map_or(0, |address| address.len()) + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &mut Strangers, address: &str, text: &str) {
        queue.push(Outgoing { stranger: Some(address.into()), ..Outgoing::ephemeral(text.to_owned()) });
    }

    fn pop(queue: &mut Strangers, count: usize) -> Vec<String> {
        let popped = std::iter::from_fn(|| queue.pop()).take(count);
        popped.map(|stanza| String::from_utf8_lossy(&stanza.bytes).into_owned()).collect()
    }

    #[test]
    fn who_asks_once_is_answered_at_once_whatever_the_people_of_another_domain_ask() {
        for people in [1, 50, 5000] {
            let mut queue = Strangers::default();
            for n in 0..5000 {
                push(&mut queue, &format!("u{}@a.example", n % people), "a");
            }
            push(&mut queue, "x@b.example", "b");
            assert_eq!(pop(&mut queue, 2), ["a", "b"], "{people} people");
            assert_eq!(queue.dropped, 4001);
        }
    }

    #[test]
    fn the_people_of_one_domain_are_served_in_turn() {
        let mut queue = Strangers::default();
        (0..500).for_each(|n| push(&mut queue, "one@a.example", &n.to_string()));
        push(&mut queue, "two@a.example", "two");
        push(&mut queue, "three@b.example", "three");
        assert_eq!(pop(&mut queue, 5), ["0", "three", "two", "1", "2"]);
    }

    #[test]
    fn without_room_the_eldest_answer_of_who_has_most_goes() {
        let mut queue = Strangers::default();
        push(&mut queue, "x@b.example", "b");
        push(&mut queue, "modest@a.example", "a");
        (0..STANZAS).for_each(|n| push(&mut queue, "greedy@a.example", &n.to_string()));
        assert_eq!(queue.dropped, 2);
        assert_eq!(pop(&mut queue, 4), ["b", "a", "2", "3"]);
        let large = "x".repeat(MEMORY / 4);
        (0..8).for_each(|_| push(&mut queue, "greedy@c.example", &large));
        assert!(queue.domains.memory <= MEMORY);
        assert_eq!(pop(&mut queue, 1), ["4"]);
    }

    #[test]
    fn nothing_is_left_behind() {
        let mut queue = Strangers::default();
        (0..3000).for_each(|n| push(&mut queue, &format!("u{}@d{}.example", n % 7, n % 400), "x"));
        assert_eq!(pop(&mut queue, 5000).len(), STANZAS);
        assert_eq!((queue.count, queue.domains.memory), (0, 0));
        assert!(queue.domains.shares.is_empty() && queue.domains.turns.is_empty());
        assert!(queue.told.len() <= TOLD);
    }
}
