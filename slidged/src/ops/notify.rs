//! The service manager's protocol (sd_notify(3)). Without a service manager, all of this does
//! nothing.

use sd_notify::NotifyState;
use std::sync::{LazyLock, mpsc};
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// The daemon does its work: the XMPP server took us, the plugin is loaded.
pub fn ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// One line that `systemctl status` shows.
pub fn status(status: &str) {
    send(&[NotifyState::Status(status)]);
}

/// The daemon is on its way out.
pub fn stopping() {
    send(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// Messages that the service manager has not read yet; more are status lines that nobody looks at.
const WAITING: usize = 16;

enum Message {
    Text(String),
    /// Answered when all before it has gone out.
    Flush(mpsc::SyncSender<()>),
}

/// Messages go out on a thread of their own: a service manager that does not read for a while (its
/// socket holds some ten) must not stop the daemon. `None` without a service manager.
static OUT: LazyLock<Option<mpsc::SyncSender<Message>>> = LazyLock::new(|| {
    std::env::var_os("NOTIFY_SOCKET")?;
    let (out, messages) = mpsc::sync_channel::<Message>(WAITING);
    let run = move || {
        for message in messages {
            match message {
                Message::Text(text) => {
                    if let Err(error) = sd_notify::notify(&[NotifyState::Custom(&text)]) {
                        tracing::debug!(%error, "cannot talk to the service manager");
                    }
                }
                // Whoever waits for it may have given up.
                Message::Flush(done) => drop(done.try_send(())),
            }
        }
    };
    match std::thread::Builder::new().name("notify".into()).spawn(run) {
        Ok(_) => Some(out),
        Err(error) => {
            tracing::warn!(%error, "the service manager will not hear from us");
            None
        }
    }
});

/// A message that is not taken costs a status line, nothing else.
fn send(state: &[NotifyState<'_>]) {
    let Some(out) = &*OUT else { return };
    let message = state.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    if let Err(error) = out.try_send(Message::Text(message)) {
        tracing::debug!(%error, "the service manager does not listen");
    }
}

/// Waits, at the end of the process, until all notifications have gone out, for a second at most.
pub fn flush() {
    let Some(out) = &*OUT else { return };
    let (done, gone) = mpsc::sync_channel(1);
    if out.try_send(Message::Flush(done)).is_ok() {
        // A service manager that does not listen misses the last words.
        let _ = gone.recv_timeout(Duration::from_secs(1));
    }
}

/// Tells the service manager that the main loop turns (`WatchdogSec=`). Keep it in the loop itself:
/// from a task of its own it would only prove that the task is alive.
pub struct Watchdog(Option<Interval>);

impl Watchdog {
    /// Asks the service manager how often it wants to hear from us. Needs a tokio runtime.
    pub fn new() -> Self {
        Self::every(sd_notify::watchdog_enabled())
    }

    fn every(deadline: Option<Duration>) -> Self {
        // Half of the time, as sd_watchdog_enabled(3) advises.
        Self(deadline.map(|deadline| (deadline / 2).max(Duration::from_millis(1))).map(|pause| {
            let mut interval = interval(pause);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        }))
    }

    /// Waits until it is time, and notifies the watchdog. Never returns without a watchdog; cancel
    /// safe.
    pub async fn beat(&mut self) {
        match &mut self.0 {
            Some(interval) => {
                interval.tick().await;
                send(&[NotifyState::Watchdog]);
            }
            None => std::future::pending().await,
        }
    }
}

impl Default for Watchdog {
    fn default() -> Self {
        Self::new()
    }
}
