//! XEP-0292: vCard4 Over XMPP, showing one. Not done: changing it.

use super::{ns, xml::Xml};

/// The id of the one item of the node [`ns::VCARD4_NODE`].
pub const ITEM: &str = "current";

/// Writes `<vcard/>`: name, note and address.
pub fn write(xml: &mut Xml, name: &str, note: &str, jid: &str) {
    xml.open_ns("vcard", ns::VCARD4);
    for (property, kind, value) in
        [("fn", "text", name), ("note", "text", note), ("impp", "uri", &format!("xmpp:{jid}"))]
    {
        xml.open(property).text_child(kind, value).close();
    }
    xml.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_written() {
        let mut xml = Xml::new();
        write(&mut xml, "Peter", "1 < 2", "gw.example.org");
        assert_eq!(
            xml.finish(),
            "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Peter</text></fn><note><text>1 &lt; 2</text></note><impp><uri>xmpp:gw.example.org</uri></impp></vcard>"
        );
    }
}
