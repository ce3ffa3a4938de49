//! An hour's outage worth of 50,000 messages: memory stays bounded, and all are drained in order.
//! Alone in its process, because it looks at the memory of the process.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use slidged::outbox::{Gone, Pump, PumpConfig, Transport};
use slidged::store::{Entry, Keyring, Outgoing, Store, StoreConfig};
use tokio::sync::Notify;

const MESSAGES: u64 = 50_000;

/// The queue, the window of the pump, a page of the backlog and SQLite's caches: all have their
/// bounds, and 50 MB of messages are more than all of them together.
const MOST_GROWTH: u64 = 24 << 20;

#[derive(Clone, Default)]
struct Server {
    connected: Arc<Notify>,
    /// The number that comes next.
    next: Arc<AtomicU64>,
    out_of_order: Arc<AtomicBool>,
    most: Arc<Mutex<u64>>,
}

impl Transport for Server {
    async fn up(&self, after: u64) -> Option<u64> {
        if after > 0 {
            std::future::pending::<()>().await;
        }
        self.connected.notified().await;
        Some(1)
    }

    async fn write(&self, _: u64, bytes: Bytes) -> Result<(), Gone> {
        let text = String::from_utf8_lossy(&bytes);
        for message in text.split("<message id='").skip(1) {
            let number = message.split('\'').next().and_then(|number| number.parse().ok());
            if number != Some(self.next.fetch_add(1, Ordering::Relaxed)) {
                self.out_of_order.store(true, Ordering::Relaxed);
            }
        }
        let mut most = self.most.lock().expect("nobody panics with it");
        *most = memory().max(*most);
        Ok(())
    }

    async fn barrier(&self, _: u64) -> Result<(), Gone> {
        tokio::task::yield_now().await;
        Ok(())
    }
}

/// Bytes of memory that the process has now.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line for it");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") << 10
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_thousand_messages_wait_out_an_outage_in_bounded_memory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}/state.db", folder.path().display());
    let config = StoreConfig::new(url, Keyring::new(&[7; 32]));
    let store = Store::open(config).await.expect("the store opens");
    let server = Server::default();
    let pump = Pump::spawn(store.outbox(), server.clone(), PumpConfig::new("gw.example.org"));
    let body = "x".repeat(1000);
    let message = |n: u64| Entry {
        stanzas: vec![Outgoing::durable(format!("<message id='{n}'><body>{body}</body></message>"))],
        ..Entry::default()
    };
    store.journal().commit(message(0)).await.expect("committed");
    let before = memory();

    // As sessions do it: nobody waits for the single message, everybody for room in the queue.
    let mut last = None;
    let mut most = before;
    for n in 1..MESSAGES {
        store.journal().ready().await;
        last = Some(store.journal().submit(message(n)));
        if n % 500 == 0 {
            most = memory().max(most);
        }
    }
    last.expect("the last one").await.expect("committed");
    assert_eq!(store.outbox().waiting().messages, MESSAGES);
    assert!(most - before < MOST_GROWTH, "{} KiB more while the link is down", (most - before) >> 10);

    server.connected.notify_one();
    store.outbox().flushed().await;
    assert_eq!(server.next.load(Ordering::Relaxed), MESSAGES, "all, each once");
    assert!(!server.out_of_order.load(Ordering::Relaxed));
    let most = *server.most.lock().expect("nobody panicked with it");
    assert!(most - before < MOST_GROWTH, "{} KiB more while draining", (most - before) >> 10);
    eprintln!("{} KiB more at the most", (most - before) >> 10);
    pump.stop().await;
    store.close().await.expect("it closes");
}
