//! Personal eventing of contacts (XEP-0163): events, as bytes.

use crate::xmpp::{
    Xml,
    avatar::{self, Info},
    nick, ns, pubsub,
    vcard4::{self, Card},
};
use bytes::Bytes;

/// The item of nodes that have only one.
pub const CURRENT: &str = "current";

/// Avatar metadata of a contact (XEP-0084 section 4.2).
#[must_use]
pub fn avatar(from: &str, to: &str, info: Info<'_>) -> Bytes {
    event(from, to, ns::AVATAR_METADATA, info.id, |xml| avatar::write_metadata(xml, info))
}

/// Removal of a contact's avatar (XEP-0084 section 4.3).
#[must_use]
pub fn no_avatar(from: &str, to: &str) -> Bytes {
    event(from, to, ns::AVATAR_METADATA, CURRENT, avatar::write_none)
}

/// Nickname of a contact (XEP-0172 section 4.2).
#[must_use]
pub fn nick(from: &str, to: &str, name: &str) -> Bytes {
    event(from, to, ns::NICK, CURRENT, |xml| nick::write(xml, name))
}

/// vCard of a contact (XEP-0292 section 4).
#[must_use]
pub fn card(from: &str, to: &str, card: &Card<'_>) -> Bytes {
    event(from, to, ns::VCARD4_NODE, vcard4::ITEM, |xml| vcard4::write(xml, card))
}

fn event(from: &str, to: &str, node: &str, id: &str, payload: impl FnOnce(&mut Xml)) -> Bytes {
    let mut xml = Xml::new();
    xml.open("message").attr("type", "headline").attr("from", from).attr("to", to);
    pubsub::write_event(&mut xml, node, id, payload);
    xml.finish()
}

#[cfg(test)]
mod tests {
    use crate::stanza::pep::*;

    #[test]
    fn events_are_headlines_of_the_bare_contact() {
        let info = Info { id: "a1", bytes: 9, width: 3, height: 2 };
        let head = "<message type='headline' from='c@gw' to='u@d/r'><event xmlns='http://jabber.org/protocol/pubsub#event'>";
        for (stanza, items) in [
            (
                avatar("c@gw", "u@d/r", info),
                "<items node='urn:xmpp:avatar:metadata'><item id='a1'><metadata xmlns='urn:xmpp:avatar:metadata'><info bytes='9' height='2' id='a1' type='image/png' width='3'/></metadata></item></items>",
            ),
            (
                no_avatar("c@gw", "u@d/r"),
                "<items node='urn:xmpp:avatar:metadata'><item id='current'><metadata xmlns='urn:xmpp:avatar:metadata'/></item></items>",
            ),
            (
                nick("c@gw", "u@d/r", "Carl"),
                "<items node='http://jabber.org/protocol/nick'><item id='current'><nick xmlns='http://jabber.org/protocol/nick'>Carl</nick></item></items>",
            ),
        ] {
            assert_eq!(std::str::from_utf8(&stanza).unwrap(), format!("{head}{items}</event></message>"));
        }
        let told = card("c@gw", "u@d/r", &Card { jid: "c@gw", ..Card::default() });
        assert!(std::str::from_utf8(&told).unwrap().contains("<item id='current'><vcard "));
    }
}
