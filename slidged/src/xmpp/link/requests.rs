//! Outstanding answers: results of iqs, and echoes of barriers.
//!
//! Shared by all connections: ejabberd hands an answer to any connection of a component that it
//! knows, also to the next one.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::oneshot;

use crate::xmpp::{
    ns,
    stanza::{Kind, Stanza},
    stream::RawHeader,
};

/// An outstanding answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    /// A result or an error. May come in a later epoch.
    Answer {
        /// The result may be larger than what anybody may send.
        large: bool,
    },
    /// Any sign that the server has read it: what we wrote, when it comes back to us, or an answer.
    /// Of no use after its epoch.
    Echo { epoch: u64 },
}

impl Awaited {
    fn is_met_by(self, stanza: &Stanza) -> bool {
        match self {
            Awaited::Answer { .. } => is_answer(stanza) || is_returned(stanza),
            Awaited::Echo { .. } => stanza.kind != Kind::Presence,
        }
    }
}

fn is_answer(stanza: &Stanza) -> bool {
    stanza.kind == Kind::Iq && matches!(stanza.type_str(), "result" | "error")
}

/// Whether it is what we asked in a user's name, wrapped as an answer to it would be.
fn is_returned(stanza: &Stanza) -> bool {
    stanza.kind == Kind::Iq && stanza.has("privilege", ns::PRIVILEGE_2)
}

#[derive(Debug)]
struct Pending {
    to: String,
    awaited: Awaited,
    answer: oneshot::Sender<Stanza>,
}

/// The table of open requests.
#[derive(Debug)]
pub(super) struct Requests {
    /// Ids begin with it; random, so that nobody can answer what he was not asked.
    prefix: String,
    next: AtomicU64,
    pending: Mutex<HashMap<String, Pending>>,
}

/// Outcome of looking a stanza up among the outstanding answers.
#[derive(Debug, PartialEq)]
pub(super) enum Settled {
    /// The stanza is none of them and goes to the gateway.
    Not(Box<Stanza>),
    /// An answer that was awaited, or something that comes too late.
    Ours,
    /// An echo that was awaited.
    Echo {
        /// Epoch of the connection.
        epoch: u64,
        /// Kind of the stanza that came back.
        kind: Kind,
    },
}

/// An open request. Dropping it forgets the request.
pub(super) struct Ticket<'a> {
    requests: &'a Requests,
    id: String,
    answer: oneshot::Receiver<Stanza>,
}

impl Requests {
    pub(super) fn new() -> Self {
        // Without a source of randomness ids are still unique, and answers are still checked by
        // their sender.
        let prefix = format!("s{:x}-", getrandom::u64().unwrap_or_default());
        Requests { prefix, next: AtomicU64::new(0), pending: Mutex::new(HashMap::new()) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self) -> String {
        format!("{}{:x}", self.prefix, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The id for a question whose answer nobody waits for.
    pub(super) fn idle_id(&self) -> String {
        self.id()
    }

    pub(super) fn begin(&self, to: &str, awaited: Awaited) -> Ticket<'_> {
        let id = self.id();
        let (tell, answer) = oneshot::channel();
        self.lock().insert(id.clone(), Pending { to: to.to_owned(), awaited, answer: tell });
        Ticket { requests: self, id, answer }
    }

    /// Gives an incoming stanza to whom it answers. What answers us too late is gone.
    pub(super) fn settle(&self, stanza: Box<Stanza>, own: &str) -> Settled {
        let Some(id) = stanza.id.as_deref().filter(|id| id.starts_with(&self.prefix)) else {
            return Settled::Not(stanza);
        };
        let from = stanza.from.as_ref().map_or("", |jid| jid.as_str());
        let mut pending = self.lock();
        let settled = match pending.get(id) {
            Some(p) if is_from(from, &p.to) && p.awaited.is_met_by(&stanza) => match p.awaited {
                Awaited::Answer { .. } => Settled::Ours,
                Awaited::Echo { epoch } => Settled::Echo { epoch, kind: stanza.kind },
            },
            // Late answers, and echoes that nobody waits for.
            None if is_answer(&stanza) || from == own => return Settled::Ours,
            _ => return Settled::Not(stanza),
        };
        if let Some(p) = pending.remove(id) {
            // Who asked may be gone.
            let _ = p.answer.send(*stanza);
        }
        settled
    }

    /// Ends the wait for an answer that came and could not be decoded, as if it were an error
    /// without a condition.
    pub(super) fn settle_invalid(&self, header: &RawHeader) {
        let (Some(id), Some(from)) = (header.id.as_deref(), header.from.as_deref()) else { return };
        if header.name != "iq" || !matches!(header.type_.as_deref(), Some("result" | "error")) {
            return;
        }
        let mut pending = self.lock();
        if pending.get(id).is_some_and(|p| is_from(from, &p.to))
            && let Some(p) = pending.remove(id)
        {
            let _ = p.answer.send(Stanza { type_: Some("error".to_owned()), ..Stanza::new(Kind::Iq) });
        }
    }

    /// Whether this begins a result that we are waiting for and that may be large.
    pub(super) fn expects_large(&self, header: &RawHeader) -> bool {
        let (Some(id), Some(from)) = (header.id.as_deref(), header.from.as_deref()) else { return false };
        id.starts_with(&self.prefix)
            && self
                .lock()
                .get(id)
                .is_some_and(|p| p.awaited == Awaited::Answer { large: true } && is_from(from, &p.to))
    }

    /// Ends the wait for echoes of that epoch.
    pub(super) fn end_epoch(&self, epoch: u64) {
        self.lock().retain(|_, p| p.awaited != Awaited::Echo { epoch });
    }
}

/// Whether an answer from `from` may answer a question to `to`: addresses are compared as the
/// server prepares them, and a server may leave its own address away (RFC 6120 section 8.1.2.1).
fn is_from(from: &str, to: &str) -> bool {
    from.is_empty() || from == to || jid::Jid::new(to).is_ok_and(|to| to.as_str() == from)
}

impl Ticket<'_> {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The answer; `None` when the epoch ended before. Cancel safe.
    pub(super) async fn answer(&mut self) -> Option<Stanza> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.requests.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iq(id: &str, from: &str, type_: &str) -> Box<Stanza> {
        Box::new(Stanza {
            id: Some(id.to_owned()),
            from: (!from.is_empty()).then(|| from.parse().unwrap()),
            type_: Some(type_.to_owned()),
            ..Stanza::new(Kind::Iq)
        })
    }

    fn message(id: &str, from: &str) -> Box<Stanza> {
        Box::new(Stanza {
            id: Some(id.to_owned()),
            from: from.parse().ok(),
            type_: Some("headline".to_owned()),
            ..Stanza::new(Kind::Message)
        })
    }

    #[tokio::test]
    async fn an_answer_counts_only_from_whom_was_asked() {
        let requests = Requests::new();
        let mut ticket = requests.begin("Example.org", Awaited::Answer { large: false });
        let id = ticket.id().to_owned();
        let is_ours = |stanza| !matches!(requests.settle(stanza, "gw"), Settled::Not(_));
        assert!(!is_ours(iq(&id, "evil.org", "result")));
        assert!(!is_ours(iq(&id, "example.org", "get")));
        assert!(!is_ours(iq("other", "example.org", "result")));
        assert!(!is_ours(message(&id, "example.org")), "a message answers no question");
        assert!(is_ours(iq(&id, "example.org", "error")));
        assert!(ticket.answer().await.unwrap().is_error());
        assert!(is_ours(iq(&id, "example.org", "error")), "late and dropped");
    }

    #[tokio::test]
    async fn an_echo_counts_whatever_it_is_and_ends_with_its_epoch() {
        let requests = Requests::new();
        let (mut one, mut two) = (
            requests.begin("gw", Awaited::Echo { epoch: 1 }),
            requests.begin("gw", Awaited::Echo { epoch: 2 }),
        );
        requests.end_epoch(1);
        let (early, late) = (two.id().to_owned(), one.id().to_owned());
        assert!(matches!(requests.settle(message(&early, "evil.org"), "gw"), Settled::Not(_)));
        let echo = Settled::Echo { epoch: 2, kind: Kind::Message };
        assert_eq!(requests.settle(message(&early, "gw"), "gw"), echo);
        assert_eq!(requests.settle(iq(&early, "gw", "get"), "gw"), Settled::Ours, "the other kind");
        assert_eq!(requests.settle(message(&late, "gw"), "gw"), Settled::Ours, "of an epoch that is over");
        assert!(one.answer().await.is_none());
        assert!(two.answer().await.is_some());
    }

    #[test]
    fn only_the_answer_that_is_awaited_may_be_large() {
        let requests = Requests::new();
        let (large, small) = (
            requests.begin("a@b", Awaited::Answer { large: true }),
            requests.begin("a@b", Awaited::Answer { large: false }),
        );
        let header = |id: &str, from: &str| {
            RawHeader::scan(format!("<iq id='{id}' from='{from}' type='result'>").as_bytes())
        };
        assert!(requests.expects_large(&header(large.id(), "a@b")));
        assert!(!requests.expects_large(&header(large.id(), "mallory@b")));
        assert!(!requests.expects_large(&header(small.id(), "a@b")));
        assert!(!requests.expects_large(&header("other", "a@b")));
    }

    #[test]
    fn a_dropped_request_is_forgotten() {
        let requests = Requests::new();
        let id = requests.begin("a", Awaited::Answer { large: false }).id().to_owned();
        assert!(requests.lock().is_empty());
        assert_eq!(requests.settle(iq(&id, "a", "result"), "gw"), Settled::Ours);
        for echo in [iq(&requests.idle_id(), "gw", "get"), message(&requests.idle_id(), "gw")] {
            assert_eq!(requests.settle(echo, "gw"), Settled::Ours, "what was asked in silence comes back");
        }
    }
}
