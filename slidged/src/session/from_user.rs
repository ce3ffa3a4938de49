//! Stanzas of the user, by kind and address.

use crate::say;
use crate::session::echo::may_be_echo;
use crate::session::presence::user_presence;
use crate::session::room::dispatch::room_stanza;
use crate::session::state::Session;
use crate::session::subscription::contact_presence;
use crate::session::user_avatar_sync::own_news;
use crate::session::user_messages::contact_iq;
use crate::session::user_messages::handle_message;
use crate::xmpp as wire;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;

/// Handles a stanza from the user to a contact, or a presence to the gateway.
pub(in crate::session) fn handle_stanza(session: &mut Session, stanza: &Stanza) {
    let Some(node) = stanza.to.as_ref().and_then(|to| to.node()) else {
        match stanza.kind {
            wire::Kind::Presence => user_presence(session, stanza),
            wire::Kind::Message => own_news(session, stanza),
            wire::Kind::Iq => {}
        }
        return;
    };
    let Some(contact) = session.services.address.contact_id(node.as_str()) else {
        let text = say!(session.user.language, "no-such-contact");
        return session.refuse(stanza, &StanzaError::with_text(Condition::ItemNotFound, text));
    };
    if room_stanza(session, &contact, stanza) {
        return;
    }
    match stanza.kind {
        wire::Kind::Message if may_be_echo(session, &contact, stanza, handle_message) => {}
        wire::Kind::Message => handle_message(session, contact, stanza),
        wire::Kind::Presence => contact_presence(session, contact, stanza),
        wire::Kind::Iq => contact_iq(session, &contact, stanza),
    }
}
