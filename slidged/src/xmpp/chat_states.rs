//! XEP-0085: Chat State Notifications.

use super::{ns, stanza::Stanza, xml::Xml};

/// State of a participant in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChatState {
    /// Paying attention.
    Active,
    /// Typing.
    Composing,
    /// Stopped typing.
    Paused,
    /// The participant does not pay attention to the conversation.
    Inactive,
    /// Away for good.
    Gone,
}

impl ChatState {
    /// All of them.
    pub const ALL: [ChatState; 5] =
        [ChatState::Active, ChatState::Composing, ChatState::Paused, ChatState::Inactive, ChatState::Gone];

    /// The element's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ChatState::Active => "active",
            ChatState::Composing => "composing",
            ChatState::Paused => "paused",
            ChatState::Inactive => "inactive",
            ChatState::Gone => "gone",
        }
    }

    /// The first state in a message that is no error.
    #[must_use]
    pub fn parse(message: &Stanza) -> Option<Self> {
        if message.is_error() {
            return None;
        }
        let state = message.payloads.iter().filter(|p| p.has_ns(ns::CHAT_STATES));
        state.filter_map(|p| ChatState::ALL.into_iter().find(|s| s.as_str() == p.name())).next()
    }

    /// Writes the element.
    pub fn write(self, xml: &mut Xml) {
        xml.leaf(self.as_str(), ns::CHAT_STATES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::stanza::Kind;

    #[test]
    fn every_state_survives_the_wire_and_nothing_else_is_one() {
        let message = |xml: &[u8]| Stanza {
            payloads: vec![std::str::from_utf8(xml).unwrap().parse().unwrap()],
            ..Stanza::new(Kind::Message)
        };
        for state in ChatState::ALL {
            let mut xml = Xml::new();
            state.write(&mut xml);
            let mut m = message(&xml.finish());
            assert_eq!(ChatState::parse(&m), Some(state));
            m.type_ = Some("error".into());
            assert_eq!(ChatState::parse(&m), None);
        }
        assert_eq!(
            ChatState::parse(&message(b"<bored xmlns='http://jabber.org/protocol/chatstates'/>")),
            None
        );
        assert_eq!(ChatState::parse(&message(b"<active xmlns='urn:other'/>")), None);
    }
}
