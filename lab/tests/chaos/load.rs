//! People who talk all the time, whatever happens: each side of each pair sends at its own pace and
//! waits for nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lab::wait::within;
use lab::{StanzaExt, process};
use minidom::Element;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::ground::{Ground, Pair};
use crate::ledger::{Ledger, Tally};
use crate::prober::Prober;
use crate::report::{Recovery, Report, server_takes};

/// Texts a second that all users send together, and that all friends send together.
const USERS: f64 = 16.0;
const FRIENDS: f64 = 20.0;
/// Time without any arrival at the end after which missing texts are lost: the longest back-off of
/// the network's plugin, and more.
const STUCK: Duration = Duration::from_secs(90);
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(250);

/// A pair and what became of its texts.
struct Talk {
    pair: Arc<Pair>,
    to_friend: Mutex<Ledger>,
    to_user: Mutex<Ledger>,
}

/// People who talk, and one who asks.
pub(crate) struct Load {
    talks: Vec<Arc<Talk>>,
    prober: Prober,
    talkers: JoinSet<()>,
    listeners: JoinSet<()>,
    stop: watch::Sender<bool>,
    /// Length of slidged's log at the start.
    logged: usize,
    memory: Arc<Mutex<Memory>>,
    troubles: Vec<Recovery>,
    since: Instant,
}

/// Memory of slidged, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    pub(crate) before: u64,
    pub(crate) most: u64,
}

impl Load {
    /// Starts all conversations. One pair more is made, for the questions.
    pub(crate) async fn start(ground: &Ground) -> Self {
        let asker = Pair::meet(&ground.prosody, &ground.network, "prober", "probed").await;
        let stop = watch::Sender::new(false);
        let pid = ground.slidged.process().pid();
        let before = process::memory(pid).unwrap_or(0);
        let memory = Arc::new(Mutex::new(Memory { before, most: before }));
        let prober = Prober::start(&asker.user, ground.gateway(), &asker.contact, stop.subscribe()).await;
        let (mut talkers, mut listeners) = (JoinSet::new(), JoinSet::new());
        listeners.spawn(watch_memory(pid, memory.clone()));
        let count = ground.pairs.len();
        let mut talks = Vec::new();
        for (n, pair) in ground.pairs.iter().enumerate() {
            let talk =
                Arc::new(Talk { pair: pair.clone(), to_friend: Mutex::default(), to_user: Mutex::default() });
            listeners.spawn(talk.clone().user_listens());
            listeners.spawn(talk.clone().friend_listens());
            talkers.spawn(talk.clone().user_talks(Pace::new(n, count, USERS), stop.subscribe()));
            talkers.spawn(talk.clone().friend_talks(Pace::new(n, count, FRIENDS), stop.subscribe()));
            talks.push(talk);
        }
        // The friend's end of the asker's contact has to stay.
        listeners.spawn(async move {
            let _asker = asker;
            std::future::pending::<()>().await;
        });
        let logged = ground.slidged.log().len();
        Load {
            talks,
            prober,
            talkers,
            listeners,
            stop,
            logged,
            memory,
            troubles: Vec::new(),
            since: Instant::now(),
        }
    }

    /// The trouble is over: measures how long it takes until what everybody says from now on gets
    /// through in both directions, and gives up after `patience` and the time that the server needs
    /// for what has gathered.
    pub(crate) async fn recovers(&mut self, patience: Duration) {
        let over = Instant::now();
        let gathered = self.talks.iter().map(|talk| talk.to_user().open(false)).sum();
        let slowest = |first: &dyn Fn(&Talk) -> Option<Instant>| {
            let firsts = self.talks.iter().map(|talk| first(talk)).collect::<Option<Vec<_>>>();
            firsts.and_then(|all| all.into_iter().max()).map(|at| at - over)
        };
        let now = || Recovery {
            to_friend: slowest(&|talk| talk.to_friend().first_after(over, true)),
            flows: slowest(&|talk| talk.to_user().flows_after(over)),
            to_user: slowest(&|talk| talk.to_user().first_after(over, false)),
            gathered,
        };
        let all = || Some(now()).filter(|now| now.to_friend.is_some() && now.to_user.is_some());
        let recovery = within(patience + server_takes(gathered), all).await.unwrap_or_else(now);
        println!("trouble {} was over after {:.1?}: {recovery}", self.troubles.len(), over - self.since);
        self.troubles.push(recovery);
    }

    /// Stops all conversations, and waits for what is under way; then all is counted.
    pub(crate) async fn end(mut self, mode: &'static str, ground: &Ground) -> Report {
        self.stop.send_replace(true);
        while self.talkers.join_next().await.is_some() {}
        let open = || -> usize {
            self.talks.iter().map(|talk| talk.to_friend().open(true) + talk.to_user().open(false)).sum()
        };
        let mut left = open();
        while left > 0
            && let Some(fewer) = within(STUCK, || Some(open()).filter(|now| *now < left)).await
        {
            left = fewer;
        }
        let answers = self.prober.end().await;
        // What comes twice comes before this.
        for talk in &self.talks {
            talk.pair.user.ping(ground.gateway()).await;
        }
        let (mut to_friend, mut to_user) = (Tally::default(), Tally::default());
        for talk in &self.talks {
            talk.read_archive().await;
            to_friend += talk.to_friend().tally();
            to_user += talk.to_user().tally();
        }
        self.listeners.abort_all();
        let log = ground.slidged.log();
        let memory = *self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = log.get(self.logged..).unwrap_or_default().lines();
        let complaints =
            lines.filter(|l| l.contains(" WARN ") || l.contains("ERROR ")).map(str::to_owned).collect();
        let slow = answers.slow_from(self.since);
        if !slow.is_empty() {
            println!("slow answers, by when they were asked: {}", slow.join(", "));
        }
        Report { mode, to_friend, to_user, answers, memory, recoveries: self.troubles, complaints }
    }
}

impl Talk {
    fn to_friend(&self) -> MutexGuard<'_, Ledger> {
        self.to_friend.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn to_user(&self) -> MutexGuard<'_, Ledger> {
        self.to_user.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn user_talks(self: Arc<Self>, mut pace: Pace, mut stop: watch::Receiver<bool>) {
        while pace.next(&mut stop).await {
            let id = self.pair.user.new_id();
            let number = self.to_friend().sends(&id);
            self.pair.user.say_under(&self.pair.contact, &id, &self.pair.said_by_user(number)).await;
        }
    }

    async fn friend_talks(self: Arc<Self>, mut pace: Pace, mut stop: watch::Receiver<bool>) {
        while pace.next(&mut stop).await {
            let number = self.to_user().sends("");
            self.pair.friend.say(&self.pair.name, &self.pair.said_to_user(number)).await;
        }
    }

    /// Records texts, receipts and errors that the user's client gets.
    async fn user_listens(self: Arc<Self>) {
        loop {
            let from_friend = |s: &Element| s.is_message() && s.sender_bare() == self.pair.contact;
            let stanza = self.pair.user.listen(from_friend).await;
            if stanza.kind() == "error" {
                self.to_friend().told(stanza.id());
            } else if let Some(receipt) = stanza.get_child("received", "urn:xmpp:receipts") {
                self.to_friend().confirmed(receipt.attr("id").unwrap_or_default());
            } else if let Some(number) = stanza.body().and_then(|text| self.pair.number_to_user(&text)) {
                self.to_user().comes(number, stanza.id());
            }
        }
    }

    async fn friend_listens(self: Arc<Self>) {
        loop {
            let event = self.pair.friend.listen().await;
            let message = &event["message"];
            if let Some(number) = message["text"].as_str().and_then(|text| self.pair.number_from_user(text)) {
                self.to_friend().comes(number, &message["id"].to_string());
            }
        }
    }

    /// Reads the archive: what the user's clients will show is what counts in the end.
    async fn read_archive(&self) {
        let archive = self.pair.user.archive(Some(&self.pair.contact)).await;
        let texts = archive.iter().filter(|a| a.message.sender_bare() == self.pair.contact);
        let found = texts.filter_map(|a| {
            let number = self.pair.number_to_user(&a.message.body()?)?;
            Some((number, a.message.id().to_owned()))
        });
        self.to_user().recount(found);
    }
}

/// Pace of one among many, so that all together keep a common one.
struct Pace(tokio::time::Interval);

impl Pace {
    fn new(n: usize, count: usize, together: f64) -> Self {
        let (n, count) = (u32::try_from(n).unwrap_or(0), u32::try_from(count).unwrap_or(1));
        let all = Duration::from_secs_f64(1.0 / together);
        let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + all * n, all * count);
        // A pause (the other network is away) is not made up for by a burst.
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Pace(interval)
    }

    /// Waits for the next turn; false at the end.
    async fn next(&mut self, stop: &mut watch::Receiver<bool>) -> bool {
        tokio::select! {
            _ = self.0.tick() => true,
            _ = stop.wait_for(|stop| *stop) => false,
        }
    }
}

async fn watch_memory(pid: u32, memory: Arc<Mutex<Memory>>) {
    let mut look = tokio::time::interval(LOOK);
    loop {
        look.tick().await;
        let Ok(now) = process::memory(pid) else { return };
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.most = memory.most.max(now);
    }
}
