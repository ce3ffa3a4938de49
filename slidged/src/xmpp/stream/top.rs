//! Classification of elements below the stream's root.

use minidom::Element;
use rxml::{AttrMap, Namespace};

use super::{Invalid, Item};
use crate::xmpp::{
    ns,
    stanza::{Kind, Stanza},
};

/// Inside slidged the stream's namespace is that of clients.
pub(super) fn translate(namespace: Namespace<'_>) -> String {
    if namespace.as_str() == ns::COMPONENT { ns::CLIENT.to_owned() } else { namespace.into() }
}

/// An element below the root.
pub(super) struct Top {
    pub(super) namespace: Namespace<'static>,
    pub(super) name: String,
    pub(super) attrs: AttrMap,
    pub(super) children: Vec<Element>,
}

impl Top {
    pub(super) fn item(self) -> Result<Item, Invalid> {
        match (self.namespace.as_str(), self.name.as_str()) {
            (ns::COMPONENT | ns::CLIENT, "handshake") => Ok(Item::Handshake),
            (ns::COMPONENT | ns::CLIENT, name) => {
                let kind = Kind::parse(name).ok_or(Invalid::Unknown)?;
                Stanza::from_parts(kind, self.attrs, self.children).map(|s| Item::Stanza(Box::new(s)))
            }
            (ns::STREAM, "error") => Ok(self.stream_error()),
            _ => Err(Invalid::Unknown),
        }
    }

    fn stream_error(&self) -> Item {
        let ours = || self.children.iter().filter(|c| c.has_ns(ns::STREAM_ERRORS));
        let condition = ours().map(Element::name).find(|n| *n != "text").unwrap_or("undefined-condition");
        let text = ours().find(|c| c.name() == "text").map(Element::text);
        Item::StreamError { condition: condition.to_owned(), text }
    }
}
