//! Stand-in for the network: it takes what the user says, and says it back on its own.

use plugin_api::prelude::*;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::mpsc;

/// Messages that the network has sent and the daemon has not yet taken: what a client has in its
/// socket's buffer.
const WINDOW: usize = 64;

/// A message, and who says it. Boxed: a channel makes room for 32 at once, and most users are idle.
pub(crate) type Message = Box<(Sender, Text)>;

/// Starts the session's end of the network.
pub(crate) fn start(host: &Host) -> mpsc::Sender<Message> {
    let (sender, messages) = mpsc::channel(WINDOW);
    host.spawn(deliver(host.clone(), messages));
    sender
}

/// Hands messages over in order, a window of them at a time.
async fn deliver(host: Host, mut messages: mpsc::Receiver<Message>) {
    let mut outstanding = VecDeque::new();
    loop {
        tokio::select! {
            biased;
            Some(message) = messages.recv(), if outstanding.len() < WINDOW => {
                let (from, text) = *message;
                outstanding.push_back(host.actor(from).send_text(text));
            }
            Some(result) = oldest(&mut outstanding) => {
                outstanding.pop_front();
                if let Err(error) = result {
                    tracing::warn!(%error, "a message was refused");
                }
            }
            else => return,
        }
    }
}

async fn oldest(outstanding: &mut VecDeque<Sending<Sent>>) -> Option<Result<Sent>> {
    match outstanding.front_mut() {
        Some(sending) => Some(sending.await),
        None => std::future::pending().await,
    }
}

/// The sessions that have a group, by the group. None is kept by it: a session ends when the daemon
/// drops it.
#[derive(Clone, Default)]
pub(crate) struct Networks(Arc<Mutex<BTreeMap<RoomId, Vec<mpsc::WeakSender<Message>>>>>);

impl Networks {
    pub(crate) fn join<'a>(&self, groups: impl Iterator<Item = &'a str>, network: &mpsc::Sender<Message>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for id in groups {
            let sessions = all.entry(id.into()).or_default();
            sessions.retain(|session| session.strong_count() > 0);
            sessions.push(network.downgrade());
        }
    }

    /// Says something in every session that has the group. Whether there was one.
    pub(crate) async fn say(&self, room: &RoomId, from: &Sender, text: &Text) -> bool {
        let sessions: Vec<_> = {
            let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(room).into_iter().flatten().filter_map(mpsc::WeakSender::upgrade).collect()
        };
        for session in &sessions {
            // A session that ends misses it.
            let _ = session.send(Box::new((from.clone(), text.clone()))).await;
        }
        !sessions.is_empty()
    }
}
