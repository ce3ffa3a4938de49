//! Errors for stanzas that are not served (RFC 6120 section 8.3).

use super::uplink::Uplink;
use crate::store::StoreError;
use crate::{
    language::Language,
    say,
    xmpp::{Condition, Kind, Stanza, StanzaError, muc, passing, reply},
};
use plugin_api::Info;
use std::sync::Arc;

/// Answers stanzas with errors. A clone answers the same way.
#[derive(Clone)]
pub struct Refusals {
    uplink: Uplink,
    info: Arc<Info>,
}

impl Refusals {
    pub(super) fn new(uplink: Uplink, info: Arc<Info>) -> Self {
        Refusals { uplink, info }
    }

    /// Answers with an error, if the stanza may be answered.
    pub fn refuse(&self, stanza: &Stanza, condition: Condition, text: &str) {
        if let Some(bytes) = reply::error(stanza, &StanzaError::with_text(condition, text)) {
            self.uplink.send(bytes);
        }
    }

    /// Answers an iq with an error.
    pub(crate) fn answer_error(&self, iq: &Stanza, error: &StanzaError) {
        self.uplink.send(reply::error(iq, error).unwrap_or_default());
    }

    /// Refuses a stanza for a session that is about to end.
    pub fn refuse_stopping(&self, stanza: &Stanza) {
        if is_waited_for(stanza) {
            let text = say!(Language::of(stanza.language()), "stopping-now");
            self.refuse(stanza, Condition::RecipientUnavailable, &text);
        }
    }

    /// Refuses a stanza for a session that has too many already.
    pub(crate) fn refuse_busy(&self, stanza: &Stanza) {
        if is_waited_for(stanza) {
            let text = say!(Language::of(stanza.language()), "too-much-at-once");
            self.refuse(stanza, Condition::ResourceConstraint, &text);
        }
    }

    /// Refuses a stanza for a contact from somebody who is not registered.
    pub fn stranger(&self, stanza: &Stanza) {
        match (stanza.kind, stanza.type_str()) {
            // Of presence from strangers, only wishes deserve an answer.
            (Kind::Presence, "subscribe") | (Kind::Iq, _) => self.register_first(stanza),
            (Kind::Presence, _) if muc::is_join(stanza) => self.register_first(stanza),
            // RFC 6121 section 8.5 has no answer for headlines.
            (Kind::Message, type_) if type_ != "headline" && !passing::is_all(stanza) => {
                self.register_first(stanza);
            }
            _ => {}
        }
    }

    /// Tells somebody that they have to register.
    pub(crate) fn register_first(&self, stanza: &Stanza) {
        let language = Language::of(stanza.language());
        let text = say!(language, "denied-not-registered", network = &self.info.component_name);
        self.refuse(stanza, Condition::RegistrationRequired, &text);
    }

    /// The error for a message without text; `None` if nothing in it waits for an answer
    /// (RFC 6121 section 8.5 has none for headlines).
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

/// The error for a message of nothing but spaces.
pub(crate) fn blank(language: Language) -> StanzaError {
    StanzaError::with_text(Condition::BadRequest, say!(language, "message-blank"))
}

/// Whether the sender waits for an answer; presence updates are not waited for.
fn is_waited_for(stanza: &Stanza) -> bool {
    match (stanza.kind, stanza.type_str()) {
        (Kind::Presence, "subscribe") | (Kind::Iq, _) => true,
        (Kind::Presence, _) => muc::is_join(stanza),
        (Kind::Message, _) => !passing::is_all(stanza),
    }
}

/// The error for a user whose request met a failure of the store.
pub(crate) fn store_failed(error: &StoreError) -> StanzaError {
    if let StoreError::NoSuchUser = error {
        return StanzaError::new(Condition::RegistrationRequired);
    }
    tracing::error!(%error, "the store failed");
    StanzaError::new(Condition::InternalServerError)
}
