//! Chat messages and invitations from the gateway itself.

use super::{address::Address, uplink::Uplink};
use crate::{
    model::ids::new_id,
    stanza::{self, MAX_STANZA},
    store::{Entry, Outgoing, StoreError, Submitted},
    xmpp::{Xml, ns, pieces},
};
use jid::BareJid;
use plugin_api::Error;

/// Longest reason of an invitation, in bytes as XML; nobody reads more.
const MAX_REASON: usize = 16 << 10;

/// Sends messages as the gateway. A clone sends the same way.
#[derive(Clone)]
pub struct Messenger {
    uplink: Uplink,
    address: Address,
}

impl Messenger {
    pub(super) fn new(uplink: Uplink, address: Address) -> Self {
        Messenger { uplink, address }
    }

    /// Sends a durable chat message; resolves once it is committed.
    pub fn message_to(&self, to: &str, text: &str) -> Submitted {
        self.uplink.journal_to(to).submit(self.said_to(to, text))
    }

    /// Sends a durable chat message that nobody waits for.
    pub fn say_to(&self, to: &str, text: &str) {
        self.uplink.journal_to(to).note(self.said_to(to, text));
    }

    /// Sends a durable chat message to a user or stranger.
    pub(crate) fn tell(&self, who: &BareJid, text: &str) {
        self.say_to(who.as_str(), text);
    }

    /// The journal's entry of such a message.
    pub(crate) fn said_to(&self, to: &str, text: &str) -> Entry {
        self.said_as(&mut Vec::new(), to, text)
    }

    /// The same, with the ids of its stanzas added to those.
    pub(super) fn said_as(&self, ids: &mut Vec<String>, to: &str, text: &str) -> Entry {
        let from = self.address.domain().to_owned();
        let speaker = stanza::Speaker { from, to: to.to_owned(), as_user: None, room: None };
        let piece = |body: &str| {
            let id = new_id();
            let text = stanza::TextShape { id: Some(&id), body, ..stanza::TextShape::default() };
            let stanza = Outgoing::durable(text.stanza(&speaker));
            ids.push(id);
            stanza
        };
        let pieces = pieces::of(text, MAX_STANZA / 2);
        Entry { stanzas: pieces.into_iter().map(piece).collect(), ..Entry::default() }
    }

    /// Takes messages of the gateway back, by their ids; clients that cannot do that show the text.
    pub(super) fn take_back(&self, who: &BareJid, ids: &[String], text: &str) {
        let (from, to) = (self.address.domain().to_owned(), who.to_string());
        let speaker = stanza::Speaker { from, to, as_user: None, room: None };
        let retraction = |id: &String| Outgoing::durable(stanza::retraction(&speaker, &new_id(), id, text));
        let entry = Entry { stanzas: ids.iter().map(retraction).collect(), ..Entry::default() };
        self.uplink.journal_to(who.as_str()).note(entry);
    }

    /// Invites a user to a room (XEP-0249).
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub(crate) async fn invite_to(
        &self,
        user: &BareJid,
        room: &str,
        reason: Option<&str>,
        password: Option<&str>,
    ) -> Result<(), Error> {
        let mut xml = Xml::new();
        xml.open("message")
            .attr("from", self.address.domain())
            .attr("to", user.as_str())
            .attr("id", &new_id())
            .open_ns("x", ns::CONFERENCE)
            .attr("jid", room)
            .attr_opt("reason", reason.map(|reason| pieces::first(reason, MAX_REASON)).as_deref())
            .attr_opt("password", password);
        let entry = Entry { stanzas: vec![Outgoing::durable(xml.finish())], ..Entry::default() };
        let sent = self.uplink.journal_to(user.as_str()).submit(entry).await;
        sent.map(drop).map_err(StoreError::for_plugin)
    }
}
