//! XEP-0359: Unique and Stable Stanza IDs.

use super::{ns, stanza::Stanza, xml::Xml};

/// The id that `by` has given to a message. Only to be believed when it came from or through `by`
/// (section 6).
#[must_use]
pub fn stanza_id<'a>(message: &'a Stanza, by: &str) -> Option<&'a str> {
    let mut ids =
        message.payloads.iter().filter(|p| p.is("stanza-id", ns::STANZA_ID) && p.attr("by") == Some(by));
    ids.find_map(|p| p.attr("id").filter(|id| !id.is_empty()))
}

/// The id that the sender's client gave it.
#[must_use]
pub fn origin_id(message: &Stanza) -> Option<&str> {
    message.child("origin-id", ns::STANZA_ID)?.attr("id").filter(|id| !id.is_empty())
}

/// Writes `<stanza-id/>`.
pub fn write_stanza_id(xml: &mut Xml, by: &str, id: &str) {
    xml.open_ns("stanza-id", ns::STANZA_ID).attr("by", by).attr("id", id).close();
}

/// Writes `<origin-id/>`.
pub fn write_origin_id(xml: &mut Xml, id: &str) {
    xml.open_ns("origin-id", ns::STANZA_ID).attr("id", id).close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn ids_are_told_apart_by_who_gave_them() {
        let mut xml = Xml::new();
        xml.open_ns("x", "urn:x");
        write_stanza_id(&mut xml, "a@b", "1");
        write_stanza_id(&mut xml, "room@c", "2");
        write_origin_id(&mut xml, "3");
        let x: minidom::Element = std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap();
        let message = Stanza { payloads: x.children().cloned().collect(), ..Stanza::new(Kind::Message) };
        assert_eq!(
            (stanza_id(&message, "a@b"), stanza_id(&message, "room@c"), stanza_id(&message, "d")),
            (Some("1"), Some("2"), None)
        );
        assert_eq!(origin_id(&message), Some("3"));
        let empty = Stanza {
            payloads: vec!["<origin-id xmlns='urn:xmpp:sid:0' id=''/>".parse().unwrap()],
            ..Stanza::new(Kind::Message)
        };
        assert_eq!(origin_id(&empty), None);
    }
}
