//! XEP-0333: Displayed Markers (formerly Chat Markers; `received` and `acknowledged` are of the
//! older versions, which clients still send).

use super::{ns, stanza::Stanza, xml::Xml};

/// A marker in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// The message may be marked.
    Markable,
    /// The message of that id arrived.
    Received(String),
    /// The message of that id, and all before it, were shown.
    Displayed(String),
    /// The message of that id was dealt with.
    Acknowledged(String),
}

impl Marker {
    /// The first marker in a message that is no error; one without the id that it needs is none.
    #[must_use]
    pub fn parse(message: &Stanza) -> Option<Self> {
        if message.is_error() {
            return None;
        }
        message.payloads.iter().filter(|p| p.has_ns(ns::MARKERS)).find_map(|p| {
            let id = || p.attr("id").filter(|id| !id.is_empty()).map(str::to_owned);
            match p.name() {
                "markable" => Some(Marker::Markable),
                "received" => id().map(Marker::Received),
                "displayed" => id().map(Marker::Displayed),
                "acknowledged" => id().map(Marker::Acknowledged),
                _ => None,
            }
        })
    }

    /// Writes the element.
    pub fn write(&self, xml: &mut Xml) {
        let (name, id) = match self {
            Marker::Markable => ("markable", None),
            Marker::Received(id) => ("received", Some(id)),
            Marker::Displayed(id) => ("displayed", Some(id)),
            Marker::Acknowledged(id) => ("acknowledged", Some(id)),
        };
        xml.open_ns(name, ns::MARKERS).attr_opt("id", id.map(String::as_str)).close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    fn message(xml: &str) -> Stanza {
        Stanza { payloads: vec![xml.parse().unwrap()], ..Stanza::new(Kind::Message) }
    }

    #[test]
    fn every_marker_survives_the_wire() {
        for marker in [
            Marker::Markable,
            Marker::Received("1".into()),
            Marker::Displayed("<".into()),
            Marker::Acknowledged("3".into()),
        ] {
            let mut xml = Xml::new();
            marker.write(&mut xml);
            assert_eq!(Marker::parse(&message(std::str::from_utf8(&xml.finish()).unwrap())), Some(marker));
        }
    }

    #[test]
    fn a_marker_without_its_id_is_none() {
        assert_eq!(Marker::parse(&message("<displayed xmlns='urn:xmpp:chat-markers:0'/>")), None);
        assert_eq!(Marker::parse(&message("<displayed xmlns='urn:xmpp:chat-markers:0' id=''/>")), None);
        assert_eq!(Marker::parse(&message("<seen xmlns='urn:xmpp:chat-markers:0' id='1'/>")), None);
        let error =
            Stanza { type_: Some("error".into()), ..message("<markable xmlns='urn:xmpp:chat-markers:0'/>") };
        assert_eq!(Marker::parse(&error), None);
    }
}
