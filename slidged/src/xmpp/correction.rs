//! XEP-0308: Last Message Correction.

use super::{ns, stanza::Stanza, xml::Xml};

/// The id of the message that this one stands in for.
#[must_use]
pub fn replaced(message: &Stanza) -> Option<&str> {
    message.child("replace", ns::CORRECT)?.attr("id").filter(|id| !id.is_empty())
}

/// Writes `<replace/>`.
pub fn write(xml: &mut Xml, id: &str) {
    xml.open_ns("replace", ns::CORRECT).attr("id", id).close();
}
