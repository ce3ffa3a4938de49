//! Where a stanza to the component goes.

use super::{Gateway, read, write};
use crate::{
    language::Language,
    say,
    session::{Event, SessionHandle},
    xmpp::{Condition, Kind, Stanza, StanzaError, echo, muc, passing, privilege::Privileges, reply},
};
use jid::Jid;
use std::sync::{Arc, PoisonError, atomic::Ordering::Relaxed};

/// Servers whose privileges are remembered: those on our host are few, but a server elsewhere can send adverts for itself.
const MAX_SERVERS: usize = 1000;

/// Longer ids are nobody's: they would be echoed, escaped to six times their length, into a stream that serves everybody. Bytes.
const MAX_ID: usize = 1024;

/// Does its sender wait for what comes of it? Who tells where they are does not.
fn is_waited_for(stanza: &Stanza) -> bool {
    match (stanza.kind, stanza.type_str()) {
        (Kind::Presence, "subscribe") | (Kind::Iq, _) => true,
        (Kind::Presence, _) => muc::is_join(stanza),
        (Kind::Message, _) => !passing::is_all(stanza),
    }
}

/// A stanza whose id can be echoed. An iq without one cannot be answered, so it is dropped.
fn with_short_id(mut stanza: Stanza) -> Option<Stanza> {
    if stanza.id.as_ref().is_some_and(|id| id.len() > MAX_ID) {
        tracing::debug!(kind = stanza.kind.as_str(), "a stanza whose id is far too long");
        stanza.id = None;
        if stanza.kind == Kind::Iq {
            return None;
        }
    }
    Some(stanza)
}

impl Gateway {
    /// Handles a stanza from the link. Never waits: a session's mailbox that is full refuses.
    pub fn route(self: &Arc<Self>, stanza: Stanza) {
        let Some(from) = stanza.from.clone() else { return };
        let Some(stanza) = with_short_id(stanza) else { return };
        if self.privilege_advert(&from, &stanza) {
            return;
        }
        // An echo of our own (WIRE 2.0): answering would loop.
        if from.domain() == self.jid.domain() {
            return;
        }
        if echo::is_one(&stanza, self.echo_key().bytes()) {
            // Said by us in the user's name: nothing for the network, and nothing that counts as the user's.
            return tracing::trace!("what was said in the user's name came back");
        }
        let to_gateway = stanza.to.as_ref().is_none_or(|to| to.node().is_none());
        match stanza.kind {
            Kind::Iq if to_gateway => self.iq(from, stanza),
            // News of the user's own nodes (XEP-0163).
            Kind::Message if to_gateway && stanza.message_type() == "headline" => {
                if self.is_registered(&from.to_bare()) {
                    self.to_session(&from, stanza, to_gateway);
                }
            }
            Kind::Message if to_gateway => self.chat(&from, &stanza),
            _ => self.to_session(&from, stanza, to_gateway),
        }
    }

    /// For a contact, or presence to the gateway: the user's session knows.
    fn to_session(self: &Arc<Self>, from: &Jid, stanza: Stanza, to_gateway: bool) {
        if let Some(session) = self.session(&from.to_bare()) {
            if stanza.kind == Kind::Presence && to_gateway && stanza.type_str() == "unsubscribe" {
                return self.unregister(session);
            }
            // Contacts do not care whether the user is online; the gateway, which is told as well, does, and so do rooms.
            if stanza.kind == Kind::Presence
                && !to_gateway
                && matches!(stanza.type_str(), "" | "unavailable")
                && !self.may_be_for_room(&stanza)
            {
                return;
            }
            if let Err(Event::Stanza(stanza)) = session.send(Event::Stanza(Box::new(stanza))) {
                self.not_taken(&session, &stanza);
            }
            return;
        }
        self.stranger(&stanza);
    }

    /// Who is in a room says so with a resource, and who wants to come in says what they want.
    fn may_be_for_room(&self, presence: &Stanza) -> bool {
        let full = presence.to.as_ref().is_some_and(|to| to.resource().is_some());
        (full && self.info.groups) || muc::is_join(presence)
    }

    /// The session is busy, or over.
    fn not_taken(&self, session: &SessionHandle, stanza: &Stanza) {
        if session.has_ended() {
            self.refuse_stopping(stanza);
        } else if is_waited_for(stanza) {
            let text = say!(Language::of(stanza.language()), "too-much-at-once");
            self.refuse(stanza, Condition::ResourceConstraint, &text);
        }
    }

    /// The session of the user is about to end.
    pub fn refuse_stopping(&self, stanza: &Stanza) {
        if is_waited_for(stanza) {
            let text = say!(Language::of(stanza.language()), "stopping-now");
            self.refuse(stanza, Condition::RecipientUnavailable, &text);
        }
    }

    /// Something for a contact from somebody who is not registered.
    pub fn stranger(&self, stanza: &Stanza) {
        match (stanza.kind, stanza.type_str()) {
            // Of presence from strangers, only wishes deserve an answer.
            (Kind::Presence, "subscribe") | (Kind::Iq, _) => self.register_first(stanza),
            (Kind::Presence, _) if muc::is_join(stanza) => self.register_first(stanza),
            // RFC 6121 section 8.5 has no answer for headlines.
            (Kind::Message, type_) if type_ != "headline" && !passing::is_all(stanza) => {
                self.register_first(stanza);
            }
            _ => {}
        }
    }

    /// Tells somebody that they have to register.
    pub(super) fn register_first(&self, stanza: &Stanza) {
        let language = Language::of(stanza.language());
        let text = say!(language, "denied-not-registered", network = &self.info.component_name);
        self.refuse(stanza, Condition::RegistrationRequired, &text);
    }

    /// Answers with an error, if it may be answered.
    pub fn refuse(&self, stanza: &Stanza, condition: Condition, text: &str) {
        if let Some(bytes) = reply::error(stanza, &StanzaError::with_text(condition, text)) {
            self.send(bytes);
        }
    }

    /// A server says what it lets us do (XEP-0356): only a server's own address can.
    fn privilege_advert(self: &Arc<Self>, from: &Jid, stanza: &Stanza) -> bool {
        if stanza.kind != Kind::Message || from.node().is_some() || from.resource().is_some() {
            return false;
        }
        let Some(privileges) = Privileges::parse(stanza) else { return false };
        let domain = from.domain().to_string();
        tracing::info!(domain, %privileges, "the server tells what the gateway may do");
        let mut known = write(&self.privileges);
        if known.len() < MAX_SERVERS || known.contains_key(&domain) {
            let told = (self.epoch.load(Relaxed), Arc::new(privileges));
            let before = known.insert(domain.clone(), told.clone());
            if before.is_none_or(|(_, before)| before != told.1) {
                self.privileges_changed(domain);
            }
        }
        true
    }

    /// Servers may tell at any time: ejabberd does some time after the connection, and when its configuration changes.
    fn privileges_changed(self: &Arc<Self>, domain: String) {
        // Who is about to be told hears of this as well.
        if !self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(domain.clone()) {
            return;
        }
        let gateway = self.clone();
        self.tasks.spawn(async move {
            gateway.changed.lock().unwrap_or_else(PoisonError::into_inner).remove(&domain);
            let sessions: Vec<_> = read(&gateway.sessions).values().cloned().collect();
            for session in sessions.iter().filter(|session| session.jid().domain().as_str() == domain) {
                session.tell(Event::Privileges).await;
            }
        });
    }

    /// The connection that there is, or was last.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Relaxed)
    }

    /// A new connection: what servers tell from now on is about that one.
    pub fn connected(&self, epoch: u64) {
        self.epoch.store(epoch, Relaxed);
    }

    /// The server has told on the new connection what it tells by itself: forget what only the old one told, and let the sessions tell
    /// the server everything again.
    pub async fn link_up(&self, epoch: u64) {
        write(&self.privileges).retain(|_, (told, _)| *told >= epoch);
        let sessions: Vec<_> = read(&self.sessions).values().cloned().collect();
        for session in sessions {
            session.tell(Event::LinkUp).await;
        }
    }
}
