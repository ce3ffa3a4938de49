//! The writer for everything that goes out: straight into bytes, no tree, no recursion, and no way
//! to write XML that a server would close the stream for.

use std::ops::Range;

use bytes::Bytes;
use minidom::{Element, Node};

use super::ns;

/// Room for an ordinary message, so that it is written without growing the buffer.
const INITIAL: usize = 512;

/// An element that is open. Ranges point into the output itself, so nothing is copied.
#[derive(Debug)]
struct Level {
    name: Range<usize>,
    /// The default namespace as it was written; `None` is the stream's own, that is `jabber:client`
    /// to us.
    ns: Option<Range<usize>>,
}

/// An XML writer.
///
/// Names are ours and written as they are; text and attribute values may be anything: what XML has
/// special signs for is escaped, what XML 1.0 (section 2.2) forbids becomes U+FFFD. Namespaces are
/// written where they change, and the default namespace of the component stream stands for
/// `jabber:client` and is left away.
///
/// ```
/// use slidged::xmpp::{Xml, ns};
/// let bytes = Xml::new().open("message").attr("to", "a@example.org").text_child("body", "1 < 2").leaf("active", ns::CHAT_STATES).close().finish();
/// assert_eq!(bytes, "<message to='a@example.org'><body>1 &lt; 2</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>");
/// ```
#[derive(Debug, Default)]
pub struct Xml {
    out: Vec<u8>,
    open: Vec<Level>,
    /// The innermost start tag still lacks its `>`.
    in_head: bool,
}

impl Xml {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Xml { out: Vec::with_capacity(INITIAL), open: Vec::with_capacity(8), in_head: false }
    }

    /// Opens an element in the namespace of its parent.
    pub fn open(&mut self, name: &str) -> &mut Self {
        let ns = self.open.last().and_then(|l| l.ns.clone());
        self.start(name, ns)
    }

    /// Opens an element in a namespace, which is only written when it differs from the parent's.
    pub fn open_ns(&mut self, name: &str, namespace: &str) -> &mut Self {
        let parent = self.open.last().and_then(|l| l.ns.clone());
        let same = match &parent {
            Some(range) => &self.out[range.clone()] == namespace.as_bytes(),
            None => namespace == ns::CLIENT,
        };
        self.start(name, parent);
        if !same {
            self.out.extend_from_slice(b" xmlns='");
            let start = self.out.len();
            escape_into(&mut self.out, namespace, Place::Attribute);
            let end = self.out.len();
            self.out.push(b'\'');
            if let Some(level) = self.open.last_mut() {
                level.ns = Some(start..end);
            }
        }
        self
    }

    fn start(&mut self, name: &str, ns: Option<Range<usize>>) -> &mut Self {
        self.end_head();
        self.out.push(b'<');
        let start = self.out.len();
        self.out.extend_from_slice(name.as_bytes());
        self.open.push(Level { name: start..self.out.len(), ns });
        self.in_head = true;
        self
    }

    /// Adds an attribute to the element that was opened last. Without effect once it has content.
    pub fn attr(&mut self, name: &str, value: &str) -> &mut Self {
        debug_assert!(self.in_head, "attribute {name} after content");
        if self.in_head {
            self.out.push(b' ');
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"='");
            escape_into(&mut self.out, value, Place::Attribute);
            self.out.push(b'\'');
        }
        self
    }

    /// Adds text as it stands in the value of an attribute.
    pub(crate) fn attr_text(&mut self, value: &str) -> &mut Self {
        escape_into(&mut self.out, value, Place::Attribute);
        self
    }

    /// Adds an attribute when there is a value.
    pub fn attr_opt(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.attr(name, value);
        }
        self
    }

    /// Adds text to the innermost open element.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.end_head();
        escape_into(&mut self.out, text, Place::Text);
        self
    }

    /// Closes the innermost open element.
    pub fn close(&mut self) -> &mut Self {
        let Some(level) = self.open.pop() else {
            debug_assert!(false, "closed more than was opened");
            return self;
        };
        if self.in_head {
            self.out.extend_from_slice(b"/>");
            self.in_head = false;
        } else {
            self.out.extend_from_slice(b"</");
            self.out.extend_from_within(level.name);
            self.out.push(b'>');
        }
        self
    }

    /// An element without content, in a namespace.
    pub fn leaf(&mut self, name: &str, namespace: &str) -> &mut Self {
        self.open_ns(name, namespace).close()
    }

    /// An element of the parent's namespace with text in it.
    pub fn text_child(&mut self, name: &str, text: &str) -> &mut Self {
        self.open(name).text(text).close()
    }

    /// Applies a builder that may do something only sometimes, without breaking the chain.
    pub fn with(&mut self, build: impl FnOnce(&mut Self)) -> &mut Self {
        build(self);
        self
    }

    /// Adds what is already XML, for example the output of another writer. It must be well-formed,
    /// and its namespaces must not depend on where it stands unless it stands where it was written
    /// for.
    pub fn raw(&mut self, xml: &[u8]) -> &mut Self {
        self.end_head();
        self.out.extend_from_slice(xml);
        self
    }

    /// Adds a tree. Iterative, so that no depth can overflow the stack.
    pub fn element(&mut self, tree: &Element) -> &mut Self {
        self.head_of(tree);
        let mut todo = vec![tree.nodes()];
        while let Some(nodes) = todo.last_mut() {
            match nodes.next() {
                Some(Node::Text(text)) => {
                    self.text(text);
                }
                Some(Node::Element(child)) => {
                    self.head_of(child);
                    todo.push(child.nodes());
                }
                None => {
                    self.close();
                    todo.pop();
                }
            }
        }
        self
    }

    fn head_of(&mut self, element: &Element) {
        self.open_ns(element.name(), &element.ns());
        for (n, ((namespace, name), value)) in element.attrs().iter().enumerate() {
            if namespace.is_none() {
                self.attr(name, value);
            } else if namespace.as_str() == ns::XML {
                self.attr(&format!("xml:{name}"), value);
            } else {
                self.attr(&format!("xmlns:n{n}"), namespace.as_str());
                self.attr(&format!("n{n}:{name}"), value);
            }
        }
    }

    fn end_head(&mut self) {
        if self.in_head {
            self.out.push(b'>');
            self.in_head = false;
        }
    }

    /// The bytes written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Closes what is still open and hands over the bytes, leaving the writer empty.
    pub fn finish(&mut self) -> Bytes {
        while !self.open.is_empty() {
            self.close();
        }
        Bytes::from(std::mem::take(&mut self.out))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Text,
    Attribute,
}

/// Bytes that need a second look: markup, C0 controls, and 0xEF, which begins U+FFFE and U+FFFF.
const CARE: [bool; 256] = {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 0x20 {
        table[i] = true;
        i += 1;
    }
    table[b'<' as usize] = true;
    table[b'>' as usize] = true;
    table[b'&' as usize] = true;
    table[b'\'' as usize] = true;
    table[b'"' as usize] = true;
    table[0xEF] = true;
    table
};

fn escape_into(out: &mut Vec<u8>, text: &str, place: Place) {
    const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();
    let bytes = text.as_bytes();
    let mut done = 0;
    let mut at = 0;
    while let Some(skip) = bytes[at..].iter().position(|&b| CARE[usize::from(b)]) {
        at += skip;
        let (with, len): (&[u8], usize) = match bytes[at] {
            b'<' => (b"&lt;", 1),
            b'>' => (b"&gt;", 1),
            b'&' => (b"&amp;", 1),
            b'\'' if place == Place::Attribute => (b"&apos;", 1),
            // An attribute's line ends and tabs would be read as spaces (XML 1.0 section 3.3.3), a
            // text's CR as LF (2.11).
            b'\r' => (b"&#xD;", 1),
            b'\n' if place == Place::Attribute => (b"&#xA;", 1),
            b'\t' if place == Place::Attribute => (b"&#x9;", 1),
            b'\'' | b'"' | b'\n' | b'\t' => {
                at += 1;
                continue;
            }
            0xEF if matches!(bytes[at..], [0xEF, 0xBF, 0xBE | 0xBF, ..]) => (REPLACEMENT, 3),
            0xEF => {
                at += 1;
                continue;
            }
            _ => (REPLACEMENT, 1),
        };
        out.extend_from_slice(&bytes[done..at]);
        out.extend_from_slice(with);
        at += len;
        done = at;
    }
    out.extend_from_slice(&bytes[done..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(xml: &mut Xml) -> String {
        String::from_utf8(xml.finish().to_vec()).unwrap()
    }

    #[test]
    fn namespaces_are_written_where_they_change() {
        let mut x = Xml::new();
        x.open("message")
            .open_ns("forwarded", ns::FORWARD)
            .open_ns("message", ns::CLIENT)
            .text_child("body", "x");
        assert_eq!(
            text(&mut x),
            "<message><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'><body>x</body></message></forwarded></message>"
        );
    }

    #[test]
    fn the_streams_own_namespace_is_left_away() {
        let tree: Element = "<presence xmlns='jabber:client'><show>away</show><x xmlns='vcard-temp:x:update'><photo/></x></presence>".parse().unwrap();
        assert_eq!(
            text(Xml::new().element(&tree)),
            "<presence><show>away</show><x xmlns='vcard-temp:x:update'><photo/></x></presence>"
        );
    }

    #[test]
    fn what_xml_forbids_becomes_the_replacement_character() {
        let got = text(
            Xml::new()
                .open("body")
                .attr("a", "\u{1}\t\n'")
                .text("\u{2}a\u{0}\u{FFFE}b\u{FFFF}\t\r\nc\u{FFFD}\u{FEFF}\u{7f}"),
        );
        assert_eq!(
            got,
            "<body a='\u{FFFD}&#x9;&#xA;&apos;'>\u{FFFD}a\u{FFFD}\u{FFFD}b\u{FFFD}\t&#xD;\nc\u{FFFD}\u{FEFF}\u{7f}</body>"
        );
    }

    #[test]
    fn attributes_of_other_namespaces_get_a_prefix() {
        let tree: Element = "<a xmlns='u' xmlns:p='urn:p' p:b='1' xml:lang='de' c='2'/>".parse().unwrap();
        let again: Element = text(Xml::new().element(&tree)).parse().unwrap();
        assert_eq!(tree, again);
    }

    #[test]
    fn a_deep_tree_is_written_without_recursion() {
        let mut tree = Element::bare("a", "u");
        for _ in 0..2_000 {
            let mut outer = Element::bare("a", "u");
            outer.append_child(tree);
            tree = outer;
        }
        assert_eq!(
            Xml::new().element(&tree).finish().len(),
            "<a xmlns='u'>".len() + 1_999 * 3 + 4 + 2_000 * 4
        );
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was_sanitised(value in any::<String>()) {
            let xml = text(Xml::new().open_ns("a", "u").attr("v", &value).text(&value));
            let tree: Element = xml.parse().unwrap();
            let clean: String = value.chars().map(|c| match c {
                '\t' | '\n' | '\r' => c,
                '\0'..='\u{1f}' | '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
                c => c,
            }).collect();
            prop_assert_eq!(tree.attr("v"), Some(clean.as_str()));
            prop_assert_eq!(tree.text(), clean);
        }
    }
}
