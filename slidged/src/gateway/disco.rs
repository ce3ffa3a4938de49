//! Service discovery (XEP-0030) of the gateway and of contacts: only what works is advertised (R14).

use super::{
    Gateway, client_name,
    listing::{command_list, command_node},
};
use crate::{
    language::Language,
    say,
    session::shape::CAPS_NODE,
    xmpp::{
        Condition, Stanza, StanzaError, Xml, caps, caps2,
        disco::{self, Identity, Info as Disco},
        ns,
        reactions::Restrictions,
        reply,
    },
};
use bytes::Bytes;
use jid::Jid;
use plugin_api::{ClientType, Features, Info};
use std::{borrow::Cow, collections::HashMap, sync::Arc};

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
    fn is_asked(&self, node: &str) -> bool {
        let ver = node.strip_prefix(CAPS_NODE).and_then(|rest| rest.strip_prefix('#'));
        ver == Some(&self.ver) || caps2::of_node(node) == Some(&self.hash)
    }
}

/// Those of the gateway, and of contacts by what they use.
pub(super) struct CapsHashes {
    gateway: CapsHash,
    contacts: HashMap<ClientType, CapsHash>,
    unknown: CapsHash,
}

impl CapsHashes {
    pub(super) fn new(info: &Info) -> Self {
        use ClientType::{Bot, Console, Game, Handheld, Pc, Phone, Sms, Tablet, Web};
        let all = [Pc, Bot, Console, Game, Handheld, Phone, Sms, Tablet, Web];
        CapsHashes {
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
}

fn identity(category: &str, type_: &str, name: &str) -> Identity {
    Identity::new(category, type_, Some(name))
}

pub(super) fn entity(identities: Vec<Identity>, features: &[&str]) -> Disco {
    Disco {
        node: None,
        identities,
        features: features.iter().map(|&f| f.to_owned()).collect(),
        forms: Vec::new(),
    }
}

/// The gateway itself, to anybody.
fn gateway(info: &Info) -> Disco {
    let name = &info.component_name;
    let type_ = if info.component_type.is_empty() { "xmpp" } else { &info.component_type };
    let mut features = vec![
        ns::DISCO_INFO,
        ns::DISCO_ITEMS,
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
    // Clients draw what comes first. No `conference/text`: clients make new rooms at such a service (Converse, Dino), and take it for none
    // that could be added (Gajim); to join a room they ask the room.
    let identities = vec![identity("gateway", type_, name), identity("pubsub", "pep", name)];
    if info.groups {
        features.extend([ns::MUC, ns::OCCUPANT_ID]);
    }
    let mut disco = entity(identities, &features);
    disco.forms.extend(Restrictions { domain: true, ..restrictions(&info.contact_features) }.form());
    disco
}

/// What holds for all reactions to somebody's messages.
pub(super) fn restrictions(can: &Features) -> Restrictions<'static> {
    Restrictions { single: can.reaction && can.reactions_single_emoji, ..Restrictions::default() }
}

/// How contacts look can be asked for.
pub(super) const FACE: [&str; 3] = [ns::PUBSUB_RETRIEVE, ns::VCARD_TEMP, ns::VCARD4];

/// A contact's account: their bare JID.
fn contact_account(info: &Info) -> Disco {
    let name = &info.component_name;
    let identities = vec![identity("account", "registered", name), identity("pubsub", "pep", name)];
    let mut features = vec![ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING, ns::LAST];
    features.extend(FACE);
    entity(identities, &features)
}

/// A contact's client: their full JID.
fn contact_client(info: &Info, can: &Features, client: ClientType, allowed: Option<&[String]>) -> Disco {
    let mut features = vec![ns::DISCO_INFO, ns::DISCO_ITEMS, ns::PING, ns::COMMANDS, ns::CAPS, ns::CAPS2];
    features.extend(FACE);
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

impl Gateway {
    /// The hashes for the gateway's own presences.
    #[must_use]
    pub fn caps_of_gateway(&self) -> &CapsHash {
        &self.caps.gateway
    }

    /// The hashes for a contact's presences.
    #[must_use]
    pub fn caps_of_contact(&self, client: ClientType, can: &Features) -> Cow<'_, CapsHash> {
        if *can != self.info.contact_features {
            return Cow::Owned(CapsHash::of(&contact_client(&self.info, can, client, None)));
        }
        Cow::Borrowed(self.caps.contacts.get(&client).unwrap_or(&self.caps.unknown))
    }

    pub(super) fn disco_info(&self, iq: &Stanza, node: Option<&str>) -> Bytes {
        let mut disco = match node {
            None => gateway(&self.info),
            Some(node) if self.caps.gateway.is_asked(node) => gateway(&self.info),
            Some(ns::COMMANDS) => command_list(&say!(Language::of(iq.lang.as_deref()), "commands")),
            Some(node) => match self.command_name(iq, None, node) {
                Some(name) => command_node(&name),
                None => return not_found(iq),
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
            Some(_) => return not_found(iq),
        };
        reply::result(iq, |xml| disco::write_items(xml, node, &items))
    }

    /// The account of somebody on the network, to whoever asks about their bare address.
    #[must_use]
    pub fn account_info(&self, iq: &Stanza) -> Bytes {
        reply::result(iq, |xml| contact_account(&self.info).write(xml))
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
        let (Some(payload), Some((client, can))) = (iq.payload(), contact) else { return not_found(iq) };
        let full = iq.to.as_ref().is_some_and(|to| to.resource().is_some());
        let node = payload.attr("node");
        if payload.is("ping", ns::PING) {
            return reply::result(iq, nothing);
        }
        if payload.is("query", ns::DISCO_INFO) {
            let mut disco = match (full, node) {
                (true, None) => contact_client(&self.info, can, client, allowed),
                // What differs from contact to contact is in no hash.
                (true, Some(node)) if self.caps_of_contact(client, can).is_asked(node) => {
                    contact_client(&self.info, can, client, None)
                }
                (false, None) => contact_account(&self.info),
                _ => return not_found(iq),
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
            return not_found(iq);
        }
        super::iq::not_implemented(iq)
    }
}

pub(super) fn not_found(iq: &Stanza) -> Bytes {
    reply::error(iq, &StanzaError::new(Condition::ItemNotFound)).unwrap_or_default()
}

/// Writes nothing: for results without a payload.
pub(super) fn nothing(_: &mut Xml) {}
