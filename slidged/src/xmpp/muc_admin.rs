//! XEP-0045: Multi-User Chat: who may be in a room and do what (sections 8 to 10): lists, and
//! decisions.

use jid::{BareJid, Jid};
use minidom::Element;

use super::{ns, stanza::Stanza, xml::Xml};

/// The affiliation whose list is asked for.
#[must_use]
pub fn asked_affiliation(iq: &Stanza) -> Option<String> {
    let item = iq.child("query", ns::MUC_ADMIN)?.get_child("item", ns::MUC_ADMIN)?;
    item.attr("affiliation").map(str::to_owned)
}

/// A decision of an admin about an occupant or a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// The person, by address…
    pub jid: Option<BareJid>,
    /// … or by nick; beside an address, what they are to be called.
    pub nick: Option<String>,
    /// New role; `none` kicks the occupant.
    pub role: Option<String>,
    /// New affiliation.
    pub affiliation: Option<String>,
    /// Reason that the admin gave.
    pub reason: Option<String>,
}

/// All that a request decides; `None` when one of it cannot be read.
#[must_use]
pub fn decisions(iq: &Stanza) -> Option<Vec<Decision>> {
    let query = iq.child("query", ns::MUC_ADMIN)?;
    let items = query.children().filter(|child| child.is("item", ns::MUC_ADMIN));
    let owned = |item: &Element, name: &str| item.attr(name).map(str::to_owned);
    let decision = |item: &Element| {
        let jid = match item.attr("jid") {
            Some(jid) => Some(Jid::new(jid).ok()?.into_bare()),
            None => None,
        };
        Some(Decision {
            jid,
            nick: owned(item, "nick"),
            role: owned(item, "role"),
            affiliation: owned(item, "affiliation"),
            reason: item
                .get_child("reason", ns::MUC_ADMIN)
                .map(Element::text)
                .filter(|text| !text.is_empty()),
        })
    };
    items.map(decision).collect()
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
        let query = "<query xmlns='http://jabber.org/protocol/muc#admin'>\
            <item nick='Ada' role='none'><reason>noise</reason></item><item jid='b@gw/slidge' affiliation='outcast'/></query>";
        let kick = Decision {
            nick: Some("Ada".into()),
            role: Some("none".into()),
            reason: Some("noise".into()),
            ..Decision::default()
        };
        let ban = Decision {
            jid: Some("b@gw".parse().unwrap()),
            affiliation: Some("outcast".into()),
            ..Decision::default()
        };
        assert_eq!(decisions(&ask(query)), Some(vec![kick, ban]));
        let query = "<query xmlns='http://jabber.org/protocol/muc#admin'><item jid='@' role='none'/></query>";
        assert_eq!(decisions(&ask(query)), None);
        let mut xml = Xml::new();
        write_list(&mut xml, "owner", &[("a@gw".into(), "Ada".into())]);
        assert_eq!(
            xml.finish(),
            "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner' jid='a@gw' nick='Ada'/></query>"
        );
    }
}
