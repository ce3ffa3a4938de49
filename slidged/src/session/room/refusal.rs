//! Refusals of joins.

use crate::session::room::entering::Entering;
use crate::session::state::Session;
use crate::stanza::error::stanza_error;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::muc;
use plugin_api::ContactId;
use plugin_api::Error;

/// Answers a request to join with an error.
pub(in crate::session) fn not_let_in(session: &Session, id: &ContactId, stanza: &Stanza, why: &StanzaError) {
    if let Some(error) = muc::refusal(stanza, &session.services.address.contact_bare(id), why) {
        session.send(error);
    }
}

/// Ends the joining of a client, which has arrived or failed. False if it gave up before, or has
/// tried again.
pub(in crate::session) fn enters_no_more(session: &mut Session, id: &ContactId, entering: &Entering) -> bool {
    let key = (id.as_str().into(), entering.client.clone());
    let current = session.rooms.entering.get(&key) == Some(&entering.attempt);
    if current {
        session.rooms.entering.remove(&key);
    }
    current
}

/// Converts the network's error about a room for a client. A network without such a call knows no
/// such room.
pub(in crate::session) fn refused(error: &Error) -> StanzaError {
    if error.is_unsupported() {
        return StanzaError::new(Condition::ItemNotFound);
    }
    stanza_error(error)
}
