//! The stanzas that a contact sends to the user (WIRE 2.5 and 2.7), as bytes.
//!
//! Pure functions: times are texts already, ids are given.

mod file;
pub mod news;

use crate::{
    gateway::CapsHash,
    xmpp::{StanzaError, Xml, caps2, ns, vcard},
};
use bytes::Bytes;
use plugin_api::{ChatState, Hint, Marker};

pub use file::FileShape;

/// The resource of contacts.
pub const RESOURCE: &str = "slidge";

/// A text for the user's eyes.
#[derive(Debug, Default)]
pub struct TextShape<'a> {
    /// Contact with resource, or the gateway.
    pub from: &'a str,
    /// The user's bare JID.
    pub to: &'a str,
    /// Stanza id.
    pub id: &'a str,
    /// Text.
    pub body: &'a str,
    /// XEP-0201.
    pub thread: Option<&'a str>,
    /// XEP-0203: when, and who says so.
    pub delay: Option<(&'a str, &'a str)>,
    /// XEP-0172: the name of someone who is not on the roster.
    pub nick: Option<&'a str>,
    /// XEP-0334, beside `store`.
    pub hints: &'a [Hint],
    /// XEP-0333: the sender wants to know when it is read.
    pub markable: bool,
}

impl TextShape<'_> {
    /// The stanza.
    #[must_use]
    pub fn stanza(&self) -> Bytes {
        let mut xml = Xml::new();
        self.write(&mut xml);
        xml.finish()
    }

    fn write(&self, xml: &mut Xml) {
        xml.open_ns("message", ns::CLIENT)
            .attr("type", "chat")
            .attr("from", self.from)
            .attr("to", self.to)
            .attr("id", self.id)
            .text_child("body", self.body)
            .leaf("active", ns::CHAT_STATES);
        if !self.hints.iter().any(|hint| matches!(hint, Hint::NoStore | Hint::NoPermanentStore)) {
            xml.leaf("store", ns::HINTS);
        }
        for hint in self.hints {
            match hint {
                Hint::NoStore => drop(xml.leaf("no-store", ns::HINTS)),
                Hint::NoPermanentStore => drop(xml.leaf("no-permanent-store", ns::HINTS)),
                Hint::NoCopy => drop(xml.leaf("no-copy", ns::HINTS)),
                Hint::Store | Hint::Unknown => {}
            }
        }
        if self.markable {
            xml.leaf("markable", ns::MARKERS);
        }
        if let Some(thread) = self.thread {
            xml.text_child("thread", thread);
        }
        if let Some((stamp, from)) = self.delay {
            xml.open_ns("delay", ns::DELAY).attr("from", from).attr("stamp", stamp).close();
        }
        if let Some(nick) = self.nick {
            xml.open_ns("nick", ns::NICK).text(nick).close();
        }
        xml.close();
    }

    /// The same, said by the user from another client of the network (XEP-0356): the server treats it as if the user had sent it.
    /// Here `from` is the user and `to` the contact.
    #[must_use]
    pub fn privileged(&self, gateway: &str, domain: &str, privilege: &str) -> Bytes {
        privileged(gateway, domain, privilege, |xml| self.write(xml))
    }
}

/// A message that the server sends in the user's name.
fn privileged(gateway: &str, domain: &str, privilege: &str, inner: impl FnOnce(&mut Xml)) -> Bytes {
    let mut xml = Xml::new();
    xml.open("message")
        .attr("from", gateway)
        .attr("to", domain)
        .open_ns("privilege", privilege)
        .open_ns("forwarded", ns::FORWARD);
    inner(&mut xml);
    xml.finish()
}

/// A chat state of its own (XEP-0085), not for the archive.
#[must_use]
pub fn chat_state(from: &str, to: &str, state: ChatState) -> Option<Bytes> {
    let name = match state {
        ChatState::Active => "active",
        ChatState::Composing => "composing",
        ChatState::Paused => "paused",
        ChatState::Inactive => "inactive",
        ChatState::Gone => "gone",
        ChatState::Unknown => return None,
    };
    let mut xml = message(from, to);
    xml.leaf(name, ns::CHAT_STATES).leaf("no-store", ns::HINTS);
    Some(xml.finish())
}

/// A receipt (XEP-0184) for a message of the user.
#[must_use]
pub fn receipt(from: &str, to: &str, id: &str) -> Bytes {
    let mut xml = message(from, to);
    xml.open_ns("received", ns::RECEIPTS).attr("id", id).close();
    xml.leaf("store", ns::HINTS);
    xml.finish()
}

/// A marker (XEP-0333) for a message of the user, or of the contact if the user read it elsewhere.
#[must_use]
pub fn marker(from: &str, to: &str, kind: Marker, id: &str, thread: Option<&str>) -> Bytes {
    let mut xml = message(from, to);
    write_marker(&mut xml, kind, id, thread);
    xml.finish()
}

/// A marker that the server sends in the user's name: they read it in the official app. `own` is the stanza's id, by which we know it
/// when the server shows it to us.
#[must_use]
pub fn privileged_marker(
    (gateway, domain, privilege): (&str, &str, &str),
    (from, to, own): (&str, &str, &str),
    kind: Marker,
    id: &str,
) -> Bytes {
    privileged(gateway, domain, privilege, |xml| {
        xml.open_ns("message", ns::CLIENT)
            .attr("type", "chat")
            .attr("from", from)
            .attr("to", to)
            .attr("id", own);
        write_marker(xml, kind, id, None);
        xml.close();
    })
}

fn write_marker(xml: &mut Xml, kind: Marker, id: &str, thread: Option<&str>) {
    let name = match kind {
        Marker::Received => "received",
        Marker::Acknowledged => "acknowledged",
        Marker::Displayed | Marker::Unknown => "displayed",
    };
    xml.open_ns(name, ns::MARKERS).attr("id", id).close();
    xml.leaf("store", ns::HINTS);
    if let Some(thread) = thread {
        xml.text_child("thread", thread);
    }
}

fn message(from: &str, to: &str) -> Xml {
    let mut xml = Xml::new();
    xml.open("message").attr("type", "chat").attr("from", from).attr("to", to);
    xml
}

/// A presence of a contact or the gateway.
#[derive(Debug, Default)]
pub struct PresenceShape<'a> {
    /// Contact with resource, or the gateway.
    pub from: &'a str,
    /// The user, bare or one client.
    pub to: &'a str,
    /// Not available.
    pub unavailable: bool,
    /// RFC 6121 `<show/>`.
    pub show: Option<&'a str>,
    /// Free text.
    pub status: Option<&'a str>,
    /// XEP-0319: idle since.
    pub idle: Option<&'a str>,
    /// XEP-0115 and XEP-0390: hashes of what this entity can do.
    pub caps: Option<&'a CapsHash>,
    /// XEP-0153: SHA-1 of this entity's picture.
    pub photo: Option<&'a str>,
}

/// The node of our entity capabilities (XEP-0115).
pub const CAPS_NODE: &str = "urn:slidged";

impl PresenceShape<'_> {
    /// The stanza.
    #[must_use]
    pub fn stanza(&self) -> Bytes {
        let mut xml = Xml::new();
        xml.open("presence").attr("from", self.from).attr("to", self.to);
        if self.unavailable {
            xml.attr("type", "unavailable");
        }
        if let Some(show) = self.show.filter(|_| !self.unavailable) {
            xml.text_child("show", show);
        }
        if let Some(status) = self.status {
            xml.text_child("status", status);
        }
        if let Some(since) = self.idle {
            xml.open_ns("idle", ns::IDLE).attr("since", since).close();
        }
        if let Some(CapsHash { ver, hash }) = self.caps.filter(|_| !self.unavailable) {
            xml.open_ns("c", ns::CAPS).attr("hash", "sha-1").attr("node", CAPS_NODE).attr("ver", ver).close();
            caps2::write(&mut xml, hash);
        }
        if let Some(photo) = self.photo.filter(|_| !self.unavailable) {
            vcard::write_update(&mut xml, photo);
        }
        xml.finish()
    }
}

/// Traffic about subscriptions (RFC 6121 section 3), from bare JIDs.
#[must_use]
pub fn subscription(from: &str, to: &str, kind: &str, status: Option<&str>, nick: Option<&str>) -> Bytes {
    let mut xml = Xml::new();
    xml.open("presence").attr("from", from).attr("to", to).attr("type", kind);
    if let Some(status) = status {
        xml.text_child("status", status);
    }
    if let Some(nick) = nick {
        xml.open_ns("nick", ns::NICK).text(nick).close();
    }
    xml.finish()
}

/// The error that answers a message of the user (RFC 6120 section 8.3): `from` is the address that they wrote to.
#[must_use]
pub fn bounce(from: &str, to: &str, id: &str, error: &StanzaError) -> Bytes {
    let mut xml = Xml::new();
    xml.open("message").attr("type", "error").attr("from", from).attr("to", to);
    if !id.is_empty() {
        xml.attr("id", id);
    }
    error.write(&mut xml);
    xml.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stanza: &Bytes, expected: &str) {
        assert_eq!(std::str::from_utf8(stanza).unwrap(), expected);
    }

    #[test]
    fn wire_2_7_a_text_has_its_elements_in_order() {
        let text = TextShape {
            from: "c@gw/slidge",
            to: "u@d",
            id: "7",
            body: "a < b",
            thread: Some("t"),
            delay: Some(("2023-11-14T22:13:20.000Z", "gw")),
            nick: Some("Carl"),
            hints: &[Hint::NoCopy],
            markable: true,
        };
        check(
            &text.stanza(),
            "<message type='chat' from='c@gw/slidge' to='u@d' id='7'><body>a &lt; b</body><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/><no-copy xmlns='urn:xmpp:hints'/><markable xmlns='urn:xmpp:chat-markers:0'/><thread>t</thread><delay xmlns='urn:xmpp:delay' from='gw' stamp='2023-11-14T22:13:20.000Z'/><nick xmlns='http://jabber.org/protocol/nick'>Carl</nick></message>",
        );
    }

    #[test]
    fn wire_2_7_a_carbon_is_a_client_stanza_of_the_user_inside_a_privilege() {
        let text = TextShape { from: "u@d", to: "c@gw", id: "7", body: "x", ..TextShape::default() };
        check(
            &text.privileged("gw", "d", ns::PRIVILEGE_2),
            "<message from='gw' to='d'><privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='u@d' to='c@gw' id='7'><body>x</body><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/></message></forwarded></privilege></message>",
        );
        check(
            &privileged_marker(("gw", "d", ns::PRIVILEGE_2), ("u@d", "c@gw", "own"), Marker::Displayed, "7"),
            "<message from='gw' to='d'><privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='u@d' to='c@gw' id='own'><displayed xmlns='urn:xmpp:chat-markers:0' id='7'/><store xmlns='urn:xmpp:hints'/></message></forwarded></privilege></message>",
        );
    }

    #[test]
    fn wire_2_7_typing_receipts_and_markers_are_small() {
        check(
            &chat_state("c@gw/slidge", "u@d", ChatState::Composing).unwrap(),
            "<message type='chat' from='c@gw/slidge' to='u@d'><composing xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/></message>",
        );
        assert_eq!(chat_state("c@gw/slidge", "u@d", ChatState::Unknown), None);
        check(
            &receipt("c@gw", "u@d", "1"),
            "<message type='chat' from='c@gw' to='u@d'><received xmlns='urn:xmpp:receipts' id='1'/><store xmlns='urn:xmpp:hints'/></message>",
        );
        check(
            &marker("c@gw/slidge", "u@d", Marker::Displayed, "1", None),
            "<message type='chat' from='c@gw/slidge' to='u@d'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/><store xmlns='urn:xmpp:hints'/></message>",
        );
    }

    #[test]
    fn wire_2_5_a_presence_tells_what_it_can_only_when_available() {
        let caps = CapsHash { ver: "v=".into(), hash: "h=".into() };
        let away = PresenceShape {
            from: "c@gw/slidge",
            to: "u@d",
            unavailable: false,
            show: Some("away"),
            status: Some("lunch"),
            idle: Some("2023-11-14T22:13:20.000Z"),
            caps: Some(&caps),
            photo: Some("a1"),
        };
        check(
            &away.stanza(),
            "<presence from='c@gw/slidge' to='u@d'><show>away</show><status>lunch</status><idle xmlns='urn:xmpp:idle:1' since='2023-11-14T22:13:20.000Z'/><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:slidged' ver='v='/><c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>h=</hash></c><x xmlns='vcard-temp:x:update'><photo>a1</photo></x></presence>",
        );
        check(
            &PresenceShape { unavailable: true, idle: None, ..away }.stanza(),
            "<presence from='c@gw/slidge' to='u@d' type='unavailable'><status>lunch</status></presence>",
        );
        check(
            &subscription("c@gw", "u@d", "subscribe", Some("hi"), Some("Carl")),
            "<presence from='c@gw' to='u@d' type='subscribe'><status>hi</status><nick xmlns='http://jabber.org/protocol/nick'>Carl</nick></presence>",
        );
    }
}
