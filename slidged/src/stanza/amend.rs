//! Reactions (XEP-0444) and retractions (XEP-0424).

use crate::stanza::Speaker;
use crate::xmpp::{Xml, fallback, ns, reactions, retraction};
use bytes::Bytes;

/// All of somebody's reactions to a message (XEP-0444). `shown` also puts them into the body, for
/// clients that do not know reactions (K62).
#[must_use]
pub fn reaction(speaker: &Speaker, own: &str, id: &str, emojis: &[String], shown: bool) -> Bytes {
    speaker.message(Some(own), |xml| {
        if shown && !emojis.is_empty() {
            xml.text_child("body", &emojis.join(" "));
            fallback::write(xml, ns::REACTIONS, None);
        }
        xml.leaf("store", ns::HINTS);
        reactions::write(xml, id, emojis);
    })
}

/// A message taken back (XEP-0424). `text` is what older clients show; those that know corrections
/// replace the message by it.
#[must_use]
pub fn retraction(speaker: &Speaker, own: &str, id: &str, text: &str) -> Bytes {
    speaker.message(Some(own), |xml: &mut Xml| {
        xml.text_child("body", text).leaf("active", ns::CHAT_STATES).leaf("store", ns::HINTS);
        fallback::write(xml, ns::RETRACT, None);
        retraction::write(xml, id);
        crate::xmpp::correction::write(xml, id);
    })
}

#[cfg(test)]
mod tests {
    use crate::stanza::amend::*;

    fn check(stanza: &Bytes, expected: &str) {
        assert_eq!(std::str::from_utf8(stanza).unwrap(), expected);
    }

    #[test]
    fn k60_k61_k62_reactions_and_retractions_have_their_shapes() {
        let contact = Speaker { from: "c@gw/slidge".into(), to: "u@d".into(), as_user: None, room: None };
        let hearts = ["❤".to_owned(), "👍".to_owned()];
        check(
            &reaction(&contact, "9", "7", &hearts, false),
            "<message type='chat' from='c@gw/slidge' to='u@d' id='9'><store xmlns='urn:xmpp:hints'/><reactions xmlns='urn:xmpp:reactions:0' id='7'><reaction>❤</reaction><reaction>👍</reaction></reactions></message>",
        );
        check(
            &reaction(&contact, "9", "7", &[], true),
            "<message type='chat' from='c@gw/slidge' to='u@d' id='9'><store xmlns='urn:xmpp:hints'/><reactions xmlns='urn:xmpp:reactions:0' id='7'/></message>",
        );
        check(
            &reaction(&contact, "9", "7", &hearts, true),
            "<message type='chat' from='c@gw/slidge' to='u@d' id='9'><body>❤ 👍</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'><body/></fallback><store xmlns='urn:xmpp:hints'/><reactions xmlns='urn:xmpp:reactions:0' id='7'><reaction>❤</reaction><reaction>👍</reaction></reactions></message>",
        );
        check(
            &retraction(&contact, "9", "7", "/me took a message back."),
            "<message type='chat' from='c@gw/slidge' to='u@d' id='9'><body>/me took a message back.</body><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='urn:xmpp:hints'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'><body/></fallback><retract xmlns='urn:xmpp:message-retract:1' id='7'/><replace xmlns='urn:xmpp:message-correct:0' id='7'/></message>",
        );
    }
}
