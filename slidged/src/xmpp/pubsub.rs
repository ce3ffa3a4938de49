//! XEP-0060: Publish-Subscribe, as far as reading somebody's personal nodes (XEP-0163) needs it. Not done: subscribing, publishing, paging.

use super::{
    ns,
    stanza::{Kind, Stanza},
    xml::Xml,
};

/// A request for items (section 6.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Items {
    /// Of this node.
    pub node: String,
    /// These; all when there are none.
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

/// Writes the result with one item, whose payload `write` writes.
pub fn write_item(xml: &mut Xml, node: &str, id: &str, write: impl FnOnce(&mut Xml)) {
    xml.open_ns("pubsub", ns::PUBSUB);
    items(xml, node, id, write);
    xml.close();
}

/// Writes the event that tells of one item (section 12.1), the content of a message of type `headline`.
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
    fn items_and_events_are_written() {
        let mut xml = Xml::new();
        write_item(&mut xml, "n", "1", leaf);
        assert_eq!(
            xml.finish(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'><item id='1'><x xmlns='urn:x'/></item></items></pubsub>"
        );
        write_event(&mut xml, "n", "1", leaf);
        assert_eq!(
            xml.finish(),
            "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='1'><x xmlns='urn:x'/></item></items></event>"
        );
    }
}
