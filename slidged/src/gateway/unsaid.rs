//! Messages that say nothing that anybody here could do something with: their senders are told so.

use super::Gateway;
use crate::{
    language::Language,
    say,
    xmpp::{Condition, Stanza, StanzaError, passing},
};

impl Gateway {
    /// What to answer to a message without words; `None` if nothing waits for an answer in it (RFC 6121 section 8.5 has none for headlines).
    pub(crate) fn not_understood(&self, language: Language, message: &Stanza) -> Option<StanzaError> {
        if matches!(message.message_type(), "error" | "headline") || passing::is_all(message) {
            return None;
        }
        if message.is_blank() {
            return Some(blank(language));
        }
        let text = say!(language, "message-not-understood", network = &self.info.component_name);
        Some(StanzaError::with_text(Condition::FeatureNotImplemented, text))
    }
}

/// What to answer to a message of nothing but spaces.
pub(crate) fn blank(language: Language) -> StanzaError {
    StanzaError::with_text(Condition::BadRequest, say!(language, "message-blank"))
}
