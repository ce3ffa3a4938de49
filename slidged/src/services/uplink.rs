//! The way to the XMPP server: stanzas and requests from the gateway.

use crate::language::Language;
use crate::model::ids::new_id;
use crate::say;
use crate::services::address::Address;
use crate::services::index::UserIndex;
use crate::stanza::MAX_STANZA;
use crate::store::Entry;
use crate::store::Journal;
use crate::store::Lane;
use crate::store::Outgoing;
use crate::store::StoreError;
use crate::store::UserId;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use crate::xmpp::Xml;
use crate::xmpp::link::Link;
use crate::xmpp::link::events::IqError;
use crate::xmpp::link::events::IqRequest;
use crate::xmpp::link::events::IqType;
use crate::xmpp::stream::RawHeader;
use bytes::Bytes;
use jid::BareJid;
use minidom::Element;
use std::time::Duration;

/// Time that others have to answer an iq.
const REQUEST: Duration = Duration::from_secs(30);
/// Most entries that may wait for the store before presences and answers are dropped: those of
/// about ten seconds.
const MAX_QUEUED: usize = 50_000;

/// The way to the XMPP server: stanzas through the journal, requests through the link.
#[derive(Clone)]
pub struct Uplink {
    link: Link,
    journal: Journal,
    address: Address,
    index: UserIndex,
}

impl Uplink {
    pub(super) fn new(link: Link, journal: Journal, address: Address, index: UserIndex) -> Self {
        Uplink { link, journal, address, index }
    }

    /// The address at which the XMPP server takes components.
    #[must_use]
    pub fn server(&self) -> &str {
        self.link.server()
    }

    /// The link itself, to see its state.
    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    /// Sends a stanza that need not survive an outage, in order with durable ones for the same
    /// user.
    pub fn send(&self, stanza: Bytes) {
        let to = RawHeader::scan(&stanza).to;
        send_all(&self.journal_to(to.as_deref().unwrap_or_default()), [stanza]);
    }

    /// Resolves when all that was submitted for that user until now is committed. Cancel safe.
    ///
    /// # Errors
    ///
    /// When nothing is written any more.
    pub async fn settled(&self, user: UserId) -> Result<(), StoreError> {
        self.journal.of(Lane::of(user)).submit(Entry::default()).await.map(drop)
    }

    /// Returns the journal for somebody's stanzas: the user's own lane, the gateway's for
    /// administrators who are not users, or the one of all strangers.
    pub(super) fn journal_to(&self, to: &str) -> Journal {
        let bare = to.split_once('/').map_or(to, |(bare, _)| bare);
        match BareJid::new(bare).map_or(Lane::STRANGERS, |jid| self.index.lane_of(&jid)) {
            Lane::STRANGERS => self.journal.to_stranger(bare),
            lane => self.journal.of(lane),
        }
    }

    /// Sends a get iq and waits for the answer; `write` writes the payload.
    ///
    /// # Errors
    ///
    /// When the answer is an error, or does not come.
    pub async fn get(&self, to: &str, write: impl FnOnce(&mut Xml)) -> Result<Option<Element>, IqError> {
        self.ask(IqType::Get, to, false, write).await
    }

    /// Sends an iq and waits for the answer; `privileged` if it rests on a privilege (XEP-0356).
    ///
    /// # Errors
    ///
    /// When the answer is an error, or does not come.
    pub(super) async fn ask(
        &self,
        type_: IqType,
        to: &str,
        privileged: bool,
        write: impl FnOnce(&mut Xml),
    ) -> Result<Option<Element>, IqError> {
        let mut xml = Xml::new();
        write(&mut xml);
        // The server answers for bare addresses, and such an answer may be long: a roster of
        // thousands.
        let large = !to.contains('/');
        let (to, from) = (to.to_owned(), self.address.domain().to_owned());
        let request = IqRequest { to, from, type_, payload: xml.finish(), large, privileged };
        self.link.request(request, REQUEST).await
    }

    /// Stores a message without content to the gateway itself behind everything that was sent
    /// before. Once the outbox has delivered it, stanzas that are not durable (the goodbyes) have
    /// been written as well; one that is sent only after the next start does no harm.
    pub async fn last_word(&self) {
        let mut xml = Xml::new();
        xml.open("message")
            .attr("type", "headline")
            .attr("id", &new_id())
            .attr("from", self.address.domain())
            .attr("to", self.address.domain());
        let entry = Entry { stanzas: vec![Outgoing::durable(xml.finish())], ..Entry::default() };
        if let Err(error) = self.journal.submit(entry).await {
            tracing::debug!(%error, "the end could not be stored");
        }
    }
}

/// Sends stanzas that need not survive an outage, in order with durable ones of that journal.
pub fn send_all(journal: &Journal, stanzas: impl IntoIterator<Item = Bytes>) {
    let entry = passing(journal, stanzas);
    if !entry.stanzas.is_empty() {
        journal.note(entry);
    }
}

/// Makes an entry of stanzas that need not survive an outage; an empty one when too much waits for
/// that journal already.
pub fn passing(journal: &Journal, stanzas: impl IntoIterator<Item = Bytes>) -> Entry {
    // While the outbox is full nothing moves, and stanzas that are worthless later are not
    // collected.
    if journal.queued() >= MAX_QUEUED {
        return Entry::default();
    }
    let outgoing = |stanza: Bytes| {
        let answer = is_answer(&stanza);
        Outgoing { answer, ..Outgoing::ephemeral(stanza) }
    };
    let stanzas = stanzas.into_iter().filter_map(fitting).map(outgoing).collect();
    Entry { stanzas, ..Entry::default() }
}

/// Tells by its start tag whether a stanza is an iq or an error.
fn is_answer(stanza: &[u8]) -> bool {
    let end = stanza.iter().position(|&byte| byte == b'>').unwrap_or(stanza.len());
    let error = b" type='error'";
    stanza.starts_with(b"<iq") || stanza[..end].windows(error.len()).any(|part| part == error)
}

/// Returns the stanza if it is not larger than servers take. For a larger iq result an error stands
/// in; other stanzas are dropped.
fn fitting(stanza: Bytes) -> Option<Bytes> {
    if stanza.len() <= MAX_STANZA {
        return Some(stanza);
    }
    tracing::warn!(bytes = stanza.len(), "a stanza is larger than servers take: not sent");
    let RawHeader { name, from, to, id, type_ } = RawHeader::scan(&stanza);
    if name != "iq" || type_.as_deref() != Some("result") {
        return None;
    }
    let mut xml = Xml::new();
    xml.open("iq")
        .attr_opt("from", from.as_deref())
        .attr_opt("to", to.as_deref())
        .attr_opt("id", id.as_deref())
        .attr("type", "error");
    let text = say!(Language::default(), "answer-too-large");
    StanzaError::with_text(Condition::PolicyViolation, text).write(&mut xml);
    Some(xml.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_known_by_their_start_tag() {
        for (stanza, expected) in [
            ("<iq from='gw' to='a@b/c' id='1' type='result'/>", true),
            ("<message from='c@gw' to='a@b/c' id='1' type='error'><body>x</body></message>", true),
            ("<presence from='r@gw/me' to='a@b/c' type='error'/>", true),
            ("<presence from='c@gw' to='a@b'/>", false),
            ("<message from='c@gw' to='a@b'><error type='error'/></message>", false),
        ] {
            assert_eq!(is_answer(stanza.as_bytes()), expected, "{stanza}");
        }
    }

    #[test]
    fn an_answer_that_no_server_takes_becomes_an_error() {
        let large = "x".repeat(MAX_STANZA);
        let sent = |stanza: &str| fitting(Bytes::from(stanza.to_owned()));
        let error =
            sent(&format!("<iq from='gw' to='a@b/c' id='1' type='result'><query>{large}</query></iq>"));
        let error = String::from_utf8(error.unwrap().to_vec()).unwrap();
        assert!(error.starts_with("<iq from='gw' to='a@b/c' id='1' type='error'><error"), "{error}");
        assert_eq!(sent(&format!("<presence from='gw' to='a@b'><status>{large}</status></presence>")), None);
        assert!(sent("<iq from='gw' to='a@b/c' id='1' type='result'/>").is_some());
    }
}
