//! Tasks of the gateway and its sessions.

use crate::host::Share;
use plugin_api::{Error, host::Reply};
use serde::Serialize;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// Every task that the gateway or a session runs. A clone shares them.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    /// Ends tasks that wait for people.
    stopping: CancellationToken,
}

impl Tasks {
    /// Runs a task that waits for people: the stop of the gateway ends it.
    pub(crate) fn converse(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.stopping.clone();
        self.spawn(async move {
            stopping.run_until_cancelled(task).await;
        });
    }

    /// Runs a task beside everything else; the stop of the gateway waits for it.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task.in_current_span());
    }

    /// Runs a task that has a span of its own; the stop of the gateway waits for it.
    pub(crate) fn track(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// Runs something that blocks its thread.
    pub(crate) fn spawn_blocking(&self, work: impl FnOnce() + Send + 'static) {
        self.tracker.spawn_blocking(work);
    }

    /// Answers the plugin once `work` is done, whoever still waits for it.
    pub fn answer<T: Serialize + Send + 'static>(
        &self,
        reply: Reply<T>,
        share: Share,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) {
        self.spawn(async move {
            reply.send(work.await);
            drop(share);
        });
    }

    /// Waits until the gateway is about to stop.
    pub(crate) async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Ends tasks that wait for people.
    pub(crate) fn stop(&self) {
        self.stopping.cancel();
    }

    /// Waits for the end of all other tasks.
    pub(crate) async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// The number of tasks that run.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.tracker.len()
    }
}
