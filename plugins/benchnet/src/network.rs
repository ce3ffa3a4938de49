//! What stands for the network: it takes what the user says, and says it back on its own.

use plugin_api::prelude::*;
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// Messages that the network has sent and the daemon has not yet taken: what a client has in its socket's buffer.
const WINDOW: usize = 64;

/// A message of a contact. Boxed: a channel makes room for 32 at once, and most users are idle.
pub(crate) type Message = Box<(Contact, Text)>;

/// Starts the session's end of the network.
pub(crate) fn start(host: &Host) -> mpsc::Sender<Message> {
    let (sender, messages) = mpsc::channel(WINDOW);
    host.spawn(deliver(messages));
    sender
}

/// Hands messages over in order, a window of them at a time.
async fn deliver(mut messages: mpsc::Receiver<Message>) {
    let mut outstanding = VecDeque::new();
    loop {
        tokio::select! {
            biased;
            Some(message) = messages.recv(), if outstanding.len() < WINDOW => {
                let (contact, text) = *message;
                outstanding.push_back(contact.send_text(text));
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
