//! Hub: the world together with its journal, the clock and random numbers. All connections go
//! through here.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, mpsc};

use super::attempts::Attempts;
use super::faults::Faults;
use super::files::Files;
use super::journal::Journal;
use super::options::Options;
use super::qr::Waiting;
use super::world::{Actor, Change, End, Follow, Line, Link, Outcome, Pending, World, digest};
use crate::protocol::wire::{self, json};
use crate::protocol::{Kind, Millis, Refusal, Request, Welcome, limits};

/// State and services that all connections share.
pub(super) struct Hub {
    pub(super) options: Options,
    pub(super) files: Files,
    http: SocketAddr,
    state: Mutex<State>,
    faults: Mutex<Faults>,
    attempts: Mutex<Attempts>,
    waiting: Mutex<Waiting>,
    connections: AtomicU64,
    failure: Notify,
}

struct State {
    world: World,
    journal: Journal,
    /// Time of the last change: the clock may be set back, the history may not.
    now: Millis,
    /// Error with which the journal could not be written. From then on, nothing changes and no
    /// event is sent.
    broken: Option<io::ErrorKind>,
}

impl Hub {
    /// Reads the state, or starts a new one.
    pub(super) fn open(options: Options, http: SocketAddr) -> io::Result<Hub> {
        let files = Files::open(options.state.as_deref())?;
        let (world, journal, now) = match &options.state {
            Some(folder) => Journal::open(folder, clock())?,
            None => (World::new(clock()), Journal::none(), clock()),
        };
        Ok(Hub {
            options,
            files,
            http,
            state: Mutex::new(State { world, journal, now, broken: None }),
            faults: Mutex::default(),
            attempts: Mutex::default(),
            waiting: Mutex::default(),
            connections: AtomicU64::new(0),
            failure: Notify::new(),
        })
    }

    /// Carries out a change: nobody learns of it before it is in the journal.
    pub(super) fn change(&self, change: &Change) -> Outcome {
        let mut state = self.state();
        if state.broken.is_some() {
            return Err(Refusal::new(Kind::Unavailable, "the server cannot keep anything"));
        }
        let now = clock().max(state.now);
        let outcome = state.world.apply(change, now)?;
        state.now = now;
        if let Err(error) = state.journal.append(now, change) {
            tracing::error!(%error, "cannot write the journal");
            state.broken = Some(error.kind());
            self.failure.notify_one();
            return Err(Refusal::new(Kind::Unavailable, "the server cannot keep anything"));
        }
        Ok(outcome)
    }

    /// Carries out a request of a logged-in device that is not about its connection.
    pub(super) fn carry_out(&self, by: &Actor, request: Request) -> Outcome {
        use crate::protocol::Effect;
        match request.effect() {
            Effect::Reads => self.state().world.look(by, &request),
            Effect::Passes => self.state().world.pass(by, &request),
            Effect::Changes => self.change(&Change::Request { by: by.clone(), request }),
            Effect::Connection => Err(Refusal::new(Kind::BadRequest, "this request is about the connection")),
        }
    }

    /// Reads something from the world.
    pub(super) fn read<T>(&self, read: impl FnOnce(&World) -> T) -> T {
        read(&self.state().world)
    }

    /// Returns the number that the next event of a followed log will have.
    pub(super) fn log_end(&self, follow: &Follow) -> u64 {
        let state = self.state();
        state.world.device(&follow.by.user, &follow.by.device).map_or(follow.next, super::world::Device::next)
    }

    /// Returns the next events for a connection before number `to`: the number of the first, and as
    /// many as the window allows, at most `limit`.
    pub(super) fn events(&self, follow: &Follow, to: u64, limit: usize) -> (u64, Vec<Line>) {
        let state = self.state();
        match state.world.device(&follow.by.user, &follow.by.device) {
            Some(device) if state.broken.is_none() => device.events(follow.next, to, follow.window, limit),
            _ => (follow.next, Vec::new()),
        }
    }

    /// Turns a connection into that of a device. The welcome and the start of its log are queued
    /// before anything else that concerns the device.
    pub(super) fn attach(
        &self,
        by: &Actor,
        token: String,
        window: Option<u32>,
        link: Link,
        respond: impl FnOnce(&Welcome) -> Option<String>,
        seats: mpsc::PermitIterator<'_, Pending>,
    ) {
        let window = window.unwrap_or(limits::WINDOW).clamp(1, limits::WINDOW_MAX);
        let mut state = self.state();
        let Some((next, lost)) = state.world.device(&by.user, &by.device).map(super::world::Device::position)
        else {
            link.end.send_replace(Some(End::Bye("logged_out")));
            return;
        };
        let (user, device, http) = (by.user.clone(), by.device.clone(), self.http.to_string());
        let answer = respond(&Welcome { user, device, token, http, next, lost, window });
        let follow = Follow { by: by.clone(), next, window, bell: link.bell.clone() };
        let first = answer.into_iter().map(Pending::Line).chain([Pending::Follow(follow)]);
        for (seat, pending) in seats.zip(first) {
            seat.send(pending);
        }
        state.world.attach(by, link);
    }

    /// Disconnects a device that [`Hub::attach`] connected.
    pub(super) fn detach(&self, by: &Actor, number: u64) {
        let offline = self.state().world.detach(by, number);
        if offline {
            // Only a broken journal refuses this, and then no event is sent any more.
            let _ = self.change(&Change::Seen { user: by.user.clone() });
        }
    }

    /// Says goodbye to all connections.
    pub(super) fn close(&self) {
        self.state().world.close("shutdown");
    }

    /// Waits until the journal cannot be written, and returns the error.
    pub(super) async fn failed(&self) -> io::Error {
        loop {
            let notified = self.failure.notified();
            if let Some(kind) = self.state().broken {
                return kind.into();
            }
            notified.await;
        }
    }

    /// Returns a number for a new connection.
    pub(super) fn number(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the state. Nothing panics while it is locked; should that happen nevertheless, the
    /// state is still the best there is.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a device with a fresh token and returns the token.
    pub(super) fn open_device(&self, by: &Actor) -> Result<String, Refusal> {
        let token = random()?;
        self.change(&Change::Device {
            user: by.user.clone(),
            device: by.device.clone(),
            token: digest(&token),
        })?;
        Ok(token)
    }
}

/// Formats a welcome as the answer to a request.
pub(super) fn welcome(number: Option<u64>, welcome: &Welcome) -> Option<String> {
    number.map(|number| wire::answer(number, &Ok(json(welcome))))
}

/// Returns 128 random bits in hexadecimal.
pub(super) fn random() -> Result<String, Refusal> {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(data_encoding::HEXLOWER.encode(&bytes)),
        Err(_) => Err(Refusal::new(Kind::Unavailable, "the server has no randomness")),
    }
}

/// Returns the time in milliseconds since 1970.
pub(super) fn clock() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis().try_into().unwrap_or(Millis::MAX))
}
