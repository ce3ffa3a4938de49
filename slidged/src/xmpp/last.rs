//! XEP-0012: Last Activity: of a server or component the uptime, of a contact the time since last
//! seen.

use std::time::Duration;

use super::{
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// Whether an iq asks for it.
#[must_use]
pub fn is_query(iq: &Stanza) -> bool {
    iq.kind == Kind::Iq && iq.type_str() == "get" && iq.has("query", ns::LAST)
}

/// Writes the `<query/>` of the result.
pub fn write(xml: &mut Xml, since: Duration) {
    xml.open_ns("query", ns::LAST).attr("seconds", &since.as_secs().to_string()).close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r18_last_activity_is_told_in_seconds() {
        let mut iq =
            Stanza { payloads: vec![minidom::Element::bare("query", ns::LAST)], ..Stanza::new(Kind::Iq) };
        assert!(!is_query(&iq));
        iq.type_ = Some("get".into());
        assert!(is_query(&iq));
        let mut xml = Xml::new();
        write(&mut xml, Duration::from_millis(61_999));
        assert_eq!(xml.finish(), "<query xmlns='jabber:iq:last' seconds='61'/>");
    }
}
