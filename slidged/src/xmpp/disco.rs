//! XEP-0030: Service Discovery, with extended information (XEP-0128).

use minidom::Element;

use super::{
    forms::Form,
    ns,
    rsm::Page,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// Identity of an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Category from the registry, such as `gateway`.
    pub category: String,
    /// Type from the registry.
    pub type_: String,
    /// Language of the name.
    pub lang: Option<String>,
    /// Name shown to people.
    pub name: Option<String>,
}

impl Identity {
    /// An identity with a name in no particular language.
    #[must_use]
    pub fn new(category: &str, type_: &str, name: Option<&str>) -> Self {
        Identity { category: category.into(), type_: type_.into(), lang: None, name: name.map(str::to_owned) }
    }
}

/// Identities and features of an entity (disco#info).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Info {
    /// The node that was asked about.
    pub node: Option<String>,
    /// Identities of the entity.
    pub identities: Vec<Identity>,
    /// Features of the entity.
    pub features: Vec<String>,
    /// More about it.
    pub forms: Vec<Form>,
}

impl Info {
    /// Reads the `<query/>` of a result; `None` when it is none.
    #[must_use]
    pub fn parse(query: &Element) -> Option<Self> {
        if !query.is("query", ns::DISCO_INFO) {
            return None;
        }
        let owned = |e: &Element, name: &str| e.attr(name).map(str::to_owned);
        let mut info = Info { node: owned(query, "node"), ..Info::default() };
        for child in query.children() {
            if child.is("identity", ns::DISCO_INFO) {
                info.identities.push(Identity {
                    category: owned(child, "category").unwrap_or_default(),
                    type_: owned(child, "type").unwrap_or_default(),
                    lang: child.attr_ns(ns::XML, "lang").map(str::to_owned),
                    name: owned(child, "name"),
                });
            } else if child.is("feature", ns::DISCO_INFO) {
                info.features.extend(owned(child, "var"));
            } else {
                info.forms.extend(Form::parse(child));
            }
        }
        Some(info)
    }

    /// Whether it can do that.
    #[must_use]
    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.iter().any(|f| f == feature)
    }

    /// Writes the `<query/>` of a result.
    pub fn write(&self, xml: &mut Xml) {
        xml.open_ns("query", ns::DISCO_INFO).attr_opt("node", self.node.as_deref());
        for identity in &self.identities {
            xml.open("identity")
                .attr("category", &identity.category)
                .attr("type", &identity.type_)
                .attr_opt("xml:lang", identity.lang.as_deref())
                .attr_opt("name", identity.name.as_deref())
                .close();
        }
        for feature in &self.features {
            xml.open("feature").attr("var", feature).close();
        }
        for form in &self.forms {
            form.write(xml);
        }
        xml.close();
    }
}

/// An item of an entity (disco#items).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Address of the item.
    pub jid: String,
    /// Node of the item.
    pub node: Option<String>,
    /// Name shown to people.
    pub name: Option<String>,
}

/// Writes the `<query/>` of a result with the items of a page.
pub fn write_items(xml: &mut Xml, node: Option<&str>, items: &[Item], page: &Page<'_>) {
    xml.open_ns("query", ns::DISCO_ITEMS).attr_opt("node", node);
    for item in items {
        xml.open("item")
            .attr("jid", &item.jid)
            .attr_opt("node", item.node.as_deref())
            .attr_opt("name", item.name.as_deref())
            .close();
    }
    page.write(xml);
    xml.close();
}

/// Reads the `<query/>` of a result with items. What has no address is left out.
#[must_use]
pub fn parse_items(query: &Element) -> Option<Vec<Item>> {
    let item = |e: &Element| {
        let owned = |name: &str| e.attr(name).map(str::to_owned);
        Some(Item { jid: owned("jid")?, node: owned("node"), name: owned("name") })
    };
    query
        .is("query", ns::DISCO_ITEMS)
        .then(|| query.children().filter(|c| c.is("item", ns::DISCO_ITEMS)).filter_map(item).collect())
}

/// A service discovery query, of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// disco#info: identities and features.
    Info {
        /// About that node.
        node: Option<String>,
    },
    /// disco#items: items of the entity.
    Items {
        /// Node that the query is about.
        node: Option<String>,
    },
}

impl Query {
    /// The question in an iq of type `get`.
    #[must_use]
    pub fn parse(iq: &Stanza) -> Option<Self> {
        if iq.kind != Kind::Iq || iq.type_str() != "get" {
            return None;
        }
        let query = iq.payload()?;
        let node = query.attr("node").map(str::to_owned);
        if query.is("query", ns::DISCO_INFO) {
            Some(Query::Info { node })
        } else if query.is("query", ns::DISCO_ITEMS) {
            Some(Query::Items { node })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::forms::{Field, FormType};
    use crate::xmpp::rsm;

    fn tree(xml: &mut Xml) -> Element {
        std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap()
    }

    #[test]
    fn info_survives_the_wire() {
        let mut form = Form::new(FormType::Result);
        form.fields = vec![Field::form_type("urn:x")];
        let info = Info {
            node: Some("n".into()),
            identities: vec![
                Identity::new("gateway", "superduper", Some("Super & Duper")),
                Identity { lang: Some("de".into()), ..Identity::new("a", "b", None) },
            ],
            features: vec![ns::PING.into(), ns::REGISTER.into()],
            forms: vec![form],
        };
        let mut xml = Xml::new();
        info.write(&mut xml);
        assert_eq!(Info::parse(&tree(&mut xml)), Some(info));
    }

    #[test]
    fn items_survive_the_wire_and_bad_ones_are_left_out() {
        let items = vec![
            Item { jid: "a@b".into(), node: None, name: Some("x".into()) },
            Item { jid: "not a jid @@".into(), node: Some("n".into()), name: None },
        ];
        let mut xml = Xml::new();
        write_items(&mut xml, Some("n"), &items, &rsm::page(None, &[], 0).unwrap());
        assert_eq!(parse_items(&tree(&mut xml)), Some(items));
        let odd: Element =
            "<query xmlns='http://jabber.org/protocol/disco#items'><item/><bogus jid='a'/></query>"
                .parse()
                .unwrap();
        assert_eq!(parse_items(&odd), Some(vec![]));
        assert_eq!(parse_items(&Element::bare("query", ns::DISCO_INFO)), None);
    }

    #[test]
    fn only_requests_are_questions() {
        let mut iq = Stanza::new(Kind::Iq);
        iq.payloads =
            vec!["<query xmlns='http://jabber.org/protocol/disco#info' node='n'/>".parse().unwrap()];
        assert_eq!(Query::parse(&iq), None);
        iq.type_ = Some("get".into());
        assert_eq!(Query::parse(&iq), Some(Query::Info { node: Some("n".into()) }));
        iq.payloads = vec![Element::bare("query", ns::VERSION)];
        assert_eq!(Query::parse(&iq), None);
    }
}
