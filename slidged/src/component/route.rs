//! Where a stanza to the component goes.

use super::Component;
use crate::model::lock::lock;
use crate::services::Advert;
use crate::users::unregister;
use crate::{
    session::Event,
    xmpp::{Kind, Stanza, echo, muc, ns},
};
use jid::Jid;
use std::sync::Arc;

/// Longer ids are nobody's: they would be echoed, escaped to six times their length, into a stream that serves everybody. Bytes.
const MAX_ID: usize = 1024;

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

/// Whether an iq is about blocked contacts (XEP-0191).
fn is_blocking(iq: &Stanza) -> bool {
    matches!(iq.type_str(), "get" | "set") && iq.payload().is_some_and(|payload| payload.ns() == ns::BLOCKING)
}

impl Component {
    /// Handles a stanza from the link. Never waits: a session's mailbox that is full refuses.
    pub fn route(self: &Arc<Self>, stanza: Stanza) {
        let Some(from) = stanza.from.clone() else { return };
        let Some(stanza) = with_short_id(stanza) else { return };
        if let Some(advert) = self.services.privileges.advert(&from, &stanza) {
            if let Advert::Changed(domain) = advert {
                self.privileges_changed(domain);
            }
            return;
        }
        // An echo of our own (WIRE 2.0): answering would loop.
        if from.domain() == self.services.address.jid().domain() {
            return;
        }
        if echo::is_one(&stanza, self.services.keys.echo_key().bytes()) {
            // Said by us in the user's name: nothing for the network, and nothing that counts as the user's.
            return tracing::trace!("what was said in the user's name came back");
        }
        let to_gateway = stanza.to.as_ref().is_none_or(|to| to.node().is_none());
        match stanza.kind {
            Kind::Iq if to_gateway => self.iq(from, stanza),
            // The list of blocked contacts is nobody's in particular, whichever address is asked.
            Kind::Iq if is_blocking(&stanza) => self.blocking(&stanza),
            // News of the user's own nodes (XEP-0163).
            Kind::Message if to_gateway && stanza.message_type() == "headline" => {
                if self.services.index.is_registered(&from.to_bare()) {
                    self.to_session(&from, stanza, to_gateway);
                }
            }
            Kind::Message if to_gateway => self.chat.handle(&from, &stanza),
            _ => self.to_session(&from, stanza, to_gateway),
        }
    }

    /// For a contact, or presence to the gateway: the user's session knows.
    fn to_session(self: &Arc<Self>, from: &Jid, stanza: Stanza, to_gateway: bool) {
        if let Some(session) = self.users.session(&from.to_bare()) {
            if stanza.kind == Kind::Presence && to_gateway && stanza.type_str() == "unsubscribe" {
                return unregister(&self.users, session, None);
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
                if session.has_ended() {
                    self.services.refusals.refuse_stopping(&stanza);
                } else {
                    self.services.refusals.refuse_busy(&stanza);
                }
            }
            return;
        }
        self.services.refusals.stranger(&stanza);
    }

    /// Who is in a room says so with a resource, and who wants to come in says what they want.
    fn may_be_for_room(&self, presence: &Stanza) -> bool {
        let full = presence.to.as_ref().is_some_and(|to| to.resource().is_some());
        (full && self.services.info.groups) || muc::is_join(presence)
    }

    /// Tells users that their server grants other privileges. Servers may tell at any time: ejabberd
    /// does some time after the connection, and when its configuration changes.
    fn privileges_changed(&self, domain: String) {
        // Who is about to be told hears of this as well.
        if !lock(&self.changed).insert(domain.clone()) {
            return;
        }
        let (users, changed) = (self.users.clone(), self.changed.clone());
        self.services.tasks.spawn(async move {
            lock(&changed).remove(&domain);
            users.privileges_changed(&domain).await;
        });
    }
}
