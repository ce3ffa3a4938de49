//! Replies of the daemon to a plugin.

use super::codec::encode;
use crate::error::{Condition, Error, Result};
use serde::Serialize;
use std::{
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::oneshot;

/// Answers one request, from anywhere. If it is dropped instead, the answer is
/// `service-unavailable`.
pub struct Reply<T> {
    sender: oneshot::Sender<Result<Vec<u8>>>,
    writes: PhantomData<fn(T)>,
}

/// Answer that the caller waits for. May be polled on any thread.
#[derive(Debug)]
pub struct Pending(oneshot::Receiver<Result<Vec<u8>>>);

impl<T: Serialize> Reply<T> {
    /// A reply, and what waits for it.
    pub fn new() -> (Self, Pending) {
        let (sender, receiver) = oneshot::channel();
        (Reply { sender, writes: PhantomData }, Pending(receiver))
    }

    /// The answer. Nothing happens if nobody waits for it any more.
    pub fn send(self, answer: Result<T>) {
        let _ = self.sender.send(answer.and_then(|value| encode(&value)));
    }

    /// Whether nobody waits for the answer any more.
    pub fn is_abandoned(&self) -> bool {
        self.sender.is_closed()
    }

    /// Resolves when nobody waits for the answer any more. Cancel safe.
    pub async fn abandoned(&mut self) {
        self.sender.closed().await;
    }
}

impl<T> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply")
    }
}

impl Future for Pending {
    type Output = Result<Vec<u8>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| {
            answer.unwrap_or_else(|_| {
                Err(Error::from(Condition::ServiceUnavailable).with_detail("it was dropped unanswered"))
            })
        })
    }
}
