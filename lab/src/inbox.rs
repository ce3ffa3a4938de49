//! Stanzas and events that have come for a person, until a scenario takes them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use minidom::Element;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::wait::PATIENCE;

/// Display of an item when a scenario has failed.
pub(crate) trait Shown {
    fn shown(&self) -> String;
}

impl Shown for Element {
    fn shown(&self) -> String {
        String::from(self)
    }
}

impl Shown for serde_json::Value {
    fn shown(&self) -> String {
        self.to_string()
    }
}

#[derive(Debug)]
pub(crate) struct Inbox<T> {
    owner: String,
    items: Mutex<VecDeque<T>>,
    changed: Notify,
}

impl<T: Shown> Inbox<T> {
    pub(crate) fn new(owner: String) -> Self {
        Inbox { owner, items: Mutex::default(), changed: Notify::new() }
    }

    fn items(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, item: T) {
        self.items().push_back(item);
        self.changed.notify_waiters();
    }

    /// Shows all that nobody has taken.
    pub(crate) fn look(&self, see: impl FnMut(&T)) {
        self.items().iter().for_each(see);
    }

    /// Takes all that fit.
    pub(crate) fn take(&self, fits: impl Fn(&T) -> bool) -> Vec<T> {
        let mut items = self.items();
        let (taken, left): (Vec<_>, Vec<_>) = items.drain(..).partition(fits);
        *items = left.into();
        taken
    }

    /// Waits for the first that fits among those nobody has taken, and takes it.
    ///
    /// # Panics
    /// When none comes in time, with a list of what came instead.
    pub(crate) async fn expect(&self, what: &str, fits: impl Fn(&T) -> bool) -> T {
        match timeout(PATIENCE, self.listen(fits)).await {
            Ok(found) => found,
            Err(_) => panic!("{} waited {PATIENCE:?} for {what}; {}", self.owner, self.came()),
        }
    }

    /// Waits for a fitting item without a deadline.
    pub(crate) async fn listen(&self, fits: impl Fn(&T) -> bool) -> T {
        loop {
            // Made before the look, so that nothing that comes in between is missed.
            let changed = self.changed.notified();
            if let Some(found) = self.first(&fits) {
                return found;
            }
            changed.await;
        }
    }

    fn first(&self, fits: &impl Fn(&T) -> bool) -> Option<T> {
        let mut items = self.items();
        let at = items.iter().position(fits)?;
        items.remove(at)
    }

    fn came(&self) -> String {
        let lines: Vec<_> = self.items().iter().map(|item| format!("  {}", item.shown())).collect();
        if lines.is_empty() {
            "nothing came".into()
        } else {
            format!("it got, oldest first:\n{}", lines.join("\n"))
        }
    }
}
