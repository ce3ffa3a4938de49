//! Coming and going: connect to the plugin, log in, retry by class (R24), restart after a panic, log out, leave.

use super::{Event, Fresh, Outcome, Session, ready::Ready};
use crate::{host, model::backoff, say};
use bytes::Bytes;
use plugin_api::{
    Availability, Class, ContactInfo, Error, Logged, LoginState, Presence, RemoteSession, RoomInfo, User,
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{sync::oneshot, task::AbortHandle, time::Instant};

/// A network that does not say when to come back after "too fast".
const RATE_LIMITED: Duration = Duration::from_secs(60);
/// A network that wants us to come back later than that is asked again all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

impl Session {
    /// Begins: connects to the plugin and logs in; after a registration, once its answer is out and the user is welcome.
    pub(super) fn start(&mut self, fresh: Option<Fresh>) {
        let Some(fresh) = fresh else { return self.connect() };
        let (services, jid, language) = (self.services.clone(), self.jid.clone(), self.language);
        self.spawn(async move {
            // Whoever registers them lets go of it.
            let _ = fresh.answered.await;
            let subscribed = services.welcome.greet(&jid, &fresh.full, language).await;
            move |session: &mut Session| {
                session.asked = !subscribed;
                if subscribed {
                    session.probe_user();
                }
                // Unless something else has made it start already.
                if session.generation == 0 {
                    session.connect();
                }
            }
        });
    }

    fn plugin_user(&self) -> User {
        User { jid: self.to.clone(), data: self.data.clone(), preferences: self.preferences.clone() }
    }

    /// Makes a new session in the plugin and logs it in, after the one before it has said goodbye.
    pub(super) fn connect(&mut self) {
        self.turn = None;
        self.generation += 1;
        self.parked = false;
        self.filled = false;
        self.synced = false;
        if let Some(earlier) = self.attempt.take() {
            earlier.abort();
        }
        self.take_leave();
        self.set_ready(Ready::Soon);
        self.set_status(Presence::new(Availability::Busy).status(say!(self.language, "connecting")));
        self.connect_in_turn();
    }

    /// The same, with nobody on the network for the user: the user's data are what the one before has left.
    pub(super) fn connect_now(&mut self) {
        let (mailbox, operations) = host::mailbox(plugin_api::SessionRequest::decode, &self.services.budget);
        self.mailboxes.open(operations);
        let (services, user) = (self.services.clone(), self.plugin_user());
        let attempt = self.spawn_current(async move {
            // Paced: a thousand users must not log in at the same moment, and none before there is a link.
            let turn = services.logins.clone().acquire_owned().await;
            let connected = services.plugin.connect(&user, mailbox).await;
            move |session: &mut Session| match connected {
                Ok(remote) => session.login(remote, turn.ok()),
                Err(error) => session.failed(&error),
            }
        });
        self.attempt(attempt);
    }

    /// There is one attempt to get logged in at a time: an earlier one is given up, and what it held with it.
    fn attempt(&mut self, attempt: AbortHandle) {
        if let Some(earlier) = self.attempt.replace(attempt) {
            earlier.abort();
        }
    }

    fn login(&mut self, remote: RemoteSession, turn: Option<tokio::sync::OwnedSemaphorePermit>) {
        let remote = Arc::new(remote);
        self.remote = Some(remote.clone());
        let limit = self.services.settings.login_timeout;
        let attempt = self.spawn_current(async move {
            let result = remote.within(limit).login().await;
            move |session: &mut Session| match result {
                Ok(status) => {
                    session.turn = turn;
                    session.logged_in(status);
                }
                Err(error) => session.failed(&error),
            }
        });
        self.attempt(attempt);
    }

    fn logged_in(&mut self, status: Option<String>) {
        let Some(remote) = self.remote.clone() else { return };
        tracing::info!("logged in");
        self.failures = 0;
        let status = status.unwrap_or_else(|| say!(self.language, "connected"));
        let connected = Presence::new(Availability::Online).status(status);
        self.set_status(Presence::new(Availability::Busy).status(say!(self.language, "syncing")));
        let groups = self.services.info.groups;
        let attempt = self.spawn_current(async move {
            let contacts = match remote.fill_contacts().await {
                // A network without a list tells of contacts one by one.
                Err(error) if error.is_unsupported() => Ok(None),
                other => other.map(Some),
            };
            let rooms = match groups {
                true => match remote.fill_rooms().await {
                    // A network without a list tells of rooms when they are entered.
                    Err(error) if error.is_unsupported() => Ok(None),
                    other => other.map(Some),
                },
                false => Ok(None),
            };
            move |session: &mut Session| session.filled(contacts, rooms, connected)
        });
        self.attempt(attempt);
    }

    fn filled(
        &mut self,
        contacts: Result<Option<Vec<ContactInfo>>, Error>,
        rooms: Result<Option<Vec<RoomInfo>>, Error>,
        connected: Presence,
    ) {
        // It is over, and would keep what it needed.
        self.attempt = None;
        let panicked = contacts.as_ref().err().or(rooms.as_ref().err()).filter(|error| error.panicked);
        if let Some(error) = panicked {
            return self.failed(error);
        }
        self.filled = true;
        self.fill_rooms(rooms);
        if let Some(remote) = self.remote.clone() {
            self.set_ready(Ready::Yes(remote));
        }
        self.set_status(connected);
        match contacts {
            Ok(Some(contacts)) => self.fill_contacts(contacts),
            Ok(None) => self.synced(),
            // Old contacts are better than no session.
            Err(error) => {
                tracing::warn!(%error, "the contact list could not be read");
                self.synced();
            }
        }
    }

    /// The roster is as it should be: contacts can be shown.
    pub(super) fn synced(&mut self) {
        self.synced = true;
        self.turn = None;
        self.announce_contacts();
        self.give_own_avatar();
        let Some(remote) = self.remote.clone().filter(|_| !self.services.hooks.lacks("on_ready")) else {
            return;
        };
        self.spawn_current(async move {
            let result = remote.on_ready().await;
            move |session: &mut Session| session.hooked(&remote, "on_ready", result)
        });
    }

    /// Something of the plugin failed that ends its session: try again as its class says.
    pub(super) fn failed(&mut self, error: &Error) {
        tracing::warn!(%error, class = ?error.class, panicked = error.panicked, "the session failed");
        let status = (!error.panicked).then(|| error.text.clone()).flatten();
        self.disconnected(error.class.unwrap_or_default(), status);
    }

    fn disconnected(&mut self, class: Class, status: Option<String>) {
        self.generation += 1;
        self.turn = None;
        self.remote = None;
        self.mailboxes.close();
        let refused = class == Class::Credentials;
        let id = if refused { "login-refused" } else { "unreachable-retrying" };
        let network = &self.services.info.component_name;
        let text = status.unwrap_or_else(|| say!(self.language, id, network = network));
        if refused {
            return self.park(&text);
        }
        let wait = match class {
            Class::RateLimit { retry_after } => retry_after.unwrap_or(RATE_LIMITED).min(LONGEST_WAIT),
            _ => self.services.settings.retry.delay(self.failures, backoff::random()),
        };
        self.failures = self.failures.saturating_add(1);
        self.set_ready(Ready::Soon);
        self.set_status(Presence::new(Availability::Busy).status(text));
        let attempt = self.spawn_current(async move {
            tokio::time::sleep(wait).await;
            Session::connect
        });
        self.attempt(attempt);
    }

    /// Waits for the user: nothing is tried until they act. The one case in which they get a message.
    fn park(&mut self, why: &str) {
        // The sentence goes on with a full stop of its own.
        let what_to_do = say!(self.language, "log-in-again", why = why.trim_end_matches('.'));
        if !self.parked {
            self.gateway_message(&what_to_do);
        }
        self.parked = true;
        self.set_ready(Ready::No(what_to_do));
        self.contacts_unavailable(&say!(self.language, "not-connected"));
        self.set_status(Presence::new(Availability::Busy).status(why));
    }

    /// The plugin tells how its connection is.
    pub(super) fn logged(&mut self, logged: Logged) {
        match logged.state {
            LoginState::LoggedIn => {
                let status = logged.status.unwrap_or_else(|| say!(self.language, "connected"));
                if let Some(remote) = self.remote.clone().filter(|_| self.filled) {
                    self.set_ready(Ready::Yes(remote));
                    self.set_status(Presence::new(Availability::Online).status(status));
                }
            }
            LoginState::Reconnecting | LoginState::Unknown => {
                let status = logged.status.unwrap_or_else(|| say!(self.language, "reconnecting"));
                self.set_ready(Ready::Soon);
                self.set_status(Presence::new(Availability::Busy).status(status));
            }
            LoginState::LoggedOut => self.disconnected(logged.class, logged.status),
        }
    }

    pub(super) fn set_data(&mut self, data: plugin_api::Data, done: oneshot::Sender<()>) {
        self.pen.begin();
        match self.store_data(data) {
            Ok(()) => self.pen.tell(done),
            // Whoever asked notices that no answer comes.
            Err(error) => {
                drop(done);
                tracing::error!(%error, "the user's data could not be stored");
                return self.pen.flush();
            }
        }
        self.failures = 0;
        self.connect();
        self.mailboxes.data_replaced();
    }

    /// Ends the connection to the network, until the user wants it again.
    pub(super) fn log_out(&mut self, why: &str) {
        self.turn = None;
        self.generation += 1;
        if let Some(earlier) = self.attempt.take() {
            earlier.abort();
        }
        self.take_leave();
        self.park(why);
    }

    pub(super) fn stop(&mut self) {
        self.ending.get_or_insert_default();
    }

    /// The user leaves: from here on they are gone, whatever happens to this process.
    pub(super) fn unregister(&mut self, answer: Option<Bytes>, done: oneshot::Sender<()>) {
        self.leave_roster(answer);
        self.ending.get_or_insert_default().push(done);
    }

    /// Ends: unavailable presences, what is under way is let finish for a moment, logout. With somebody waiting the user leaves for good.
    pub(super) async fn finish(&mut self, waiting: Vec<oneshot::Sender<()>>) -> Outcome {
        let leaving = !waiting.is_empty();
        if !leaving {
            self.rooms_shut();
            let stopping = say!(self.language, "stopping");
            self.contacts_unavailable(&stopping);
            self.set_status(Presence::new(Availability::Offline).status(stopping));
        }
        // Who waits for the network waits in vain.
        if self.online().is_none() {
            self.set_ready(Ready::No(say!(self.language, "stopping-now")));
        }
        let limit = self.services.settings.logout_timeout;
        let (halfway, end) = (Instant::now() + limit / 2, Instant::now() + limit);
        // What is under way may need operations, and so may the goodbye.
        while !(self.quiet() && self.mailboxes.all_left())
            && tokio::time::timeout_at(halfway, self.step()).await.is_ok()
        {}
        self.jobs.abort_all();
        if let Some(remote) = self.remote.take() {
            let mut goodbye = pin!(say_goodbye(remote, end - Instant::now()));
            loop {
                tokio::select! {
                    biased;
                    () = &mut goodbye => break,
                    () = self.step() => {}
                }
            }
        }
        if leaving {
            self.forget().await;
        } else {
            self.rooms_closed();
        }
        if leaving { Outcome::Left(waiting) } else { Outcome::Stopped }
    }

    /// The user is gone: the plugin cleans up. Until that is done, nobody of that address can register.
    async fn forget(&mut self) {
        if let Err(error) = self.services.plugin.unregister(self.plugin_user()).await
            && !error.is_unsupported()
        {
            tracing::warn!(%error, "the plugin could not clean up after the user");
        }
        self.services.quota.forget(self.user_id);
        let (files, user) = (self.services.files.clone(), self.user_id);
        self.services.tasks.spawn_blocking(move || files.forget(user));
        tracing::info!("unregistered");
    }

    /// The XMPP server is back: everything that it forgot is told again.
    pub(super) fn link_up(&mut self) {
        self.resources.clear();
        self.clients.clear();
        self.announced = false;
        self.asked = false;
        self.rooms_link_up();
        self.send_status();
        self.probe_user();
    }
}

/// A plugin that cannot say goodbye is dropped all the same.
pub(super) async fn say_goodbye(remote: Arc<RemoteSession>, limit: Duration) {
    if let Err(error) = remote.within(limit).logout().await
        && !error.is_unsupported()
    {
        tracing::debug!(%error, "logout failed");
    }
}

/// Why an event came back: so that the user hears of it.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Event::Stanza(_) => "Stanza",
            Event::Language(_) => "Language",
            Event::LinkUp => "LinkUp",
            Event::Asked(_) => "Asked",
            Event::Privileges => "Privileges",
            Event::Database => "Database",
            Event::Passed(_) => "Passed",
            Event::Stop => "Stop",
            #[cfg(test)]
            Event::Act(_) => "Act",
        })
    }
}
