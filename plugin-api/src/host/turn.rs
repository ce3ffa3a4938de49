//! A turn on a plugin's threads.

use super::watch::NOTHING;
use crate::rpc::{Answer, Remote};
use std::{future::poll_fn, pin::Pin, task::Poll, time::Instant};

/// A turn on any thread of a plugin.
pub(super) struct Turn {
    answer: Answer<()>,
    began: Instant,
}

impl Turn {
    /// Asks for one, now.
    pub(super) fn of(remote: &Remote) -> Self {
        Turn { began: Instant::now(), answer: remote.call(NOTHING, &()) }
    }

    /// Time at which the turn was asked for.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// Whether the plugin has had it. Returns at once.
    pub(super) async fn is_over(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(Pin::new(&mut self.answer).poll(cx).is_ready())).await
    }
}
