//! The plugin's threads: a call that blocks one is reported to the administrator, in the log and
//! among the gateway's figures, once when it is noticed and once when it is over.

use crate::{language::Language, say};
use plugin_api::{
    RemoteGateway,
    host::{Held, Threads},
};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::time::MissedTickBehavior;

/// Interval at which the threads are looked at. A thread that is blocked for a second is known
/// within two.
const LOOK: Duration = Duration::from_millis(500);

/// The threads that something holds up now.
#[derive(Default)]
pub struct PluginThreads(Mutex<Vec<Held>>);

impl PluginThreads {
    /// Takes note of how things are now, and tells what has changed.
    fn note(&self, held: Vec<Held>, now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_in = |one: &Held, all: &[Held]| {
            all.iter().any(|other| (&other.thread, other.since) == (&one.thread, one.since))
        };
        for over in known.iter().filter(|one| !is_in(one, &held)) {
            let (user, operation, thread) = words(over);
            let seconds = over.since.elapsed().as_secs_f64();
            tracing::warn!(user, operation, thread, "the plugin goes on after {seconds:.1} s");
        }
        for new in held.iter().filter(|one| !is_in(one, &known)) {
            let (user, operation, thread) = words(new);
            let seconds = now.saturating_duration_since(new.since).as_secs_f64();
            tracing::warn!(
                user,
                operation,
                thread,
                "a call of the plugin blocks its thread, for {seconds:.1} s so far"
            );
        }
        *known = held;
    }
}

/// Describes a blocked call: the user, the operation and the thread.
fn words(held: &Held) -> (&str, String, &str) {
    let operation = match held.operations.as_slice() {
        [] => "(background)".to_owned(),
        operations => operations.join(" or "),
    };
    (held.user.as_deref().unwrap_or("(gateway)"), operation, held.thread.as_deref().unwrap_or("(all)"))
}

impl PluginThreads {
    /// Looks at the plugin's threads for as long as the gateway runs.
    pub(crate) async fn watch(&self, plugin: &RemoteGateway) {
        let mut threads = Threads::of(plugin);
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = Instant::now();
        loop {
            tick.tick().await;
            let now = Instant::now();
            // The daemon itself stood still: what was asked then may have been answered.
            if now.saturating_duration_since(last) > 2 * LOOK {
                threads.forget();
                last = now;
                continue;
            }
            last = now;
            self.note(threads.look().await, now);
        }
    }

    /// Lists the calls that hold up the plugin now, in sentences for administrators.
    pub(crate) fn held_up(&self, language: Language) -> Vec<String> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sentence = |held: &Held| {
            let (user, operation, thread) = words(held);
            let seconds = held.since.elapsed().as_secs();
            say!(
                language,
                "plugin-held",
                user = user,
                operation = operation,
                thread = thread,
                seconds = seconds
            )
        };
        held.iter().map(sentence).collect()
    }
}
