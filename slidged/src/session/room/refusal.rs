//! Refusals of joins.

use crate::language::Language;
use crate::session::state::Session;
use crate::stanza::error::stanza_error;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::muc;
use plugin_api::ContactId;
use plugin_api::Error;

/// Answers a request to join with an error.
pub(in crate::session) fn refuse_join(session: &Session, id: &ContactId, stanza: &Stanza, why: &StanzaError) {
    if let Some(error) = muc::refusal(stanza, &session.services.address.contact_bare(id), why) {
        session.send(error);
    }
}

/// Converts the network's error about a room for a client. A network without such a call knows no
/// such room.
pub(in crate::session) fn refused(language: Language, error: &Error) -> StanzaError {
    if error.is_unsupported() {
        return StanzaError::new(Condition::ItemNotFound);
    }
    stanza_error(language, error)
}
