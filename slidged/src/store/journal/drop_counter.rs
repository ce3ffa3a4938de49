//! Counter of stanzas that are dropped because the server does not keep up.

/// Counts dropped stanzas, and logs when dropping starts and ends.
#[derive(Debug, Default)]
pub(super) struct DropCounter {
    /// Number since dropping started.
    current: u64,
    /// Number since the start of the process.
    pub(super) total: u64,
}

impl DropCounter {
    /// Counts dropped stanzas. `what` names their kind in the log.
    pub(super) fn add(&mut self, count: u64, what: &str) {
        if self.current == 0 && count > 0 {
            tracing::warn!("the XMPP server does not keep up: {what} are dropped");
        }
        self.current += count;
        self.total += count;
    }

    /// Ends a period of dropping, if there was one.
    pub(super) fn end(&mut self, what: &str) {
        let count = std::mem::take(&mut self.current);
        if count > 0 {
            tracing::info!(count, "the XMPP server keeps up again: no more {what} are dropped");
        }
    }
}
