//! XEP-0313: the client's own archive, page by page (XEP-0059).

use std::collections::HashSet;

use minidom::Element;

use super::Client;
use crate::stanza::{CLIENT, StanzaExt, escape};

const MAM: &str = "urn:xmpp:mam:2";
const RSM: &str = "http://jabber.org/protocol/rsm";
/// Messages of a page: what clients ask for.
const PAGE: usize = 100;

/// An archived message.
#[derive(Debug, Clone)]
pub struct Archived {
    /// The archive's id.
    pub id: String,
    /// Time at which the server archived the message.
    pub stamp: String,
    /// The message as it was.
    pub message: Element,
}

impl Client {
    /// Returns the user's archive, oldest first, or only the conversation with one address.
    ///
    /// # Panics
    /// When the server does not give it.
    pub async fn archive(&self, with: Option<&str>) -> Vec<Archived> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let (page, complete) = self.page(with, &after).await;
            after = page.last().map(|a| a.id.clone()).unwrap_or_default();
            let empty = page.is_empty();
            all.extend(page);
            if complete || empty {
                return all;
            }
        }
    }

    /// Returns the archive as a client shows it: a message that came twice under the same id from
    /// the same sender is one (XEP-0359 section 5). A component's stream has no acknowledgements,
    /// so stanzas that were under way when it broke are sent again, and servers archive them again.
    ///
    /// # Panics
    /// When the server does not give it.
    pub async fn history(&self, with: Option<&str>) -> Vec<Archived> {
        let mut seen = HashSet::new();
        let mut all = self.archive(with).await;
        all.retain(|a| {
            a.message.id().is_empty()
                || seen.insert((a.message.sender_bare().to_owned(), a.message.id().to_owned()))
        });
        all
    }

    async fn page(&self, with: Option<&str>, after: &str) -> (Vec<Archived>, bool) {
        let query = self.new_id();
        let with = with
            .map(|w| format!("<field var='with'><value>{}</value></field>", escape(w)))
            .unwrap_or_default();
        let after =
            if after.is_empty() { String::new() } else { format!("<after>{}</after>", escape(after)) };
        let payload = format!(
            "<query xmlns='{MAM}' queryid='{query}'><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE' type='hidden'><value>{MAM}</value></field>{with}</x>\
             <set xmlns='{RSM}'><max>{PAGE}</max>{after}</set></query>"
        );
        let answer = self
            .ask("set", "", &payload)
            .await
            .unwrap_or_else(|e| panic!("{} got no archive: {e}", self.jid));
        let complete = answer.get_child("fin", MAM).is_some_and(|f| f.attr("complete") == Some("true"));
        // The results come before the answer, so they are here.
        let results = self
            .take(|s| s.get_child("result", MAM).is_some_and(|r| r.attr("queryid") == Some(query.as_str())));
        (results.iter().filter_map(archived).collect(), complete)
    }
}

fn archived(stanza: &Element) -> Option<Archived> {
    let result = stanza.get_child("result", MAM)?;
    let forwarded = result.get_child("forwarded", "urn:xmpp:forward:0")?;
    let stamp = forwarded
        .get_child("delay", "urn:xmpp:delay")
        .and_then(|d| d.attr("stamp"))
        .unwrap_or_default()
        .to_owned();
    let message = forwarded.get_child("message", CLIENT)?.clone();
    debug_assert!(message.is_message());
    Some(Archived { id: result.attr("id")?.to_owned(), stamp, message })
}
