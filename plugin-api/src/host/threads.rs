//! Threads of a plugin that something holds up.

use super::{
    turn::Turn,
    watch::{Held, LONG, Watch},
};
use crate::{api::RemoteGateway, rpc::Remote};
use std::{sync::Arc, time::Instant};

/// Watches the threads of a plugin.
pub struct Threads {
    remote: Remote,
    watch: Arc<Watch>,
    turn: Option<Turn>,
    known: Vec<Held>,
}

impl Threads {
    /// The threads of the plugin that a gateway belongs to.
    #[must_use]
    pub fn of(gateway: &RemoteGateway) -> Threads {
        Threads {
            remote: gateway.0.patiently(),
            watch: gateway.0.watch().cloned().unwrap_or_default(),
            turn: None,
            known: Vec::new(),
        }
    }

    /// The threads that are held up now. Meant to be called twice a second, within a tokio runtime;
    /// what holds a thread for more than a second is there at the next call. Returns at once.
    pub async fn look(&mut self) -> Vec<Held> {
        let now = Instant::now();
        if let Some(turn) = &mut self.turn
            && turn.is_over().await
        {
            self.turn = None;
        }
        let mut held = self.watch.held(now);
        match &self.turn {
            None => self.turn = Some(Turn::of(&self.remote)),
            Some(turn) if held.is_empty() && now.saturating_duration_since(turn.began()) >= LONG => {
                held.push(self.watch.silent(turn.began()));
            }
            Some(_) => {}
        }
        // Who waited for it may have given up since: it is named as it was.
        for held in &mut held {
            let before = |known: &&Held| (&known.thread, known.since) == (&held.thread, held.since);
            if let Some(known) = self.known.iter().find(before) {
                *held = known.clone();
            }
        }
        self.known.clone_from(&held);
        held
    }

    /// Forgets what is under way: the daemon itself stood still, so that nothing of it means
    /// anything.
    pub fn forget(&mut self) {
        self.turn = None;
    }
}
