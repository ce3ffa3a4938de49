//! Answers that a client gives by itself.

use minidom::Element;
use xmpp_parsers::caps;
use xmpp_parsers::disco::DiscoInfoResult;
use xmpp_parsers::hashes::Algo;

use crate::stanza::{StanzaExt, escape, xml};

/// The identity and features of a client, for disco#info (XEP-0030).
fn info(features: &[String]) -> String {
    let features: String = features.iter().map(|var| format!("<feature var='{}'/>", escape(var))).collect();
    format!("<identity category='client' type='pc' name='lab'/>{features}")
}

/// The capabilities (XEP-0115) of a client with these features, for its presences.
pub(super) fn caps(features: &[String]) -> String {
    let query = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{}</query>", info(features));
    let info = DiscoInfoResult::try_from(xml(&query)).expect("our own");
    let hash = caps::hash_caps(&caps::compute_disco(&info), Algo::Sha_1).expect("SHA-1 is known");
    format!(
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:lab' ver='{}'/>",
        hash.to_base64()
    )
}

/// The answer that a client's software gives by itself.
pub(super) fn answer(stanza: &Element, features: &[String]) -> Option<Element> {
    if !stanza.is_iq() || !matches!(stanza.kind(), "get" | "set") {
        return None;
    }
    let payload = stanza.children().next()?;
    let to = stanza.attr("from").map(|f| format!(" to='{}'", escape(f))).unwrap_or_default();
    let id = escape(stanza.id());
    let result = |content: &str| Some(xml(&format!("<iq type='result' id='{id}'{to}>{content}</iq>")));
    match (payload.ns().as_str(), payload.name()) {
        ("urn:xmpp:ping", "ping") | ("jabber:iq:roster", "query") => result(""),
        (ns @ "http://jabber.org/protocol/disco#info", "query") => {
            let node = payload.attr("node").map(|n| format!(" node='{}'", escape(n))).unwrap_or_default();
            result(&format!("<query xmlns='{ns}'{node}>{}</query>", info(features)))
        }
        // The scenario has the bits.
        ("urn:xmpp:bob", "data") => None,
        _ => Some(xml(&format!(
            "<iq type='error' id='{id}'{to}><error type='cancel'><service-unavailable xmlns='{}'/></error></iq>",
            crate::stanza::STANZAS
        ))),
    }
}
