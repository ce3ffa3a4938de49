//! RFC 6121 section 2: rosters, read and changed through the roster privilege (XEP-0356 section 5).
//! Not done: versions.

use jid::BareJid;
use minidom::Element;

use super::{ns, xml::Xml};

/// Subscription state of a roster item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subscription {
    /// No subscription in either direction.
    #[default]
    None,
    /// The user sees the contact's.
    To,
    /// The contact sees the user's.
    From,
    /// Both.
    Both,
    /// A set that removes the item from the roster.
    Remove,
}

impl Subscription {
    /// The value of the attribute `subscription`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Subscription::None => "none",
            Subscription::To => "to",
            Subscription::From => "from",
            Subscription::Both => "both",
            Subscription::Remove => "remove",
        }
    }
}

/// An entry of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Address of the contact.
    pub jid: BareJid,
    /// Name that the user gave the contact.
    pub name: Option<String>,
    /// Subscription state.
    pub subscription: Subscription,
    /// The user has asked to see the contact's presence.
    pub ask: bool,
    /// Groups that the user put the contact in, sorted.
    pub groups: Vec<String>,
}

impl Item {
    fn parse(element: &Element) -> Option<Self> {
        let mut groups: Vec<String> = element
            .children()
            .filter(|c| c.is("group", ns::ROSTER))
            .map(Element::text)
            .filter(|g| !g.is_empty())
            .collect();
        groups.sort();
        groups.dedup();
        Some(Item {
            jid: BareJid::new(element.attr("jid")?).ok()?,
            name: element.attr("name").filter(|n| !n.is_empty()).map(str::to_owned),
            subscription: match element.attr("subscription") {
                Some("to") => Subscription::To,
                Some("from") => Subscription::From,
                Some("both") => Subscription::Both,
                Some("remove") => Subscription::Remove,
                _ => Subscription::None,
            },
            ask: element.attr("ask") == Some("subscribe"),
            groups,
        })
    }

    fn write(&self, xml: &mut Xml) {
        xml.open("item")
            .attr("jid", self.jid.as_str())
            .attr_opt("name", self.name.as_deref())
            .attr("subscription", self.subscription.as_str());
        for group in &self.groups {
            xml.text_child("group", group);
        }
        xml.close();
    }
}

/// Reads a roster; `None` when it is none. Entries whose address we do not understand are left out.
#[must_use]
pub fn parse(query: &Element) -> Option<Vec<Item>> {
    query
        .is("query", ns::ROSTER)
        .then(|| query.children().filter(|c| c.is("item", ns::ROSTER)).filter_map(Item::parse).collect())
}

/// Writes a `<query/>` that sets entries; without any, it asks for the roster. RFC 6121 allows one
/// entry; XEP-0356 servers take several.
pub fn write(xml: &mut Xml, items: &[Item]) {
    xml.open_ns("query", ns::ROSTER);
    for item in items {
        item.write(xml);
    }
    xml.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roster_survives_the_wire() {
        let item = Item {
            jid: "\\41@gw".parse().unwrap(),
            name: Some("A & B".into()),
            subscription: Subscription::Both,
            ask: false,
            groups: vec!["Super".into(), "Work".into()],
        };
        let mut xml = Xml::new();
        write(&mut xml, std::slice::from_ref(&item));
        let query: Element = std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap();
        assert_eq!(parse(&query), Some(vec![item]));
    }

    #[test]
    fn one_bad_entry_does_not_cost_the_others() {
        let query: Element = "<query xmlns='jabber:iq:roster'><item/><item jid='@@'/><item jid='a@te--st.example'/><item jid='a@b/c'/><item jid='a@b' subscription='odd' ask='subscribe' name=''><group/><group>x</group><group>x</group></item><bogus/></query>".parse().unwrap();
        let items = parse(&query).unwrap();
        assert_eq!(items.len(), 1);
        assert_eq!(
            (items[0].subscription, items[0].ask, &items[0].name, items[0].groups.len()),
            (Subscription::None, true, &None, 1)
        );
        assert_eq!(parse(&Element::bare("query", ns::VERSION)), None);
    }
}
