//! XEP-0356: Privileged Entity. Not done: managing presence, and permission for iqs that servers
//! push.
//!
//! COMPAT Prosody 0.12 speaks `urn:xmpp:privilege:2`, ejabberd 23.01 `urn:xmpp:privilege:1` without
//! iqs: a server is answered in what it spoke.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use minidom::Element;

use super::{
    error::StanzaError,
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// Access that a privilege gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// No access.
    #[default]
    None,
    /// Reading.
    Get,
    /// Writing.
    Set,
    /// Both.
    Both,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Access::None => "none",
            Access::Get => "get",
            Access::Set => "set",
            Access::Both => "both",
        })
    }
}

impl Access {
    fn parse(value: Option<&str>) -> Self {
        match value {
            Some("get") => Access::Get,
            Some("set") => Access::Set,
            Some("both") => Access::Both,
            _ => Access::None,
        }
    }

    /// Whether it includes reading.
    #[must_use]
    pub fn can_get(self) -> bool {
        matches!(self, Access::Get | Access::Both)
    }

    /// Whether it includes writing.
    #[must_use]
    pub fn can_set(self) -> bool {
        matches!(self, Access::Set | Access::Both)
    }
}

/// Presence that the server forwards to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PresenceAccess {
    /// Only presence that is sent to us.
    #[default]
    None,
    /// Presence of the server's own users.
    ManagedEntity,
    /// Presence of the users' contacts as well.
    Roster,
}

/// Privileges that one server grants us for its users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Privileges {
    /// The namespace it speaks.
    pub namespace: &'static str,
    /// Access to its users' rosters.
    pub roster: Access,
    /// Sending messages in its users' names.
    pub message: bool,
    /// Presence of its users.
    pub presence: PresenceAccess,
    /// Iqs in its users' names, by the namespace of the payload.
    pub iq: BTreeMap<String, Access>,
}

impl Privileges {
    /// Reads an advertisement (section 4.2). It is worth as much as its sender: the privileges hold
    /// for the users of the domain that the message is `from`, and only if that is a bare domain.
    #[must_use]
    pub fn parse(stanza: &Stanza) -> Option<Privileges> {
        if stanza.kind != Kind::Message || stanza.is_error() || stanza.from.as_ref()?.node().is_some() {
            return None;
        }
        let (namespace, advert) = [ns::PRIVILEGE_2, ns::PRIVILEGE_1]
            .into_iter()
            .find_map(|namespace| stanza.child("privilege", namespace).map(|p| (namespace, p)))?;
        let mut perms = advert.children().filter(|c| c.is("perm", namespace)).peekable();
        perms.peek()?;
        let mut privileges = Privileges { namespace, ..Privileges::default() };
        for perm in perms {
            let type_ = perm.attr("type");
            match perm.attr("access") {
                Some("roster") => privileges.roster = Access::parse(type_),
                Some("message") => privileges.message = type_ == Some("outgoing"),
                Some("presence") => {
                    privileges.presence = match type_ {
                        Some("managed_entity") => PresenceAccess::ManagedEntity,
                        Some("roster") => PresenceAccess::Roster,
                        _ => PresenceAccess::None,
                    }
                }
                Some("iq") => privileges.iq = iq_namespaces(perm),
                _ => {}
            }
        }
        Some(privileges)
    }

    /// Access to iqs of a namespace.
    #[must_use]
    pub fn iq(&self, namespace: &str) -> Access {
        self.iq.get(namespace).copied().unwrap_or_default()
    }
}

impl fmt::Display for Privileges {
    /// Formats the privileges in the words of servers' configurations.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = if self.message { "outgoing" } else { "none" };
        write!(f, "roster = {}, message = {message}", self.roster)?;
        self.iq.iter().try_for_each(|(namespace, access)| write!(f, ", iq {namespace} = {access}"))
    }
}

/// COMPAT Prosody 0.12's mod_privilege of Debian 12 writes the `<namespace/>` elements into one
/// another instead of one after another, so all descendants count.
fn iq_namespaces(perm: &Element) -> BTreeMap<String, Access> {
    let mut found = BTreeMap::new();
    let mut todo: Vec<&Element> = perm.children().collect();
    while let Some(element) = todo.pop() {
        if element.name() == "namespace"
            && let Some(namespace) = element.attr("ns")
        {
            found.insert(namespace.to_owned(), Access::parse(element.attr("type")));
        }
        todo.extend(element.children());
    }
    found
}

/// Writes a message in a user's name (section 6): `inner` writes the attributes and content of the
/// `<message/>`, whose `from` has to be the user's bare address. The server routes it as if the
/// user had sent it, with carbons to the user's clients and to the archive.
pub fn write_message(
    xml: &mut Xml,
    namespace: &str,
    component: &str,
    host: &str,
    inner: impl FnOnce(&mut Xml),
) {
    xml.open("message")
        .attr("from", component)
        .attr("to", host)
        .open_ns("privilege", namespace)
        .open_ns("forwarded", ns::FORWARD)
        .open_ns("message", ns::CLIENT)
        .with(inner)
        .close()
        .close()
        .close()
        .close();
}

/// The payload of an iq to a user's bare address that the server carries out in the user's name
/// (section 7). `inner` writes attributes and content of the `<iq/>`; its `type` has to be that of
/// the iq around it.
#[must_use]
pub fn iq_payload(namespace: &str, inner: impl FnOnce(&mut Xml)) -> Bytes {
    Xml::new().open_ns("privileged_iq", namespace).open_ns("iq", ns::CLIENT).with(inner).finish()
}

/// Result of an iq that was sent in the user's name: its payload, if there is one.
///
/// # Errors
/// The error that the inner iq got. COMPAT Prosody 0.12 puts it into an outer result.
pub fn iq_result(answer: Option<&Element>) -> Result<Option<&Element>, StanzaError> {
    let Some(iq) = answer
        .filter(|a| a.name() == "privilege")
        .and_then(|p| p.get_child("forwarded", ns::FORWARD))
        .and_then(|f| f.get_child("iq", ns::CLIENT))
    else {
        return Ok(None);
    };
    match iq.get_child("error", ns::CLIENT) {
        Some(error) => Err(StanzaError::parse(error)),
        None if iq.attr("type") == Some("error") => {
            Err(StanzaError::new(super::error::Condition::UndefinedCondition))
        }
        None => Ok(iq.children().next()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::error::Condition;

    fn advert(from: &str, xml: &str) -> Option<Privileges> {
        Privileges::parse(&Stanza {
            from: Some(from.parse().unwrap()),
            payloads: vec![xml.parse().unwrap()],
            ..Stanza::new(Kind::Message)
        })
    }

    #[test]
    fn r22_ejabberds_advertisement_is_read() {
        let p = advert(
            "example.org",
            "<privilege xmlns='urn:xmpp:privilege:1'><perm access='roster' type='both'/><perm access='message' type='outgoing'/><perm access='presence' type='managed_entity'/></privilege>",
        )
        .unwrap();
        assert_eq!(
            (p.namespace, p.roster, p.message, p.presence),
            (ns::PRIVILEGE_1, Access::Both, true, PresenceAccess::ManagedEntity)
        );
        assert_eq!(p.iq(ns::PUBSUB), Access::None);
    }

    #[test]
    fn r22_prosodys_nested_namespaces_are_read() {
        for namespaces in [
            "<namespace ns='a' type='both'/><namespace ns='b' type='set'/><namespace ns='c' type='get'/>",
            "<namespace ns='a' type='both'><namespace ns='b' type='set'><namespace ns='c' type='get'/></namespace></namespace>",
        ] {
            let p = advert("example.org", &format!("<privilege xmlns='urn:xmpp:privilege:2'><perm access='iq'>{namespaces}</perm></privilege>")).unwrap();
            assert_eq!(
                [p.iq("a"), p.iq("b"), p.iq("c"), p.iq("d")],
                [Access::Both, Access::Set, Access::Get, Access::None]
            );
        }
    }

    #[test]
    fn nonsense_grants_nothing() {
        let grant = "<privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='both'/></privilege>";
        assert!(advert("example.org", grant).is_some());
        assert_eq!(advert("user@example.org", grant), None);
        assert_eq!(advert("example.org", "<privilege xmlns='urn:xmpp:privilege:2'/>"), None);
        assert_eq!(
            advert(
                "example.org",
                "<privilege xmlns='urn:xmpp:privilege:9'><perm access='roster' type='both'/></privilege>"
            ),
            None
        );
        let p = advert("example.org", "<privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='all'/><perm/><perm access='message' type='incoming'/></privilege>").unwrap();
        assert_eq!(p, Privileges { namespace: ns::PRIVILEGE_2, ..Privileges::default() });
    }

    #[test]
    fn a_carbon_is_wrapped() {
        let mut xml = Xml::new();
        write_message(&mut xml, ns::PRIVILEGE_1, "gw", "b", |m| {
            m.attr("from", "a@b").attr("to", "c@gw").text_child("body", "x");
        });
        assert_eq!(
            xml.finish(),
            "<message from='gw' to='b'><privilege xmlns='urn:xmpp:privilege:1'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='a@b' to='c@gw'><body>x</body></message></forwarded></privilege></message>"
        );
    }

    #[test]
    fn an_iq_in_a_users_name_is_wrapped_and_unwrapped() {
        assert_eq!(
            iq_payload(ns::PRIVILEGE_2, |iq| {
                iq.attr("type", "get").attr("id", "1").leaf("pubsub", ns::PUBSUB);
            }),
            "<privileged_iq xmlns='urn:xmpp:privilege:2'><iq xmlns='jabber:client' type='get' id='1'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq></privileged_iq>"
        );
        let answer = |iq: &str| -> Element {
            format!("<privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'>{iq}</forwarded></privilege>").parse().unwrap()
        };
        let ok = answer(
            "<iq xmlns='jabber:client' type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'/></iq>",
        );
        assert!(iq_result(Some(&ok)).unwrap().unwrap().is("pubsub", ns::PUBSUB));
        let error = answer(
            "<iq xmlns='jabber:client' type='result'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        );
        assert_eq!(iq_result(Some(&error)).unwrap_err().condition, Condition::ItemNotFound);
        let bare = answer("<iq xmlns='jabber:client' type='error'/>");
        assert!(iq_result(Some(&bare)).is_err());
        assert_eq!(iq_result(None), Ok(None));
        assert_eq!(iq_result(Some(&Element::bare("x", "y"))), Ok(None));
    }
}
