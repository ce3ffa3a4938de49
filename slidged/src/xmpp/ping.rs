//! XEP-0199: XMPP Ping. Our own pings are the link's.

use super::{
    ns,
    stanza::{Kind, Stanza},
};

/// Whether an iq asks for nothing but an answer.
#[must_use]
pub fn is_ping(iq: &Stanza) -> bool {
    iq.kind == Kind::Iq && iq.type_str() == "get" && iq.has("ping", ns::PING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_get_is_a_ping() {
        let mut iq =
            Stanza { payloads: vec![minidom::Element::bare("ping", ns::PING)], ..Stanza::new(Kind::Iq) };
        assert!(!is_ping(&iq));
        for (type_, expected) in [("get", true), ("set", false), ("result", false), ("error", false)] {
            iq.type_ = Some(type_.into());
            assert_eq!(is_ping(&iq), expected, "{type_}");
        }
    }
}
