//! Failing databases: full, locked, gone, silent, or taken by another process. Submitted entries
//! wait, in order, and nothing else does.

use std::time::Duration;

use bytes::Bytes;
use lab::{Postgres, Proxy};
use slidged::outbox::{Pump, PumpConfig};
use slidged::store::{
    Committed, Entry, Health, Keyring, Outgoing, Pending, Scope, Store, StoreConfig, StoreError, Write,
};
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use tokio::time::{Instant, timeout};

use crate::crash::terminate;
use crate::support::link::FakeLink;
use crate::support::{Database, KEY, register, spooled, stanza, write};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest time for stanzas that need no database.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Longest time for waiting entries once the database is well again.
const RECOVERY: Duration = Duration::from_secs(5);

fn numbered(n: u32) -> String {
    format!("<message id='{n}'/>")
}

fn ephemeral(text: &str) -> Entry {
    Entry { stanzas: vec![Outgoing::ephemeral(text.to_owned())], ..Entry::default() }
}

fn pump(store: &Store, link: &FakeLink) -> Pump {
    Pump::spawn(store.outbox(), link.clone(), PumpConfig::new("gw.example.org"))
}

/// Submits something that needs no database, and waits until it is written to the link.
async fn passes(store: &Store, link: &FakeLink, text: &str) {
    store.journal().note(ephemeral(text));
    let on_its_way = |link: &FakeLink| {
        link.on_its_way().iter().any(|sent| sent == text) || link.delivered().iter().any(|sent| sent == text)
    };
    timeout(AT_ONCE, link.until(on_its_way))
        .await
        .unwrap_or_else(|_| panic!("{text} waits for the database"));
}

async fn is_well(store: &Store, well: bool) {
    let mut health = store.journal().health();
    timeout(PATIENCE, health.wait_for(|health| health.is_well() == well)).await.expect("a change").unwrap();
}

/// Fills a SQLite database.
async fn full() -> (Database, Store, Scope) {
    let db = Database::sqlite();
    let mut config = db.config();
    config.quota = Some(120);
    let store = Store::open(config).await.unwrap();
    let scope = Scope::gateway("filler");
    // Past the journal, which would wait: until nothing more fits.
    let mut conn = SqliteConnection::connect(&db.url).await.unwrap();
    conn.execute("PRAGMA max_page_count = 120").await.unwrap();
    let mut size = 100_000_u32;
    let mut n = 0;
    while size > 0 {
        n += 1;
        let fill = format!(
            "INSERT INTO kv (user_id, scope, key, value) VALUES (0, 'filler', '{n}', zeroblob({size}))"
        );
        if conn.execute(sqlx::AssertSqlSafe(fill)).await.is_err() {
            size /= 2;
        }
    }
    conn.close().await.unwrap();
    (db, store, scope)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_everything_waits_in_order_and_what_needs_no_database_does_not() {
    let (db, store, _) = full().await;
    let link = FakeLink::up();
    let _pump = pump(&store, &link);
    let answers: Vec<_> = (0..60)
        .map(|n| store.journal().submit(stanza(&format!("<message id='{n}' body='{n:05000}'/>"))))
        .collect();
    passes(&store, &link, "<first/>").await;
    is_well(&store, false).await;
    assert!(matches!(&*store.journal().health().borrow(), Health::Unwell(StoreError::Full)));
    passes(&store, &link, "<second/>").await;
    assert!(link.delivered().iter().all(|stanza| !stanza.starts_with("<message")), "nothing was written yet");

    db.raw("DELETE FROM kv").await;
    let freed = Instant::now();
    for answer in answers {
        assert_eq!(answer.await.unwrap(), Committed::default());
    }
    assert!(freed.elapsed() < RECOVERY, "{:?}", freed.elapsed());
    is_well(&store, true).await;
    link.until(|link| link.delivered().iter().filter(|stanza| stanza.starts_with("<message")).count() == 60)
        .await;
    let ids: Vec<String> =
        link.delivered().into_iter().filter(|stanza| stanza.starts_with("<message")).collect();
    for (n, id) in ids.iter().enumerate() {
        assert!(id.starts_with(&format!("<message id='{n}' ")), "{id} at {n}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_rows_that_cannot_be_deleted_hold_back_nobody() {
    let (db, store, _) = full().await;
    db.raw("DELETE FROM kv WHERE key = '1'").await;
    let link = FakeLink::up();
    let _pump = pump(&store, &link);
    store.journal().commit(stanza("<message/>")).await.unwrap();
    link.until(|link| link.delivered() == ["<message/>"]).await;
    // Another process locks the database: the deletion has to wait, what needs no database has not.
    let mut other = SqliteConnection::connect(&db.url).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    for n in 0..4 {
        passes(&store, &link, &format!("<presence n='{n}'/>")).await;
    }
    other.execute("ROLLBACK").await.unwrap();
    other.close().await.unwrap();
    timeout(PATIENCE, async {
        while !spooled(&store).await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_process_locks_for_a_while_keeps_the_order() {
    let db = Database::sqlite();
    let store = db.open().await;
    let link = FakeLink::up();
    let _pump = pump(&store, &link);
    let mut other = SqliteConnection::connect(&db.url).await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let mut answers: Vec<_> = (0..300).map(|n| store.journal().submit(stanza(&numbered(n)))).collect();
    passes(&store, &link, "<presence/>").await;
    is_well(&store, false).await;
    answers.extend((300..600).map(|n| store.journal().submit(stanza(&numbered(n)))));
    passes(&store, &link, "<iq/>").await;
    other.execute("ROLLBACK").await.unwrap();
    let freed = Instant::now();
    for answer in answers {
        answer.await.unwrap();
    }
    assert!(freed.elapsed() < RECOVERY, "{:?}", freed.elapsed());
    let expected: Vec<_> = (0..600).map(numbered).collect();
    let messages = |link: &FakeLink| -> Vec<String> {
        link.delivered().into_iter().filter(|stanza| stanza.starts_with("<message")).collect()
    };
    link.until(|link| messages(link).len() == 600).await;
    assert_eq!(messages(&link), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_waits_for_is_withdrawn_after_ten_seconds_and_never_written() {
    let (db, store, scope) = full().await;
    let value = |key: &str| write(Write::Kv(scope.clone(), key.into(), Bytes::from(vec![7; 20_000])));
    let waits = store.journal().submit(value("waits"));
    let began = Instant::now();
    let late = store.journal().commit(value("late")).await;
    assert!(matches!(late, Err(StoreError::TooLate)), "{late:?}");
    let took = began.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(13)).contains(&took), "{took:?}");
    assert_eq!(late.unwrap_err().to_string(), "the database did not take it in time");
    db.raw("DELETE FROM kv").await;
    waits.await.unwrap();
    let keys: Vec<_> = store.kv(scope).all().await.unwrap().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["waits"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_while_the_database_is_not_well_is_an_end_all_the_same() {
    let (_db, store, scope) = full().await;
    let waits = store.journal().submit(write(Write::Kv(scope, "k".into(), Bytes::from(vec![7; 20_000]))));
    is_well(&store, false).await;
    let closed = timeout(Duration::from_secs(8), store.close()).await.expect("it ends");
    assert!(matches!(closed, Err(StoreError::Full)), "{closed:?}");
    assert!(matches!(waits.await, Err(StoreError::Full)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_who_waits_does_not_end_the_writer() {
    let db = Database::sqlite();
    let store = db.open().await;
    store.journal().submit_then(stanza("<m id='1'/>"), |_| panic!("a defect"));
    store.journal().commit(stanza("<m id='2'/>")).await.unwrap();
    assert_eq!(spooled(&store).await, ["<m id='1'/>", "<m id='2'/>"]);
}

/// Counts connections that wait for a standby.
const HANGING: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

/// PostgreSQL of its own, behind a proxy.
struct Remote {
    server: Postgres,
    proxy: Proxy,
}

impl Remote {
    async fn start() -> Remote {
        let server = Postgres::start().await;
        let address = server.url().rsplit('@').next().and_then(|rest| rest.split('/').next()).unwrap();
        let proxy = Proxy::to(address.parse().unwrap()).await;
        Remote { server, proxy }
    }

    async fn open(&self) -> Store {
        let url = format!("postgres://slidged@{}/postgres", self.proxy.address());
        Store::open(StoreConfig::new(url, Keyring::new(&KEY))).await.expect("the store opens")
    }

    /// Past the proxy.
    async fn raw(&self, sql: &'static str) {
        let mut conn = PgConnection::connect(self.server.url()).await.unwrap();
        sqlx::query(sql).execute(&mut conn).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        conn.close().await.unwrap();
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut conn = PgConnection::connect(self.server.url()).await.unwrap();
        let count = sqlx::query_scalar(sql).fetch_one(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        count
    }

    /// Makes commits hang: they are done, but nobody is told, until the setting is taken back.
    async fn hang_commits(&self) {
        self.raw("CREATE TABLE probe (n INT)").await;
        self.raw("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await;
        self.raw("SELECT pg_reload_conf()").await;
        // The server takes a moment to act on it: until a commit really hangs, which then is ended.
        loop {
            let mut conn = PgConnection::connect(self.server.url()).await.unwrap();
            let insert = sqlx::query("INSERT INTO probe VALUES (1)").execute(&mut conn);
            if timeout(Duration::from_millis(500), insert).await.is_err() {
                break;
            }
        }
        self.raw("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").await;
        while self.count(HANGING).await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Resolves when so many connections wait for a standby that never comes.
    async fn hangs(&self) {
        let waits = async {
            while self.count(HANGING).await == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, waits).await.expect("the commit hangs");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_server_that_falls_silent_and_comes_back_loses_nothing() {
    let remote = Remote::start().await;
    let store = remote.open().await;
    let link = FakeLink::up();
    let _pump = pump(&store, &link);
    store.journal().commit(stanza(&numbered(0))).await.unwrap();
    link.until(|link| link.delivered().len() == 1).await;
    remote.proxy.stall();
    let answers: Vec<_> = (1..500).map(|n| store.journal().submit(stanza(&numbered(n)))).collect();
    let told = store.journal().commit(write(Write::KvClear(Scope::gateway("t"))));
    passes(&store, &link, "<presence/>").await;
    is_well(&store, false).await;
    let began = Instant::now();
    assert!(matches!(told.await, Err(StoreError::TooLate)));
    assert!(began.elapsed() < Duration::from_secs(12));
    passes(&store, &link, "<iq/>").await;
    remote.proxy.restore();
    let back = Instant::now();
    for answer in answers {
        answer.await.unwrap();
    }
    assert!(back.elapsed() < RECOVERY, "{:?}", back.elapsed());
    let expected: Vec<_> = (0..500).map(numbered).collect();
    let messages = |link: &FakeLink| -> Vec<String> {
        link.delivered().into_iter().filter(|stanza| stanza.starts_with("<message")).collect()
    };
    link.until(|link| messages(link).len() == 500).await;
    assert_eq!(messages(&link), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_silent_for_good_are_given_up_and_their_lock_is_taken_back() {
    let remote = Remote::start().await;
    let store = remote.open().await;
    store.journal().commit(stanza(&numbered(0))).await.unwrap();
    store.users().all().await.unwrap();
    // A firewall has forgotten them: neither end is told, and new ones work.
    remote.proxy.half_open();
    let began = Instant::now();
    timeout(PATIENCE, store.journal().submit(stanza(&numbered(1)))).await.expect("a new connection").unwrap();
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    // Each connection of the readers that is silent costs one read, and there are a few.
    let rows = loop {
        match store.outbox().page(0).await {
            Ok(rows) => break rows,
            Err(error) => assert!(matches!(error, StoreError::Silent), "{error}"),
        }
    };
    let stanzas = rows.iter().flat_map(|row| &row.stanzas);
    let found: Vec<_> = stanzas.map(|stanza| String::from_utf8_lossy(&stanza.bytes).into_owned()).collect();
    assert_eq!(found, [numbered(0), numbered(1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_recognised_and_sent_once() {
    let remote = Remote::start().await;
    let store = remote.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let link = FakeLink::up();
    let _pump = pump(&store, &link);
    store.journal().commit(stanza(&numbered(0))).await.unwrap();
    link.until(|link| link.delivered().len() == 1).await;
    remote.hang_commits().await;

    // One that leaves no row in the outbox, and cannot be done twice.
    let id = store.new_pending_id();
    let pending = Pending {
        id,
        user: romeo,
        chat: "c".into(),
        sender: "romeo@example.org/a".into(),
        xmpp_id: None,
        kind: "message".into(),
        operation: Bytes::from_static(b"{}"),
        created_at: 0,
    };
    let added = store.journal().submit(write(Write::PendingAdd(pending)));
    remote.hangs().await;
    remote.proxy.cut();
    assert_eq!(added.await.unwrap(), Committed::default());

    // And one with a stanza, behind which others come.
    let first = store.journal().submit(stanza(&numbered(1)));
    remote.hangs().await;
    let others: Vec<_> = (2..10).map(|n| store.journal().submit(stanza(&numbered(n)))).collect();
    remote.proxy.cut();
    first.await.unwrap();
    remote.raw("ALTER SYSTEM RESET synchronous_standby_names").await;
    remote.raw("SELECT pg_reload_conf()").await;
    for answer in others {
        answer.await.unwrap();
    }
    let expected: Vec<_> = (0..10).map(numbered).collect();
    link.until(|link| link.delivered().len() >= 10).await;
    assert_eq!(link.delivered(), expected);
    assert_eq!(store.pending().of(romeo).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_database_was_taken_by_another_process_ends() {
    let db = Database::postgres().await;
    let first = db.open().await;
    let link = FakeLink::up();
    let _pump = pump(&first, &link);
    first.outbox().feed().is_online(1).await;
    let second = tokio::spawn({
        let config = db.config();
        async move {
            loop {
                match Store::open(config.clone()).await {
                    Ok(store) => return store,
                    Err(error) => assert!(matches!(error, StoreError::InUse(_)), "{error}"),
                }
            }
        }
    });
    terminate(&db).await;
    // The first has nothing to write at the moment, so it does not notice.
    let second = timeout(PATIENCE, second).await.expect("the second gets the lock").unwrap();
    let late = first.journal().submit(stanza("<late/>")).await;
    assert!(matches!(late, Err(StoreError::InUse(_) | StoreError::Closed)), "{late:?}");
    let ended = timeout(PATIENCE, first.journal().ended()).await.expect("the first ends");
    assert!(matches!(ended, Err(StoreError::InUse(_))), "{ended:?}");
    // Whoever waits in vain can still be told.
    passes(&first, &link, "<error/>").await;
    second.journal().commit(stanza("<message/>")).await.unwrap();
    assert_eq!(spooled(&second).await, ["<message/>"]);
}
