//! XEP-0060: Publish-Subscribe, as far as reading somebody's personal nodes (XEP-0163) needs it,
//! and taking an item away. Not done: subscribing, publishing, paging.

use minidom::Element;

use super::{
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// A request for items (section 6.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Items {
    /// Node of the items.
    pub node: String,
    /// Ids of the requested items; empty for all.
    pub ids: Vec<String>,
}

impl Items {
    /// The request in an iq of type `get`.
    #[must_use]
    pub fn parse(iq: &Stanza) -> Option<Self> {
        if iq.kind != Kind::Iq || iq.type_str() != "get" {
            return None;
        }
        let items = iq.payload().filter(|p| p.is("pubsub", ns::PUBSUB))?.get_child("items", ns::PUBSUB)?;
        let ids = items.children().filter(|c| c.is("item", ns::PUBSUB)).filter_map(|c| c.attr("id"));
        Some(Items { node: items.attr("node")?.to_owned(), ids: ids.map(str::to_owned).collect() })
    }

    /// Whether the item of that id is asked for.
    #[must_use]
    pub fn wants(&self, id: &str) -> bool {
        self.ids.is_empty() || self.ids.iter().any(|wanted| wanted == id)
    }
}

/// The one item that a personal node is about, in an event or in the answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Node of the items.
    pub node: String,
    /// Item id; none when it, or the whole node, was deleted.
    pub id: Option<String>,
    /// Payload of the item.
    pub payload: Option<Element>,
}

impl Item {
    /// The news in a message (section 12.1): of several items the last, which is what holds.
    #[must_use]
    pub fn of_event(message: &Stanza) -> Option<Self> {
        let told = message.child("event", ns::PUBSUB_EVENT)?.children().next()?;
        let node = told.attr("node")?.to_owned();
        match told.name() {
            "items" => Some(Self::last(node, told)),
            "purge" | "delete" => Some(Item { node, id: None, payload: None }),
            _ => None,
        }
    }

    /// The answer to [`write_request`].
    #[must_use]
    pub fn of_answer(pubsub: &Element) -> Option<Self> {
        let items = Some(pubsub).filter(|p| p.is("pubsub", ns::PUBSUB))?.get_child("items", ns::PUBSUB)?;
        Some(Self::last(items.attr("node")?.to_owned(), items))
    }

    fn last(node: String, items: &Element) -> Self {
        let item = items.children().filter(|c| c.name() == "item").last();
        Item {
            node,
            id: item.and_then(|item| item.attr("id")).map(str::to_owned),
            payload: item.and_then(|item| item.children().next()).cloned(),
        }
    }
}

/// Writes a request for an item of a node, or for all that the node has.
pub fn write_request(xml: &mut Xml, node: &str, id: Option<&str>) {
    xml.open_ns("pubsub", ns::PUBSUB).open("items").attr("node", node);
    if let Some(id) = id {
        xml.open("item").attr("id", id).close();
    }
    xml.close().close();
}

/// Writes a request to take an item of a node away, and to tell the others so (section 7.2).
pub fn write_retract(xml: &mut Xml, node: &str, id: &str) {
    xml.open_ns("pubsub", ns::PUBSUB).open("retract").attr("node", node).attr("notify", "true");
    xml.open("item").attr("id", id).close().close().close();
}

/// Writes the result with one item, whose payload `write` writes.
pub fn write_item(xml: &mut Xml, node: &str, id: &str, write: impl FnOnce(&mut Xml)) {
    xml.open_ns("pubsub", ns::PUBSUB);
    items(xml, node, id, write);
    xml.close();
}

/// Writes the event that tells of one item (section 12.1), the content of a message of type
/// `headline`.
pub fn write_event(xml: &mut Xml, node: &str, id: &str, write: impl FnOnce(&mut Xml)) {
    xml.open_ns("event", ns::PUBSUB_EVENT);
    items(xml, node, id, write);
    xml.close();
}

fn items(xml: &mut Xml, node: &str, id: &str, write: impl FnOnce(&mut Xml)) {
    xml.open("items").attr("node", node).open("item").attr("id", id).with(write).close().close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(xml: &mut Xml) {
        xml.leaf("x", "urn:x");
    }

    fn parse(type_: &str, payload: &str) -> Option<Items> {
        let payloads = vec![payload.parse().unwrap()];
        Items::parse(&Stanza { type_: Some(type_.into()), payloads, ..Stanza::new(Kind::Iq) })
    }

    #[test]
    fn a_request_names_a_node_and_perhaps_items() {
        let one = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:data'><item id='111f4b3c50d7b0df729d299bc6f8e9ef9066971f'/><item/></items></pubsub>";
        let items = parse("get", one).unwrap();
        assert_eq!((items.node.as_str(), items.ids.len()), ("urn:xmpp:avatar:data", 1));
        assert!(items.wants("111f4b3c50d7b0df729d299bc6f8e9ef9066971f") && !items.wants("x"));
        assert!(
            parse(
                "get",
                "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n' max_items='1'/></pubsub>"
            )
            .unwrap()
            .wants("x")
        );
        for other in [
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'/>",
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items/></pubsub>",
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscribe node='n'/></pubsub>",
            "<pubsub xmlns='urn:other'><items node='n'/></pubsub>",
        ] {
            assert_eq!(parse("get", other), None, "{other}");
        }
        assert_eq!(parse("set", one), None);
    }

    #[test]
    fn news_and_answers_are_read() {
        let event = |inner: &str| {
            let xml = format!("<event xmlns='http://jabber.org/protocol/pubsub#event'>{inner}</event>");
            Item::of_event(&Stanza { payloads: vec![xml.parse().unwrap()], ..Stanza::new(Kind::Message) })
        };
        let item =
            event("<items node='n'><item id='1'/><item id='2'><x xmlns='urn:x'/></item></items>").unwrap();
        assert_eq!((item.node.as_str(), item.id.as_deref()), ("n", Some("2")));
        assert!(item.payload.is_some_and(|x| x.is("x", "urn:x")));
        let gone = Some(Item { node: "n".into(), id: None, payload: None });
        for inner in ["<items node='n'><retract id='2'/></items>", "<purge node='n'/>", "<delete node='n'/>"]
        {
            assert_eq!(event(inner), gone, "{inner}");
        }
        for inner in ["", "<items/>", "<configuration node='n'/>"] {
            assert_eq!(event(inner), None, "{inner}");
        }
        let mut xml = Xml::new();
        write_item(&mut xml, "n", "1", leaf);
        let answer: Element = std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap();
        assert_eq!(Item::of_answer(&answer).unwrap().id.as_deref(), Some("1"));
        assert_eq!(Item::of_answer(&Element::bare("query", ns::VERSION)), None);
    }

    #[test]
    fn items_and_events_are_written() {
        let mut xml = Xml::new();
        write_item(&mut xml, "n", "1", leaf);
        assert_eq!(
            xml.finish(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'><item id='1'><x xmlns='urn:x'/></item></items></pubsub>"
        );
        write_request(&mut xml, "n", Some("1"));
        assert_eq!(
            xml.finish(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'><item id='1'/></items></pubsub>"
        );
        write_retract(&mut xml, "n", "1");
        assert_eq!(
            xml.finish(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='n' notify='true'><item id='1'/></retract></pubsub>"
        );
        write_event(&mut xml, "n", "1", leaf);
        assert_eq!(
            xml.finish(),
            "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='1'><x xmlns='urn:x'/></item></items></event>"
        );
    }
}
