//! Ephemeral content of messages: nobody waits for anything to come of it, and nobody is told when
//! nothing does. A message that has nothing else in it needs no answer; one that has is done, or
//! its sender is told that it was not.

use minidom::Element;

use super::{
    ns,
    stanza::{Kind, Stanza},
};

/// Namespaces of what comes beside a message, or by itself without being one.
const PASSING: [&str; 17] = [
    ns::CAPS,
    ns::CARBONS,
    ns::CHAT_STATES,
    ns::DELAY,
    ns::EPHEMERAL,
    ns::FALLBACK,
    ns::HINTS,
    ns::MARKERS,
    ns::NICK,
    ns::PUBSUB_EVENT,
    ns::RECEIPTS,
    ns::STANZA_ID,
    ns::STYLING,
    ns::VCARD_UPDATE,
    // XEP-0022 and XEP-0091, before chat states and `urn:xmpp:delay`.
    "jabber:x:event",
    "jabber:x:delay",
    // XEP-0301: what somebody is about to say.
    "urn:xmpp:rtt:0",
];

/// Calls (XEP-0353, XEP-0482): who makes one waits; what comes after it says that it is over.
const CALLS: [(&str, &str); 3] = [
    ("urn:xmpp:jingle-message:0", "propose"),
    ("urn:xmpp:jingle-message:1", "propose"),
    ("urn:xmpp:call-invites:0", "invite"),
];

/// Tells whether a message has nothing but ephemeral content.
#[must_use]
pub fn is_all(message: &Stanza) -> bool {
    message.kind == Kind::Message && message.payloads.iter().all(is_passing)
}

fn is_passing(payload: &Element) -> bool {
    let namespace = payload.ns();
    match (namespace.as_str(), payload.name()) {
        (ns::CLIENT, "thread") => true,
        (ns::CLIENT, "body" | "subject") => payload.text().is_empty(),
        // Clients mark private messages in rooms so (XEP-0045 section 7.5).
        (ns::MUC_USER, "x") => payload.children().next().is_none(),
        (namespace, name) => match CALLS.iter().find(|(known, _)| *known == namespace) {
            Some((_, begins)) => name != *begins,
            None => PASSING.contains(&namespace),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(payloads: &str, passing: bool) {
        let xml = format!("<message xmlns='jabber:client'>{payloads}</message>");
        assert_eq!(is_all(&Stanza::from_element(&xml.parse().unwrap()).unwrap()), passing, "{payloads}");
    }

    #[test]
    fn states_marks_and_ids_are_passing_and_what_somebody_waits_for_is_not() {
        let state = "<active xmlns='http://jabber.org/protocol/chatstates'/>";
        for passing in [
            "",
            state,
            "<body/><markable xmlns='urn:xmpp:chat-markers:0'/>",
            "<received xmlns='urn:xmpp:receipts' id='1'/><store xmlns='urn:xmpp:hints'/>",
            "<x xmlns='http://jabber.org/protocol/muc#user'/>",
            "<finish xmlns='urn:xmpp:jingle-message:0' id='1'/>",
        ] {
            check(passing, true);
        }
        for said in [
            "<body>x</body>",
            "<subject>x</subject>",
            "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='a@b'/></x>",
            "<propose xmlns='urn:xmpp:jingle-message:0' id='1'/>",
            "<reactions xmlns='urn:xmpp:reactions:0' id='1'/>",
            "<attention xmlns='urn:xmpp:attention:0'/>",
        ] {
            check(said, false);
            check(&format!("{state}{said}"), false);
        }
        assert!(!is_all(&Stanza::new(Kind::Presence)));
    }
}
