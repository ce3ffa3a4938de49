//! A client's state that its task and its handles share.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jid::FullJid;
use minidom::Element;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use crate::inbox::Inbox;
use crate::stanza::StanzaExt;
use crate::wait::PATIENCE;

/// Features as people's clients have them: names and pictures of contacts are shown.
const FEATURES: [&str; 5] = [
    "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/nick+notify",
    "urn:xmpp:avatar:metadata+notify",
    "urn:xmpp:ping",
    "urn:xmpp:receipts",
];

#[derive(Debug, Clone, Default)]
pub(super) struct Login {
    /// The address of the last login.
    pub(super) jid: Option<FullJid>,
    /// Number of sessions so far.
    pub(super) count: u64,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) inbox: Inbox<Element>,
    asked: Mutex<HashMap<String, oneshot::Sender<Element>>>,
    login: watch::Sender<Login>,
    features: Mutex<Vec<String>>,
}

impl Session {
    pub(super) fn new(owner: String) -> Self {
        Session {
            inbox: Inbox::new(owner),
            asked: Mutex::default(),
            login: watch::channel(Login::default()).0,
            features: Mutex::new(FEATURES.map(str::to_owned).into()),
        }
    }

    /// Features that the client announces.
    pub(super) fn features(&self) -> MutexGuard<'_, Vec<String>> {
        self.features.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an answer to whoever asked, and everything else to the inbox.
    pub(super) fn put(&self, stanza: Element) {
        let answer = stanza.is_iq() && matches!(stanza.kind(), "result" | "error");
        let asker = answer
            .then(|| self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(stanza.id()))
            .flatten();
        match asker {
            Some(asker) => drop(asker.send(stanza)),
            None => self.inbox.put(stanza),
        }
    }

    /// The answer to the request with this id.
    pub(super) fn ask(&self, id: &str) -> oneshot::Receiver<Element> {
        let (asker, answer) = oneshot::channel();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), asker);
        answer
    }

    pub(super) fn logged_in(&self, jid: Option<FullJid>) {
        self.login.send_modify(|login| {
            login.jid = jid;
            login.count += 1;
        });
    }

    pub(super) fn login(&self) -> Login {
        self.login.borrow().clone()
    }

    /// Waits for a login after the given number of them.
    pub(super) async fn after(&self, count: u64, who: &str) {
        let mut login = self.login.subscribe();
        let came = timeout(PATIENCE, login.wait_for(|l| l.count > count)).await;
        assert!(came.is_ok(), "{who} is not online after {PATIENCE:?}");
    }
}
