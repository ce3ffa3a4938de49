//! Fresh databases for tests, and the macro that runs a scenario on both engines.

pub(crate) mod link;
pub(crate) mod postgres;
pub(crate) mod slow;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use slidged::store::journal::{Budget, Piece};
use slidged::store::{
    Entry, Keyring, MessageIds, Outgoing, SentFile, Store, StoreConfig, User, UserId, Write,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// Makes a test of each scenario on each engine. A scenario is an `async fn(Database)`.
macro_rules! on_both_engines {
    ($($scenario:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario($crate::support::Database::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario($crate::support::Database::postgres().await).await;
            })*
        }
    };
}

/// Key of all test databases.
pub(crate) const KEY: [u8; 32] = [0x5a; 32];

/// Returns a published file.
pub(crate) fn file(user: UserId) -> SentFile {
    SentFile {
        user,
        id: "f".into(),
        url: "https://up/f".into(),
        name: "f.png".into(),
        content_type: "image/png".into(),
        size: 7,
        sha256: vec![1, 2],
        pixels: Some((3, 2)),
        thumbhash: Some(vec![0xff]),
        good_until: 9,
    }
}

/// Database of one test.
pub(crate) struct Database {
    pub(crate) url: String,
    /// SQLite's folder.
    pub(crate) folder: Option<TempDir>,
}

impl Database {
    pub(crate) fn sqlite() -> Database {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}/state.db", folder.path().display());
        Database { url, folder: Some(folder) }
    }

    pub(crate) async fn postgres() -> Database {
        // Tests of several processes, and of several days, share one server.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let started = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_micros();
        let schema = format!("t_{started}_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Database { url: postgres::schema(&schema).await, folder: None }
    }

    pub(crate) fn config(&self) -> StoreConfig {
        StoreConfig::new(&self.url, Keyring::new(&KEY))
    }

    /// SQLite's file.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.as_ref().expect("SQLite").path().join("state.db")
    }

    /// Returns the files in SQLite's folder: their names, and hashes of their contents.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, u64> {
        let folder = self.folder.iter().map(|folder| std::fs::read_dir(folder.path()).expect("it is ours"));
        let paths = folder.flatten().map(|file| file.expect("a file").path());
        let digest = |path: &PathBuf| {
            let mut hasher = DefaultHasher::new();
            std::fs::read(path).expect("a file").hash(&mut hasher);
            hasher.finish()
        };
        paths.map(|path| (path.clone(), digest(&path))).collect()
    }

    /// Runs a statement past the store, for changes that a store would never make.
    pub(crate) async fn raw(&self, sql: &'static str) {
        if self.folder.is_some() {
            let mut conn = SqliteConnection::connect(&self.url).await.expect("a connection");
            sqlx::query(sql).execute(&mut conn).await.expect(sql);
            conn.close().await.expect("it closes");
        } else {
            let mut conn = PgConnection::connect(&self.url).await.expect("a connection");
            sqlx::query(sql).execute(&mut conn).await.expect(sql);
            conn.close().await.expect("it closes");
        }
    }

    /// Runs statements past the store.
    pub(crate) async fn script(&self, text: &str) {
        let text = AssertSqlSafe(text.to_owned());
        if self.folder.is_some() {
            let options: SqliteConnectOptions = self.url.parse().expect("a URL");
            let mut conn = options.create_if_missing(true).connect().await.expect("a connection");
            sqlx::raw_sql(text).execute(&mut conn).await.expect("it runs");
            conn.close().await.expect("it closes");
        } else {
            let mut conn = PgConnection::connect(&self.url).await.expect("a connection");
            sqlx::raw_sql(text).execute(&mut conn).await.expect("it runs");
            conn.close().await.expect("it closes");
        }
    }

    /// Translates a table definition to the engine's dialect.
    pub(crate) fn ddl(&self, text: &str) -> String {
        let (blob, clustered) =
            if self.folder.is_some() { ("BLOB", " WITHOUT ROWID") } else { ("BYTEA", "") };
        let serial = if self.folder.is_some() {
            "INTEGER PRIMARY KEY"
        } else {
            "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
        };
        let key = if self.folder.is_some() { "INTEGER PRIMARY KEY" } else { "BIGINT PRIMARY KEY" };
        text.replace("{key}", key)
            .replace("{serial}", serial)
            .replace("{blob}", blob)
            .replace("{text}", "TEXT")
            .replace("{clustered}", clustered)
    }

    /// Bytes in SQL.
    pub(crate) fn blob(&self, hex: &str) -> String {
        if self.folder.is_some() { format!("x'{hex}'") } else { format!("'\\x{hex}'") }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(self.config()).await.expect("the store opens")
    }
}

/// Clock that a test can set.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn at(millis: i64) -> TestClock {
        TestClock(Arc::new(millis.into()))
    }

    pub(crate) fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> slidged::store::Clock {
        let clock = Arc::clone(&self.0);
        Arc::new(move || clock.load(Ordering::Relaxed))
    }
}

/// Registers a user.
pub(crate) async fn register(store: &Store, jid: &str) -> UserId {
    let id = store.new_user_id();
    store.journal().commit(write(Write::UserAdd(user(id, jid)))).await.expect("the user is registered");
    id
}

pub(crate) fn user(id: UserId, jid: &str) -> User {
    User {
        id,
        jid: jid.into(),
        registered_at: 1_700_000_000_000,
        credentials: None,
        preferences: "{}".to_owned(),
        state: "{}".to_owned(),
    }
}

/// Returns an entry that only writes.
pub(crate) fn write(write: Write) -> Entry {
    Entry { writes: vec![write], ..Entry::default() }
}

/// Returns an entry with one durable stanza.
pub(crate) fn stanza(text: &str) -> Entry {
    Entry { stanzas: vec![Outgoing::durable(text.to_owned())], ..Entry::default() }
}

/// Returns the ids of a message of the network.
pub(crate) fn ids(user: UserId, chat: &str, id: &str) -> MessageIds {
    MessageIds {
        user,
        chat: chat.into(),
        legacy_id: id.into(),
        xmpp_id: id.into(),
        from_user: false,
        body_hash: 0,
        at: 1,
    }
}

/// Acknowledges the next stanzas of the outbox, as the pump would.
pub(crate) async fn server_takes(store: &Store, count: usize) {
    let outbox = store.outbox();
    let mut taken = Vec::new();
    while taken.len() < count {
        let wanted = outbox.feed().wanted();
        if !wanted.is_empty() {
            outbox.feed().filled(outbox.rows(&wanted).await.expect("the rows"));
        }
        let next = outbox.feed().take(Budget { room: 1, strangers: 1, most: 1 });
        assert!(!next.pieces.is_empty(), "only {} stanzas", taken.len());
        taken.extend(next.pieces.iter().map(Piece::receipt));
    }
    outbox.acknowledge(&taken);
}

/// Returns all stanzas in the outbox's rows, in order.
pub(crate) async fn spooled(store: &Store) -> Vec<String> {
    let mut out = Vec::new();
    let mut after = 0;
    loop {
        let page = store.outbox().page(after).await.expect("a page");
        let Some(last) = page.last() else { return out };
        after = last.seq;
        for stanza in page.iter().flat_map(|batch| &batch.stanzas) {
            out.push(String::from_utf8(stanza.bytes.to_vec()).expect("text"));
        }
    }
}
