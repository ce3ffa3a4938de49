//! XEP-0367: Message Attaching.

use super::{ns, stanza::Stanza};

/// The message that this one is attached to: by the room's id in a room, elsewhere by its sender's.
#[must_use]
pub fn target(message: &Stanza) -> Option<&str> {
    message.child("attach-to", ns::ATTACHING)?.attr("id").filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn what_a_message_is_attached_to_is_read() {
        let target = |payload: &str| {
            let payloads = vec![payload.parse().unwrap()];
            target(&Stanza { payloads, ..Stanza::new(Kind::Message) }).map(str::to_owned)
        };
        assert_eq!(target("<attach-to xmlns='urn:xmpp:message-attaching:1' id='a'/>").as_deref(), Some("a"));
        for none in ["id=''", ""] {
            assert_eq!(target(&format!("<attach-to xmlns='urn:xmpp:message-attaching:1' {none}/>")), None);
        }
        assert_eq!(target("<attach-to xmlns='urn:other' id='a'/>"), None);
    }
}
