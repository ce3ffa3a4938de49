//! Records of what a plugin does, in order.

use std::{fmt::Debug, time::Duration};
use tokio::{sync::mpsc, time::timeout};

/// Time that a test waits for something that the plugin should do: so long that only a mistake
/// reaches it, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Record of what a plugin did, in order.
pub(super) struct Recorder<T>(mpsc::UnboundedReceiver<T>);

impl<T: Debug> Recorder<T> {
    // Not bounded: a test sees the end of whatever it started.
    pub(super) fn new() -> (mpsc::UnboundedSender<T>, Self) {
        #[allow(clippy::disallowed_methods, reason = "a test reads all of it")]
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Recorder(receiver))
    }

    /// The next thing, whatever it is.
    pub(super) async fn next(&mut self) -> T {
        match timeout(PATIENCE, self.0.recv()).await {
            Ok(Some(seen)) => seen,
            Ok(None) => panic!("the plugin is gone before it did anything more"),
            Err(_) => panic!("the plugin did nothing more in {PATIENCE:?}"),
        }
    }

    /// Goes through what was done until something fits.
    pub(super) async fn until<R>(&mut self, what: &str, mut fits: impl FnMut(&T) -> Option<R>) -> R {
        let mut skipped = Vec::new();
        loop {
            match timeout(PATIENCE, self.0.recv()).await {
                Ok(Some(seen)) => match fits(&seen) {
                    Some(found) => return found,
                    None => skipped.push(seen),
                },
                Ok(None) => panic!("the plugin is gone before {what}, after {skipped:?}"),
                Err(_) => panic!("no {what} in {PATIENCE:?}, only {skipped:?}"),
            }
        }
    }

    /// Waits until the plugin can do no more.
    pub(super) async fn closed(&mut self) {
        let closed = async { while self.0.recv().await.is_some() {} };
        if timeout(PATIENCE, closed).await.is_err() {
            panic!("the plugin holds on to a session that was dropped");
        }
    }

    /// Takes what there is by now.
    pub(super) fn so_far(&mut self) -> Vec<T> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[should_panic(expected = "the plugin is gone before tea, after [1, 2]")]
    async fn what_never_comes_fails_with_what_came_instead() {
        let (sender, mut seen) = Recorder::new();
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        drop(sender);
        seen.until("tea", |_| None::<()>).await;
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "no tea in 20s, only [1]")]
    async fn waiting_has_an_end() {
        let (sender, mut seen) = Recorder::new();
        sender.send(1).unwrap();
        seen.until("tea", |_| None::<()>).await;
    }
}
