//! Link to a server that takes so many stanzas a second, one after the other; a barrier is one of
//! them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use slidged::outbox::{Gone, Transport};
use tokio::sync::{Notify, oneshot};
use tokio_util::task::AbortOnDropHandle;

enum Item {
    Stanza(String),
    Barrier(oneshot::Sender<()>),
}

#[derive(Default)]
struct State {
    waiting: Mutex<VecDeque<Item>>,
    taken: Mutex<Vec<(Instant, String)>>,
    changed: Notify,
}

/// Link; dropping the last one ends the server.
#[derive(Clone)]
pub(crate) struct SlowLink {
    state: Arc<State>,
    _server: Arc<AbortOnDropHandle<()>>,
}

impl SlowLink {
    /// Starts a server that takes so many a second.
    pub(crate) fn up(a_second: u32) -> SlowLink {
        let state = Arc::new(State::default());
        let server = tokio::spawn(serve(Arc::clone(&state), Duration::from_secs(1) / a_second));
        SlowLink { state, _server: Arc::new(AbortOnDropHandle::new(server)) }
    }

    /// Returns the stanzas that the server has taken.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.state.taken.lock().unwrap().iter().map(|(_, text)| text.clone()).collect()
    }

    /// Stanzas that were written and that the server has not taken.
    pub(crate) fn on_its_way(&self) -> usize {
        self.state.waiting.lock().unwrap().len()
    }

    /// Waits until the server has taken a stanza, and returns when that was.
    pub(crate) async fn took(&self, text: &str) -> Instant {
        loop {
            let mut changed = std::pin::pin!(self.state.changed.notified());
            changed.as_mut().enable();
            let found =
                self.state.taken.lock().unwrap().iter().find(|(_, other)| other == text).map(|(at, _)| *at);
            if let Some(at) = found {
                return at;
            }
            changed.await;
        }
    }
}

async fn serve(state: Arc<State>, each: Duration) {
    let mut at = tokio::time::Instant::now();
    loop {
        let next = state.waiting.lock().unwrap().pop_front();
        let Some(item) = next else {
            state.changed.notified().await;
            continue;
        };
        at = (at + each).max(tokio::time::Instant::now());
        tokio::time::sleep_until(at).await;
        match item {
            Item::Stanza(text) => state.taken.lock().unwrap().push((Instant::now(), text)),
            Item::Barrier(answer) => drop(answer.send(())),
        }
        state.changed.notify_waiters();
    }
}

impl Transport for SlowLink {
    async fn up(&self, after: u64) -> Option<u64> {
        if after == 0 { Some(1) } else { std::future::pending().await }
    }

    async fn write(&self, _: u64, bytes: Bytes) -> Result<(), Gone> {
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        let stanzas = text.split_inclusive("/>").map(|stanza| Item::Stanza(stanza.to_owned()));
        self.state.waiting.lock().unwrap().extend(stanzas);
        self.state.changed.notify_waiters();
        Ok(())
    }

    async fn barrier(&self, _: u64) -> Result<(), Gone> {
        let (answer, answered) = oneshot::channel();
        self.state.waiting.lock().unwrap().push_back(Item::Barrier(answer));
        self.state.changed.notify_waiters();
        answered.await.map_err(|_| Gone)
    }
}
