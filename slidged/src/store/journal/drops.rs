//! What is dropped because the server does not keep up: counted, and told once per change.

/// Counts what there was no room for, and says so once per change.
#[derive(Debug, Default)]
pub(super) struct Drops {
    now: u64,
    pub(super) ever: u64,
}

impl Drops {
    pub(super) fn add(&mut self, count: u64, what: &str) {
        if self.now == 0 && count > 0 {
            tracing::warn!("the XMPP server does not keep up: {what} are dropped");
        }
        self.now += count;
        self.ever += count;
    }

    pub(super) fn end(&mut self, what: &str) {
        let count = std::mem::take(&mut self.now);
        if count > 0 {
            tracing::info!(count, "the XMPP server keeps up again: no more {what} are dropped");
        }
    }
}
