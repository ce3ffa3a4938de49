//! Asks what people's clients ask, all the time, and measures how long the answers take.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lab::{Client, StanzaExt};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Between two rounds.
const EVERY: Duration = Duration::from_millis(400);
/// Clients give up after some such time.
const GIVEN_UP: Duration = Duration::from_secs(30);

/// Time below which answers are not reported one by one.
const PROMPT: Duration = Duration::from_secs(1);

const DISCO: &str = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
const PING: &str = "<ping xmlns='urn:xmpp:ping'/>";

/// Questions of one round, beside a ping to the server itself.
pub(crate) const QUESTIONS: [&str; 4] =
    ["disco of the gateway", "ping to the gateway", "disco of a contact", "ping to a contact"];

/// Runs beside the load until it is stopped.
#[derive(Debug)]
pub(crate) struct Prober {
    task: JoinHandle<()>,
    seen: Arc<Mutex<Answers>>,
}

/// Times that answers took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    rounds: usize,
    /// The worst time of each question.
    worst: [Duration; QUESTIONS.len()],
    /// The worst time that the gateway took longer than the server itself, asked in the same
    /// moment: the machine is not the gateway's.
    pub(crate) excess: Duration,
    /// The worst time of the server itself.
    server: Duration,
    /// Rounds in which the gateway took longer than that: when they were asked, and by how much.
    slow: Vec<(Instant, Duration)>,
    /// Questions without an answer in [`GIVEN_UP`].
    pub(crate) unanswered: usize,
    /// Questions that were answered otherwise than before the trouble: with an error.
    pub(crate) refused: usize,
}

impl Prober {
    /// Begins to ask, as `client`, the gateway and one of its contacts.
    pub(crate) async fn start(
        client: &Client,
        gateway: &str,
        contact: &str,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let asker = Arc::new(Asker {
            client: client.clone(),
            questions: [(gateway, DISCO), (gateway, PING), (contact, DISCO), (contact, PING)]
                .map(|(to, payload)| (to.to_owned(), payload)),
            server: gateway.split_once('.').map(|(_, server)| server.to_owned()).unwrap_or_default(),
        });
        let usual = asker.round().await;
        let seen = Arc::new(Mutex::new(Answers::default()));
        let task = tokio::spawn(asker.run(usual, seen.clone(), stop));
        Prober { task, seen }
    }

    /// Returns the measurements, once all questions have an end.
    pub(crate) async fn end(self) -> Answers {
        self.task.await.expect("the prober does not panic");
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An answer: its type, and how long it took.
type Answer = Option<(String, Duration)>;

struct Asker {
    client: Client,
    questions: [(String, &'static str); QUESTIONS.len()],
    server: String,
}

impl Asker {
    async fn run(
        self: Arc<Self>,
        usual: (Answer, Vec<Answer>),
        seen: Arc<Mutex<Answers>>,
        mut stop: watch::Receiver<bool>,
    ) {
        let usual: Arc<Vec<_>> = Arc::new(usual.1.into_iter().map(|a| a.map(|(kind, _)| kind)).collect());
        let mut rounds = JoinSet::new();
        let mut next = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                _ = next.tick() => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
            let (asker, seen, usual) = (self.clone(), seen.clone(), usual.clone());
            let asked = Instant::now();
            rounds.spawn(async move {
                let (server, answers) = asker.round().await;
                seen.lock().unwrap_or_else(PoisonError::into_inner).note(asked, server, &answers, &usual);
            });
            while rounds.try_join_next().is_some() {}
        }
        rounds.join_all().await;
    }

    /// Asks everything at the same time.
    async fn round(&self) -> (Answer, Vec<Answer>) {
        let ask = async |to: &str, payload: &str| {
            let since = Instant::now();
            let answer = self.client.ask_within(GIVEN_UP, "get", to, payload).await;
            answer.map(|answer| (answer.kind().to_owned(), since.elapsed()))
        };
        let [a, b, c, d] = &self.questions;
        let (server, a, b, c, d) = tokio::join!(
            ask(&self.server, PING),
            ask(&a.0, a.1),
            ask(&b.0, b.1),
            ask(&c.0, c.1),
            ask(&d.0, d.1)
        );
        (server, vec![a, b, c, d])
    }
}

impl Answers {
    /// The first rounds that were slow: seconds from `since` on, and how long the gateway took.
    pub(crate) fn slow_from(&self, since: Instant) -> Vec<String> {
        let told = |(asked, took): &(Instant, Duration)| {
            format!("{:.1?}: {took:.1?}", asked.saturating_duration_since(since))
        };
        self.slow.iter().take(12).map(told).collect()
    }

    fn note(&mut self, asked: Instant, server: Answer, answers: &[Answer], usual: &[Option<String>]) {
        self.rounds += 1;
        let server = server.map_or(GIVEN_UP, |(_, took)| took);
        let mut slowest = Duration::ZERO;
        self.server = self.server.max(server);
        for ((answer, usual), worst) in answers.iter().zip(usual).zip(&mut self.worst) {
            let (kind, took) = answer.clone().map_or((None, GIVEN_UP), |(kind, took)| (Some(kind), took));
            *worst = (*worst).max(took);
            slowest = slowest.max(took.saturating_sub(server));
            match kind {
                None => self.unanswered += 1,
                kind => self.refused += usize::from(kind != *usual),
            }
        }
        self.excess = self.excess.max(slowest);
        if slowest >= PROMPT {
            self.slow.push((asked, slowest));
        }
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rounds; worst:", self.rounds)?;
        for (question, worst) in QUESTIONS.iter().zip(self.worst) {
            write!(f, " {question} {worst:.1?},")?;
        }
        let Answers { server, excess, unanswered, refused, .. } = self;
        write!(f, " the server itself {server:.1?}; the gateway beyond the server {excess:.1?}; ")?;
        write!(f, "{unanswered} unanswered, {refused} refused")
    }
}
