//! XEP-0203: Delayed Delivery.

use time::OffsetDateTime;

use super::{datetime, ns, stanza::Stanza, xml::Xml};

/// Writes `<delay/>`: sent at that time, held back by `from`.
pub fn write(xml: &mut Xml, from: &str, stamp: OffsetDateTime) {
    xml.open_ns("delay", ns::DELAY).attr("from", from).attr("stamp", &datetime::format(stamp)).close();
}

/// Time at which a stanza was originally sent; the earliest of several stamps. Whether to believe
/// it depends on the stanza's sender.
#[must_use]
pub fn stamp(stanza: &Stanza) -> Option<OffsetDateTime> {
    stanza
        .payloads
        .iter()
        .filter(|p| p.is("delay", ns::DELAY))
        .filter_map(|d| datetime::parse(d.attr("stamp")?))
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;
    use time::macros::datetime;

    #[test]
    fn the_earliest_stamp_counts_and_bad_ones_do_not() {
        let mut message = Stanza::new(Kind::Message);
        assert_eq!(stamp(&message), None);
        for xml in [
            "<delay xmlns='urn:xmpp:delay'/>",
            "<delay xmlns='urn:xmpp:delay' stamp='bogus'/>",
            "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>",
            "<delay xmlns='urn:xmpp:delay' stamp='2025-01-01T00:00:00Z'/>",
        ] {
            message.payloads.push(xml.parse().unwrap());
        }
        assert_eq!(stamp(&message), Some(datetime!(2025-01-01 0:00 UTC)));
    }

    #[test]
    fn a_delay_is_written() {
        let mut xml = Xml::new();
        write(&mut xml, "gw", datetime!(2026-01-01 0:00 UTC));
        assert_eq!(
            xml.finish(),
            "<delay xmlns='urn:xmpp:delay' from='gw' stamp='2026-01-01T00:00:00.000Z'/>"
        );
    }
}
