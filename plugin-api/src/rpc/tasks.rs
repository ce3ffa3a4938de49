//! Background tasks of a gateway or session.

use crate::runtime::{BoxFuture, Contained, Executor};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;
use tracing::Instrument;

/// Background tasks that end with the object they were spawned for.
pub struct Tasks {
    executor: Executor,
    /// Made when needed: most sessions of most networks have none.
    set: Mutex<Option<JoinSet<()>>>,
}

impl Tasks {
    /// None so far.
    pub fn on(executor: &Executor) -> Arc<Self> {
        Arc::new(Tasks { executor: executor.clone(), set: Mutex::default() })
    }

    pub(crate) fn spawn(&self, task: BoxFuture<()>) {
        let task = async move {
            let task = Contained::new(Box::pin(async move {
                task.await;
                Ok(())
            }));
            if let Err(error) = task.await {
                tracing::error!(%error, "a background task ended");
            }
        };
        // Nothing that may panic runs while it is locked.
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let set = set.get_or_insert_default();
        while set.try_join_next().is_some() {}
        set.spawn_on(task.in_current_span(), self.executor.handle());
    }
}
