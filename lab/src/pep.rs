//! Personal nodes (XEP-0163), and pictures to put there.

use minidom::Element;

use crate::stanza::StanzaExt;

/// A picture of one pixel of that colour, in a format that is not the one that clients get.
#[must_use]
pub fn picture(colour: [u8; 3]) -> Vec<u8> {
    let [red, green, blue] = colour;
    let head = b"GIF89a\x01\0\x01\0\x80\0\0";
    let rest = b"\0\0\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    [&head[..], &[red, green, blue], &rest[..]].concat()
}

/// A colour.
pub const RED: [u8; 3] = [255, 0, 0];
/// Another.
pub const BLUE: [u8; 3] = [0, 0, 255];

/// A request for items of somebody's personal node; for all of them without an id.
#[must_use]
pub fn items(node: &str, id: &str) -> String {
    let item = if id.is_empty() { String::new() } else { format!("<item id='{id}'/>") };
    format!("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'>{item}</items></pubsub>")
}

/// Recognises events of a contact's PEP node.
pub fn tells(contact: &str, node: &'static str) -> impl Fn(&Element) -> bool {
    let contact = contact.to_owned();
    move |s: &Element| {
        let items = s.find("items", "http://jabber.org/protocol/pubsub#event");
        s.is_message() && s.sender() == contact && items.is_some_and(|items| items.attr("node") == Some(node))
    }
}
