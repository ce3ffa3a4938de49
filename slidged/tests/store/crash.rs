//! `kill -9` at any instant, full disks, cut connections to the database server.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use slidged::store::{Entry, Keyring, Outgoing, Store, StoreConfig, UserId};
use sqlx::{Connection as _, PgConnection};

use crate::support::{Database, KEY, ids, register, spooled, stanza};

fn entry(user: UserId, n: u64) -> Entry {
    Entry {
        stanzas: vec![Outgoing::durable(format!("<message id='{n}'/>"))],
        dedup: Some(ids(user, "c", &n.to_string())),
        ..Entry::default()
    }
}

fn number(stanza: &str) -> u64 {
    stanza.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number")
}

async fn what_a_killed_process_has_confirmed_is_there(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    store.close().await.unwrap();
    let mut confirmed = BTreeSet::new();
    for round in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_commits", "--ignored", "--nocapture"])
            .env("SLIDGED_TEST_URL", &db.url)
            .env("SLIDGED_TEST_FROM", (round * 1_000_000).to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // At an instant that differs from round to round: so many confirmations, then some
        // microseconds.
        let mut wait = 1 + round * 37 % 200;
        let mut confirm = |line: std::io::Result<String>| {
            let number = line.ok()?.strip_prefix("confirmed ")?.parse().ok()?;
            confirmed.insert(number);
            Some(())
        };
        while wait > 0 {
            let line = lines.next().expect("the child goes on until it is killed");
            wait -= u64::from(confirm(line).is_some());
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the instant of the kill is what the test varies; it waits for nothing"
        )]
        std::thread::sleep(Duration::from_micros(round * 171));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            confirm(line);
        }
    }
    let store = db.open().await;
    let found: Vec<u64> = spooled(&store).await.iter().map(|text| number(text)).collect();
    assert!(found.is_sorted_by(|a, b| a < b), "in order, each once");
    let found: BTreeSet<u64> = found.into_iter().collect();
    assert!(confirmed.len() > 600, "only {} confirmations", confirmed.len());
    assert_eq!(confirmed.difference(&found).collect::<Vec<_>>(), [&0; 0], "confirmed and lost");
    // An entry is there as a whole or not at all.
    let messages = store.messages(romeo);
    for n in &found {
        assert!(messages.by_legacy_id("c", &n.to_string()).await.unwrap().is_some(), "{n} without its ids");
    }
    let last = found.last().unwrap();
    for n in last + 1..last + 50 {
        assert!(
            messages.by_legacy_id("c", &n.to_string()).await.unwrap().is_none(),
            "{n} without its stanza"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the test above"]
async fn child_commits() {
    let Ok(url) = std::env::var("SLIDGED_TEST_URL") else { return };
    let from: u64 = std::env::var("SLIDGED_TEST_FROM").unwrap().parse().unwrap();
    let store = Store::open(StoreConfig::new(url, Keyring::new(&KEY))).await.expect("the store opens");
    let romeo = store.users().all().await.unwrap()[0].id;
    let mut window = std::collections::VecDeque::new();
    for n in from.. {
        window.push_back((n, store.journal().submit(entry(romeo, n))));
        if window.len() == 16 {
            let (n, answer) = window.pop_front().unwrap();
            answer.await.unwrap();
            let line = format!("confirmed {n}\n");
            // One write, so that no half line is left.
            std::io::stdout().write_all(line.as_bytes()).unwrap();
        }
    }
}

on_both_engines!(what_a_killed_process_has_confirmed_is_there);

/// Ends the connections of the store, as a restart of the server would.
pub(crate) async fn terminate(db: &Database) {
    let mut conn = PgConnection::connect(&db.url).await.unwrap();
    // The schema's name is in the locks: only our own store's connections.
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted \
               AND objid::bigint = (hashtext(current_schema()::text)::bigint & 4294967295)";
    sqlx::query(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_while_idle_is_not_noticed() {
    let db = Database::postgres().await;
    let store = db.open().await;
    store.journal().commit(stanza("<m id='1'/>")).await.unwrap();
    terminate(&db).await;
    store.journal().commit(stanza("<m id='2'/>")).await.unwrap();
    assert_eq!(spooled(&store).await, ["<m id='1'/>", "<m id='2'/>"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_under_load_lose_nothing_that_was_confirmed() {
    let db = Database::postgres().await;
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let load = tokio::spawn({
        let store = store.clone();
        async move {
            let (mut confirmed, mut n) = (Vec::new(), 0);
            while !*stopped.borrow_and_update() {
                let answers: Vec<_> =
                    (n..n + 20).map(|n| (n, store.journal().submit(entry(romeo, n)))).collect();
                n += 20;
                for (n, answer) in answers {
                    if answer.await.is_ok() {
                        confirmed.push(n);
                    }
                }
            }
            confirmed
        }
    });
    for round in 1..=10 {
        // Not before it has got on since the last cut, then at whatever instant this is.
        while store.outbox().waiting().messages < round * 40 {
            tokio::task::yield_now().await;
        }
        terminate(&db).await;
    }
    stop.send(true).unwrap();
    let confirmed = load.await.unwrap();
    store.journal().commit(entry(romeo, 1_000_000)).await.unwrap();
    let found: Vec<u64> = spooled(&store).await.iter().map(|text| number(text)).collect();
    assert!(found.is_sorted_by(|a, b| a < b), "in order, each once");
    let found: BTreeSet<u64> = found.into_iter().collect();
    assert!(confirmed.len() > 100, "only {} confirmations", confirmed.len());
    let lost: Vec<_> = confirmed.iter().filter(|n| !found.contains(n)).collect();
    assert!(lost.is_empty(), "confirmed and lost: {lost:?}");
    assert_eq!(store.outbox().waiting().messages, found.len() as u64);
}
