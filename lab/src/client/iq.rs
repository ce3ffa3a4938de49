//! Asking and being asked.

use std::time::Duration;

use minidom::Element;
use tokio::time::timeout;
use xmpp_parsers::caps;
use xmpp_parsers::disco::DiscoInfoResult;
use xmpp_parsers::hashes::Algo;

use super::Client;
use crate::stanza::{StanzaExt, escape, xml};
use crate::until::PATIENCE;

/// An error answer.
#[derive(Debug)]
pub struct Refused {
    /// The defined condition, such as `item-not-found`.
    pub condition: String,
    /// The text for the user.
    pub text: String,
    /// The whole answer.
    pub stanza: Element,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {:?}", self.condition, self.text)
    }
}

impl Client {
    /// Sends a request and waits for its answer; the answer's whole stanza comes back. An empty `to` asks the client's own account.
    ///
    /// # Errors
    /// The peer's error.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn ask(&self, kind: &str, to: &str, payload: &str) -> Result<Element, Refused> {
        let Some(stanza) = self.ask_within(PATIENCE, kind, to, payload).await else {
            panic!("{} got no answer of {to:?} to {payload}", self.jid)
        };
        match stanza.condition() {
            None => Ok(stanza),
            Some(condition) => {
                let error = stanza.get_child("error", crate::stanza::CLIENT);
                let text = error
                    .and_then(|e| e.get_child("text", crate::stanza::STANZAS))
                    .map(Element::text)
                    .unwrap_or_default();
                Err(Refused { condition, text, stanza })
            }
        }
    }

    /// Sends a request and gives its answer, an error too, if one comes in `time`.
    pub async fn ask_within(&self, time: Duration, kind: &str, to: &str, payload: &str) -> Option<Element> {
        let id = self.new_id();
        let answer = self.session.ask(&id);
        let to = if to.is_empty() { String::new() } else { format!(" to='{}'", escape(to)) };
        self.send(&format!("<iq type='{kind}' id='{id}'{to}>{payload}</iq>")).await;
        timeout(time, answer).await.ok()?.ok()
    }

    /// Asks, and takes the answer's payload.
    ///
    /// # Errors
    /// The peer's error.
    ///
    /// # Panics
    /// When no answer comes in time, or one without a payload.
    pub async fn get(&self, to: &str, payload: &str) -> Result<Element, Refused> {
        let answer = self.ask("get", to, payload).await?;
        let payload = answer.children().next().cloned();
        Ok(payload.unwrap_or_else(|| panic!("{} got an empty answer from {to:?}", self.jid)))
    }

    /// From now on the client says that it can do this, besides telling what it can do. Gives its capabilities (XEP-0115), for a presence.
    #[must_use]
    pub fn can(&self, features: &[&str]) -> String {
        let features: Vec<String> = features
            .iter()
            .map(|&f| f.to_owned())
            .chain(["http://jabber.org/protocol/disco#info".into()])
            .collect();
        let caps = caps(&features);
        *self.session.features() = features;
        caps
    }

    /// The features that an entity says it has (XEP-0030).
    ///
    /// # Errors
    /// The peer's error.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn features(&self, of: &str) -> Result<Vec<String>, Refused> {
        let info = self.get(of, "<query xmlns='http://jabber.org/protocol/disco#info'/>").await?;
        let features = info.children().filter(|c| c.name() == "feature");
        Ok(features.filter_map(|f| f.attr("var").map(str::to_owned)).collect())
    }
}

/// What a client with these features is.
fn info(features: &[String]) -> String {
    let features: String = features.iter().map(|var| format!("<feature var='{}'/>", escape(var))).collect();
    format!("<identity category='client' type='pc' name='lab'/>{features}")
}

/// The capabilities (XEP-0115) of a client with these features, for its presences.
fn caps(features: &[String]) -> String {
    let query = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{}</query>", info(features));
    let info = DiscoInfoResult::try_from(xml(&query)).expect("our own");
    let hash = caps::hash_caps(&caps::compute_disco(&info), Algo::Sha_1).expect("SHA-1 is known");
    format!(
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:lab' ver='{}'/>",
        hash.to_base64()
    )
}

/// What a client's software answers by itself.
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
