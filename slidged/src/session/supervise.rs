//! A defect of ours ends the one session that it shows in, and that is started again, later each time (R5).

use super::{Event, Fresh, INBOX, Session, ready::PATIENCE, ready::Ready};
use crate::{
    gateway::{Account, Gateway, error_id},
    model::backoff,
    xmpp::Condition,
};
use futures_util::FutureExt;
use jid::BareJid;
use std::{collections::VecDeque, panic::AssertUnwindSafe, pin::pin, sync::Arc};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};

/// What outlives a session that panics.
pub(super) struct Supervisor {
    pub(super) gateway: Arc<Gateway>,
    pub(super) jid: BareJid,
    pub(super) events: mpsc::Receiver<Event>,
    pub(super) ready: watch::Sender<Ready>,
    /// Panics in a row.
    pub(super) failures: u32,
}

impl Supervisor {
    /// Runs the session until it ends by itself.
    pub(super) async fn run(mut self, mut user: Account, mut fresh: Option<Fresh>) {
        let mut first = VecDeque::new();
        loop {
            let began = Instant::now();
            let session = Box::new(Session::new(self.gateway.clone(), user, self.ready.clone()));
            let life = session.run(&mut first, &mut self.events, fresh.take());
            if AssertUnwindSafe(life).catch_unwind().await.is_ok() {
                return;
            }
            if began.elapsed() > self.gateway.settings.retry.longest {
                self.failures = 0;
            }
            self.report();
            self.ready.send_replace(Ready::Soon);
            match Box::pin(self.again(&mut first)).await {
                Some(found) => user = found,
                None => return,
            }
        }
    }

    /// For the administrator each time, for the user the first time in a row.
    fn report(&self) {
        let id = error_id();
        tracing::error!(
            id,
            failures = self.failures,
            "a defect of slidged ended the session; the panic is in the log before this"
        );
        if self.failures == 0 {
            let text = format!(
                "Something went wrong in the gateway, and you are being connected again. A message that you sent just now may not have arrived. (Error {id}, which the administrator can look up.)"
            );
            drop(self.gateway.message_to(self.jid.as_str(), &text));
        }
    }

    /// Waits until it is time for another try, and reads the user anew. `None` when there is nothing to be started any more.
    async fn again(&mut self, first: &mut VecDeque<Event>) -> Option<Account> {
        // The new session knows nothing of what the server was told.
        first.push_front(Event::LinkUp);
        loop {
            let stopping = self.events.is_closed() || !self.pause(first).await;
            match Account::of(&self.gateway.store, &self.jid).await {
                Ok(Some(user)) if !stopping => return Some(user),
                // It was about to leave when it failed.
                Ok(None) => {
                    self.gateway.forget_user(&self.jid);
                    return None;
                }
                Err(error) if !stopping => tracing::error!(%error, "the user cannot be read"),
                Ok(Some(_)) | Err(_) => {
                    self.refuse_all(first);
                    return None;
                }
            }
        }
    }

    /// Nobody takes what has come: its senders are told.
    fn refuse_all(&mut self, first: &mut VecDeque<Event>) {
        self.events.close();
        while let Some(event) = first.pop_front().or_else(|| self.events.try_recv().ok()) {
            if let Event::Stanza(stanza) = event {
                self.gateway.refuse_stopping(&stanza);
            }
        }
    }

    /// Waits as long as the failures so far call for; what the user and the gateway want ends it. False when the daemon stops.
    async fn pause(&mut self, first: &mut VecDeque<Event>) -> bool {
        let wait = self.gateway.settings.retry.delay(self.failures, backoff::random());
        self.failures = self.failures.saturating_add(1);
        let mut over = pin!(sleep(wait));
        loop {
            let event = tokio::select! {
                biased;
                () = &mut over => return true,
                event = self.events.recv() => event,
            };
            match event {
                // Like one that waits for the network.
                Some(event @ Event::Stanza(_)) if wait <= PATIENCE && first.len() < INBOX => {
                    first.push_back(event);
                }
                Some(Event::Stanza(stanza)) => {
                    let text = "Something is wrong in the gateway. Try again later";
                    self.gateway.refuse(&stanza, Condition::InternalServerError, text);
                }
                Some(Event::LinkUp | Event::Privileges | Event::Database) => {}
                Some(Event::Stop) | None => return false,
                Some(event) => {
                    first.push_back(event);
                    return true;
                }
            }
        }
    }
}
