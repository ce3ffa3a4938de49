//! XEP-0297: Stanza Forwarding, and XEP-0280: Message Carbons, which are made of it.

use minidom::Element;
use time::OffsetDateTime;

use super::{datetime, ns, stanza::Stanza, xml::Xml};

/// A stanza in another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Forwarded {
    /// Time at which the stanza was first sent.
    pub stamp: Option<OffsetDateTime>,
    /// The forwarded stanza.
    pub stanza: Stanza,
}

impl Forwarded {
    /// Reads the `<forwarded/>` in `parent`; `None` when there is none, or what it has is no
    /// stanza.
    #[must_use]
    pub fn find(parent: &Element) -> Option<Self> {
        let forwarded = parent.get_child("forwarded", ns::FORWARD)?;
        let stamp = forwarded.get_child("delay", ns::DELAY).and_then(|d| datetime::parse(d.attr("stamp")?));
        let stanza = forwarded.children().find_map(|c| Stanza::from_element(c).ok())?;
        Some(Forwarded { stamp, stanza })
    }
}

/// Direction of a copied message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Another client of the user has got it.
    Received,
    /// Another client of the user has sent it.
    Sent,
}

/// The message that this one is a carbon of. Only to be believed from the user's own bare address
/// (XEP-0280 section 11).
#[must_use]
pub fn carbon(message: &Stanza) -> Option<(Direction, Forwarded)> {
    let find = |name| message.child(name, ns::CARBONS).and_then(Forwarded::find);
    find("sent").map(|f| (Direction::Sent, f)).or_else(|| find("received").map(|f| (Direction::Received, f)))
}

/// Writes `<forwarded/>`; `inner` writes the stanza, opened in [`ns::CLIENT`].
pub fn write(xml: &mut Xml, inner: impl FnOnce(&mut Xml)) {
    xml.open_ns("forwarded", ns::FORWARD).with(inner).close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    fn carbon_of(xml: &str) -> Option<(Direction, Forwarded)> {
        carbon(&Stanza { payloads: vec![xml.parse().unwrap()], ..Stanza::new(Kind::Message) })
    }

    #[test]
    fn a_carbon_is_unwrapped() {
        let mut xml = Xml::new();
        xml.open_ns("sent", ns::CARBONS);
        write(&mut xml, |x| {
            x.open_ns("delay", ns::DELAY).attr("stamp", "1970-01-01T00:00:00Z").close();
            x.open_ns("message", ns::CLIENT)
                .attr("from", "a@b/c")
                .attr("type", "chat")
                .text_child("body", "x")
                .close();
        });
        let (direction, forwarded) = carbon_of(std::str::from_utf8(&xml.finish()).unwrap()).unwrap();
        assert_eq!((direction, forwarded.stamp), (Direction::Sent, Some(OffsetDateTime::UNIX_EPOCH)));
        assert_eq!((forwarded.stanza.kind, forwarded.stanza.body().as_deref()), (Kind::Message, Some("x")));
    }

    #[test]
    fn what_holds_no_stanza_is_no_carbon() {
        for inner in [
            "",
            "<forwarded xmlns='urn:xmpp:forward:0'/>",
            "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='urn:other'/></forwarded>",
            "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='@@'/></forwarded>",
            "<forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='odd'/></forwarded>",
        ] {
            assert_eq!(
                carbon_of(&format!("<received xmlns='urn:xmpp:carbons:2'>{inner}</received>")),
                None,
                "{inner}"
            );
        }
    }
}
