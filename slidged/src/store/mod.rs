//! The database: schema and migrations, one file per entity, and the [`Journal`] through which everything is written.
//!
//! Reads go through a small pool and are for start-up and for look-ups on a miss, never once per message. All writes go
//! through one writer, which makes one transaction of all that has queued up. See [`journal`].

mod applicant;
mod avatar;
mod ban;
mod card;
pub mod clock;
mod contact;
mod crypt;
mod engine;
mod error;
mod export;
mod file;
mod health;
mod invitation;
pub mod journal;
mod kv;
mod message;
mod outbox;
mod page;
mod pending;
mod room;
mod runs;
mod schema;
mod sql;
mod thread;
mod user;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use applicant::{Applicant, ApplicantState, Applicants, MOST_WAITING};
pub use avatar::{Avatar, AvatarOf, Avatars};
pub use ban::Bans;
pub use card::{Card, Cards};
pub use contact::{Contact, Contacts};
pub use crypt::{Keyring, Sealed};
pub use error::StoreError;
pub use export::EXPORT_BYTES;
pub use file::{Files, SentFile};
pub use health::Health;
pub use invitation::{Invitation, Invitations, TokenHash, new_token};
pub use journal::{Committed, Entry, Journal, Lane, OutboxLimits, Outgoing, PATIENCE, Submitted, Write};
pub use kv::{Kv, Scope};
pub use message::{IN_ROOM, MessageIds, MessagePart, Messages};
pub use outbox::{Outbox, Waiting};
pub use page::Page;
pub use pending::{Pending, PendingId, PendingOperations};
pub use room::{Room, Rooms};
pub use schema::Schema;
pub use thread::{ThreadIds, Threads};
pub use user::{User, UserId, Users};

pub use crate::model::access::Ban;

use engine::{Backends, Conn, Engine, Pool, Row, Sql, Value};
use secrecy::{ExposeSecret as _, SecretSlice};

/// What a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A killed process. (SQLite: `synchronous=NORMAL`; PostgreSQL: what its administrator set.)
    #[default]
    Normal,
    /// A power cut as well: each transaction waits for the disk.
    Full,
}

/// How long the ids of messages are kept: corrections, reactions and markers for older ones find nothing.
pub const DEFAULT_RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// The time now in milliseconds since 1970; a function, so that tests can be late.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How to open the store.
#[derive(Clone)]
pub struct StoreConfig {
    /// `sqlite:///path/to/file` or `postgres://user@host/database`.
    pub url: String,
    /// What a commit survives.
    pub durability: Durability,
    /// What credentials are sealed with.
    pub keys: Keyring,
    /// How much may wait for the XMPP server.
    pub outbox: OutboxLimits,
    /// How long the ids of messages are kept.
    pub retention: Duration,
    /// When to look for old ones first: not while everybody logs in.
    pub prune_after_start: Duration,
    /// SQLite only: the most pages (of 4 KiB) that the file may have. `None`: until the disk is full.
    pub quota: Option<u32>,
    /// The time.
    pub clock: Clock,
}

impl StoreConfig {
    /// The defaults for a database and key.
    pub fn new(url: impl Into<String>, keys: Keyring) -> StoreConfig {
        StoreConfig {
            url: url.into(),
            durability: Durability::default(),
            keys,
            outbox: OutboxLimits::default(),
            retention: DEFAULT_RETENTION,
            prune_after_start: Duration::from_secs(60),
            quota: None,
            clock: Arc::new(|| {
                // Before 1970 or after the year 292 million it does not matter.
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }),
        }
    }
}

/// The open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

struct Inner {
    readers: Pool,
    journal: Journal,
    keys: Keyring,
    next_user: AtomicI64,
    next_pending: AtomicI64,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("readers", &self.readers).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database, brings it to our schema, proves the key and starts the writer.
    ///
    /// # Errors
    /// One clear sentence for whatever is wrong with it, see [`StoreError`].
    pub async fn open(config: StoreConfig) -> Result<Store, StoreError> {
        let engine = Engine::parse(&config.url, config.durability, config.quota)?;
        let claim = engine.claim()?;
        let mut backends = Backends::default();
        let mut conn = engine.connect(&mut backends).await?;
        schema::migrate(&engine, &mut conn, (config.clock)()).await?;
        prove_key(&mut conn, &config.keys).await?;
        let next_user = 1 + greatest(&mut conn, "SELECT COALESCE(MAX(id), 0) FROM users").await?;
        let next_pending = 1 + greatest(&mut conn, "SELECT COALESCE(MAX(id), 0) FROM pending").await?;
        let readers = engine.readers();
        let journal = Journal::start(engine, (conn, backends), claim, &config).await?;
        Ok(Store(Arc::new(Inner {
            readers,
            journal,
            keys: config.keys,
            next_user: next_user.into(),
            next_pending: next_pending.into(),
        })))
    }

    /// Looks how far a database is, and changes nothing; another process may be at work on it.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] when this version cannot work with it, and what keeps us from looking.
    pub async fn look(url: &str) -> Result<Schema, StoreError> {
        let engine = Engine::parse(url, Durability::default(), None)?;
        let mut conn = engine.look().await?;
        let schema = schema::look(&engine, &mut conn).await;
        // Not only dropped: as long as it is open, others leave files behind.
        conn.close().await?;
        schema
    }

    /// Where everything is written.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// The users.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }

    /// A user's contacts.
    #[must_use]
    pub fn contacts(&self, user: UserId) -> Contacts<'_> {
        Contacts(self, user)
    }

    /// A user's rooms.
    #[must_use]
    pub fn rooms(&self, user: UserId) -> Rooms<'_> {
        Rooms(self, user)
    }

    /// Pictures of contacts.
    #[must_use]
    pub fn avatars(&self) -> Avatars<'_> {
        Avatars(self)
    }

    /// The cards of a user's contacts.
    #[must_use]
    pub fn cards(&self, user: UserId) -> Cards<'_> {
        Cards(self, user)
    }

    /// The ids of a user's messages.
    #[must_use]
    pub fn messages(&self, user: UserId) -> Messages<'_> {
        Messages(self, user)
    }

    /// Where a user's files of the network were put.
    #[must_use]
    pub fn files(&self, user: UserId) -> Files<'_> {
        Files(self, user)
    }

    /// The threads of a user's conversations.
    #[must_use]
    pub fn threads(&self, user: UserId) -> Threads<'_> {
        Threads(self, user)
    }

    /// Operations under way to the network.
    #[must_use]
    pub fn pending(&self) -> PendingOperations<'_> {
        PendingOperations(self)
    }

    /// Stanzas on their way to the XMPP server.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox(self.clone())
    }

    /// Values of a scope.
    #[must_use]
    pub fn kv(&self, scope: Scope) -> Kv<'_> {
        Kv(self, scope)
    }

    /// Who may not use the gateway.
    #[must_use]
    pub fn bans(&self) -> Bans<'_> {
        Bans(self)
    }

    /// Invitations to register.
    #[must_use]
    pub fn invitations(&self) -> Invitations<'_> {
        Invitations(self)
    }

    /// Those who wait for approval.
    #[must_use]
    pub fn applicants(&self) -> Applicants<'_> {
        Applicants(self)
    }

    /// The number for a new [`User`].
    #[must_use]
    pub fn new_user_id(&self) -> UserId {
        UserId(self.0.next_user.fetch_add(1, Ordering::Relaxed))
    }

    /// The number for a new [`Pending`]. Ascending, so take it in the order of sending.
    #[must_use]
    pub fn new_pending_id(&self) -> PendingId {
        PendingId(self.0.next_pending.fetch_add(1, Ordering::Relaxed))
    }

    /// Commits everything that was submitted, then closes the database. Later submissions fail with
    /// [`StoreError::Closed`].
    ///
    /// # Errors
    /// When the last transaction fails.
    pub async fn close(&self) -> Result<(), StoreError> {
        let closed = self.0.journal.close().await;
        self.0.readers.close().await;
        closed
    }

    fn keys(&self) -> &Keyring {
        &self.0.keys
    }

    /// Runs a query, and again for a while when the database is not well.
    async fn read(&self, sql: impl Into<Sql>, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let (sql, end) = (sql.into(), tokio::time::Instant::now() + PATIENCE);
        let mut pause = Duration::from_millis(100);
        loop {
            match self.0.readers.fetch(sql.clone(), values.clone()).await {
                Err(error) if error.may_pass() && tokio::time::Instant::now() + pause < end => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                read => return read,
            }
        }
    }
}

async fn greatest(conn: &mut Conn, sql: &'static str) -> Result<i64, StoreError> {
    conn.fetch(sql, vec![]).await?.first().map_or(Ok(0), |row| row.int(0))
}

/// Seals a known text the first time, opens it every other time, and seals it anew when the keys have changed.
async fn prove_key(conn: &mut Conn, keys: &Keyring) -> Result<(), StoreError> {
    const OWNER: &str = "the key's proof";
    const TEXT: &[u8] = b"slidged";
    let hex = data_encoding::HEXLOWER;
    let rows = conn.fetch("SELECT value FROM meta WHERE key = 'key-proof'", vec![]).await?;
    if let Some(row) = rows.first() {
        let sealed = Sealed(hex.decode(row.text(0)?.as_bytes()).map_err(|_| StoreError::WrongKey)?);
        match keys.open(OWNER, &sealed) {
            Ok(text) if text.expose_secret() == TEXT => {}
            _ => return Err(StoreError::WrongKey),
        }
        if keys.is_current(&sealed) {
            return Ok(());
        }
    }
    let sealed = keys.seal(OWNER, &SecretSlice::from(TEXT.to_vec()))?;
    let sql = "INSERT INTO meta (key, value) VALUES ('key-proof', $1) \
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    conn.execute(sql, vec![Value::text(&hex.encode(&sealed.0))]).await.map(drop)
}
