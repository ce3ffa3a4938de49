//! Requests to the gateway itself.

use super::Component;
use crate::xmpp::{Stanza, entity_time, last, ns, reply, version};
use bytes::Bytes;
use jid::Jid;
use std::sync::Arc;

impl Component {
    /// Handles an iq to the component. Answers to our own requests do not come here: the link
    /// matches them.
    pub(super) fn iq(self: &Arc<Self>, from: Jid, iq: Stanza) {
        if !matches!(iq.type_str(), "get" | "set") {
            return;
        }
        let Some(payload) = iq.payload() else { return };
        let node = payload.attr("node");
        let get = iq.type_str() == "get";
        let answer = match (payload.name(), payload.ns().as_str()) {
            ("ping", ns::PING) if get => reply::empty(&iq),
            ("query", ns::DISCO_INFO) if get => self.disco_info(&iq, node),
            ("query", ns::DISCO_ITEMS) if get && node.is_none() && self.lists_rooms(&from, &iq) => return,
            ("query", ns::DISCO_ITEMS) if get => self.disco_items(&from, &iq, node),
            ("query", ns::VERSION) if get => software(&iq),
            ("time", ns::TIME) if get => clock(&iq),
            ("query", ns::LAST) if get => self.last(&iq),
            ("pubsub", ns::PUBSUB) if get => self.services.profile.items(&iq),
            ("vCard", ns::VCARD_TEMP) if get => self.services.profile.vcard_temp(&iq),
            ("vcard", ns::VCARD4) if get => self.services.profile.vcard4(&iq),
            ("data", ns::BOB) if get => self.services.bob.answer(&iq),
            (_, ns::BLOCKING) => return self.blocking(&iq),
            ("query", ns::REGISTER) => return self.register(from, iq),
            ("query", ns::SEARCH) => return self.search(from, iq),
            ("query", ns::GATEWAY) => return self.prompt(from, iq),
            ("command", ns::COMMANDS) if !get => return self.adhoc.command(from, iq, None),
            _ => reply::not_implemented(&iq),
        };
        self.services.uplink.send(answer);
    }

    /// Answers how long the gateway has been up (XEP-0012).
    fn last(&self, iq: &Stanza) -> Bytes {
        reply::result(iq, |xml| last::write(xml, self.services.started.elapsed()))
    }
}

/// Answers with the software's name and version (XEP-0092), but not the operating system.
fn software(iq: &Stanza) -> Bytes {
    reply::result(iq, |xml| version::write(xml, "slidged", env!("CARGO_PKG_VERSION")))
}

/// Answers with the gateway's time (XEP-0202).
fn clock(iq: &Stanza) -> Bytes {
    reply::result(iq, |xml| entity_time::write(xml, time::OffsetDateTime::now_utc()))
}
