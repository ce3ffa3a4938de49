//! XEP-0071: XHTML-IM, as far as it shows a sticker: one picture among bits of binary (XEP-0231) and nothing else. Everything else of it
//! is for other clients.

use minidom::{Element, Node};

use super::{bob::Cid, ns, stanza::Stanza};

/// Deeper nesting is no sticker.
const MAX_DEPTH: usize = 4;

/// The picture that a message consists of (K49); `None` when it says anything besides (K50).
#[must_use]
pub fn sticker(message: &Stanza) -> Option<Cid> {
    let html = message.child("html", ns::XHTML_IM)?;
    let body = html.get_child("body", ns::XHTML)?;
    alone(body, MAX_DEPTH)
}

fn alone(element: &Element, depth: usize) -> Option<Cid> {
    let mut inner =
        element.nodes().filter(|node| !matches!(node, Node::Text(text) if text.trim().is_empty()));
    let (Some(Node::Element(child)), None) = (inner.next(), inner.next()) else { return None };
    match child.name() {
        "img" if child.has_ns(ns::XHTML) => Cid::parse(child.attr("src")?.strip_prefix("cid:")?),
        "p" | "span" | "div" if child.has_ns(ns::XHTML) && depth > 0 => alone(child, depth - 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    const CID: &str = "sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org";

    fn read(body: &str) -> Option<Cid> {
        let html = format!(
            "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>{body}</body></html>"
        );
        sticker(&Stanza { payloads: vec![html.parse().unwrap()], ..Stanza::new(Kind::Message) })
    }

    #[test]
    fn k49_a_picture_alone_is_a_sticker() {
        for body in [
            format!("<p><img src='cid:{CID}' alt=':-)'/></p>"),
            format!("<img src='cid:{CID}'/>"),
            format!("\n <p> <span><img src='cid:{CID}'/></span> </p>"),
        ] {
            assert_eq!(read(&body), Cid::parse(CID), "{body}");
        }
    }

    #[test]
    fn k50_a_picture_among_words_is_none() {
        for body in [
            format!("<p>look <img src='cid:{CID}'/></p>"),
            format!("<p><img src='cid:{CID}'/><img src='cid:{CID}'/></p>"),
            "<p><img src='https://a/b.png'/></p>".into(),
            "<p><img/></p>".into(),
            "<p/>".into(),
            String::new(),
            format!("{}<img src='cid:{CID}'/>{}", "<p>".repeat(20), "</p>".repeat(20)),
        ] {
            assert_eq!(read(&body), None, "{body}");
        }
    }
}
