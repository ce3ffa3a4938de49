//! XEP-0045: Multi-User Chat: lists of who has an affiliation (sections 9 and 10). Not done: changing them.

use super::{ns, stanza::Stanza, xml::Xml};

/// The affiliation whose list is asked for.
#[must_use]
pub fn asked_affiliation(iq: &Stanza) -> Option<String> {
    let item = iq.child("query", ns::MUC_ADMIN)?.get_child("item", ns::MUC_ADMIN)?;
    item.attr("affiliation").map(str::to_owned)
}

/// Writes a list of addresses and nicks that all have that affiliation.
pub fn write_list(xml: &mut Xml, affiliation: &str, items: &[(String, String)]) {
    xml.open_ns("query", ns::MUC_ADMIN);
    for (jid, nick) in items {
        xml.open("item").attr("affiliation", affiliation).attr("jid", jid).attr("nick", nick).close();
    }
    xml.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::Kind;

    #[test]
    fn a_list_is_asked_for_and_given() {
        let ask = |query: &str| Stanza { payloads: vec![query.parse().unwrap()], ..Stanza::new(Kind::Iq) };
        let query = "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner'/></query>";
        assert_eq!(asked_affiliation(&ask(query)).as_deref(), Some("owner"));
        let query = "<query xmlns='http://jabber.org/protocol/muc#admin'><item role='none'/></query>";
        assert_eq!(asked_affiliation(&ask(query)), None);
        let mut xml = Xml::new();
        write_list(&mut xml, "owner", &[("a@gw".into(), "Ada".into())]);
        assert_eq!(
            xml.finish(),
            "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner' jid='a@gw' nick='Ada'/></query>"
        );
    }
}
