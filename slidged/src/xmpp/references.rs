//! XEP-0372: References, of the kind `mention`.

use super::{ns, stanza::Stanza, uri, xml::Xml};
use jid::BareJid;

/// Maximum number of mentions in a message; no person writes more.
const MOST: usize = 256;

/// A part of a body that names somebody. Positions count Unicode scalar values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The first.
    pub begin: u32,
    /// One past the last.
    pub end: u32,
    /// Address of the person who is mentioned.
    pub jid: BareJid,
}

/// The people whom a message names.
#[must_use]
pub fn mentions(message: &Stanza) -> Vec<Mention> {
    let references = message
        .payloads
        .iter()
        .filter(|p| p.is("reference", ns::REFERENCE) && p.attr("type") == Some("mention"));
    let read = |reference: &minidom::Element| {
        let place = |name: &str| reference.attr(name).and_then(|number| number.parse().ok());
        let (begin, end) = (place("begin")?, place("end")?);
        let jid = jid::Jid::new(&uri::address(reference.attr("uri")?)?).ok()?.to_bare();
        (begin < end).then_some(Mention { begin, end, jid })
    };
    references.filter_map(read).take(MOST).collect()
}

/// Writes a `<reference/>`.
pub fn write_mention(xml: &mut Xml, (begin, end): (u32, u32), jid: &str) {
    xml.open_ns("reference", ns::REFERENCE)
        .attr("type", "mention")
        .attr("begin", &begin.to_string())
        .attr("end", &end.to_string())
        .attr("uri", &uri::of(jid))
        .close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn mentions_are_read_and_other_references_are_not() {
        let reference =
            |attrs: &str| format!("<reference xmlns='urn:xmpp:reference:0' {attrs}/>").parse().unwrap();
        let payloads = vec![
            reference("type='mention' begin='0' end='3' uri='xmpp:a@b/c'"),
            reference("type='data' begin='0' end='3' uri='xmpp:a@b'"),
            reference("type='mention' begin='3' end='3' uri='xmpp:a@b'"),
            reference("type='mention' begin='0' end='3' uri='https://a'"),
            reference("type='mention' begin='4' end='5' uri='xmpp:%5C43arla@b'"),
        ];
        let message = Stanza { payloads, ..Stanza::new(Kind::Message) };
        let mention = |begin, end, jid| Mention { begin, end, jid: BareJid::new(jid).unwrap() };
        assert_eq!(mentions(&message), [mention(0, 3, "a@b"), mention(4, 5, "\\43arla@b")]);
    }
}
