//! Messages and iqs of the user, on their way to the plugin.

use crate::model::clock::now;
use crate::say;
use crate::services::Services;
use crate::session::dedup::Duplicate;
use crate::session::dedup::body_hash;
use crate::session::delivery::deliver;
use crate::session::message::Kind;
use crate::session::message::UserMessage;
use crate::session::parse;
use crate::session::parse::ParsedMessage;
use crate::session::presence::last_activity;
use crate::session::profile_lookup::handle_profile_query;
use crate::session::reaction_restrictions::answer_for;
use crate::session::reaction_restrictions::may_be_restricted;
use crate::session::reaction_restrictions::tell_restrictions;
use crate::session::room::reflection::shown_in_room;
use crate::session::state::Session;
use crate::stanza;
use crate::store::Entry;
use crate::store::Scope;
use crate::store::StoreError;
use crate::store::UserId;
use crate::store::Write;
use crate::xmpp::Condition;
use crate::xmpp::ErrorType;
use crate::xmpp::Stanza;
use crate::xmpp::StanzaError;
use crate::xmpp::chat_states::ChatState;
use crate::xmpp::last;
use crate::xmpp::markers::Marker;
use crate::xmpp::ns;
use crate::xmpp::passing;
use crate::xmpp::receipts;
use crate::xmpp::stanza_id;
use jid::BareJid;
use plugin_api::Chat;
use plugin_api::ContactId;
use plugin_api::Error;
use plugin_api::MessageId;
use plugin_api::RemoteSession;
use plugin_api::ThreadId;
use std::sync::Arc;
use std::time::Instant;

pub(in crate::session) fn handle_message(session: &mut Session, contact: ContactId, stanza: &Stanza) {
    if stanza.has("x", ns::CONFERENCE) && stanza.type_str() != "error" {
        // The gateway cannot join rooms elsewhere (K53), and does not yet take invitations into the
        // network's own.
        let text =
            say!(session.user.language, "no-invitations", network = &session.services.info.component_name);
        return session.refuse(stanza, &StanzaError::with_text(Condition::BadRequest, text));
    }
    match stanza.message_type() {
        // Errors are never delivered as content, and never answered (R1).
        "error" => return tracing::debug!(error = ?stanza.error(), "a message of ours came back"),
        "groupchat" => {
            let (id, condition) = match session.contacts.contains_key(&contact) {
                true => ("contact-not-a-group", Condition::ServiceUnavailable),
                false => ("no-such-group", Condition::ItemNotFound),
            };
            let text = say!(session.user.language, id);
            return session.refuse(stanza, &StanzaError::with_text(condition, text));
        }
        _ => {}
    }
    if !session.chats.sent.take(session.services.settings.messages, Instant::now()) {
        return too_fast(session, stanza);
    }
    if encrypted(stanza) {
        let text = say!(session.user.language, "message-encrypted");
        return session.refuse(stanza, &StanzaError::with_text(Condition::BadRequest, text));
    }
    match parse_message(session, &contact, stanza) {
        Some(said) => {
            take_message(session, contact.clone(), stanza, said);
            handle_marker(session, contact, stanza);
        }
        None if session.messages.announcements.note(&contact, stanza, None, now()) => {}
        None => unsaid(session, contact, stanza),
    }
}

/// Handles a message without content: chat states and markers are passed on, and anything else in
/// it is answered.
fn unsaid(session: &mut Session, contact: ContactId, stanza: &Stanza) {
    if let Some(error) = session.services.refusals.not_understood(session.user.language, stanza) {
        return session.refuse(stanza, &error);
    }
    handle_chat_state(session, contact, stanza);
}

/// Refuses a message of a user who sends too many. Hints are dropped, since nobody waits for them.
pub(in crate::session) fn too_fast(session: &Session, stanza: &Stanza) {
    if !passing::is_all(stanza) {
        let text = say!(session.user.language, "sent-too-fast");
        let error = StanzaError::with_text(Condition::PolicyViolation, text);
        session.refuse(stanza, &error.of_type(ErrorType::Wait));
    }
}

/// Passes on chat states and markers: hints whose failure nobody is told.
pub(in crate::session) fn handle_chat_state(session: &mut Session, contact: ContactId, stanza: &Stanza) {
    let thread = stanza.thread().map(Into::into);
    let chat = chat_with(session, &contact);
    if let Some(state) = ChatState::parse(stanza)
        && session.can(&contact).chat_states
    {
        typing(session, contact.clone(), chat, state, thread);
    }
    handle_marker(session, contact, stanza);
}

/// Passes on that the user has seen or acknowledged a message; the latter implies the former.
pub(in crate::session) fn handle_marker(session: &mut Session, contact: ContactId, stanza: &Stanza) {
    if let Some(Marker::Displayed(id) | Marker::Acknowledged(id)) = Marker::parse(stanza)
        && session.can(&contact).marks
    {
        let thread = stanza.thread().map(Into::into);
        displayed(session, contact, id, thread);
    }
}

/// Returns the conversation with a contact, or in a room.
pub(in crate::session) fn chat_with(session: &Session, id: &ContactId) -> Chat {
    if session.is_room(id) { Chat::room(id.0.clone()) } else { Chat::contact(id.clone()) }
}

fn typing(session: &mut Session, contact: ContactId, chat: Chat, state: ChatState, thread: Option<ThreadId>) {
    let name = match state {
        ChatState::Active => "on_active",
        ChatState::Composing => "on_composing",
        ChatState::Paused => "on_paused",
        ChatState::Inactive => "on_inactive",
        ChatState::Gone => "on_gone",
    };
    let thread = thread_of(session, contact.clone(), thread);
    session.notify_plugin(contact, name, move |remote| async move {
        let thread = thread.await;
        match state {
            ChatState::Active => remote.on_active(chat, thread).await,
            ChatState::Composing => remote.on_composing(chat, thread).await,
            ChatState::Paused => remote.on_paused(chat, thread).await,
            ChatState::Inactive => remote.on_inactive(chat, thread).await,
            ChatState::Gone => remote.on_gone(chat, thread).await,
        }
    });
}

/// Returns the network's id of a thread, if it has one; a chat state creates none.
fn thread_of(
    session: &Session,
    contact: ContactId,
    thread: Option<ThreadId>,
) -> impl Future<Output = Option<ThreadId>> + Send + 'static {
    let (services, user, threads) =
        (session.services.clone(), session.user.id, session.messages.threads.clone());
    async move {
        let thread = thread.filter(|_| services.info.threads)?;
        threads.to_network((&services, user), &contact, thread.as_str()).await.ok().flatten()
    }
}

fn displayed(session: &mut Session, contact: ContactId, stanza_id: String, thread: Option<ThreadId>) {
    if session.services.hooks.lacks("on_displayed") {
        return;
    }
    let (services, user, key) = (session.services.clone(), session.user.id, contact.clone());
    let (chat, thread) = (chat_with(session, &contact), thread_of(session, contact.clone(), thread));
    let deleted = session.messages.deleted.clone();
    let call = move |remote: Arc<RemoteSession>| async move {
        let id = services.message_ids.legacy_id(user, contact.as_str(), stanza_id).await;
        // A retracted message cannot be read any more, but those before it can.
        let id = match deleted.has(&contact, id.as_str()) {
            true => {
                let before =
                    services.store.messages(user).from_contact(contact.as_str(), "", id.as_str()).await;
                let before = before.map_err(StoreError::for_plugin)?;
                let last = before.iter().rev().find(|id| !deleted.has(&contact, id));
                let Some(last) = last else { return Ok(()) };
                MessageId::from(&**last)
            }
            false => id,
        };
        let thread = thread.await;
        for id in read_marks(&services, user, &contact, id).await? {
            remote.on_displayed(chat.clone(), id, thread.clone()).await?;
        }
        Ok(())
    };
    // The order is the conversation's: a marker must not overtake the text before it. Nobody is
    // told when it fails.
    session.call_plugin(key, "on_displayed", call, |_, _| {});
}

pub(in crate::session) fn parse_message(
    session: &Session,
    to: &ContactId,
    stanza: &Stanza,
) -> Option<ParsedMessage> {
    let services = &session.services;
    let contact = |jid: &BareJid| {
        let ours = jid.domain().as_str() == services.address.domain();
        jid.node().filter(|_| ours).and_then(|node| services.address.contact_id(node.as_str()))
    };
    parse::said(stanza, &session.user.address, session.can(to).formatting, contact)
}

/// Takes a message of the user: it is kept, then given to the plugin when its turn comes.
pub(in crate::session) fn take_message(
    session: &mut Session,
    contact: ContactId,
    stanza: &Stanza,
    said: ParsedMessage,
) {
    if let Some(id) = lacking(session, &contact, &said.kind) {
        let text = say!(session.user.language, id, network = &session.services.info.component_name);
        return session.refuse(stanza, &StanzaError::with_text(Condition::FeatureNotImplemented, text));
    }
    let ParsedMessage { mut kind, text, quoted } = said;
    let hash = body_hash(&stanza.body().unwrap_or_default());
    match session.messages.repeats.look(contact.as_str(), &text.stanza_id, hash) {
        Duplicate::No => {}
        // Its receipt or its error is still to come.
        Duplicate::InFlight => return tracing::debug!("a message that is under way came again"),
        Duplicate::Delivered => return repeated(session, stanza),
    }
    let address = |jid: &Option<jid::Jid>| jid.as_ref().map(ToString::to_string).unwrap_or_default();
    let room = shown_in_room(session, &contact, stanza);
    if room.as_ref().is_some_and(|shown| shown.len() > MAX_SHOWN) {
        let text = say!(session.user.language, "room-message-too-long");
        return session.refuse(stanza, &StanzaError::with_text(Condition::PolicyViolation, text));
    }
    let announced = session.messages.announcements.of(&contact, stanza, &mut kind);
    let (announced, at) = announced.map_or_else(|| (None, now()), |(by, at)| (Some(by), at));
    let message = UserMessage {
        from: address(&stanza.from),
        to: address(&stanza.to),
        // In a room all members would have to send one (XEP-0184 section 5.3).
        receipt: receipts::is_requested(stanza) && room.is_none(),
        hash: if repeatable(stanza) { hash } else { 0 },
        // All messages of one announcement count as sent at its time.
        at,
        contact,
        room,
        kind,
        text,
        quoted,
        announced,
        origin: stanza_id::origin_id(stanza).filter(|id| id.len() <= parse::MAX_ID).map(str::to_owned),
    };
    if !session.chats.has_room(&message.contact, message.size()) {
        let text = say!(session.user.language, "too-much-waits");
        return session.refuse(stanza, &StanzaError::with_text(Condition::ResourceConstraint, text));
    }
    deliver(session, message, None);
}

/// Returns the text for something that the network does not have. A correction can always be turned
/// into something that it has.
fn lacking(session: &Session, contact: &ContactId, kind: &Kind) -> Option<&'static str> {
    let can = session.can(contact);
    match kind {
        Kind::React { .. } if !can.reaction => Some("no-reactions"),
        Kind::Retract { .. } if !can.retraction => Some("no-retractions"),
        _ => None,
    }
}

/// Answers a repeat of a message that the network has: only the receipt may have been lost.
fn repeated(session: &Session, stanza: &Stanza) {
    if let (true, false, Some(id)) =
        (receipts::is_requested(stanza), session.services.info.proper_receipts, stanza.id.as_deref())
    {
        let to = stanza.to.as_ref().map(ToString::to_string).unwrap_or_default();
        session.send(stanza::receipt(&to, &session.user.address, id));
    }
}

/// Handles an iq from the user to a contact.
pub(in crate::session) fn contact_iq(session: &mut Session, contact: &ContactId, stanza: &Stanza) {
    if stanza.type_str() == "get" || stanza.type_str() == "set" {
        if handle_profile_query(session, contact, stanza) {
            return;
        }
        if last::is_query(stanza) {
            return session.send(last_activity(session, contact, stanza));
        }
        let known = session.contacts.contains_key(contact);
        if known && session.handles_command(stanza, &Chat::contact(contact.clone())) {
            return;
        }
        if known && may_be_restricted(session, contact, stanza) {
            return tell_restrictions(session, contact, stanza.clone());
        }
        session.send(answer_for(session, contact, stanza, None));
    }
}

/// Returns the messages that a marker is about: one, or, where the network wants each marked, all
/// unmarked ones up to it (K55).
async fn read_marks(
    services: &Services,
    user: UserId,
    contact: &ContactId,
    id: MessageId,
) -> Result<Vec<MessageId>, Error> {
    if !services.info.mark_all_messages {
        return Ok(vec![id]);
    }
    let scope = Scope::user(user, READ);
    let last =
        services.store.kv(scope.clone()).get(contact.as_str()).await.map_err(StoreError::for_plugin)?;
    let last = last.and_then(|last| String::from_utf8(last.into()).ok()).unwrap_or_default();
    let messages = services.store.messages(user);
    let unread =
        messages.from_contact(contact.as_str(), &last, id.as_str()).await.map_err(StoreError::for_plugin)?;
    if let Some(newest) = unread.last() {
        let value = newest.as_bytes().to_vec().into();
        let writes = vec![Write::Kv(scope, contact.as_str().into(), value)];
        services.journal.note(Entry { writes, ..Entry::default() });
    }
    Ok(unread.iter().map(|id| MessageId::from(&**id)).collect())
}

/// Most bytes of a message that a room reflects to the user, which gets addresses and ids around
/// it.
pub(super) const MAX_SHOWN: usize = stanza::MAX_STANZA - (16 << 10);

/// Scope of the notes of how far the user has read each chat, for networks that need that.
const READ: &str = "read";

/// Tells whether the client may send the message again under this id. One that requests receipts
/// does so when none comes, and one that states an origin id (XEP-0359) promises that ids are
/// unique; others do not repeat themselves, and some use an id twice.
fn repeatable(stanza: &Stanza) -> bool {
    stanza.id.is_some() && (receipts::is_requested(stanza) || stanza.has("origin-id", ns::STANZA_ID))
}

/// Tells whether a message is encrypted: with any version of OMEMO, OpenPGP (XEP-0373) or its
/// predecessor (XEP-0027) (R16).
pub(crate) fn encrypted(stanza: &Stanza) -> bool {
    stanza.payloads.iter().any(|payload| {
        payload.name() == "encrypted"
            || payload.is("openpgp", "urn:xmpp:openpgp:0")
            || payload.is("x", "jabber:x:encrypted")
    })
}
