//! Requests under way when a user leaves: they are answered, and none is a failure of ours.

use super::World;
use super::net::gate;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// Errors in the log of this thread.
#[derive(Clone, Default)]
struct Errors(Arc<Mutex<Vec<String>>>);

impl Visit for Errors {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push(format!("{field}: {value:?}"));
    }
}

impl<S: tracing::Subscriber> Layer<S> for Errors {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == tracing::Level::ERROR {
            event.record(&mut self.clone());
        }
    }
}

const LEAVES: &str = "<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='bye' type='set'><query xmlns='jabber:iq:register'><remove/></query></iq>";

// On one thread, whose log it is.
#[tokio::test]
async fn messages_around_the_end_of_a_registration_are_answered_and_are_no_errors_in_the_log() {
    let errors = Errors::default();
    let _log = tracing::subscriber::set_default(tracing_subscriber::registry().with(errors.clone()));
    let mut world = World::new().await;
    world.log_in().await;
    world.say("under way", "wait leaving");
    // It is with the network.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    world.say("behind it", "hi");
    world.send(LEAVES);
    world.say("too late", "hi");
    let mut waiting = vec!["under way", "behind it", "too late", "bye"];
    let mut told = Vec::new();
    gate("leaving").add_permits(1);
    while !waiting.is_empty() {
        let answer = world.next().await;
        let about = |id: &&str| answer.contains(&format!("id='{id}'"));
        let answers =
            answer.contains("<received") || answer.contains("type='error'") || answer.starts_with("<iq");
        if answers && let Some(found) = waiting.iter().position(about) {
            waiting.remove(found);
            told.push(answer);
        }
    }
    world.store.journal().commit(crate::store::Entry::default()).await.unwrap();
    assert_eq!(*errors.0.lock().unwrap(), [""; 0], "{told:#?}");
}
