//! Trying to lose a message. `cargo xtask test` runs the short form of each, `cargo xtask chaos` the long one (`LAB_CHAOS=long`).
//!
//! A component's stream has no acknowledgements in either direction. Towards the user slidged makes its own (DESIGN 1), so there
//! everything must arrive, in order, and once by id. From the user, what the server had written into a stream that broke is gone, and
//! the user's client sees that no receipt comes; a person would send it again, and so do the clients here.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lab::until::within;
use lab::{Client, Person, Prosody, Proxy, Server, Slidged, SlidgedOptions, StanzaExt, Superduperd};
use tokio::task::JoinSet;

/// How long a scenario may go without progress: a restart with its back-offs, several times over.
const STUCK: Duration = Duration::from_secs(120);
/// That long after the last message, a person sends again what has no receipt.
const RESEND: Duration = Duration::from_secs(10);
/// Messages that a client sends before it looks for receipts.
const WINDOW: usize = 8;

/// The short or the long form of a number.
fn scale(short: usize, long: usize) -> usize {
    if std::env::var("LAB_CHAOS").is_ok_and(|v| v == "long") { long } else { short }
}

/// Random numbers that a failure can be repeated with: `LAB_SEED`.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |d| u64::from(d.subsec_nanos()) | 1);
        let seed = std::env::var("LAB_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(now);
        println!("LAB_SEED={seed}");
        Dice(seed)
    }

    /// xorshift64.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap_or(1)).unwrap_or(0)
    }

    /// `count` points of the way to `total`, in order.
    fn instants(&mut self, count: usize, total: usize) -> Vec<usize> {
        let mut instants: Vec<_> = (0..count).map(|_| self.below(total)).collect();
        instants.sort_unstable();
        instants
    }
}

/// A user, the friend on the other network, and the friend's address.
struct Pair {
    user: Client,
    friend: Person,
    contact: String,
    name: String,
}

struct World {
    slidged: Slidged,
    prosody: Prosody,
    link: Proxy,
    network: Superduperd,
    pairs: Vec<Arc<Pair>>,
}

impl World {
    async fn with(users: usize) -> Self {
        let prosody = Prosody::start().await;
        let network = Superduperd::start().await;
        let link = Proxy::to(prosody.site().component).await;
        let options = SlidgedOptions {
            server: Some(link.address()),
            plugin_options: network.plugin_options(),
            ..SlidgedOptions::default()
        };
        let slidged = Slidged::start(prosody.site(), "superduper", options).await;
        let mut pairs = Vec::new();
        for n in 0..users {
            pairs.push(Arc::new(Pair::meet(&prosody, &network, n).await));
        }
        World { slidged, prosody, link, network, pairs }
    }
}

impl Pair {
    async fn meet(prosody: &Prosody, network: &Superduperd, n: usize) -> Self {
        let (name, gateway) = (format!("user{n}"), prosody.site().gateway);
        let friend = Person::connect(network.address(), &format!("friend{n}"), "Friend", "app").await;
        Person::connect(network.address(), &name, "User", "app").await.befriend(&friend).await;
        friend.set_presence("available", "").await;
        let user = prosody.client(&name).await;
        let password = Person::password(&name);
        user.register(gateway, &[("username", &name), ("password", &password)])
            .await
            .unwrap_or_else(|e| panic!("{name} is not registered: {e}"));
        let contact = format!("friend{n}@{gateway}");
        user.see(&contact, "").await;
        Pair { user, friend, contact, name }
    }

    /// The friend writes `count` messages, as fast as they are taken.
    async fn friend_writes(&self, count: usize, progress: &AtomicUsize) {
        for n in 0..count {
            self.friend.say(&self.name, &format!("to {} {n}", self.name)).await;
            progress.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The friend writes `count` messages, at the user's pace: what is lost and repeated is then in both directions all the time.
    async fn friend_talks(&self, count: usize, progress: &AtomicUsize) {
        let texts: Vec<_> = (0..count).map(|n| format!("to {} {n}", self.name)).collect();
        for window in texts.chunks(WINDOW) {
            for text in window {
                self.friend.say(&self.name, text).await;
            }
            // It may have come while the user's client was away. What did come is checked in the archive.
            let last = window.last().map(String::as_str);
            drop(self.user.expect_within(RESEND, |s| s.is_message() && s.body().as_deref() == last).await);
            drop(self.user.take(|s| s.is_message() && s.body().is_some_and(|b| b.starts_with("to "))));
            progress.fetch_add(window.len(), Ordering::Relaxed);
        }
    }

    /// The user writes `count` messages and sends again what is not confirmed. Gives those that were sent more than once.
    async fn user_writes(&self, count: usize, progress: &AtomicUsize) -> HashSet<String> {
        let mut again = HashSet::new();
        let texts: Vec<_> = (0..count).map(|n| format!("from {} {n}", self.name)).collect();
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

    /// Did a receipt come, rather than an error or nothing?
    async fn confirmed(&self, id: &str, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = self.user.expect_within(left, |s| {
            let receipt =
                s.get_child("received", "urn:xmpp:receipts").is_some_and(|r| r.attr("id") == Some(id));
            s.is_message() && (receipt || (s.kind() == "error" && s.id() == id))
        });
        answer.await.is_some_and(|s| s.kind() != "error")
    }

    /// The user's archive holds what the friend wrote: all of it, in order, once by id.
    async fn nothing_is_lost_for_the_user(&self, count: usize) {
        let expected: Vec<_> = (0..count).map(|n| format!("to {} {n}", self.name)).collect();
        let mut since = (Instant::now(), 0);
        let found = loop {
            let history = self.user.history(Some(&self.contact)).await;
            let from_friend = history
                .iter()
                .filter(|a| a.message.sender_bare() == self.contact)
                .filter_map(|a| a.message.body());
            let found: Vec<_> = from_friend.filter(|b| b.starts_with("to ")).collect();
            if found.len() > since.1 {
                since = (Instant::now(), found.len());
            }
            if found.len() >= count || since.0.elapsed() > STUCK {
                break found;
            }
        };
        assert_same(&format!("{}'s archive", self.name), &found, &expected);
    }

    /// The friend got what the user wrote: all of it, in order, and nothing twice that was not sent twice.
    fn nothing_is_lost_for_the_friend(&self, count: usize, again: &HashSet<String>) {
        let messages =
            self.friend.take(|e| e["event"] == "message" && e["message"]["from"] == self.name.as_str());
        let texts: Vec<_> =
            messages.iter().filter_map(|e| e["message"]["text"].as_str().map(str::to_owned)).collect();
        let mut seen = HashSet::new();
        let twice: Vec<_> =
            texts.iter().filter(|t| !seen.insert(t.as_str()) && !again.contains(*t)).collect();
        assert!(twice.is_empty(), "{} got twice what was sent once: {twice:?}", self.friend.id());
        let sent_once: Vec<_> = texts.iter().filter(|t| !again.contains(*t)).cloned().collect();
        let expected: Vec<_> =
            (0..count).map(|n| format!("from {} {n}", self.name)).filter(|t| !again.contains(t)).collect();
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

/// Waits until so many messages are through; `None` when none has been for [`STUCK`]: a slow disk is not stuck.
async fn reached(progress: &AtomicUsize, instant: usize) -> Option<()> {
    loop {
        let seen = progress.load(Ordering::Relaxed);
        if seen >= instant {
            return Some(());
        }
        within(STUCK, || (progress.load(Ordering::Relaxed) > seen).then_some(())).await?;
    }
}

/// Both sides of every pair write `each` messages, while `fault` is called with 0, 1, 2… at `faults` random points of the way.
async fn talk_under(
    mut world: World,
    each: usize,
    faults: usize,
    mut fault: impl AsyncFnMut(&mut World, usize),
) -> World {
    let progress = Arc::new(AtomicUsize::new(0));
    let total = 2 * each * world.pairs.len();
    let mut friends = JoinSet::new();
    let mut users = JoinSet::new();
    for pair in &world.pairs {
        let (writer, reader, p, q) = (pair.clone(), pair.clone(), progress.clone(), progress.clone());
        friends.spawn(async move { writer.friend_talks(each, &p).await });
        users.spawn(async move { (reader.name.clone(), reader.user_writes(each, &q).await) });
    }
    for (n, instant) in Dice::new().instants(faults, total).into_iter().enumerate() {
        let there = reached(&progress, instant).await;
        assert!(
            there.is_some(),
            "stuck at {} of {total} messages, before fault {n}",
            progress.load(Ordering::Relaxed)
        );
        fault(&mut world, n).await;
    }
    friends.join_all().await;
    let again: Vec<_> = users.join_all().await;
    let resent: usize = again.iter().map(|(_, a)| a.len()).sum();
    println!(
        "{} messages each way, {faults} faults, {resent} sent again by the users",
        each * world.pairs.len()
    );
    for pair in &world.pairs {
        pair.nothing_is_lost_for_the_user(each).await;
        let again =
            again.iter().find(|(name, _)| *name == pair.name).map(|(_, a)| a).expect("every user wrote");
        pair.nothing_is_lost_for_the_friend(each, again);
    }
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_prosody_restarts_and_the_link_is_cut() {
    let world = World::with(scale(4, 20)).await;
    talk_under(world, scale(50, 500), scale(4, 20), async |world, n| match n % 4 {
        1 => world.prosody.restart().await,
        3 => world.link.half_open(),
        _ => world.link.cut(),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_slidged_is_killed() {
    let world = World::with(scale(4, 20)).await;
    talk_under(world, scale(50, 500), scale(4, 100), async |world, _| {
        world.slidged.kill().await;
        world.slidged.resume().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_come_back_when_the_other_network_does() {
    let mut world = World::with(scale(2, 20)).await;
    for _ in 0..scale(1, 5) {
        world.network.kill().await;
        world.network.resume().await;
        for (n, pair) in world.pairs.iter().enumerate() {
            let friend = Person::connect(world.network.address(), pair.friend.id(), "Friend", "app").await;
            let (there, back) = (format!("are you there, {n}?"), format!("yes, {n}"));
            // It may not be back yet: then the user is told, and tries again.
            while !pair.confirmed(&pair.user.say(&pair.contact, &there).await, Instant::now() + RESEND).await
            {
            }
            friend.hear(&pair.name, &there).await;
            friend.say(&pair.name, &back).await;
            pair.user.hear(&pair.contact, &back).await;
            pair.user.ping(world.prosody.site().gateway).await;
            let notices = pair
                .user
                .take(|s| s.is_message() && s.sender_bare() == "gw.example.org" && s.body().is_some());
            let notices: Vec<_> =
                notices.iter().filter_map(StanzaExt::body).filter(|b| !b.contains("elcome")).collect();
            assert!(notices.len() <= 1, "{} was told more than once: {notices:?}", pair.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_queued_in_bounded_memory_and_drained_in_order() {
    let mut world = World::with(scale(4, 20)).await;
    let each = scale(500, 2_500);
    let before = world.slidged.process().memory().expect("slidged runs");
    world.prosody.stop().await;
    let progress = Arc::new(AtomicUsize::new(0));
    let mut friends = JoinSet::new();
    for pair in &world.pairs {
        let (pair, progress) = (pair.clone(), progress.clone());
        friends.spawn(async move { pair.friend_writes(each, &progress).await });
    }
    friends.join_all().await;
    let during = world.slidged.process().memory().expect("slidged runs");
    world.prosody.resume().await;
    for pair in &world.pairs {
        pair.nothing_is_lost_for_the_user(each).await;
    }
    let after = world.slidged.process().memory().expect("slidged runs");
    let mib = |bytes: u64| bytes / (1024 * 1024);
    println!(
        "{} messages queued; memory {} MiB before, {} during, {} after",
        each * world.pairs.len(),
        mib(before),
        mib(during),
        mib(after)
    );
    // The outbox keeps a window of 4 MiB and what is under way in memory; the rest of the allowance is the allocator's.
    assert!(
        mib(during.max(after)) < mib(before) + 40,
        "memory grows with the queue: {} → {} → {} MiB",
        mib(before),
        mib(during),
        mib(after)
    );
}
