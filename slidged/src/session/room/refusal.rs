//! Joins that are refused.

use crate::session::room::entering::Entering;
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

/// A client that was on its way has given up, or arrived; false if it had given up before, or tries anew.
pub(in crate::session) fn enters_no_more(session: &mut Session, id: &ContactId, entering: &Entering) -> bool {
    let key = (id.as_str().into(), entering.client.clone());
    let current = session.rooms.entering.get(&key) == Some(&entering.attempt);
    if current {
        session.rooms.entering.remove(&key);
    }
    current
}

/// What a network that knows no room says of one.
pub(in crate::session) fn refused(error: &Error) -> StanzaError {
    if error.is_unsupported() {
        return StanzaError::new(Condition::ItemNotFound);
    }
    stanza_error(error)
}
