//! Hooks that the plugin lacks.

use crate::model::lock::{read, write};
use std::{collections::HashSet, sync::RwLock};

/// Hooks that the plugin has answered with "unsupported".
#[derive(Debug, Default)]
pub struct Hooks(RwLock<HashSet<&'static str>>);

impl Hooks {
    /// Whether the plugin lacks that hook, as far as is known.
    #[must_use]
    pub fn lacks(&self, hook: &str) -> bool {
        read(&self.0).contains(hook)
    }

    /// Records that the plugin does not have `hook`.
    pub fn note_lack(&self, hook: &'static str) {
        tracing::debug!(hook, "the plugin does not have this hook");
        write(&self.0).insert(hook);
    }
}
