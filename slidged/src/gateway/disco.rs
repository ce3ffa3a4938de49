//! Answers to service discovery (XEP-0030) of the gateway and of contacts.

use super::Gateway;
use crate::language::Language;
use crate::say;
use crate::session::Asked;
use crate::stanza::disco as entity;
use crate::xmpp::disco;
use crate::xmpp::{Condition, Stanza, StanzaError, ns, reply};
use bytes::Bytes;
use jid::Jid;
use plugin_api::{ClientType, Features};
use std::sync::Arc;

impl Gateway {
    pub(super) fn disco_info(&self, iq: &Stanza, node: Option<&str>) -> Bytes {
        let mut disco = match node {
            None => entity::gateway(&self.info),
            Some(node) if self.caps.gateway().is_asked(node) => entity::gateway(&self.info),
            Some(ns::COMMANDS) => entity::command_list(&say!(Language::of(iq.lang.as_deref()), "commands")),
            Some(node) => match self.command_name(iq, None, node) {
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
                if self.may_register(from, language).is_err() && !self.is_admin(&from.to_bare()) =>
            {
                let error = StanzaError::new(Condition::Forbidden);
                return reply::error(iq, &error).unwrap_or_default();
            }
            Some(ns::COMMANDS) => self.command_items(from, iq, None),
            None if !self.is_registered(&from.to_bare()) => {
                let error = StanzaError::new(Condition::RegistrationRequired);
                return reply::error(iq, &error).unwrap_or_default();
            }
            // Where there are rooms, the session answers.
            None => Vec::new(),
            Some(_) => return reply::not_found(iq),
        };
        reply::result(iq, |xml| disco::write_items(xml, node, &items))
    }

    /// The account of somebody on the network, to whoever asks about their bare address.
    #[must_use]
    pub fn account_info(&self, iq: &Stanza) -> Bytes {
        reply::result(iq, |xml| entity::contact_account(&self.info).write(xml))
    }

    /// An iq to a contact: what needs no plugin. `contact` is what they use and can do, none for somebody who is not known; `allowed` are
    /// the only reactions that there are in this chat.
    #[must_use]
    pub fn answer_for_contact(
        &self,
        iq: &Stanza,
        contact: Option<(ClientType, &Features)>,
        allowed: Option<&[String]>,
    ) -> Bytes {
        let (Some(payload), Some((client, can))) = (iq.payload(), contact) else {
            return reply::not_found(iq);
        };
        let full = iq.to.as_ref().is_some_and(|to| to.resource().is_some());
        let node = payload.attr("node");
        if payload.is("ping", ns::PING) {
            return reply::empty(iq);
        }
        if payload.is("query", ns::DISCO_INFO) {
            let mut disco = match (full, node) {
                (true, None) => entity::contact_client(&self.info, can, client, allowed),
                // What differs from contact to contact is in no hash.
                (true, Some(node)) if self.caps.contact(&self.info, client, can).is_asked(node) => {
                    entity::contact_client(&self.info, can, client, None)
                }
                (false, None) => entity::contact_account(&self.info),
                _ => return reply::not_found(iq),
            };
            disco.node = node.map(str::to_owned);
            return reply::result(iq, |xml| disco.write(xml));
        }
        if payload.is("query", ns::DISCO_ITEMS) {
            // Commands are answered before (K12).
            return reply::result(iq, |xml| disco::write_items(xml, node, &[]));
        }
        if payload.is("data", ns::BOB) {
            return self.bit(iq);
        }
        if payload.is("query", ns::REGISTER) && payload.get_child("remove", ns::REGISTER).is_some() {
            return reply::not_found(iq);
        }
        reply::not_implemented(iq)
    }

    /// Answers with the rooms of a user (K13); false if there are none to tell of.
    pub(super) fn lists_rooms(self: &Arc<Self>, from: &Jid, iq: &Stanza) -> bool {
        let Some(session) = self.session(&from.to_bare()).filter(|_| self.info.groups) else { return false };
        let (gateway, iq) = (self.clone(), iq.clone());
        self.converse(async move {
            let rooms = session.ask(Asked::Rooms).await.unwrap_or_default();
            gateway.send(reply::result(&iq, |xml| disco::write_items(xml, None, &rooms)));
        });
        true
    }
}
