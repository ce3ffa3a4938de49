//! Scripted link with the server behind it. Written stanzas are on their way until a barrier is
//! answered; a cut delivers a part of them, and loses the rest.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use slidged::outbox::{Gone, Transport};
use tokio::sync::watch;

/// Handle for a test to watch and steer the link.
#[derive(Clone)]
pub(crate) struct FakeLink {
    state: Arc<Mutex<State>>,
    /// Changes with every change of `state`.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    epoch: u64,
    up: bool,
    answers: bool,
    accepts: bool,
    /// Cut at the n-th call from now.
    fuse: Option<u32>,
    /// Delivered at the cut: so many of every hundred stanzas on their way.
    luck: usize,
    on_its_way: Vec<String>,
    delivered: Vec<String>,
    most_bytes: usize,
    /// Text of a stanza at which the server ends the connection.
    poison: Option<String>,
    rejected: HashSet<u64>,
}

impl FakeLink {
    /// Creates a link that is down.
    pub(crate) fn down() -> FakeLink {
        let state = State { answers: true, accepts: true, ..State::default() };
        FakeLink { state: Arc::new(Mutex::new(state)), changed: watch::Sender::new(0) }
    }

    /// Creates a link that is up and well.
    pub(crate) fn up() -> FakeLink {
        let link = FakeLink::down();
        link.connect();
        link
    }

    pub(crate) fn connect(&self) {
        self.change(|state| {
            state.epoch += 1;
            state.up = true;
        });
    }

    /// Cuts now.
    pub(crate) fn cut(&self) {
        self.change(State::cut);
    }

    /// Cuts at the n-th write or barrier from now; the server still gets `luck` per cent of what is
    /// on its way.
    pub(crate) fn cut_after(&self, calls: u32, luck: usize) {
        self.change(|state| {
            state.fuse = Some(calls);
            state.luck = luck;
        });
    }

    /// Whether the server answers barriers.
    pub(crate) fn answer(&self, answers: bool) {
        self.change(|state| state.answers = answers);
    }

    /// Whether writes go through, or wait as with a full socket.
    pub(crate) fn accept(&self, accepts: bool) {
        self.change(|state| state.accepts = accepts);
    }

    /// Ends the connection with a stream error at every stanza that holds the text, and connects
    /// again.
    pub(crate) fn reject(&self, poison: &str) {
        self.change(|state| state.poison = Some(poison.to_owned()));
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state.lock().unwrap().up
    }

    /// Returns the stanzas that the server has read, with repeats.
    pub(crate) fn delivered(&self) -> Vec<String> {
        self.state.lock().unwrap().delivered.clone()
    }

    /// Returns the stanzas that the server has read, without repeats.
    pub(crate) fn delivered_once(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        self.delivered().into_iter().filter(|stanza| seen.insert(stanza.clone())).collect()
    }

    /// Returns the stanzas that are on their way on this connection.
    pub(crate) fn on_its_way(&self) -> Vec<String> {
        self.state.lock().unwrap().on_its_way.clone()
    }

    /// Returns the most bytes that were ever on their way.
    pub(crate) fn most_bytes(&self) -> usize {
        self.state.lock().unwrap().most_bytes
    }

    /// Resolves when the condition holds.
    pub(crate) async fn until(&self, mut condition: impl FnMut(&FakeLink) -> bool) {
        let mut changes = self.changed.subscribe();
        while !condition(self) {
            changes.changed().await.expect("the link is there");
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock().unwrap());
        self.changed.send_modify(|number| *number += 1);
        result
    }

    /// Resolves when `ready` gives something; `Gone` when the epoch is over.
    async fn wait<T>(&self, epoch: u64, mut ready: impl FnMut(&mut State) -> Option<T>) -> Result<T, Gone> {
        let mut changes = self.changed.subscribe();
        loop {
            changes.mark_unchanged();
            let found = {
                let state = &mut *self.state.lock().unwrap();
                if !state.up || state.epoch != epoch {
                    return Err(Gone);
                }
                ready(state)
            };
            if let Some(found) = found {
                self.changed.send_modify(|number| *number += 1);
                return Ok(found);
            }
            changes.changed().await.map_err(|_| Gone)?;
        }
    }
}

impl State {
    fn cut(&mut self) {
        let arrived = self.on_its_way.len() * self.luck / 100;
        self.delivered.extend(self.on_its_way.drain(..).take(arrived));
        self.up = false;
        self.fuse = None;
    }

    /// Whether this call is the one that the cut hits.
    fn burns_down(&mut self) -> bool {
        match &mut self.fuse {
            Some(0) => {
                self.cut();
                true
            }
            Some(calls) => {
                *calls -= 1;
                false
            }
            None => false,
        }
    }
}

impl Transport for FakeLink {
    async fn up(&self, after: u64) -> Option<u64> {
        let mut changes = self.changed.subscribe();
        loop {
            {
                let state = self.state.lock().unwrap();
                if state.up && state.epoch > after {
                    return Some(state.epoch);
                }
            }
            changes.changed().await.ok()?;
        }
    }

    async fn write(&self, epoch: u64, bytes: Bytes) -> Result<(), Gone> {
        self.wait(epoch, |state| state.accepts.then_some(())).await?;
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        self.change(|state| {
            // Every stanza of these tests ends so.
            state.on_its_way.extend(text.split_inclusive("/>").map(str::to_owned));
            if let Some(at) =
                state.poison.as_ref().and_then(|p| state.on_its_way.iter().position(|s| s.contains(p)))
            {
                let before: Vec<_> = state.on_its_way.drain(..at).collect();
                state.delivered.extend(before);
                state.luck = 0;
                state.cut();
                state.on_its_way.clear();
                state.rejected.insert(epoch);
                state.epoch += 1;
                state.up = true;
                return Err(Gone);
            }
            state.most_bytes = state.most_bytes.max(state.on_its_way.iter().map(String::len).sum());
            if state.burns_down() { Err(Gone) } else { Ok(()) }
        })
    }

    async fn barrier(&self, epoch: u64) -> Result<(), Gone> {
        // What is on its way when the ping is sent, is what it proves.
        let before = self.wait(epoch, |state| Some(state.on_its_way.len())).await?;
        if self.change(State::burns_down) {
            return Err(Gone);
        }
        self.wait(epoch, |state| {
            state.answers.then(|| {
                let arrived: Vec<_> = state.on_its_way.drain(..before).collect();
                state.delivered.extend(arrived);
            })
        })
        .await?;
        // The server has read it, but the answer may be lost.
        if self.change(State::burns_down) { Err(Gone) } else { Ok(()) }
    }

    fn was_rejected(&self, epoch: u64) -> bool {
        self.state.lock().unwrap().rejected.contains(&epoch)
    }
}
