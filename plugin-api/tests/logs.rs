//! A plugin's logs are the daemon's. On its own, since a process has one subscriber.

mod common;

use common::{gateway, say, session};
use std::{
    io::Write,
    sync::{Arc, Mutex},
};
use tracing_subscriber::{EnvFilter, fmt, prelude::*, reload};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn they_obey_the_daemons_filters_and_name_the_user() {
    let lines = Lines::default();
    let writer = lines.clone();
    let (filter, reloaded) = reload::Layer::new(EnvFilter::new("warn,stress=debug,plugin_api=info"));
    let format = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    tracing_subscriber::registry().with(filter).with(format).init();

    let session = session(&gateway(1).await, "juliet@example.org").await;
    say(&session, "log").await.unwrap();
    let seen = lines.take();
    let line = "session{user=\"juliet@example.org\"}:outer{answer=42 later=\"recorded\"}: stress::session: hello log ok=true ratio=0.5";
    assert!(seen.contains(&line.replace('"', "")), "{seen}");
    assert!(!seen.contains("hidden"), "{seen}");

    say(&session, "panic").await.unwrap_err();
    let seen = lines.take();
    assert!(seen.contains("session{user=juliet@example.org}: plugin_api::log: panicked: as asked"), "{seen}");
    assert!(seen.contains("session.rs:"), "where: {seen}");

    // Filters may change at any time.
    reloaded.reload(EnvFilter::new("stress=trace")).unwrap();
    say(&session, "log").await.unwrap();
    assert!(lines.take().contains("hidden"));
    reloaded.reload(EnvFilter::new("error")).unwrap();
    say(&session, "log").await.unwrap();
    assert_eq!(lines.take(), "");
}
