//! Answers to service discovery (XEP-0030) of the gateway and of contacts.

use super::Component;
use crate::command;
use crate::language::Language;
use crate::say;
use crate::session::Control;
use crate::stanza::disco as entity;
use crate::stanza::listing;
use crate::xmpp::{Condition, Stanza, StanzaError, ns, reply};
use bytes::Bytes;
use jid::Jid;
use std::sync::Arc;

impl Component {
    pub(super) fn disco_info(&self, iq: &Stanza, node: Option<&str>) -> Bytes {
        let mut disco = match node {
            None => entity::gateway(&self.services.info),
            Some(node) if self.services.caps.gateway().is_asked(node) => entity::gateway(&self.services.info),
            Some(ns::COMMANDS) => entity::command_list(&say!(Language::of(iq.lang.as_deref()), "commands")),
            Some(node) => match command::command_name(&self.commands, iq, None, node) {
                Some(name) => entity::command_node(&name),
                None => return reply::not_found(iq),
            },
        };
        disco.node = node.map(str::to_owned);
        reply::result(iq, |xml| disco.write(xml))
    }

    pub(super) fn disco_items(self: &Arc<Self>, from: &Jid, iq: &Stanza, node: Option<&str>) -> Bytes {
        let language = Language::of(iq.lang.as_deref());
        let items = match node {
            Some(ns::COMMANDS)
                if self.admission.may_register(from, language).is_err()
                    && !self.services.index.is_admin(&from.to_bare()) =>
            {
                let error = StanzaError::new(Condition::Forbidden);
                return reply::error(iq, &error).unwrap_or_default();
            }
            Some(ns::COMMANDS) => command::command_items((&self.env, &self.commands), from, iq, None),
            None if !self.services.index.is_registered(&from.to_bare()) => {
                let error = StanzaError::new(Condition::RegistrationRequired);
                return reply::error(iq, &error).unwrap_or_default();
            }
            // Where there are rooms, the session has answered already.
            None => Vec::new(),
            Some(_) => return reply::not_found(iq),
        };
        listing::items(iq, node, &items)
    }

    /// Answers with the rooms of a user (K13); false if there are none to tell of.
    pub(super) fn lists_rooms(self: &Arc<Self>, from: &Jid, iq: &Stanza) -> bool {
        let Some(session) = self.users.session(&from.to_bare()).filter(|_| self.services.info.groups) else {
            return false;
        };
        let (component, iq) = (self.clone(), iq.clone());
        self.services.tasks.converse(async move {
            let rooms = session.ask(Control::Rooms).await.unwrap_or_default();
            component.services.uplink.send(listing::items(&iq, None, &rooms));
        });
        true
    }
}
