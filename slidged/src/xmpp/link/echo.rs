//! Echoes from the server: they prove that it has read everything before, and this finds out which
//! stanzas come back.
//!
//! A message to ourselves comes back from every server that we know. COMPAT ejabberd 24.12 with
//! `mod_privilege` drops the iqs that a component sends in its own name (processone/ejabberd#4336),
//! pings to itself among them; it takes rosters, iqs in a user's name, and iqs to clients.

use crate::xmpp::Kind;
use crate::xmpp::link::events::IqRequest;
use crate::xmpp::ns;
use crate::xmpp::xml::Xml;
use bytes::Bytes;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::watch;

/// Longest delay of a ping behind the message that was sent before it. A server keeps the order;
/// this is for one that does not quite.
pub(crate) const LATE: Duration = Duration::from_millis(500);

/// Pings in a row that have to be overtaken: one may get lost, and ejabberd gives every other one
/// to a connection of ours that is dead and that it still believes in.
pub(crate) const OVERTAKEN: u32 = 3;

/// Time after which a server that drops our iqs is probed again.
pub(crate) const PROBE_AGAIN: Duration = Duration::from_secs(600);

/// Whether the server takes the iqs that we send in our own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Iqs {
    /// The connection has not been probed yet.
    Unknown,
    /// The server returns iqs to ourselves, as XEP-0114 wants it.
    Taken,
    /// The server drops such iqs without a word.
    Dropped,
}

/// Knowledge about echoes on the connection that is up.
pub(super) struct Echoes {
    own: String,
    pub(super) to: String,
    back: Mutex<Back>,
    pub(super) iqs: watch::Sender<Iqs>,
}

/// The last echo: kind of the stanza, and epoch of its connection.
#[derive(Clone, Copy, Default)]
struct Back {
    epoch: u64,
    kind: Option<Kind>,
}

impl Echoes {
    pub(super) fn new(own: &str, to: &str) -> Self {
        Echoes {
            own: own.to_owned(),
            to: to.to_owned(),
            back: Mutex::default(),
            iqs: watch::Sender::new(Iqs::Unknown),
        }
    }

    /// Address that echoes are asked of, and come from.
    pub(super) fn to(&self) -> &str {
        &self.to
    }

    pub(super) fn iqs(&self) -> watch::Receiver<Iqs> {
        self.iqs.subscribe()
    }

    fn back(&self) -> MutexGuard<'_, Back> {
        self.back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new connection, of which nothing is known.
    pub(super) fn begin(&self, epoch: u64) {
        *self.back() = Back { epoch, kind: None };
        self.iqs.send_replace(Iqs::Unknown);
    }

    /// Records that an echo came. Messages are preferred: every server that we know returns them.
    pub(super) fn came(&self, epoch: u64, kind: Kind) {
        let mut back = self.back();
        if back.epoch == epoch && (kind == Kind::Message || back.kind.is_none()) {
            back.kind = Some(kind);
        }
    }

    /// Whether anything has come back on that connection: it worked.
    pub(super) fn worked(&self, epoch: u64) -> bool {
        let back = self.back();
        back.epoch == epoch && back.kind.is_some()
    }

    /// Asks for an echo with that id, by what comes back; as long as that is not known, and
    /// `again`, by everything that may.
    pub(super) fn ask(&self, id: &str, again: bool) -> Bytes {
        let known = self.back().kind.filter(|_| !again);
        let mut xml = Xml::new();
        if known != Some(Kind::Iq) {
            self.write_message(&mut xml, id);
        }
        if known != Some(Kind::Message) {
            self.write_ping(&mut xml, id);
        }
        xml.finish()
    }

    /// A message without content. Of this type nobody keeps any, and nobody answers it (RFC 6121
    /// section 5.2.2).
    pub(super) fn write_message(&self, xml: &mut Xml, id: &str) {
        xml.open("message")
            .attr("from", &self.own)
            .attr("to", &self.to)
            .attr("id", id)
            .attr("type", "headline")
            .close();
    }

    /// A ping (XEP-0199).
    pub(super) fn write_ping(&self, xml: &mut Xml, id: &str) {
        xml.open("iq")
            .attr("from", &self.own)
            .attr("to", &self.to)
            .attr("id", id)
            .attr("type", "get")
            .leaf("ping", ns::PING)
            .close();
    }

    /// Whether a server that drops our iqs drops this one.
    fn drops(&self, request: &IqRequest) -> bool {
        let client = request.to.contains('/');
        !client && !request.privileged
    }

    /// Whether it is known that the server drops this.
    pub(super) fn refuses(&self, request: &IqRequest) -> bool {
        self.drops(request) && *self.iqs.borrow() == Iqs::Dropped
    }

    /// Resolves when it is found out that the server drops this; else never.
    pub(super) async fn refused(&self, request: &IqRequest) {
        if !self.drops(request) || self.iqs().wait_for(|iqs| *iqs == Iqs::Dropped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
