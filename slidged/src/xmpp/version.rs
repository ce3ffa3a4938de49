//! XEP-0092: Software Version. The operating system is nobody's business and left out.

use super::{
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// Whether an iq asks for our version.
#[must_use]
pub fn is_query(iq: &Stanza) -> bool {
    iq.kind == Kind::Iq && iq.type_str() == "get" && iq.has("query", ns::VERSION)
}

/// Writes the `<query/>` of the result.
pub fn write(xml: &mut Xml, name: &str, version: &str) {
    xml.open_ns("query", ns::VERSION).text_child("name", name).text_child("version", version).close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r18_the_version_is_told() {
        let mut iq =
            Stanza { payloads: vec![minidom::Element::bare("query", ns::VERSION)], ..Stanza::new(Kind::Iq) };
        assert!(!is_query(&iq));
        iq.type_ = Some("get".into());
        assert!(is_query(&iq));
        let mut xml = Xml::new();
        write(&mut xml, "slidged", "1 & 2");
        assert_eq!(
            xml.finish(),
            "<query xmlns='jabber:iq:version'><name>slidged</name><version>1 &amp; 2</version></query>"
        );
    }
}
