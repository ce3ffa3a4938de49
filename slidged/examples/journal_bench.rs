//! Benchmark of the journal: CPU per entry for a number of entries with one durable stanza of 300
//! bytes and one event each, submitted with a window of so many unanswered ones.
//!
//! cargo run --release --example journal_bench [entries] [windows, like 64,1] [url]
//!
//! Without a URL it works on a throw-away SQLite file in the current folder.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use slidged::outbox::{Gone, Pump, PumpConfig, Transport};
use slidged::store::{Entry, Keyring, MessageIds, Outgoing, Store, StoreConfig, User, UserId, Write};

type Failure = Box<dyn std::error::Error>;

/// A server that takes everything at once.
struct Sink;

impl Transport for Sink {
    async fn up(&self, after: u64) -> Option<u64> {
        if after == 0 { Some(1) } else { std::future::pending().await }
    }

    async fn write(&self, _: u64, _: Bytes) -> Result<(), Gone> {
        Ok(())
    }

    async fn barrier(&self, _: u64) -> Result<(), Gone> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(())
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let entries: usize = arguments.next().map_or(Ok(10_000), |count| count.parse())?;
    let windows = arguments.next().unwrap_or_else(|| "64,1,64,1,16,256".to_owned());
    let windows = windows.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
    let folder = tempfile::tempdir_in(".")?;
    let url = arguments.next().unwrap_or_else(|| format!("sqlite://{}/bench.db", folder.path().display()));
    let config = StoreConfig::new(url, Keyring::new(&[0; 32]));
    let store = Store::open(config).await?;
    let user = register(&store).await?;
    println!(
        "{:>8} {:>8} {:>14} {:>14} {:>12}",
        "window", "entries", "CPU µs/entry", "wall µs/entry", "rows/commit"
    );
    for (round, window) in windows.into_iter().enumerate() {
        run(&store, user, &format!("warm{round}@net"), window, 500).await?;
        let before = (cpu()?, Instant::now(), store.journal().commits());
        run(&store, user, &format!("chat{round}@net"), window, entries).await?;
        let (cpu, wall) = (cpu()? - before.0, before.1.elapsed());
        let commits = store.journal().commits() - before.2;
        println!(
            "{window:>8} {entries:>8} {:>14.2} {:>14.2} {:>12.1}",
            per(cpu, entries),
            per(wall, entries),
            entries as f64 / commits as f64
        );
    }
    let pump = Pump::spawn(store.outbox(), Sink, PumpConfig::new("gw.example.org"));
    let (before, waiting) = ((cpu()?, Instant::now()), store.outbox().waiting().messages as usize);
    store.outbox().flushed().await;
    println!("drained {waiting} queued ones: {:.2} µs CPU each", per(cpu()? - before.0, waiting));
    let before = cpu()?;
    run(&store, user, "pumped@net", 64, entries).await?;
    store.outbox().flushed().await;
    println!("window 64 with the pump: {:.2} µs CPU each", per(cpu()? - before, entries));
    pump.stop().await;
    store.close().await?;
    Ok(())
}

async fn register(store: &Store) -> Result<UserId, Failure> {
    let id = store.new_user_id();
    let user = User {
        id,
        jid: format!("bench{}@example.org", id.get()).into(),
        registered_at: 0,
        credentials: None,
        preferences: "{}".to_owned(),
        state: "{}".to_owned(),
    };
    store.journal().commit(Entry { writes: vec![Write::UserAdd(user)], ..Entry::default() }).await?;
    Ok(id)
}

async fn run(store: &Store, user: UserId, chat: &str, window: usize, entries: usize) -> Result<(), Failure> {
    let (store, chat) = (store.clone(), Arc::<str>::from(chat));
    // On a worker of the runtime, as in the daemon.
    tokio::spawn(async move {
        let stanza = Bytes::from(format!("<message id='x'><body>{}</body></message>", "x".repeat(262)));
        let mut waiting = VecDeque::with_capacity(window);
        for n in 0..entries {
            if waiting.len() == window
                && let Some(oldest) = waiting.pop_front()
            {
                let oldest: slidged::store::Submitted = oldest;
                oldest.await?;
            }
            let id: Arc<str> = format!("3EB0{n:016X}").into();
            let ids = MessageIds {
                user,
                chat: Arc::clone(&chat),
                legacy_id: Arc::clone(&id),
                xmpp_id: id,
                from_user: false,
                body_hash: 0,
                at: 0,
            };
            let stanzas = vec![Outgoing::durable(stanza.clone())];
            waiting.push_back(store.journal().submit(Entry {
                stanzas,
                dedup: Some(ids),
                ..Entry::default()
            }));
        }
        for answer in waiting {
            answer.await?;
        }
        Ok::<_, slidged::store::StoreError>(())
    })
    .await??;
    Ok(())
}

fn per(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}

/// The CPU time of all our threads.
fn cpu() -> Result<Duration, Failure> {
    let mut sum = Duration::ZERO;
    for task in std::fs::read_dir("/proc/self/task")? {
        // A thread may just have ended.
        let Ok(times) = std::fs::read_to_string(task?.path().join("schedstat")) else { continue };
        let nanos = times.split_whitespace().next().unwrap_or_default().parse()?;
        sum += Duration::from_nanos(nanos);
    }
    Ok(sum)
}
