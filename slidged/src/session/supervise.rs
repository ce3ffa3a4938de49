//! Supervision of a session: a defect of ours ends that one session, which is started again, later
//! each time (R5).

use crate::model::backoff;
use crate::model::ids::error_id;
use crate::say;
use crate::services::Account;
use crate::services::Services;
use crate::session::backlog::Backlog;
use crate::session::commands::ContactCommands;
use crate::session::control::Control;
use crate::session::control::StatusReport;
use crate::session::event::Event;
use crate::session::event::Fresh;
use crate::session::event::Outcome;
use crate::session::event_loop::run;
use crate::session::network_state::NetworkState;
use crate::session::network_state::PATIENCE;
use crate::session::patience;
use crate::session::restore::recover;
use crate::session::state::Session;
use crate::session::stored_state::State;
use crate::store::Entry;
use crate::store::Lane;
use crate::xmpp::Condition;
use futures_util::FutureExt;
use jid::BareJid;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio::time::sleep;

/// State that outlives a session that panics.
pub(super) struct Supervisor {
    pub(super) services: Arc<Services>,
    pub(super) commands: Option<Arc<dyn ContactCommands>>,
    pub(super) jid: BareJid,
    pub(super) events: mpsc::Receiver<Event>,
    pub(super) ready: watch::Sender<NetworkState>,
    /// Number of panics in a row.
    pub(super) failures: u32,
}

impl Supervisor {
    /// Runs the session until it ends by itself.
    pub(super) async fn run(mut self, mut user: Account, mut fresh: Option<Fresh>) -> Outcome {
        let mut first = Backlog::default();
        loop {
            let began = Instant::now();
            let life = self.live(user, &mut first, fresh.take());
            match AssertUnwindSafe(life).catch_unwind().await {
                Ok(Some(outcome)) => return outcome,
                Ok(None) => {
                    self.refuse_all(&mut first);
                    return Outcome::Stopped;
                }
                Err(_panic) => {}
            }
            if began.elapsed() > self.services.settings.retry.longest {
                self.failures = 0;
            }
            self.report();
            self.ready.send_replace(NetworkState::Connecting);
            match Box::pin(self.again(&mut first)).await {
                Ok(found) => user = found,
                Err(outcome) => return outcome,
            }
        }
    }

    /// Lives one life of the session, from when its state has been read. `None` when the daemon
    /// stops before that.
    async fn live(&mut self, user: Account, first: &mut Backlog, fresh: Option<Fresh>) -> Option<Outcome> {
        let mut state = Box::pin(self.awaken(&user, first)).await?;
        let pending = std::mem::take(&mut state.pending);
        let mut session =
            Box::new(Session::new(self.services.clone(), self.commands.clone(), user, self.ready.clone()));
        recover(&mut session, state);
        Some(run(session, pending, first, &mut self.events, fresh).await)
    }

    /// Reports a panic: to the administrator each time, to the user the first time in a row.
    fn report(&self) {
        let id = error_id();
        tracing::error!(
            id,
            failures = self.failures,
            "a defect of slidged ended the session; the panic is in the log before this"
        );
        if self.failures == 0 {
            let language = self.services.languages.of(&self.jid);
            let text = say!(language, "session-failed", id = &id);
            self.services.messenger.say_to(self.jid.as_str(), &text);
        }
    }

    /// Waits until it is time for another attempt, and reads the user anew.
    ///
    /// # Errors
    ///
    /// The outcome of the session, when nothing is left to be started.
    async fn again(&mut self, first: &mut Backlog) -> Result<Account, Outcome> {
        // The new session knows nothing of the presence that was sent.
        first.push_front(Event::LinkUp);
        loop {
            let stopping = self.events.is_closed() || !self.pause(first).await;
            match Account::of(&self.services.store, &self.jid).await {
                Ok(Some(user)) if !stopping => return Ok(user),
                // The user was about to unregister when the session failed.
                Ok(None) => return Err(Outcome::Left(Vec::new())),
                Err(error) if !stopping => tracing::error!(%error, "the user cannot be read"),
                Ok(Some(_)) | Err(_) => {
                    self.refuse_all(first);
                    return Err(Outcome::Stopped);
                }
            }
        }
    }

    /// Refuses all stanzas that wait, since no session takes them.
    fn refuse_all(&mut self, first: &mut Backlog) {
        self.events.close();
        while let Some(event) = first.pop().or_else(|| self.events.try_recv().ok()) {
            if let Event::Stanza(stanza) = event {
                self.services.refusals.refuse_stopping(&stanza);
            }
        }
    }

    /// Waits as long as the failures so far call for, or until the user or the gateway wants
    /// something. Returns false when the daemon stops.
    async fn pause(&mut self, first: &mut Backlog) -> bool {
        let wait = self.services.settings.retry.delay(self.failures, backoff::random());
        self.failures = self.failures.saturating_add(1);
        let mut over = pin!(sleep(wait));
        loop {
            let event = tokio::select! {
                biased;
                () = &mut over => return true,
                event = self.events.recv() => event,
            };
            match event {
                // The stanza waits as it would for the network.
                Some(event @ Event::Stanza(_)) if wait <= PATIENCE && first.has_room() => {
                    first.push(event);
                }
                Some(Event::Stanza(stanza)) => {
                    let text = say!(self.services.languages.of(&self.jid), "session-failing");
                    self.services.refusals.refuse(&stanza, Condition::InternalServerError, &text);
                }
                Some(Event::LinkUp | Event::Privileges | Event::Database) => {}
                Some(Event::Stop) | None => return false,
                Some(event) => {
                    first.push(event);
                    return true;
                }
            }
        }
    }
}

impl Supervisor {
    /// Reads the user's state, however long that takes, and answers what waits too long meanwhile.
    /// `None` when the daemon stops.
    pub(in crate::session) async fn awaken(&mut self, user: &Account, first: &mut Backlog) -> Option<State> {
        let services = self.services.clone();
        let (journal, id) = (services.journal.of(Lane::of(user.id)), user.id);
        let mut read = pin!(async {
            // A session before this one may have submitted something that is still to be written.
            journal.submit(Entry::default()).await.ok()?;
            let services = &services;
            let state = patience::read(|| async move {
                // The semaphore is never closed.
                let _turn = services.readings.acquire().await;
                State::read(&services.store, id).await
            });
            Some(state.await)
        });
        loop {
            tokio::select! {
                biased;
                state = &mut read => return state,
                () = first.too_old() => self.answer_too_old(first),
                event = self.events.recv(), if first.has_room() => match event {
                    Some(Event::Stop) | None => return None,
                    Some(Event::Control(Control::StatusReport(answer))) => {
                        let status = say!(self.services.languages.of(&self.jid), "connecting");
                        // The requester may have gone in the meantime.
                        let _ = answer.send(StatusReport { status, ..StatusReport::default() });
                    }
                    Some(event) => first.push(event),
                },
            }
        }
    }

    /// Refuses in words what the user has waited for too long.
    pub(in crate::session) fn answer_too_old(&self, first: &mut Backlog) {
        let text = say!(self.services.languages.of(&self.jid), "message-not-stored");
        for stanza in first.take_too_old() {
            self.services.refusals.refuse(&stanza, Condition::ResourceConstraint, &text);
        }
    }
}
