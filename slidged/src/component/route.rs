//! Routing of the stanzas that the component receives.

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

/// Longest id of a stanza that is kept, in bytes. A longer one would be echoed, escaped to six
/// times its length, into the stream that serves everybody.
const MAX_ID: usize = 1024;

/// Returns a stanza whose id can be echoed. An iq without one cannot be answered, so it is dropped.
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

/// Tells whether an iq is about blocked contacts (XEP-0191).
fn is_blocking(iq: &Stanza) -> bool {
    matches!(iq.type_str(), "get" | "set") && iq.payload().is_some_and(|payload| payload.ns() == ns::BLOCKING)
}

impl Component {
    /// Handles a stanza from the link without ever waiting: it is refused if the session's mailbox
    /// is full.
    pub fn route(self: &Arc<Self>, stanza: Stanza) {
        let Some(from) = stanza.from.clone() else { return };
        let Some(stanza) = with_short_id(stanza) else { return };
        if let Some(advert) = self.services.privileges.advert(&from, &stanza) {
            if let Advert::Changed(domain) = advert {
                self.privileges_changed(domain);
            }
            return;
        }
        // A stanza of our own that comes back: an answer to it would loop.
        if from.domain() == self.services.address.jid().domain() {
            return;
        }
        if echo::is_one(&stanza, self.services.keys.echo_key().bytes()) {
            // The gateway sent this message in the user's name: it is neither for the network nor a
            // sign of the user's activity.
            return tracing::trace!("what was said in the user's name came back");
        }
        let to_gateway = stanza.to.as_ref().is_none_or(|to| to.node().is_none());
        match stanza.kind {
            Kind::Iq if to_gateway => self.iq(from, stanza),
            // There is one list of blocked contacts, whichever address is asked for it.
            Kind::Iq if is_blocking(&stanza) => self.blocking(&stanza),
            // Events of the user's own nodes (XEP-0163).
            Kind::Message if to_gateway && stanza.message_type() == "headline" => {
                if self.services.index.is_registered(&from.to_bare()) {
                    self.to_session(&from, stanza, to_gateway);
                }
            }
            Kind::Message if to_gateway => self.chat.handle(&from, &stanza),
            _ => self.to_session(&from, stanza, to_gateway),
        }
    }

    /// Hands a stanza to the user's session: one for a contact or room, or presence to the gateway.
    fn to_session(self: &Arc<Self>, from: &Jid, stanza: Stanza, to_gateway: bool) {
        if let Some(session) = self.users.session(&from.to_bare()) {
            if stanza.kind == Kind::Presence && to_gateway && stanza.type_str() == "unsubscribe" {
                return unregister(&self.users, session, None);
            }
            // Only the gateway itself, which is told as well, and rooms care whether the user is
            // online; contacts do not.
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

    /// Tells whether presence may be meant for a room: that of an occupant has a resource, and a
    /// request to join has a payload that says so.
    fn may_be_for_room(&self, presence: &Stanza) -> bool {
        let full = presence.to.as_ref().is_some_and(|to| to.resource().is_some());
        (full && self.services.info.groups) || muc::is_join(presence)
    }

    /// Tells users that the privileges which their server grants have changed. Servers advertise
    /// them at any time: ejabberd some time after the connection, and when its configuration
    /// changes.
    fn privileges_changed(&self, domain: String) {
        // The task that is about to tell them covers this change as well.
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
