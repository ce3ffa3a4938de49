//! XEP-0424: Message Retraction.

use super::{ns, stanza::Stanza, xml::Xml};

/// The id of the message that is taken back.
#[must_use]
pub fn retracted(message: &Stanza) -> Option<&str> {
    message.child("retract", ns::RETRACT)?.attr("id").filter(|id| !id.is_empty())
}

/// Writes `<retract/>`.
pub fn write(xml: &mut Xml, id: &str) {
    xml.open_ns("retract", ns::RETRACT).attr("id", id).close();
}
