//! Joins that are refused.

use crate::language::Language;
use crate::session::state::Session;
use crate::stanza::error::stanza_error;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::muc;
use plugin_api::ContactId;
use plugin_api::Error;

/// The error that answers a wish to come in.
pub(in crate::session) fn not_let_in(session: &Session, id: &ContactId, stanza: &Stanza, why: &StanzaError) {
    if let Some(error) = muc::refusal(stanza, &session.services.address.contact_bare(id), why) {
        session.send(error);
    }
}

/// What a network that knows no room says of one.
pub(in crate::session) fn refused(language: Language, error: &Error) -> StanzaError {
    if error.is_unsupported() {
        return StanzaError::new(Condition::ItemNotFound);
    }
    stanza_error(language, error)
}
