//! Changes of a message: corrections, reactions and retractions of the network.

use crate::host::Share;
use crate::model::ids::valid_id;
use plugin_api::MessageId;
use plugin_api::Sender;
use plugin_api::Sent;
use plugin_api::Text;
use plugin_api::host::Reply;

/// Change of a message.
pub(in crate::session) enum Change {
    /// Correction: the text that replaces the old one.
    Correct(Box<Text>),
    /// Reactions: all that the reacting person has on the message now.
    React(Vec<String>),
    /// Retraction.
    Retract,
}

impl Change {
    /// Tells whether the id of the event is usable; only corrections may have one.
    pub(in crate::session) fn has_valid_id(&self) -> bool {
        match self {
            Change::Correct(text) => text.event_id.as_ref().is_none_or(|id| valid_id(id.as_str())),
            Change::React(_) | Change::Retract => true,
        }
    }
}

/// A change of a message, on its way to the user.
pub(in crate::session) struct MessageChange {
    pub(in crate::session) from: Sender,
    /// The message, by the network's id.
    pub(in crate::session) id: MessageId,
    pub(in crate::session) change: Change,
    pub(in crate::session) reply: Reply<Sent>,
    pub(in crate::session) share: Share,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_corrections_that_could_not_be_kept_are_refused() {
        let correct = |id: Option<String>| {
            let event_id = id.map(|id| MessageId::from(&*id));
            Change::Correct(Box::new(Text { event_id, ..Text::new("x") }))
        };
        assert!(correct(None).has_valid_id() && correct(Some("e1".into())).has_valid_id());
        for id in [String::new(), "x".repeat(10_000)] {
            assert!(!correct(Some(id)).has_valid_id());
        }
        assert!(Change::Retract.has_valid_id() && Change::React(Vec::new()).has_valid_id());
    }
}
