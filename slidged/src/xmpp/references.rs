//! XEP-0372: References, of the kind `mention`.

use super::{ns, stanza::Stanza, xml::Xml};
use jid::BareJid;

/// Nobody names more people in a message.
const MOST: usize = 256;

/// A part of a body that names somebody. Positions count Unicode scalar values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The first.
    pub begin: u32,
    /// One past the last.
    pub end: u32,
    /// Who.
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
        let jid = jid::Jid::new(reference.attr("uri")?.strip_prefix("xmpp:")?).ok()?.to_bare();
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
        .attr("uri", &format!("xmpp:{jid}"))
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
        ];
        let message = Stanza { payloads, ..Stanza::new(Kind::Message) };
        assert_eq!(mentions(&message), [Mention { begin: 0, end: 3, jid: BareJid::new("a@b").unwrap() }]);
    }
}
