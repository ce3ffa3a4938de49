//! Stanzas from a contact to the user, as bytes.
//!
//! Pure functions: times are texts already, ids are given.

mod amend;
pub mod client_type;
pub mod disco;
pub mod disco_room;
pub mod error;
mod file;
pub mod form;
pub mod listing;
pub mod pep;
mod speaker;
mod text;

use bytes::Bytes;
use plugin_api::{ChatState, Marker};

use crate::xmpp::{StanzaError, Xml, caps2, ns, pieces, vcard};
use disco::{CAPS_NODE, CapsHash};

pub use amend::{reaction, retraction};
pub use file::FileShape;
pub use speaker::{AsUser, InRoom, Speaker};
pub use text::{Preview, ReplyShape, TextShape};

/// Larger stanzas are not sent, since a server ends the stream at one that it finds too large, for
/// everybody (Prosody: 512 KiB), and what is durable would come again.
pub const MAX_STANZA: usize = 256 << 10;

/// The resource of contacts.
pub const RESOURCE: &str = "slidge";

/// Longer than anybody reads beside a name or an error. Bytes as XML.
const MAX_WORDS: usize = 16 << 10;

/// A chat state of its own (XEP-0085), not for the archive.
#[must_use]
pub fn chat_state(from: &str, to: &str, state: ChatState) -> Option<Bytes> {
    let mut xml = message(from, to);
    (state != ChatState::Unknown).then(|| {
        write_state(&mut xml, state);
        xml.finish()
    })
}

/// Writes a chat state; one that is not known is plain activity.
pub fn write_state(xml: &mut Xml, state: ChatState) {
    let name = match state {
        ChatState::Active | ChatState::Unknown => "active",
        ChatState::Composing => "composing",
        ChatState::Paused => "paused",
        ChatState::Inactive => "inactive",
        ChatState::Gone => "gone",
    };
    xml.leaf(name, ns::CHAT_STATES).leaf("no-store", ns::HINTS);
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
/// `own` is the stanza's id, by which we know it when the server shows it to us.
#[must_use]
pub fn marker(speaker: &Speaker, own: Option<&str>, kind: Marker, id: &str, thread: Option<&str>) -> Bytes {
    speaker.message(own, |xml| write_marker(xml, kind, id, thread))
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
    /// The contact is not available.
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
            xml.text_child("status", &pieces::first(status, MAX_WORDS));
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
        xml.text_child("status", &pieces::first(status, MAX_WORDS));
    }
    if let Some(nick) = nick {
        xml.open_ns("nick", ns::NICK).text(nick).close();
    }
    xml.finish()
}

/// The error that answers a message of the user (RFC 6120 section 8.3): `from` is the address that
/// they wrote to.
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
    use crate::stanza::*;

    fn check(stanza: &Bytes, expected: &str) {
        assert_eq!(std::str::from_utf8(stanza).unwrap(), expected);
    }

    #[test]
    fn chat_states_receipts_and_markers_have_no_body() {
        let contact = Speaker { from: "c@gw/slidge".into(), to: "u@d".into(), as_user: None, room: None };
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
            &marker(&contact, None, Marker::Displayed, "1", None),
            "<message type='chat' from='c@gw/slidge' to='u@d'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/><store xmlns='urn:xmpp:hints'/></message>",
        );
    }

    #[test]
    fn a_presence_has_capabilities_only_when_available() {
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
