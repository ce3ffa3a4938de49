//! Reactions of the user: the user's other clients have to show the same, and reactions that the
//! network does not have are removed.

use crate::model::ids::new_id;
use crate::say;
use crate::session::chat_queue::Direction;
use crate::session::envelope::envelope;
use crate::session::message::Kind;
use crate::session::message::UserMessage;
use crate::session::state::Session;
use crate::session::state::Then;
use crate::session::state::Turn;
use crate::stanza;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::RemoteSession;
use plugin_api::Sender;
use std::sync::Arc;

/// Shows the user's reactions on all stanzas of a message: the user's clients show them on the one
/// that was reacted to only.
pub(in crate::session) fn other_stanzas(session: &mut Session, message: &UserMessage) {
    // All clients in the room have seen them already.
    let (Kind::React { to, emojis }, None) = (&message.kind, &message.room) else { return };
    react_as_user(session, &message.contact, to, emojis.clone(), false);
}

/// Removes reactions that the network does not have, here and there, and tells the user (K42).
pub(in crate::session) fn reset_reactions(
    session: &mut Session,
    message: &UserMessage,
    remote: &Arc<RemoteSession>,
) {
    let (Kind::React { to, .. }, None) = (&message.kind, &message.room) else { return };
    let single = session.can(&message.contact).reactions_single_emoji;
    let id = if single { "one-reaction-only" } else { "no-such-reaction" };
    session.gateway_message(&say!(
        session.user.language,
        id,
        network = &session.services.info.component_name
    ));
    react_as_user(session, &message.contact, to, Vec::new(), true);
    let (services, user, remote) = (session.services.clone(), session.user.id, remote.clone());
    let (contact, stanza) = (message.contact.clone(), to.clone());
    session.notify_plugin(contact.clone(), "on_react", move |_| async move {
        let id = services.message_ids.legacy_id(user, contact.as_str(), stanza).await;
        remote.on_react(Chat::contact(contact), id, Vec::new(), None).await
    });
}

/// Shows the user's reactions on the stanzas of the message that `stanza` is one of, where the
/// server lets the gateway speak in the user's name.
fn react_as_user(
    session: &mut Session,
    contact: &ContactId,
    stanza: &str,
    emojis: Vec<String>,
    itself: bool,
) {
    let domain = session.user.jid.domain().as_str();
    if !session.services.privileges.of(domain).is_some_and(|privileges| privileges.message) {
        return;
    }
    let from = Sender { contact: Some(contact.clone()), is_user: true, ..Sender::default() };
    let (services, user, contact) = (session.services.clone(), session.user.id, contact.clone());
    let stanza = stanza.to_owned();
    let chat = contact.clone();
    let turn: Turn = Box::pin(async move {
        let id = services.message_ids.legacy_id(user, contact.as_str(), stanza.clone()).await;
        let mut stanzas = services.message_ids.stanzas_of(user, &contact, &id).await.unwrap_or_default();
        if stanzas.is_empty() {
            stanzas.push(stanza.clone());
        }
        stanzas.retain(|other| itself || *other != stanza);
        Box::new(move |session: &mut Session| {
            let Ok((_, speaker)) = envelope(session, &from) else { return };
            let react =
                stanzas.iter().map(|target| stanza::reaction(&speaker, &new_id(), target, &emojis, false));
            session.deliver_stanzas(react);
        }) as Then
    });
    // The order is that of the user's reactions: the last one stands.
    session.take_turns(Direction::ToUser, chat, 0, turn);
}
