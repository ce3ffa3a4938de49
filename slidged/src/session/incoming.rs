//! What the user does, on its way to the plugin (WIRE 2.6).

use super::Session;
use super::message::{Kind, UserMessage};
use super::read::{self, Said};
use super::repeats::Seen;
use crate::model::clock::now;
use crate::say;
use crate::services::Services;
use crate::stanza;
use crate::store::StoreError;
use crate::store::{Entry, Scope, UserId, Write};
use crate::xmpp::chat_states::ChatState;
use crate::xmpp::markers::Marker;
use crate::xmpp::{
    self as wire, Condition, ErrorType, Stanza, StanzaError, last, ns, passing, receipts, reply, stanza_id,
};
use jid::BareJid;
use plugin_api::{Chat, ContactId, Error, MessageId, RemoteSession, ThreadId};
use std::{sync::Arc, time::Instant};

impl Session {
    /// A stanza from the user to a contact, or a presence to the gateway.
    pub(super) fn stanza(&mut self, stanza: &Stanza) {
        let Some(node) = stanza.to.as_ref().and_then(|to| to.node()) else {
            match stanza.kind {
                wire::Kind::Presence => self.user_presence(stanza),
                wire::Kind::Message => self.own_news(stanza),
                wire::Kind::Iq => {}
            }
            return;
        };
        let Some(contact) = self.services.address.contact_id(node.as_str()) else {
            let text = say!(self.language, "no-such-contact");
            return self.refuse(stanza, &StanzaError::with_text(Condition::ItemNotFound, text));
        };
        if self.room_stanza(&contact, stanza) {
            return;
        }
        match stanza.kind {
            wire::Kind::Message if self.may_be_echo(&contact, stanza) => {}
            wire::Kind::Message => self.message(contact, stanza),
            wire::Kind::Presence => self.contact_presence(contact, stanza),
            wire::Kind::Iq => self.contact_iq(&contact, stanza),
        }
    }

    pub(super) fn message(&mut self, contact: ContactId, stanza: &Stanza) {
        if stanza.has("x", ns::CONFERENCE) && stanza.type_str() != "error" {
            // The network cannot go into rooms elsewhere (K53), and does not yet take invitations into its own.
            let text = say!(self.language, "no-invitations", network = &self.services.info.component_name);
            return self.refuse(stanza, &StanzaError::with_text(Condition::BadRequest, text));
        }
        match stanza.message_type() {
            // Never delivered as content, never answered (R1).
            "error" => return tracing::debug!(error = ?stanza.error(), "a message of ours came back"),
            "groupchat" => {
                let (id, condition) = match self.contacts.contains_key(&contact) {
                    true => ("contact-not-a-group", Condition::ServiceUnavailable),
                    false => ("no-such-group", Condition::ItemNotFound),
                };
                let text = say!(self.language, id);
                return self.refuse(stanza, &StanzaError::with_text(condition, text));
            }
            _ => {}
        }
        if !self.sent.take(self.services.settings.messages, Instant::now()) {
            return self.too_fast(stanza);
        }
        if encrypted(stanza) {
            let text = say!(self.language, "message-encrypted");
            return self.refuse(stanza, &StanzaError::with_text(Condition::BadRequest, text));
        }
        match self.read(&contact, stanza) {
            Some(said) => {
                self.take(contact.clone(), stanza, said);
                self.marked(contact, stanza);
            }
            None if self.announcements.note(&contact, stanza, None, now()) => {}
            None => self.unsaid(contact, stanza),
        }
    }

    /// A message that says nothing: what it says in passing is passed on, and for what else is in it there is an answer.
    fn unsaid(&mut self, contact: ContactId, stanza: &Stanza) {
        if let Some(error) = self.services.refusals.not_understood(self.language, stanza) {
            return self.refuse(stanza, &error);
        }
        self.state(contact, stanza);
    }

    /// More than one user may send. Hints are dropped, since nobody waits for them.
    pub(super) fn too_fast(&self, stanza: &Stanza) {
        if !passing::is_all(stanza) {
            let text = "You send faster than this gateway allows: this message was not sent. Wait a moment.";
            let error = StanzaError::with_text(Condition::PolicyViolation, text);
            self.refuse(stanza, &error.of_type(ErrorType::Wait));
        }
    }

    /// Chat states and markers: hints, with nobody told when they come to nothing.
    pub(super) fn state(&mut self, contact: ContactId, stanza: &Stanza) {
        let thread = stanza.thread().map(Into::into);
        let chat = self.chat(&contact);
        if let Some(state) = ChatState::parse(stanza)
            && self.can(&contact).chat_states
        {
            self.typing(contact.clone(), chat, state, thread);
        }
        self.marked(contact, stanza);
    }

    /// The user has seen something, or dealt with it, which nobody does unseen.
    pub(super) fn marked(&mut self, contact: ContactId, stanza: &Stanza) {
        if let Some(Marker::Displayed(id) | Marker::Acknowledged(id)) = Marker::parse(stanza)
            && self.can(&contact).marks
        {
            let thread = stanza.thread().map(Into::into);
            self.displayed(contact, id, thread);
        }
    }

    /// The conversation with a contact, or in a room.
    pub(super) fn chat(&self, id: &ContactId) -> Chat {
        if self.is_room(id) { Chat::room(id.0.clone()) } else { Chat::contact(id.clone()) }
    }

    fn typing(&mut self, contact: ContactId, chat: Chat, state: ChatState, thread: Option<ThreadId>) {
        let name = match state {
            ChatState::Active => "on_active",
            ChatState::Composing => "on_composing",
            ChatState::Paused => "on_paused",
            ChatState::Inactive => "on_inactive",
            ChatState::Gone => "on_gone",
        };
        let thread = self.thread_of(contact.clone(), thread);
        self.hook(contact, name, move |remote| async move {
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

    /// The network's id of a thread, if it has one; a chat state makes none.
    fn thread_of(
        &self,
        contact: ContactId,
        thread: Option<ThreadId>,
    ) -> impl Future<Output = Option<ThreadId>> + Send + 'static {
        let (services, user, threads) = (self.services.clone(), self.user_id, self.threads.clone());
        async move {
            let thread = thread.filter(|_| services.info.threads)?;
            threads.to_network((&services, user), &contact, thread.as_str()).await.ok().flatten()
        }
    }

    fn displayed(&mut self, contact: ContactId, stanza_id: String, thread: Option<ThreadId>) {
        if self.services.hooks.lacks("on_displayed") {
            return;
        }
        let (services, user, key) = (self.services.clone(), self.user_id, contact.clone());
        let (chat, thread) = (self.chat(&contact), self.thread_of(contact.clone(), thread));
        let deleted = self.deleted.clone();
        let call = move |remote: Arc<RemoteSession>| async move {
            let id = services.message_ids.legacy_id(user, contact.as_str(), stanza_id).await;
            // What is gone cannot be read any more; what was before it can.
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
        // In the conversation's order: a marker must not overtake the text before it. Nobody is told when it comes to nothing.
        self.request(key, "on_displayed", call, |_, _| {});
    }

    pub(super) fn read(&self, to: &ContactId, stanza: &Stanza) -> Option<Said> {
        let services = &self.services;
        let contact = |jid: &BareJid| {
            let ours = jid.domain().as_str() == services.address.domain();
            jid.node().filter(|_| ours).and_then(|node| services.address.contact_id(node.as_str()))
        };
        read::said(stanza, &self.to, self.can(to).formatting, contact)
    }

    /// Something said: kept, then given to the plugin when it is its turn.
    pub(super) fn take(&mut self, contact: ContactId, stanza: &Stanza, said: Said) {
        if let Some(id) = self.lacking(&contact, &said.kind) {
            let text = say!(self.language, id, network = &self.services.info.component_name);
            return self.refuse(stanza, &StanzaError::with_text(Condition::FeatureNotImplemented, text));
        }
        let Said { mut kind, text, quoted } = said;
        let hash = body_hash(&stanza.body().unwrap_or_default());
        match self.repeats.look(contact.as_str(), &text.stanza_id, hash) {
            Seen::New => {}
            // Its receipt or its error is still to come.
            Seen::UnderWay => return tracing::debug!("a message that is under way came again"),
            Seen::Done => return self.repeated(stanza),
        }
        let address = |jid: &Option<jid::Jid>| jid.as_ref().map(ToString::to_string).unwrap_or_default();
        let room = self.shown_in_room(&contact, stanza);
        if room.as_ref().is_some_and(|shown| shown.len() > MAX_SHOWN) {
            let text = say!(self.language, "room-message-too-long");
            return self.refuse(stanza, &StanzaError::with_text(Condition::PolicyViolation, text));
        }
        let announced = self.announcements.of(&contact, stanza, &mut kind);
        let (announced, at) = announced.map_or_else(|| (None, now()), |(by, at)| (Some(by), at));
        let message = UserMessage {
            from: address(&stanza.from),
            to: address(&stanza.to),
            // Many would have to give one (XEP-0184 section 5.3).
            receipt: receipts::is_requested(stanza) && room.is_none(),
            hash: if repeatable(stanza) { hash } else { 0 },
            // All that one announcement is came then.
            at,
            contact,
            room,
            kind,
            text,
            quoted,
            announced,
            origin: stanza_id::origin_id(stanza).filter(|id| id.len() <= read::MAX_ID).map(str::to_owned),
        };
        if !self.has_room(&message.contact, message.size()) {
            let text = say!(self.language, "too-much-waits");
            return self.refuse(stanza, &StanzaError::with_text(Condition::ResourceConstraint, text));
        }
        self.deliver(message, None);
    }

    /// What to say of something that the network does not have. A correction always becomes something that it has.
    fn lacking(&self, contact: &ContactId, kind: &Kind) -> Option<&'static str> {
        let can = self.can(contact);
        match kind {
            Kind::React { .. } if !can.reaction => Some("no-reactions"),
            Kind::Retract { .. } if !can.retraction => Some("no-retractions"),
            _ => None,
        }
    }

    /// A repeat of something that the network has: only the receipt may have been lost.
    fn repeated(&self, stanza: &Stanza) {
        if let (true, false, Some(id)) =
            (receipts::is_requested(stanza), self.services.info.proper_receipts, stanza.id.as_deref())
        {
            let to = stanza.to.as_ref().map(ToString::to_string).unwrap_or_default();
            self.send(stanza::receipt(&to, &self.to, id));
        }
    }

    /// An iq from the user to a contact.
    pub(super) fn contact_iq(&mut self, contact: &ContactId, stanza: &Stanza) {
        if stanza.type_str() == "get" || stanza.type_str() == "set" {
            if self.look(contact, stanza) {
                return;
            }
            if last::is_query(stanza) {
                return self.send(self.last_activity(contact, stanza));
            }
            let known = self.contacts.contains_key(contact);
            if known && self.handles_command(stanza, &Chat::contact(contact.clone())) {
                return;
            }
            if known && self.may_be_restricted(contact, stanza) {
                return self.tell_restrictions(contact, stanza.clone());
            }
            self.send(self.answer_for(contact, stanza, None));
        }
    }

    /// Answers a stanza with an error.
    pub(super) fn refuse(&self, stanza: &Stanza, error: &StanzaError) {
        if let Some(bytes) = reply::error(stanza, error) {
            self.send(bytes);
        }
    }
}

/// The messages that a marker is about: the one, or where the network wants each marked, all before it that have not been (K55).
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

/// What a room shows of a message comes back to the user, with addresses and ids around it. Bytes.
pub(super) const MAX_SHOWN: usize = stanza::MAX_STANZA - (16 << 10);

/// How far the user has read each chat, where that has to be known.
const READ: &str = "read";

/// A client that asks for a receipt sends a message again when none comes, and one that states an origin id (XEP-0359) promises that
/// ids are unique. Others do not repeat themselves, and some use an id twice.
fn repeatable(stanza: &Stanza) -> bool {
    stanza.id.is_some() && (receipts::is_requested(stanza) || stanza.has("origin-id", ns::STANZA_ID))
}

/// Any of OMEMO's versions, OpenPGP (XEP-0373) and its predecessor (XEP-0027) (R16).
pub(crate) fn encrypted(stanza: &Stanza) -> bool {
    stanza.payloads.iter().any(|payload| {
        payload.name() == "encrypted"
            || payload.is("openpgp", "urn:xmpp:openpgp:0")
            || payload.is("x", "jabber:x:encrypted")
    })
}

/// FNV-1a: tells two bodies under one id apart, nothing more.
pub(super) fn body_hash(body: &str) -> i64 {
    let hash = body.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.cast_signed()
}
