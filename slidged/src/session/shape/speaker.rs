//! Who speaks to whom: a contact to the user, or the user to a contact from another client of the network, for which the server lets us
//! speak as them (XEP-0356).

use crate::xmpp::{Xml, ns};
use bytes::Bytes;

/// Both ends of a message.
#[derive(Debug, Clone, Default)]
pub struct Speaker {
    /// A contact with resource, the gateway, or the user.
    pub from: String,
    /// The user's bare JID, or the contact's.
    pub to: String,
    /// It is the user who speaks.
    pub as_user: Option<AsUser>,
}

/// How the server is asked to send in the user's name.
#[derive(Debug, Clone)]
pub struct AsUser {
    /// Our domain.
    pub gateway: String,
    /// The user's server.
    pub domain: String,
    /// The version of the privilege that it speaks.
    pub namespace: &'static str,
}

impl Speaker {
    /// A message of type `chat`; `build` writes what is in it.
    #[must_use]
    pub fn message(&self, id: Option<&str>, build: impl FnOnce(&mut Xml)) -> Bytes {
        let mut xml = Xml::new();
        if let Some(AsUser { gateway, domain, namespace }) = &self.as_user {
            xml.open("message")
                .attr("from", gateway)
                .attr("to", domain)
                .open_ns("privilege", namespace)
                .open_ns("forwarded", ns::FORWARD);
        }
        xml.open_ns("message", ns::CLIENT)
            .attr("type", "chat")
            .attr("from", &self.from)
            .attr("to", &self.to)
            .attr_opt("id", id);
        build(&mut xml);
        xml.finish()
    }
}
