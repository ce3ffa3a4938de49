//! Signals: SIGTERM and SIGINT stop the daemon, the second time at once; SIGHUP reads the log
//! levels again.

use std::io;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A stop that the administrator, or the service manager, has asked for.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Cancelled at the first SIGTERM or SIGINT: end in order.
    pub asked: CancellationToken,
    /// Cancelled at the second one: end at once. That loses nothing (the outbox is on disk), but
    /// leaves users shown as present.
    pub insisted: CancellationToken,
}

/// Listens from now on; `reload` is called at every SIGHUP. Needs a tokio runtime.
///
/// # Errors
///
/// The system refuses to install a handler.
pub fn listen(reload: impl Fn() + Send + 'static) -> io::Result<Stop> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let stop = Stop::default();
    let heard = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hang_up.recv() => {
                    reload();
                    continue;
                }
            }
            if heard.asked.is_cancelled() {
                heard.insisted.cancel();
            } else {
                tracing::info!("stopping");
                heard.asked.cancel();
            }
        }
    });
    Ok(stop)
}
