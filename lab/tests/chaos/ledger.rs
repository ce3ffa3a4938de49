//! Ledger of every text of one direction of a conversation. Texts are numbered from 0.

use std::collections::HashMap;
use std::ops::AddAssign;
use std::time::{Duration, Instant};

/// One direction between a user and a friend.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    texts: Vec<Text>,
    /// Texts by the id that their sender gave them.
    ids: HashMap<String, usize>,
    /// The highest number that has come.
    newest: Option<usize>,
    disordered: usize,
    doubled: usize,
    repeated: usize,
}

#[derive(Debug)]
struct Text {
    sent: Instant,
    /// First arrival: its time, and the stanza's id.
    came: Option<(Instant, String)>,
    confirmed: Option<Instant>,
    told: Option<Instant>,
}

impl Ledger {
    /// The next text is on its way, under this id.
    pub(crate) fn sends(&mut self, id: &str) -> usize {
        self.ids.insert(id.to_owned(), self.texts.len());
        self.texts.push(Text { sent: Instant::now(), came: None, confirmed: None, told: None });
        self.texts.len() - 1
    }

    /// The text with this number has come, under this id.
    pub(crate) fn comes(&mut self, number: usize, id: &str) {
        let Some(text) = self.texts.get_mut(number) else { return };
        match &text.came {
            None => {
                text.came = Some((Instant::now(), id.to_owned()));
                self.disordered += usize::from(self.newest.is_some_and(|newest| number < newest));
                self.newest = self.newest.max(Some(number));
            }
            Some((_, first)) if first == id => self.repeated += 1,
            Some(_) => self.doubled += 1,
        }
    }

    /// The sender got a receipt for this id.
    pub(crate) fn confirmed(&mut self, id: &str) {
        if let Some(text) = self.ids.get(id).and_then(|&number| self.texts.get_mut(number)) {
            text.confirmed.get_or_insert_with(Instant::now);
        }
    }

    /// The sender got an error for this id.
    pub(crate) fn told(&mut self, id: &str) {
        if let Some(text) = self.ids.get(id).and_then(|&number| self.texts.get_mut(number)) {
            text.told.get_or_insert_with(Instant::now);
        }
    }

    /// Forgets what has come: it is counted anew, from an archive.
    pub(crate) fn recount(&mut self, archive: impl Iterator<Item = (usize, String)>) {
        self.texts.iter_mut().for_each(|text| text.came = None);
        (self.newest, self.disordered, self.doubled, self.repeated) = (None, 0, 0, 0);
        archive.for_each(|(number, id)| self.comes(number, &id));
    }

    /// Number of texts of which nothing is known yet. With `receipts`, the sender has to know as
    /// well.
    pub(crate) fn open(&self, receipts: bool) -> usize {
        let known = |text: &&Text| match receipts {
            true => text.told.is_some() || (text.confirmed.is_some() && text.came.is_some()),
            false => text.told.is_some() || text.came.is_some(),
        };
        self.texts.len() - self.texts.iter().filter(known).count()
    }

    /// Time at which the first text that was sent after `instant` came; of those with a receipt, at
    /// which the sender had it.
    pub(crate) fn first_after(&self, instant: Instant, receipts: bool) -> Option<Instant> {
        let when =
            |text: &Text| if receipts { text.confirmed } else { text.came.as_ref().map(|(at, _)| *at) };
        self.texts.iter().rev().take_while(|text| text.sent >= instant).filter_map(when).min()
    }

    /// Time of the first new arrival after `instant`, however old the text was.
    pub(crate) fn flows_after(&self, instant: Instant) -> Option<Instant> {
        let came = self.texts.iter().filter_map(|text| text.came.as_ref().map(|(at, _)| *at));
        came.filter(|at| *at >= instant).min()
    }

    /// The sum of it.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally {
            sent: self.texts.len(),
            disordered: self.disordered,
            doubled: self.doubled,
            repeated: self.repeated,
            ..Tally::default()
        };
        for (number, text) in self.texts.iter().enumerate() {
            let Text { sent, came, confirmed, told } = text;
            tally.delivered += usize::from(came.is_some());
            tally.told += usize::from(told.is_some());
            tally.confirmed += usize::from(confirmed.is_some());
            tally.contradicted += usize::from(told.is_some() && came.is_some());
            tally.wordless += usize::from(came.is_some() && told.is_none() && confirmed.is_none());
            if let Some(told) = told {
                tally.told_after = tally.told_after.max(*told - *sent);
            }
            if let Some(word) = [*confirmed, *told].into_iter().flatten().min() {
                tally.longest_wait = tally.longest_wait.max(word - *sent);
            }
            if came.is_none() && told.is_none() {
                tally.lost.push((number, *sent));
            }
        }
        tally
    }
}

/// Outcomes of texts, as numbers.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    pub(crate) sent: usize,
    pub(crate) delivered: usize,
    /// Texts whose sender has a receipt.
    pub(crate) confirmed: usize,
    /// Texts whose sender got an error.
    pub(crate) told: usize,
    /// The longest time until an error came.
    pub(crate) told_after: Duration,
    /// The longest time until a receipt or an error came.
    pub(crate) longest_wait: Duration,
    /// Delivered, though their sender was told that they were not.
    pub(crate) contradicted: usize,
    /// Delivered, and their sender got neither receipt nor error.
    pub(crate) wordless: usize,
    /// Came again under another id.
    pub(crate) doubled: usize,
    /// Came again under the same id.
    pub(crate) repeated: usize,
    /// Came behind one that was sent later.
    pub(crate) disordered: usize,
    /// Texts that were neither delivered nor refused: their numbers, and when they were sent.
    pub(crate) lost: Vec<(usize, Instant)>,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.confirmed += other.confirmed;
        self.told += other.told;
        self.told_after = self.told_after.max(other.told_after);
        self.longest_wait = self.longest_wait.max(other.longest_wait);
        self.contradicted += other.contradicted;
        self.wordless += other.wordless;
        self.doubled += other.doubled;
        self.repeated += other.repeated;
        self.disordered += other.disordered;
        self.lost.extend(other.lost);
    }
}

#[test]
fn every_text_is_accounted_for() {
    let mut ledger = Ledger::default();
    for id in ["a", "b", "c", "d", "e"] {
        ledger.sends(id);
    }
    assert_eq!(ledger.open(true), 5);
    ledger.comes(1, "B");
    ledger.comes(0, "A"); // out of order
    ledger.comes(1, "B"); // a repeat
    ledger.comes(1, "C"); // twice
    ledger.comes(9, "Z"); // nobody's
    ledger.confirmed("a");
    ledger.told("b"); // and yet it came
    ledger.told("c");
    ledger.comes(3, "D"); // without a receipt
    let tally = ledger.tally();
    assert_eq!((tally.sent, tally.delivered, tally.confirmed, tally.told), (5, 3, 1, 2));
    assert_eq!((tally.doubled, tally.repeated, tally.disordered), (1, 1, 1));
    assert_eq!((tally.contradicted, tally.wordless), (1, 1));
    assert_eq!(tally.lost.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [4]);
    assert_eq!((ledger.open(true), ledger.open(false)), (2, 1));

    ledger.recount([(0, "A".into()), (1, "B".into()), (1, "B".into())].into_iter());
    let tally = ledger.tally();
    assert_eq!((tally.delivered, tally.doubled, tally.repeated, tally.disordered), (2, 0, 1, 0));
}
