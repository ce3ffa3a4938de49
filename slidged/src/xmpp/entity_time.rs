//! XEP-0202: Entity Time. We are in UTC.

use time::OffsetDateTime;

use super::{
    datetime, ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// Whether an iq asks what time it is.
#[must_use]
pub fn is_query(iq: &Stanza) -> bool {
    iq.kind == Kind::Iq && iq.type_str() == "get" && iq.has("time", ns::TIME)
}

/// The time that a result tells.
#[must_use]
pub fn parse(time: &minidom::Element) -> Option<OffsetDateTime> {
    datetime::parse(&time.get_child("utc", ns::TIME)?.text())
}

/// Writes the `<time/>` of the result.
pub fn write(xml: &mut Xml, now: OffsetDateTime) {
    xml.open_ns("time", ns::TIME)
        .text_child("tzo", "+00:00")
        .text_child("utc", &datetime::format(now))
        .close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r18_the_time_is_told() {
        let mut iq =
            Stanza { payloads: vec![minidom::Element::bare("time", ns::TIME)], ..Stanza::new(Kind::Iq) };
        assert!(!is_query(&iq));
        iq.type_ = Some("get".into());
        assert!(is_query(&iq));
        let mut xml = Xml::new();
        write(&mut xml, OffsetDateTime::UNIX_EPOCH);
        assert_eq!(
            xml.finish(),
            "<time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>1970-01-01T00:00:00.000Z</utc></time>"
        );
    }
}
