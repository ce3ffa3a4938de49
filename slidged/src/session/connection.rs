//! Connection to the network: the plugin's session, and how far its login has got.

use crate::session::network_state::NetworkState;
use plugin_api::RemoteSession;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// State of the plugin's session.
#[derive(Default)]
enum Phase {
    /// No session: one is being made, or will be after a wait.
    #[default]
    Down,
    /// No session, and nothing is tried until the user acts.
    Parked,
    /// Session that logs in and reads the lists of contacts and rooms.
    LoggingIn(Login),
    /// Session that has told its contacts, which are being written on the roster.
    Syncing(Login),
    /// Session whose contacts the roster shows.
    Synced(Arc<RemoteSession>),
}

/// A login that is under way.
struct Login {
    remote: Arc<RemoteSession>,
    /// Turn among the users who log in, held until the roster is written: a thousand users must
    /// not read their contact lists at once.
    _turn: Option<OwnedSemaphorePermit>,
}

/// Connection of a user to the network.
pub(in crate::session) struct Connection {
    phase: Phase,
    /// Whether contacts were read since the connection was begun.
    listed: bool,
    ready: watch::Sender<NetworkState>,
    /// Number of the connection, by which results of earlier ones are recognised and dropped.
    generation: u32,
    /// Failed logins in a row.
    failures: u32,
    /// The attempt to log in that is under way.
    attempt: Option<AbortHandle>,
}

impl Connection {
    /// Creates a connection that is down; `ready` tells others whether the network takes messages.
    pub(in crate::session) fn new(ready: watch::Sender<NetworkState>) -> Self {
        Connection { phase: Phase::Down, listed: false, ready, generation: 0, failures: 0, attempt: None }
    }

    pub(in crate::session) fn generation(&self) -> u32 {
        self.generation
    }

    pub(in crate::session) fn failures(&self) -> u32 {
        self.failures
    }

    /// Forgets the failures: the user or the network gives reason to hope.
    pub(in crate::session) fn forgive(&mut self) {
        self.failures = 0;
    }

    /// Returns the plugin's session, if there is one, however far its login has got.
    pub(in crate::session) fn remote(&self) -> Option<&Arc<RemoteSession>> {
        match &self.phase {
            Phase::Down | Phase::Parked => None,
            Phase::LoggingIn(Login { remote, .. })
            | Phase::Syncing(Login { remote, .. })
            | Phase::Synced(remote) => Some(remote),
        }
    }

    /// Tells whether that is the current session of the plugin.
    pub(in crate::session) fn is_current(&self, remote: &Arc<RemoteSession>) -> bool {
        self.remote().is_some_and(|current| Arc::ptr_eq(current, remote))
    }

    /// Returns the plugin's session, once its contacts have been read.
    pub(in crate::session) fn listed(&self) -> Option<&Arc<RemoteSession>> {
        self.remote().filter(|_| !matches!(self.phase, Phase::LoggingIn(_)))
    }

    /// Whether the roster is being written for the first time since the login.
    pub(in crate::session) fn is_syncing(&self) -> bool {
        matches!(self.phase, Phase::Syncing(_))
    }

    /// Whether the roster shows the contacts of this login.
    pub(in crate::session) fn is_synced(&self) -> bool {
        matches!(self.phase, Phase::Synced(_))
    }

    /// Whether only the user can bring the connection up again.
    pub(in crate::session) fn is_parked(&self) -> bool {
        matches!(self.phase, Phase::Parked)
    }

    /// Whether contacts were read since the connection was begun, also if it is down meanwhile.
    pub(in crate::session) fn has_listed(&self) -> bool {
        self.listed
    }

    /// Ends this connection, whose results no longer count, and returns the plugin's session.
    pub(in crate::session) fn end(&mut self) -> Option<Arc<RemoteSession>> {
        self.generation += 1;
        if let Some(earlier) = self.attempt.take() {
            earlier.abort();
        }
        self.take_remote()
    }

    /// Drops the plugin's session, which has failed: results that belong to it no longer count.
    pub(in crate::session) fn lost(&mut self) {
        self.generation += 1;
        self.take_remote();
    }

    /// Takes the plugin's session out; the caller has to let it say goodbye.
    pub(in crate::session) fn take_remote(&mut self) -> Option<Arc<RemoteSession>> {
        let remote = self.remote().cloned();
        if remote.is_some() {
            self.phase = Phase::Down;
        }
        remote
    }

    /// Keeps the handle of an attempt to log in. An earlier one is aborted, with everything that it
    /// held.
    pub(in crate::session) fn attempts(&mut self, attempt: AbortHandle) {
        if let Some(earlier) = self.attempt.replace(attempt) {
            earlier.abort();
        }
    }

    /// Begins a connection anew, parked or not.
    pub(in crate::session) fn begin(&mut self) {
        self.listed = false;
        if self.is_parked() {
            self.phase = Phase::Down;
        }
    }

    /// Notes the plugin's new session, which logs in.
    pub(in crate::session) fn logs_in(
        &mut self,
        remote: Arc<RemoteSession>,
        turn: Option<OwnedSemaphorePermit>,
    ) {
        self.phase = Phase::LoggingIn(Login { remote, _turn: turn });
    }

    /// Drops the handle of the attempt, which is over.
    pub(in crate::session) fn attempt_over(&mut self) {
        self.attempt = None;
    }

    /// Notes that the contacts were read; next they are written on the roster.
    pub(in crate::session) fn contacts_read(&mut self) {
        self.listed = true;
        self.phase = match std::mem::take(&mut self.phase) {
            Phase::LoggingIn(login) => Phase::Syncing(login),
            other => other,
        };
    }

    /// Notes that the roster was written; returns false if that belongs to an earlier login.
    pub(in crate::session) fn roster_written(&mut self) -> bool {
        match std::mem::take(&mut self.phase) {
            Phase::Syncing(Login { remote, .. }) => {
                self.phase = Phase::Synced(remote);
                true
            }
            other => {
                self.phase = other;
                false
            }
        }
    }

    /// Counts a failure of the login or the session, for the next wait.
    pub(in crate::session) fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Stops trying until the user acts; returns whether that is news.
    pub(in crate::session) fn park(&mut self) -> bool {
        let news = !self.is_parked();
        self.phase = Phase::Parked;
        news
    }

    /// Tells others whether the network takes messages.
    pub(in crate::session) fn set_ready(&self, ready: NetworkState) {
        self.ready.send_replace(ready);
    }

    /// Follows whether the network takes messages.
    pub(in crate::session) fn readiness(&self) -> watch::Receiver<NetworkState> {
        self.ready.subscribe()
    }

    /// Returns the plugin's session, if the network takes messages now.
    pub(in crate::session) fn online(&self) -> Option<Arc<RemoteSession>> {
        match &*self.ready.borrow() {
            NetworkState::Online(remote) => Some(remote.clone()),
            NetworkState::Connecting | NetworkState::Offline(_) => None,
        }
    }
}
