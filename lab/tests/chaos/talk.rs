//! People who wait for each other's words and send again what is not confirmed, as people do.
//!
//! A component's stream has no acknowledgements in either direction. Towards the user slidged makes
//! its own, so there everything must arrive, in order, and once by id. From the user, what the
//! server had written into a stream that broke is gone, and the user's client sees that no receipt
//! comes; a person would send it again, and so do the clients here.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lab::StanzaExt;
use lab::wait::within;
use tokio::task::JoinSet;

use crate::dice::Dice;
use crate::ground::{Ground, Pair};
use crate::length::Rounds;

/// Time that a scenario may go without progress: a restart with its back-offs, several times over.
const STUCK: Duration = Duration::from_secs(120);
/// Time after the last message at which a person sends again what has no receipt.
pub(crate) const RESEND: Duration = Duration::from_secs(10);
/// Messages that a client sends before it looks for receipts.
const WINDOW: usize = 8;

impl Pair {
    /// The friend writes these texts, as fast as they are taken.
    pub(crate) async fn friend_writes(&self, numbers: Range<usize>) {
        for number in numbers {
            self.friend.say(&self.name, &self.said_to_user(number)).await;
        }
    }

    /// The friend writes these texts, at the user's pace: what is lost and repeated is then in both
    /// directions all the time.
    async fn friend_talks(&self, numbers: Range<usize>, progress: &AtomicUsize) {
        let texts: Vec<_> = numbers.map(|n| self.said_to_user(n)).collect();
        for window in texts.chunks(WINDOW) {
            for text in window {
                self.friend.say(&self.name, text).await;
            }
            // It may have come while the user's client was away. What did come is checked in the
            // archive.
            let last = window.last().map(String::as_str);
            drop(self.user.expect_within(RESEND, |s| s.is_message() && s.body().as_deref() == last).await);
            drop(self.user.take(|s| s.is_message() && s.body().is_some_and(|b| b.starts_with("to "))));
            progress.fetch_add(window.len(), Ordering::Relaxed);
        }
    }

    /// The user writes these texts and sends again what is not confirmed. Gives those that were
    /// sent more than once.
    async fn user_writes(&self, numbers: Range<usize>, progress: &AtomicUsize) -> HashSet<String> {
        let mut again = HashSet::new();
        let texts: Vec<_> = numbers.map(|n| self.said_by_user(n)).collect();
        for window in texts.chunks(WINDOW) {
            let mut open = Vec::new();
            for text in window {
                open.push((self.user.say(&self.contact, text).await, text.clone()));
            }
            while !open.is_empty() {
                let mut unsure = Vec::new();
                let deadline = Instant::now() + RESEND;
                for (id, text) in open {
                    if self.confirmed(&id, deadline).await {
                        progress.fetch_add(1, Ordering::Relaxed);
                    } else {
                        again.insert(text.clone());
                        unsure.push((self.user.say(&self.contact, &text).await, text));
                    }
                }
                open = unsure;
            }
        }
        again
    }

    /// Tells whether a receipt came, rather than an error or nothing.
    pub(crate) async fn confirmed(&self, id: &str, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = self.user.expect_within(left, |s| {
            let receipt =
                s.get_child("received", "urn:xmpp:receipts").is_some_and(|r| r.attr("id") == Some(id));
            s.is_message() && (receipt || (s.kind() == "error" && s.id() == id))
        });
        answer.await.is_some_and(|s| s.kind() != "error")
    }

    /// The user's archive holds what the friend wrote: all of it, in order, once by id.
    pub(crate) async fn nothing_is_lost_for_the_user(&self, numbers: Range<usize>) {
        let expected: Vec<_> = numbers.clone().map(|n| self.said_to_user(n)).collect();
        let mut since = (Instant::now(), 0);
        let found = loop {
            let history = self.user.history(Some(&self.contact)).await;
            let from_friend = history
                .iter()
                .filter(|a| a.message.sender_bare() == self.contact)
                .filter_map(|a| a.message.body());
            let of_now = |text: &String| self.number_to_user(text).is_some_and(|n| numbers.contains(&n));
            let found: Vec<_> = from_friend.filter(of_now).collect();
            if found.len() > since.1 {
                since = (Instant::now(), found.len());
            }
            if found.len() >= numbers.len() || since.0.elapsed() > STUCK {
                break found;
            }
        };
        assert_same(&format!("{}'s archive", self.name), &found, &expected);
    }

    /// The friend got what the user wrote: all of it, in order, and nothing twice that was not sent
    /// twice.
    fn nothing_is_lost_for_the_friend(&self, numbers: Range<usize>, again: &HashSet<String>) {
        let messages =
            self.friend.take(|e| e["event"] == "message" && e["message"]["from"] == self.name.as_str());
        let texts: Vec<_> =
            messages.iter().filter_map(|e| e["message"]["text"].as_str().map(str::to_owned)).collect();
        let mut seen = HashSet::new();
        let twice: Vec<_> =
            texts.iter().filter(|t| !seen.insert(t.as_str()) && !again.contains(*t)).collect();
        assert!(twice.is_empty(), "{} got twice what was sent once: {twice:?}", self.friend.id());
        let sent_once: Vec<_> = texts.iter().filter(|t| !again.contains(*t)).cloned().collect();
        let expected: Vec<_> = numbers.map(|n| self.said_by_user(n)).filter(|t| !again.contains(t)).collect();
        assert_same(&format!("what {} got", self.friend.id()), &sent_once, &expected);
        assert!(
            again.iter().all(|t| seen.contains(t.as_str())),
            "{} never got one of {again:?}",
            self.friend.id()
        );
    }
}

fn assert_same(what: &str, found: &[String], expected: &[String]) {
    if found == expected {
        return;
    }
    let have: HashSet<_> = found.iter().collect();
    let mut report = format!("{what}: {} messages instead of {}", found.len(), expected.len());
    let lost: Vec<_> = expected.iter().filter(|t| !have.contains(t)).take(10).collect();
    if !lost.is_empty() {
        let _infallible = write!(report, "; lost: {lost:?}…");
    }
    if let Some(at) = found.iter().zip(expected).position(|(f, e)| f != e) {
        let _infallible =
            write!(report, "; first difference at {at}: {:?} instead of {:?}", found[at], expected[at]);
    }
    panic!("{report}");
}

/// Waits until so many messages are through; `None` when none has been for [`STUCK`]: a slow disk
/// is not stuck.
async fn reached(progress: &AtomicUsize, instant: usize) -> Option<()> {
    loop {
        let seen = progress.load(Ordering::Relaxed);
        if seen >= instant {
            return Some(());
        }
        within(STUCK, || (progress.load(Ordering::Relaxed) > seen).then_some(())).await?;
    }
}

/// Sends `each` texts from both sides of every pair, while `fault` is called with 0, 1, 2… at
/// `faults` random points of the way. Repeats for as many minutes as are asked for.
pub(crate) async fn talk_under(
    mut world: Ground,
    each: usize,
    faults: usize,
    mut fault: impl AsyncFnMut(&mut Ground, usize),
) -> Ground {
    let (mut rounds, mut dice) = (Rounds::start(), Dice::new());
    while let Some(round) = rounds.next() {
        let instants = dice.instants(faults, 2 * each * world.pairs.len());
        talk(&mut world, each * round..each * (round + 1), &instants, &mut fault).await;
    }
    world
}

async fn talk(
    world: &mut Ground,
    numbers: Range<usize>,
    instants: &[usize],
    fault: &mut impl AsyncFnMut(&mut Ground, usize),
) {
    let progress = Arc::new(AtomicUsize::new(0));
    let total = 2 * numbers.len() * world.pairs.len();
    let mut friends = JoinSet::new();
    let mut users = JoinSet::new();
    for pair in &world.pairs {
        let (writer, reader, p, q) = (pair.clone(), pair.clone(), progress.clone(), progress.clone());
        let (to_user, from_user) = (numbers.clone(), numbers.clone());
        friends.spawn(async move { writer.friend_talks(to_user, &p).await });
        users.spawn(async move { (reader.name.clone(), reader.user_writes(from_user, &q).await) });
    }
    for (n, &instant) in instants.iter().enumerate() {
        let there = reached(&progress, instant).await;
        assert!(
            there.is_some(),
            "stuck at {} of {total} messages, before fault {n}",
            progress.load(Ordering::Relaxed)
        );
        fault(world, n).await;
    }
    friends.join_all().await;
    let again: Vec<_> = users.join_all().await;
    let resent: usize = again.iter().map(|(_, a)| a.len()).sum();
    println!(
        "{} messages each way, {} faults, {resent} sent again by the users",
        numbers.len() * world.pairs.len(),
        instants.len()
    );
    for pair in &world.pairs {
        pair.nothing_is_lost_for_the_user(numbers.clone()).await;
        let again =
            again.iter().find(|(name, _)| *name == pair.name).map(|(_, a)| a).expect("every user wrote");
        pair.nothing_is_lost_for_the_friend(numbers.clone(), again);
    }
}
