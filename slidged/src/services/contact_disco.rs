//! Answers of contacts to service discovery (XEP-0030), and to other iqs that need no plugin.

use super::bob::Bob;
use crate::{
    stanza::{
        disco::{self as entity, CapsTable},
        listing,
    },
    xmpp::{Stanza, ns, reply},
};
use bytes::Bytes;
use plugin_api::{ClientType, Features, Info};
use std::sync::Arc;

/// Answers iqs to contacts.
pub struct ContactDisco {
    info: Arc<Info>,
    caps: Arc<CapsTable>,
    bob: Bob,
}

impl ContactDisco {
    pub(super) fn new(info: Arc<Info>, caps: Arc<CapsTable>, bob: Bob) -> Self {
        ContactDisco { info, caps, bob }
    }

    /// Answers disco#info to the bare address of somebody on the network: an account.
    #[must_use]
    pub fn account(&self, iq: &Stanza) -> Bytes {
        reply::result(iq, |xml| entity::contact_account(&self.info).write(xml))
    }

    /// Answers an iq to a contact that needs no plugin. `contact` is the contact's client and
    /// features, `None` for one who is not known; `allowed` are the only reactions that this chat
    /// has.
    #[must_use]
    pub fn answer(
        &self,
        iq: &Stanza,
        contact: Option<(ClientType, &Features)>,
        allowed: Option<&[String]>,
    ) -> Bytes {
        let (Some(payload), Some((client, can))) = (iq.payload(), contact) else {
            return reply::not_found(iq);
        };
        if iq.type_str() != "get" {
            let leaves =
                payload.is("query", ns::REGISTER) && payload.get_child("remove", ns::REGISTER).is_some();
            return if leaves { reply::not_found(iq) } else { reply::not_implemented(iq) };
        }
        let full = iq.to.as_ref().is_some_and(|to| to.resource().is_some());
        let node = payload.attr("node");
        if payload.is("ping", ns::PING) {
            return reply::empty(iq);
        }
        if payload.is("query", ns::DISCO_INFO) {
            let mut disco = match (full, node) {
                (true, None) => entity::contact_client(&self.info, can, client, allowed),
                // Restrictions of single contacts are part of no capability hash.
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
            return listing::items(iq, node, &[]);
        }
        if payload.is("data", ns::BOB) {
            return self.bob.answer(iq);
        }
        reply::not_implemented(iq)
    }
}
