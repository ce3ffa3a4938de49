//! XEP-0184: Message Delivery Receipts.

use super::{
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// Whether the sender of a message wants a receipt and may get one: errors, and messages without
/// id, do not (section 5).
#[must_use]
pub fn is_requested(message: &Stanza) -> bool {
    message.kind == Kind::Message
        && !message.is_error()
        && message.id.is_some()
        && message.has("request", ns::RECEIPTS)
}

/// The id of the message that this one is a receipt for.
#[must_use]
pub fn received(message: &Stanza) -> Option<&str> {
    if message.is_error() {
        return None;
    }
    message.child("received", ns::RECEIPTS)?.attr("id").filter(|id| !id.is_empty())
}

/// Asks for a receipt.
pub fn write_request(xml: &mut Xml) {
    xml.leaf("request", ns::RECEIPTS);
}

/// Writes the receipt for a message.
pub fn write_received(xml: &mut Xml, id: &str) {
    xml.open_ns("received", ns::RECEIPTS).attr("id", id).close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(payload: &str) -> Stanza {
        Stanza {
            id: Some("1".into()),
            payloads: vec![payload.parse().unwrap()],
            ..Stanza::new(Kind::Message)
        }
    }

    #[test]
    fn requests_and_receipts_are_told_apart() {
        let request = message("<request xmlns='urn:xmpp:receipts'/>");
        assert!(is_requested(&request));
        assert!(!is_requested(&Stanza { id: None, ..request.clone() }));
        assert!(!is_requested(&Stanza { type_: Some("error".into()), ..request.clone() }));
        assert_eq!(received(&request), None);
        assert_eq!(received(&message("<received xmlns='urn:xmpp:receipts' id='7'/>")), Some("7"));
        assert_eq!(received(&message("<received xmlns='urn:xmpp:receipts'/>")), None);
        assert_eq!(received(&message("<received xmlns='urn:xmpp:receipts' id=''/>")), None);
    }

    #[test]
    fn both_are_written() {
        let mut xml = Xml::new();
        write_request(&mut xml);
        write_received(&mut xml, "7");
        assert_eq!(
            xml.finish(),
            "<request xmlns='urn:xmpp:receipts'/><received xmlns='urn:xmpp:receipts' id='7'/>"
        );
    }
}
