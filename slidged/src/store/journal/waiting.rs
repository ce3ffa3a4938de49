//! Amounts of stanzas that wait for the XMPP server.

/// Number and size of waiting stanzas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Number of stanzas.
    pub messages: u64,
    /// Size in bytes.
    pub bytes: u64,
}

impl Waiting {
    pub(super) fn add(&mut self, more: Waiting) {
        self.messages += more.messages;
        self.bytes += more.bytes;
    }

    pub(super) fn subtract(&mut self, less: Waiting) {
        self.messages = self.messages.saturating_sub(less.messages);
        self.bytes = self.bytes.saturating_sub(less.bytes);
    }

    /// Whether `more` is within these limits too. A single entry larger than the limits fits when
    /// nothing else waits.
    pub(super) fn has_room(self, more: Waiting, messages: u64, bytes: u64) -> bool {
        self.messages == 0 || (self.messages + more.messages <= messages && self.bytes + more.bytes <= bytes)
    }
}
