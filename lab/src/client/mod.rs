//! An XMPP client that behaves as people's clients do: it reconnects, resumes its stream
//! (XEP-0198), announces itself again when it could not resume, and answers what it is asked.

mod answers;
mod archive;
mod command;
mod gateway;
mod iq;
mod link;
mod roster;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jid::{BareJid, FullJid};
use minidom::Element;
use tokio::sync::{mpsc, oneshot};
use tokio_xmpp::stanzastream::{StanzaStage, StanzaToken};
use tokio_xmpp::xmlstream::Timeouts;

pub use archive::Archived;
pub use command::Stage;
pub use gateway::Field;
pub use iq::Refused;
pub use roster::RosterItem;

use crate::stanza::{StanzaExt, escape, xml};
use crate::wait::PATIENCE;
use link::{Command, Connector};
use session::Session;

/// A client that is online, with one resource. Clones are handles of the same client; it leaves
/// when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Client {
    jid: BareJid,
    commands: mpsc::Sender<Command>,
    session: Arc<Session>,
    numbers: Arc<AtomicU64>,
}

impl Client {
    /// Logs in, over plain TCP, asks for its roster as clients do (servers tell only those of
    /// subscriptions who did), and announces itself available.
    ///
    /// # Panics
    /// When it is not online in time.
    pub async fn connect(jid: BareJid, password: &str, address: SocketAddr) -> Self {
        let client = Self::connect_silently(jid, password, address).await;
        client.roster().await;
        client.send("<presence/>").await;
        client
    }

    /// Logs in and stays unavailable until it sends a presence.
    ///
    /// # Panics
    /// When it is not online in time.
    pub async fn connect_silently(jid: BareJid, password: &str, address: SocketAddr) -> Self {
        // Links break on purpose here: a dead one is noticed within seconds, not minutes.
        let timeouts = Timeouts { read_timeout: PATIENCE / 6, response_timeout: PATIENCE / 6 };
        let session = Arc::new(Session::new(jid.to_string()));
        let commands =
            link::spawn(Connector::to(address), jid.clone(), password.to_owned(), timeouts, session.clone());
        session.after(0, jid.as_str()).await;
        Client { jid, commands, session, numbers: Arc::default() }
    }

    /// Bare JID.
    #[must_use]
    pub fn jid(&self) -> String {
        self.jid.to_string()
    }

    /// Full JID, with the resource that the server gave.
    ///
    /// # Panics
    /// Never after `connect`: a client that is online has one.
    #[must_use]
    pub fn full_jid(&self) -> FullJid {
        self.session.login().jid.expect("a client that has been online has a resource")
    }

    /// Number of logins anew, without the old stream.
    #[must_use]
    pub fn logins(&self) -> u64 {
        self.session.login().count
    }

    /// A fresh id for a stanza.
    #[must_use]
    pub fn new_id(&self) -> String {
        format!(
            "{}-{}",
            self.jid.node().map_or("lab", |n| n.as_str()),
            self.numbers.fetch_add(1, Ordering::Relaxed) + 1
        )
    }

    /// Sends a stanza, written as XML. It waits in a queue while the link is down.
    ///
    /// # Panics
    /// When the text is no stanza.
    pub async fn send(&self, stanza: &str) {
        self.send_element(xml(stanza)).await;
    }

    /// Sends a stanza, and gives a token that tells how far it got.
    ///
    /// # Panics
    /// When the element is no stanza.
    pub async fn send_element(&self, stanza: Element) -> StanzaToken {
        let (reply, token) = oneshot::channel();
        let stanza = link::stanza(stanza);
        self.commands
            .send(Command::Send(Box::new(stanza), reply))
            .await
            .expect("the client's task runs while there is a handle");
        token.await.expect("the client's task answers")
    }

    /// Sends a text as a chat client does, with an id and a request for a receipt (XEP-0184), and
    /// gives the id.
    pub async fn say(&self, to: &str, text: &str) -> String {
        let id = self.new_id();
        self.say_under(to, &id, text).await;
        id
    }

    /// Sends a text under an id that is known before anything can come for it: a
    /// [`new_id`](Self::new_id).
    pub async fn say_under(&self, to: &str, id: &str, text: &str) {
        self.send(&chat(to, id, text)).await;
    }

    /// Sends a text like [`say`](Self::say), and waits until the server has acknowledged it
    /// (XEP-0198).
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn say_surely(&self, to: &str, text: &str) -> String {
        let id = self.new_id();
        let mut token = self.send_element(xml(&chat(to, &id, text))).await;
        let acked = tokio::time::timeout(PATIENCE, token.wait_for(StanzaStage::Acked)).await;
        assert!(acked.is_ok(), "{}: the server did not acknowledge {text:?}", self.jid);
        id
    }

    /// Waits for the first stanza that fits among those nobody has taken yet, and takes it.
    ///
    /// # Panics
    /// When none comes in time, with a list of what came instead.
    pub async fn expect(&self, what: &str, fits: impl Fn(&Element) -> bool) -> Element {
        self.session.inbox.expect(what, fits).await
    }

    /// Waits for a fitting stanza, however long it takes.
    pub async fn listen(&self, fits: impl Fn(&Element) -> bool) -> Element {
        self.session.inbox.listen(fits).await
    }

    /// Waits for a fitting stanza for a limited time.
    pub async fn expect_within(&self, time: Duration, fits: impl Fn(&Element) -> bool) -> Option<Element> {
        tokio::time::timeout(time, self.session.inbox.listen(fits)).await.ok()
    }

    /// Waits for a chat message with this body from this address, bare or full.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn hear(&self, from: &str, text: &str) -> Element {
        let what = format!("{text:?} from {from}");
        self.expect(&what, |s| {
            s.is_message() && speaks(s, from) && s.kind() != "error" && s.body().as_deref() == Some(text)
        })
        .await
    }

    /// Waits for the receipt (XEP-0184) of the message with this id.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn receipt(&self, from: &str, id: &str) -> Element {
        let what = format!("a receipt for {id} from {from}");
        let fits = |s: &Element| {
            s.is_message()
                && s.get_child("received", "urn:xmpp:receipts").is_some_and(|r| r.attr("id") == Some(id))
        };
        self.expect(&what, |s| speaks(s, from) && fits(s)).await
    }

    /// Waits for a presence from this address: `kind` is its type, empty when it is available.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn see(&self, from: &str, kind: &str) -> Element {
        let what = format!("a presence {kind:?} from {from}");
        self.expect(&what, |s| s.is_presence() && speaks(s, from) && s.kind() == kind).await
    }

    /// Shows all stanzas so far that nobody has taken.
    pub fn look(&self, see: impl FnMut(&Element)) {
        self.session.inbox.look(see);
    }

    /// Takes all stanzas so far that fit.
    #[must_use]
    pub fn take(&self, fits: impl Fn(&Element) -> bool) -> Vec<Element> {
        self.session.inbox.take(fits)
    }

    /// Makes sure that no such stanza has come: first it waits for answers of its own server and of
    /// `peer`, so everything that was sent before them has arrived.
    ///
    /// # Panics
    /// When one has.
    pub async fn never(&self, what: &str, peer: &str, fits: impl Fn(&Element) -> bool) {
        self.ping(peer).await;
        let found = self.take(fits);
        assert!(found.is_empty(), "{} got {what}: {}", self.jid, String::from(&found[0]));
    }

    /// Asks for an answer (XEP-0199); an error is one.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn ping(&self, to: &str) {
        drop(self.ask("get", to, "<ping xmlns='urn:xmpp:ping'/>").await);
    }

    /// Waits until it is online in a later login than the given one.
    ///
    /// # Panics
    /// When it is not in time.
    pub async fn relogin_after(&self, logins: u64) {
        self.session.after(logins, self.jid.as_str()).await;
    }

    /// Leaves in order.
    pub async fn leave(self) {
        self.send("<presence type='unavailable'/>").await;
        let (reply, closed) = oneshot::channel();
        drop(self.commands.send(Command::Close(reply)).await);
        drop(closed.await);
    }
}

/// Tells whether a stanza is from this address, which is given with or without a resource.
fn speaks(stanza: &Element, from: &str) -> bool {
    stanza.sender() == from || stanza.sender_bare() == from
}

fn chat(to: &str, id: &str, text: &str) -> String {
    format!(
        "<message to='{}' id='{id}' type='chat'><body>{}</body><request xmlns='urn:xmpp:receipts'/>\
         <active xmlns='http://jabber.org/protocol/chatstates'/><origin-id xmlns='urn:xmpp:sid:0' id='{id}'/></message>",
        escape(to),
        escape(text),
    )
}
