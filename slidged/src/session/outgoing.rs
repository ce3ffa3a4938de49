//! What the network does, on its way to the user: the operations of the plugin (WIRE 1.6, 2.7).

use super::{Session, incoming::body_hash, repeats::Seen, shape};
use crate::{
    gateway::{self, MAX_STANZA, now, valid_id},
    host::{SessionOperation, Share},
    model::shown,
    store::{Entry, MessageIds, Outgoing, Scope},
};
use bytes::Bytes;
use plugin_api::{
    ChatState, Condition, ContactId, Error, MessageId, Sender, Sent, SessionRequest as Request, Text,
    ThreadId, host::Reply,
};
use serde::Serialize;
use std::time::Duration;

impl Session {
    /// An operation of the plugin. What is quick is done at once, in order; what is not goes on beside.
    pub(super) fn operation(&mut self, operation: SessionOperation) {
        let SessionOperation { request, share } = operation;
        match *request {
            Request::SendText { from, text, reply } => {
                let chat = from.contact.clone();
                self.in_order(chat.as_ref(), move |session| session.send_text(&from, &text, reply, share));
            }
            Request::ChatState { from, state, reply, .. } => {
                let chat = from.contact.clone();
                self.in_order(chat.as_ref(), move |session| reply.send(session.send_state(&from, state)));
            }
            Request::Mark { from, marker, id, thread, reply } => {
                self.mark(&from, (marker, id), thread, reply, share);
            }
            Request::SetPresence { from, presence, reply } => {
                reply.send(self.contact_of(&from).map(|id| self.show_presence(&id, presence)));
            }
            Request::SetContacts { contacts, reply } => {
                let valid = contacts.iter().all(|info| valid_id(info.id.as_str()));
                let done =
                    if valid { Ok(()) } else { Err(bad_id()) }.map(|()| self.set_contacts(contacts, false));
                self.answer(reply, share, done);
            }
            Request::SetAvatar { of, avatar, reply } => match self.contact_of(&of) {
                Ok(id) => self.set_portrait(id, avatar, Some((reply, share))),
                Err(error) => reply.send(Err(error)),
            },
            Request::SetVcard { contact, vcard, reply } => {
                let done = checked(&contact).map(|()| self.set_card(&contact, vcard, None));
                self.answer(reply, share, done);
            }
            Request::AddToRoster { contact, force, reply } => {
                let done = checked(&contact).map(|()| self.add_to_roster(contact, force));
                self.answer(reply, share, done);
            }
            Request::RemoveContact { contact, reply } => {
                self.remove_contact(&contact);
                self.answer(reply, share, Ok(()));
            }
            Request::SendFriendRequest { contact, text, reply } => {
                let done = checked(&contact).map(|()| self.friend_request(&contact, text.as_deref()));
                self.answer(reply, share, done);
            }
            Request::AcceptFriendRequest { contact, text, reply } => {
                let done = checked(&contact).map(|()| self.friend_accepted(&contact, text.as_deref()));
                self.answer(reply, share, done);
            }
            Request::RejectFriendRequest { contact, text, reply } => {
                let done = checked(&contact).map(|()| self.friend_refused(&contact, text.as_deref()));
                self.answer(reply, share, done);
            }
            Request::Unsubscribe { contact, reply } => {
                let done = checked(&contact).map(|()| self.friend_refused(&contact, None));
                self.answer(reply, share, done);
            }
            Request::GetContact { contact, reply } => reply.send(Ok(self.contact_info(&contact))),
            Request::KnownContacts { only_friends, reply } => {
                let known = self.contacts.iter().filter(|(_, contact)| contact.friend || !only_friends);
                reply.send(Ok(known.map(|(id, _)| id.clone()).collect()));
            }
            Request::SendGatewayStatus { presence, reply } => {
                self.set_status(presence);
                reply.send(Ok(()));
            }
            Request::SendGatewayMessage { text, reply } => {
                self.gateway_message(&text);
                self.answer(reply, share, Ok(()));
            }
            Request::LegacyModuleDataGet { reply } => reply.send(Ok(self.data.clone())),
            Request::LegacyModuleDataUpdate { data, reply } => {
                let mut all = self.data.clone();
                all.extend(data);
                all.retain(|_, value| !value.is_empty());
                self.store_data(all);
                self.answer(reply, share, Ok(()));
            }
            Request::LegacyModuleDataSet { data, reply } => {
                self.store_data(data);
                self.answer(reply, share, Ok(()));
            }
            Request::Logged { logged, reply } => {
                reply.send(Ok(()));
                self.logged(logged);
            }
            other => self.look_up(other, share),
        }
    }

    /// Answers once all that was written until now is durable.
    fn answer<T: Serialize + Send + 'static>(&self, reply: Reply<T>, share: Share, done: Result<T, Error>) {
        match done {
            Ok(value) => self.gateway.answer_stored(reply, share, Entry::default(), |_| value),
            Err(error) => reply.send(Err(error)),
        }
    }

    /// Operations that read or write the store, beside the session.
    fn look_up(&self, request: Request, share: Share) {
        let (gateway, user) = (self.gateway.clone(), self.user_id);
        let scope = || Scope::user(user, gateway::PLUGIN_SCOPE);
        match request {
            Request::KvGet { key, reply } => {
                self.gateway.answer(reply, share, gateway.clone().kv_get(scope(), key));
            }
            Request::KvList { prefix, reply } => {
                self.gateway.answer(reply, share, gateway.clone().kv_list(scope(), prefix));
            }
            Request::KvSet { key, value, reply } => {
                self.gateway.kv_set(scope(), &key, value, reply, share);
            }
            Request::Input { prompt, timeout_seconds, reply } => {
                let (who, patience) = (self.jid.clone(), Duration::from_secs(timeout_seconds.into()));
                self.gateway.answer(reply, share, gateway.input(who, prompt, patience, self.language));
            }
            Request::SendQr { text, reply } => {
                let to = self.jid.clone();
                self.gateway.answer(reply, share, async move { gateway.qr_to(&to, &text).await });
            }
            Request::SendGatewayFile { file, reply } => {
                let to = self.jid.clone();
                self.gateway.answer(reply, share, async move { gateway.attachment_to(&to, file).await });
            }
            Request::SendGatewayInvite { room, reason, password, reply } => {
                let (to, room) = (self.jid.clone(), gateway.contact_bare(&ContactId(room.0)));
                self.gateway.answer(reply, share, async move {
                    gateway.invite_to(&to, &room, reason.as_deref(), password.as_deref()).await
                });
            }
            Request::StanzaIds { chat, id, reply } => self.gateway.answer(reply, share, async move {
                let ids = gateway.store.messages(user).by_legacy_id(&chat.id, id.as_str()).await;
                gateway::stored(ids.map(|ids| ids.iter().map(|ids| ids.xmpp_id.to_string()).collect()))
            }),
            Request::MessageId { chat, stanza_id, reply } => self.gateway.answer(reply, share, async move {
                let ids = gateway.store.messages(user).by_xmpp_id(&chat.id, &stanza_id).await;
                gateway::stored(ids.map(|ids| ids.map(|ids| MessageId::from(&*ids.legacy_id))))
            }),
            other => {
                let name = other.operation();
                other.refuse(Error::unsupported(name));
            }
        }
    }

    /// The contact that a sender is, in 1:1.
    pub(super) fn contact_of(&self, from: &Sender) -> Result<ContactId, Error> {
        match &from.contact {
            _ if from.room.is_some() => Err(Error::unsupported("rooms")),
            Some(id) if valid_id(&id.0) => Ok(id.clone()),
            _ => Err(bad_id()),
        }
    }

    fn send_text(&mut self, from: &Sender, text: &Text, reply: Reply<Sent>, share: Share) {
        let stanza_id = text.id.as_ref().map_or_else(gateway::new_id, |id| gateway::stanza_id(&id.0));
        let prepared = self.contact_of(from).and_then(|contact| {
            if text.id.as_ref().is_some_and(|id| !valid_id(&id.0)) {
                return Err(bad_id());
            }
            let stanza = self.text_stanza(&contact, from.is_user, &stanza_id, text)?;
            if stanza.len() > MAX_STANZA {
                let text = "This message is longer than XMPP servers take.";
                return Err(Error::new(Condition::PolicyViolation, text));
            }
            if !from.is_user
                && let Some(known) = self.contacts.get_mut(&contact)
            {
                // Every text says that they are there.
                known.state = Some(ChatState::Active);
            }
            Ok((contact, stanza))
        });
        let (contact, stanza) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return reply.send(Err(error)),
        };
        let mut entry = Entry::default();
        let hash = if from.is_user { body_hash(&text.body) } else { 0 };
        if from.is_user {
            // The server sends it back to us: it is no message of the user to the network.
            self.repeats.note(contact.as_str(), &stanza_id, hash, Seen::Done);
        }
        if let Some(id) = &text.id {
            entry.dedup = Some(MessageIds {
                user: self.user_id,
                chat: contact.as_str().into(),
                legacy_id: id.as_str().into(),
                xmpp_id: stanza_id.as_str().into(),
                outgoing: from.is_user,
                body_hash: hash,
                at: now(),
            });
        }
        entry.stanzas.push(Outgoing::durable(stanza));
        self.gateway.answer_stored(reply, share, entry, |committed| Sent {
            stanza_ids: vec![stanza_id],
            duplicate: committed.duplicate,
            url: None,
        });
    }

    fn text_stanza(
        &mut self,
        contact: &ContactId,
        carbon: bool,
        stanza_id: &str,
        text: &Text,
    ) -> Result<Bytes, Error> {
        let bare = self.gateway.contact_bare(contact);
        let full = self.gateway.contact_full(contact);
        let old =
            text.when.filter(|when| now().saturating_sub(*when) > self.gateway.settings.delay_threshold_ms);
        let stamp = old.and_then(shown::stamp);
        let stranger = self.contacts.get(contact).is_none_or(|contact| !contact.friend);
        let shape = shape::TextShape {
            from: if carbon { &self.to } else { &full },
            to: if carbon { &bare } else { &self.to },
            id: stanza_id,
            body: &text.body,
            thread: text.thread.as_ref().map(ThreadId::as_str),
            delay: stamp.as_deref().map(|stamp| (stamp, self.gateway.domain())),
            nick: self.nick_of(contact).filter(|_| stranger && !carbon),
            hints: &text.hints,
            markable: !carbon && self.gateway.info.contact_features.marks,
        };
        if !carbon {
            return Ok(shape.stanza());
        }
        let domain = self.jid.domain().as_str();
        match self.gateway.privileges(domain).and_then(|p| p.message.then_some(p.namespace)) {
            Some(namespace) => Ok(shape.privileged(self.gateway.domain(), domain, namespace)),
            None => Err(self.no_privilege()),
        }
    }
}

fn checked(contact: &ContactId) -> Result<(), Error> {
    if valid_id(contact.as_str()) { Ok(()) } else { Err(bad_id()) }
}

fn bad_id() -> Error {
    let text = format!("ids have 1 to {} bytes", plugin_api::MAX_ID_BYTES);
    Error::new(Condition::BadRequest, text)
}
