//! Addresses (JIDs) of the component and its contacts.

use crate::stanza::RESOURCE;
use crate::xmpp::address;
use jid::{BareJid, Jid};
use plugin_api::{ContactId, Info};
use std::sync::Arc;

/// The component's own address, from which those of its contacts are made.
#[derive(Debug, Clone)]
pub struct Address {
    jid: BareJid,
    domain: Arc<str>,
}

impl Address {
    pub(super) fn new(jid: BareJid) -> Self {
        Address { domain: jid.as_str().into(), jid }
    }

    /// The component's address.
    #[must_use]
    pub fn jid(&self) -> &BareJid {
        &self.jid
    }

    /// The component's domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// A contact's bare JID.
    #[must_use]
    pub fn contact_bare(&self, id: &ContactId) -> String {
        format!("{}@{}", local(id), self.domain)
    }

    /// A contact's JID with its resource.
    #[must_use]
    pub fn contact_full(&self, id: &ContactId) -> String {
        format!("{}@{}/{RESOURCE}", local(id), self.domain)
    }

    /// The contact of a local part.
    #[must_use]
    pub fn contact_id(&self, local: &str) -> Option<ContactId> {
        address::unescape(local).map(ContactId)
    }

    /// The contact at an address, if it is one of this component.
    #[must_use]
    pub fn contact_at(&self, jid: &Jid) -> Option<ContactId> {
        let node = jid.node().filter(|_| jid.domain() == self.jid.domain())?;
        self.contact_id(node.as_str())
    }

    /// Whether `domain` is the one above ours, whose server is the one that we are part of.
    #[must_use]
    pub fn is_home(&self, domain: &str) -> bool {
        self.domain.strip_suffix(domain).is_some_and(|own| own.ends_with('.'))
    }
}

/// The group of contacts in the roster.
#[must_use]
pub fn roster_group(info: &Info) -> &str {
    if info.roster_group.is_empty() { &info.component_name } else { &info.roster_group }
}

/// Local part of a contact's address. Ids are checked where they come in (see
/// [`valid_id`](crate::model::ids::valid_id)); one that were not valid would get an address that
/// belongs to no contact, but that servers take.
fn local(id: &ContactId) -> String {
    address::escape(id.as_str()).unwrap_or_else(|_| address::NOBODY.to_owned())
}
