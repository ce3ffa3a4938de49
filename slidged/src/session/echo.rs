//! Echoes: messages that no client can have sent, since every client has a resource. The server
//! shows the gateway the messages that it sent in the user's name; today's have a mark
//! ([`crate::xmpp::echo`]) and do not come here, those of an earlier version only an id that was
//! noted.

use crate::say;
use crate::session::chat_queue::Direction;
use crate::session::patience;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use crate::xmpp::Condition;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use plugin_api::ContactId;

/// Takes a message that may be an echo, and looks up its id. If it is none, it is the user's like
/// any other and goes to `otherwise`.
pub(in crate::session) fn may_be_echo(
    session: &mut Session,
    contact: &ContactId,
    stanza: &Stanza,
    otherwise: fn(&mut Session, ContactId, &Stanza),
) -> bool {
    let client = stanza.from.as_ref().is_some_and(|from| from.resource().is_some());
    let Some(id) = stanza.id.clone().filter(|_| !client && !stanza.is_error()) else { return false };
    let size = stanza.body().map_or(0, |body| body.len());
    if !session.chats.to_network.enter_beside(size) {
        let text = say!(session.user.language, "too-much-waits");
        session.refuse(stanza, &StanzaError::with_text(Condition::ResourceConstraint, text));
        return true;
    }
    let (store, user, contact, stanza) =
        (session.services.store.clone(), session.user.id, contact.clone(), stanza.clone());
    let chat = contact.clone();
    let turn: Turn = Box::pin(async move {
        let (messages, chat) = (store.messages(user), contact.as_str());
        let known = patience::within(patience::ANSWER, || messages.all_by_xmpp_id(chat, &id)).await;
        let known = known.map(|known| known.iter().any(|ids| ids.from_user));
        Box::new(move |session: &mut Session| {
            session.chats.to_network.leave_beside();
            match known {
                Some(true) => tracing::debug!("what was said in the user's name came back"),
                Some(false) => otherwise(session, contact, &stanza),
                None => {
                    let text = say!(session.user.language, "message-not-stored");
                    session.refuse(&stanza, &StanzaError::with_text(Condition::InternalServerError, text));
                }
            }
        }) as Then
    });
    session.take_turns(Direction::ToNetwork, chat, size, turn);
    true
}
