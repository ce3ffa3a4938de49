//! Requests of a client.

use std::time::Duration;

use minidom::Element;
use tokio::time::timeout;

use super::Client;
use super::answers::caps;
use crate::stanza::{StanzaExt, escape};
use crate::wait::PATIENCE;

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
    /// Sends a request and waits for its answer; the answer's whole stanza comes back. An empty
    /// `to` asks the client's own account.
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

    /// Announces further features from now on, besides telling them in disco#info. Gives the
    /// client's capabilities (XEP-0115), for a presence.
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
