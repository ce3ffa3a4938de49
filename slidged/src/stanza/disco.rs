//! Service discovery (XEP-0030) and entity capabilities (XEP-0115, XEP-0390) of the gateway and of
//! contacts: only what works is advertised (R14).

use std::borrow::Cow;
use std::collections::HashMap;

use plugin_api::{ClientType, Features, Info};

use super::client_type::client_name;
use crate::xmpp::disco::{Identity, Info as Disco};
use crate::xmpp::reactions::Restrictions;
use crate::xmpp::{caps, caps2, ns};

/// The node of our entity capabilities (XEP-0115).
pub const CAPS_NODE: &str = "urn:slidged";

/// The hashes that presences carry, worked out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapsHash {
    /// XEP-0115.
    pub ver: String,
    /// XEP-0390.
    pub hash: String,
}

impl CapsHash {
    fn of(info: &Disco) -> Self {
        CapsHash { ver: caps::ver(info), hash: caps2::hash(info) }
    }

    /// Whether a node asks about what is behind it.
    #[must_use]
    pub fn is_asked(&self, node: &str) -> bool {
        let ver = node.strip_prefix(CAPS_NODE).and_then(|rest| rest.strip_prefix('#'));
        ver == Some(&self.ver) || caps2::of_node(node) == Some(&self.hash)
    }
}

/// Capabilities of the gateway, and of contacts by the features that they use.
#[derive(Debug)]
pub struct CapsTable {
    gateway: CapsHash,
    contacts: HashMap<ClientType, CapsHash>,
    unknown: CapsHash,
}

impl CapsTable {
    /// Calculates them from what the plugin declares.
    #[must_use]
    pub fn new(info: &Info) -> Self {
        use ClientType::{Bot, Console, Game, Handheld, Pc, Phone, Sms, Tablet, Web};
        let all = [Pc, Bot, Console, Game, Handheld, Phone, Sms, Tablet, Web];
        CapsTable {
            gateway: CapsHash::of(&gateway(info)),
            contacts: all
                .into_iter()
                .map(|client| {
                    (client, CapsHash::of(&contact_client(info, &info.contact_features, client, None)))
                })
                .collect(),
            unknown: CapsHash::of(&contact_client(info, &info.contact_features, Pc, None)),
        }
    }

    /// The hashes for the gateway's own presences.
    #[must_use]
    pub fn gateway(&self) -> &CapsHash {
        &self.gateway
    }

    /// The hashes for a contact's presences.
    #[must_use]
    pub fn contact(&self, info: &Info, client: ClientType, can: &Features) -> Cow<'_, CapsHash> {
        if *can != info.contact_features {
            return Cow::Owned(CapsHash::of(&contact_client(info, can, client, None)));
        }
        Cow::Borrowed(self.contacts.get(&client).unwrap_or(&self.unknown))
    }
}

fn identity(category: &str, type_: &str, name: &str) -> Identity {
    Identity::new(category, type_, Some(name))
}

/// An entity of those identities and features.
#[must_use]
pub fn entity(identities: Vec<Identity>, features: &[&str]) -> Disco {
    Disco {
        node: None,
        identities,
        features: features.iter().map(|&f| f.to_owned()).collect(),
        forms: Vec::new(),
    }
}

/// The gateway itself.
#[must_use]
pub fn gateway(info: &Info) -> Disco {
    let name = &info.component_name;
    let type_ = if info.component_type.is_empty() { "xmpp" } else { &info.component_type };
    let mut features = vec![
        ns::DISCO_INFO,
        ns::DISCO_ITEMS,
        ns::RSM,
        ns::REGISTER,
        ns::COMMANDS,
        ns::PING,
        ns::VERSION,
        ns::TIME,
        ns::LAST,
        ns::MARKERS,
        ns::VCARD_TEMP,
        ns::VCARD4,
        ns::PUBSUB_RETRIEVE,
        ns::BOB,
        ns::CAPS,
        ns::CAPS2,
        // So that users' servers tell us their pictures (XEP-0163 section 6).
        "urn:xmpp:avatar:metadata+notify",
    ];
    if !info.search_fields.is_empty() {
        features.push(ns::SEARCH);
    }
    if info.search_fields.len() == 1 {
        features.push(ns::GATEWAY);
    }
    // Clients draw what comes first. No `conference/text`: clients make new rooms at such a service
    // (Converse, Dino), and take it for none that could be added (Gajim); to join a room they ask
    // the room.
    let identities = vec![identity("gateway", type_, name), identity("pubsub", "pep", name)];
    if info.groups {
        features.extend([ns::MUC, ns::OCCUPANT_ID]);
    }
    let mut disco = entity(identities, &features);
    disco.forms.extend(Restrictions { domain: true, ..restrictions(&info.contact_features) }.form());
    disco
}

/// The restrictions of all reactions to a contact's messages (XEP-0444 section 2.3).
#[must_use]
pub fn restrictions(can: &Features) -> Restrictions<'static> {
    Restrictions { single: can.reaction && can.reactions_single_emoji, ..Restrictions::default() }
}

/// Features of those who have a profile.
pub const PROFILE: [&str; 3] = [ns::PUBSUB_RETRIEVE, ns::VCARD_TEMP, ns::VCARD4];

/// A contact's account: their bare JID.
#[must_use]
pub fn contact_account(info: &Info) -> Disco {
    let name = &info.component_name;
    let identities = vec![identity("account", "registered", name), identity("pubsub", "pep", name)];
    let mut features = vec![ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING, ns::LAST];
    features.extend(PROFILE);
    entity(identities, &features)
}

/// A contact's client: their full JID.
#[must_use]
pub fn contact_client(info: &Info, can: &Features, client: ClientType, allowed: Option<&[String]>) -> Disco {
    let mut features = vec![ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING, ns::COMMANDS, ns::CAPS, ns::CAPS2];
    features.extend(PROFILE);
    for (has, feature) in [
        (can.chat_states, ns::CHAT_STATES),
        (can.receipts, ns::RECEIPTS),
        (can.marks, ns::MARKERS),
        // What networks do not correct is taken back and said anew, or said to be a correction.
        (true, ns::CORRECT),
        (can.reaction, ns::REACTIONS),
        (can.retraction, ns::RETRACT),
        (can.replies, ns::REPLY),
        (can.upload, ns::OOB),
        (can.upload, ns::SIMS),
        (can.upload, ns::SFS),
        (can.upload, ns::STICKERS),
    ] {
        if has {
            features.push(feature);
        }
    }
    let mut disco = entity(vec![identity("client", client_name(client), &info.component_name)], &features);
    disco.forms.extend(Restrictions { allowed, ..restrictions(can) }.form());
    disco
}

/// The list of commands as an entity.
#[must_use]
pub fn command_list(name: &str) -> Disco {
    entity(vec![Identity::new("automation", "command-list", Some(name))], &[ns::DISCO_INFO, ns::DISCO_ITEMS])
}

/// A command as an entity.
#[must_use]
pub fn command_node(name: &str) -> Disco {
    let features = [ns::DISCO_INFO, ns::COMMANDS, ns::DATA_FORMS];
    entity(vec![Identity::new("automation", "command-node", Some(name))], &features)
}
