//! XEP-0319: Last User Interaction in Presence.

use time::OffsetDateTime;

use super::{datetime, ns, stanza::Stanza, xml::Xml};

/// Time since which the sender of a presence has been idle.
#[must_use]
pub fn parse(presence: &Stanza) -> Option<OffsetDateTime> {
    datetime::parse(presence.child("idle", ns::IDLE)?.attr("since")?)
}

/// Writes `<idle/>`.
pub fn write(xml: &mut Xml, since: OffsetDateTime) {
    xml.open_ns("idle", ns::IDLE).attr("since", &datetime::format(since)).close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn idle_survives_the_wire_and_nonsense_is_none() {
        let presence =
            |xml: &str| Stanza { payloads: vec![xml.parse().unwrap()], ..Stanza::new(Kind::Presence) };
        let mut xml = Xml::new();
        write(&mut xml, OffsetDateTime::UNIX_EPOCH);
        assert_eq!(
            parse(&presence(std::str::from_utf8(&xml.finish()).unwrap())),
            Some(OffsetDateTime::UNIX_EPOCH)
        );
        assert_eq!(parse(&presence("<idle xmlns='urn:xmpp:idle:1' since='long ago'/>")), None);
        assert_eq!(parse(&presence("<idle xmlns='urn:xmpp:idle:1'/>")), None);
    }
}
