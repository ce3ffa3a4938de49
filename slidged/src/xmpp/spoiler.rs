//! XEP-0382: Spoiler Messages.

use super::{ns, stanza::Stanza, xml::Xml};

/// A message is not to be shown at once: the hint at what it is about, which may be empty.
#[must_use]
pub fn hint(message: &Stanza) -> Option<String> {
    message.child("spoiler", ns::SPOILER).map(minidom::Element::text)
}

/// Writes `<spoiler/>`.
pub fn write(xml: &mut Xml, hint: &str) {
    xml.open_ns("spoiler", ns::SPOILER);
    if !hint.is_empty() {
        xml.text(hint);
    }
    xml.close();
}
