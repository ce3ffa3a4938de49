//! Looking at a stanza in a test.

use minidom::Element;

/// The namespace of everything between a client and its server.
pub const CLIENT: &str = "jabber:client";
/// The namespace of error conditions (RFC 6120, 8.3).
pub const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// Reads XML in which `jabber:client` may be left out.
///
/// # Panics
/// When the text is not one XML element: it is the test's own.
#[must_use]
pub fn xml(text: &str) -> Element {
    Element::from_reader_with_prefixes(text.as_bytes(), CLIENT.to_owned())
        .unwrap_or_else(|e| panic!("{e} in {text}"))
}

/// Makes a text fit for XML, in an element or in an attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&apos;")
        .replace('"', "&quot;")
}

/// Questions that scenarios ask of a stanza.
pub trait StanzaExt {
    /// Recognises a `<message/>`.
    fn is_message(&self) -> bool;
    /// Recognises a `<presence/>`.
    fn is_presence(&self) -> bool;
    /// Recognises an `<iq/>`.
    fn is_iq(&self) -> bool;
    /// The attribute `from`, or nothing.
    fn sender(&self) -> &str;
    /// The bare address in `from`.
    fn sender_bare(&self) -> &str;
    /// The attribute `id`, or nothing.
    fn id(&self) -> &str;
    /// The attribute `type`, or nothing.
    fn kind(&self) -> &str;
    /// The text of the first `<body/>`.
    fn body(&self) -> Option<String>;
    /// The text of a child of the same namespace as the stanza.
    fn text_of(&self, child: &str) -> Option<String>;
    /// Has it such a child?
    fn has(&self, name: &str, namespace: &str) -> bool;
    /// The condition of its `<error/>`.
    fn condition(&self) -> Option<String>;
    /// The first element of this name and namespace at any depth.
    fn find(&self, name: &str, namespace: &str) -> Option<&Element>;
}

impl StanzaExt for Element {
    fn is_message(&self) -> bool {
        self.name() == "message"
    }

    fn is_presence(&self) -> bool {
        self.name() == "presence"
    }

    fn is_iq(&self) -> bool {
        self.name() == "iq"
    }

    fn sender(&self) -> &str {
        self.attr("from").unwrap_or_default()
    }

    fn sender_bare(&self) -> &str {
        let sender = self.sender();
        sender.split_once('/').map_or(sender, |(bare, _)| bare)
    }

    fn id(&self) -> &str {
        self.attr("id").unwrap_or_default()
    }

    fn kind(&self) -> &str {
        self.attr("type").unwrap_or_default()
    }

    fn body(&self) -> Option<String> {
        self.text_of("body")
    }

    fn text_of(&self, child: &str) -> Option<String> {
        self.get_child(child, self.ns().as_str()).map(Element::text)
    }

    fn has(&self, name: &str, namespace: &str) -> bool {
        self.get_child(name, namespace).is_some()
    }

    fn condition(&self) -> Option<String> {
        let error = self.get_child("error", self.ns().as_str())?;
        error.children().find(|c| c.ns() == STANZAS && c.name() != "text").map(|c| c.name().to_owned())
    }

    fn find(&self, name: &str, namespace: &str) -> Option<&Element> {
        let mut open = vec![self];
        while let Some(element) = open.pop() {
            if element.is(name, namespace) {
                return Some(element);
            }
            open.extend(element.children().collect::<Vec<_>>().into_iter().rev());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_asked_for_its_parts() {
        let m = xml(
            "<message from='a@b/c' id='1' type='chat'><body>hi</body><x xmlns='urn:x'><y/></x></message>",
        );
        assert!(m.is_message() && !m.is_presence() && !m.is_iq());
        assert_eq!((m.sender(), m.sender_bare(), m.id(), m.kind()), ("a@b/c", "a@b", "1", "chat"));
        assert_eq!(m.body().as_deref(), Some("hi"));
        assert!(m.has("x", "urn:x") && m.find("y", "urn:x").is_some() && m.find("z", "urn:x").is_none());
    }

    #[test]
    fn an_error_is_asked_for_its_condition() {
        let m = xml(&format!(
            "<iq type='error'><error type='cancel'><text xmlns='{STANZAS}'>no</text><gone xmlns='{STANZAS}'/></error></iq>"
        ));
        assert_eq!(m.condition().as_deref(), Some("gone"));
    }
}
