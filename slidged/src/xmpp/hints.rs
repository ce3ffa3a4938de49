//! XEP-0334: Message Processing Hints.

use super::{ns, stanza::Stanza, xml::Xml};

/// Processing hint for servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// The message does not belong in the archive.
    NoPermanentStore,
    /// The message is not to be stored at all.
    NoStore,
    /// No carbon copies go to other clients of the sender or the recipient.
    NoCopy,
    /// Put it into the archive although it has no body.
    Store,
}

impl Hint {
    /// The element's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Hint::NoPermanentStore => "no-permanent-store",
            Hint::NoStore => "no-store",
            Hint::NoCopy => "no-copy",
            Hint::Store => "store",
        }
    }

    /// Whether a message carries it.
    #[must_use]
    pub fn is_in(self, message: &Stanza) -> bool {
        message.has(self.as_str(), ns::HINTS)
    }

    /// Writes the element.
    pub fn write(self, xml: &mut Xml) {
        xml.leaf(self.as_str(), ns::HINTS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn every_hint_survives_the_wire() {
        let all = [Hint::NoPermanentStore, Hint::NoStore, Hint::NoCopy, Hint::Store];
        for hint in all {
            let mut xml = Xml::new();
            hint.write(&mut xml);
            let element = std::str::from_utf8(&xml.finish()).unwrap().parse().unwrap();
            let message = Stanza { payloads: vec![element], ..Stanza::new(Kind::Message) };
            assert_eq!(all.map(|h| h.is_in(&message)), all.map(|h| h == hint));
        }
    }
}
