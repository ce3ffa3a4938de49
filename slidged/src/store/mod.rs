//! The database: schema and migrations, one file per entity, and the [`Journal`] through which everything is written.
//!
//! Reads go through a small pool and are for start-up and for look-ups on a miss, never once per message. All writes go
//! through one writer, which makes one transaction of all that has queued up. See [`journal`].

mod applicant;
mod avatar;
mod ban;
mod card;
pub mod clock;
mod config;
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
mod reader;
mod room;
mod schema;
mod sql;
mod thread;
mod user;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub use applicant::{Applicant, ApplicantState, Applicants, MOST_WAITING};
pub use avatar::{Avatar, AvatarOf, Avatars};
pub use ban::Bans;
pub use card::{Card, Cards};
pub use clock::Clock;
pub use config::{DEFAULT_RETENTION, Durability, OutboxLimits, PATIENCE, StoreConfig};
pub use contact::{Contact, Contacts};
pub use crypt::{Keyring, Sealed};
pub use error::StoreError;
pub use export::EXPORT_BYTES;
pub use file::{Files, SentFile};
pub use health::Health;
pub use invitation::{Invitation, Invitations, TokenHash, new_token};
pub use journal::{Committed, Entry, Journal, Lane, Outgoing, Submitted, Waiting, Write};
pub use kv::{Kv, Scope};
pub use message::{IN_ROOM, MessageIds, MessagePart, Messages};
pub use outbox::Outbox;
pub use page::Page;
pub use pending::{Pending, PendingId, PendingOperations};
pub use room::{Room, Rooms};
pub use schema::Schema;
pub use thread::{ThreadIds, Threads};
pub use user::{User, UserId, Users};

pub use crate::model::access::Ban;

use engine::{Backends, Conn, Engine, Value};
use export::Exporter;
use jid::BareJid;
use reader::Reader;
use secrecy::{ExposeSecret as _, SecretSlice};

/// The open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

struct Inner {
    reader: Reader,
    journal: Journal,
    keys: Keyring,
    next_user: AtomicI64,
    next_pending: AtomicI64,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("reader", &self.reader).finish_non_exhaustive()
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
        let reader = Reader::new(engine.readers());
        let journal = Journal::start(engine, (conn, backends), claim, &config).await?;
        Ok(Store(Arc::new(Inner {
            reader,
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
        Users(&self.0.reader)
    }

    /// A user's contacts.
    #[must_use]
    pub fn contacts(&self, user: UserId) -> Contacts<'_> {
        Contacts(&self.0.reader, user)
    }

    /// A user's rooms.
    #[must_use]
    pub fn rooms(&self, user: UserId) -> Rooms<'_> {
        Rooms(&self.0.reader, user)
    }

    /// Pictures of contacts.
    #[must_use]
    pub fn avatars(&self) -> Avatars<'_> {
        Avatars(&self.0.reader)
    }

    /// The cards of a user's contacts.
    #[must_use]
    pub fn cards(&self, user: UserId) -> Cards<'_> {
        Cards(&self.0.reader, user)
    }

    /// The ids of a user's messages.
    #[must_use]
    pub fn messages(&self, user: UserId) -> Messages<'_> {
        Messages(&self.0.reader, user)
    }

    /// Where a user's files of the network were put.
    #[must_use]
    pub fn files(&self, user: UserId) -> Files<'_> {
        Files(&self.0.reader, user)
    }

    /// The threads of a user's conversations.
    #[must_use]
    pub fn threads(&self, user: UserId) -> Threads<'_> {
        Threads(&self.0.reader, user)
    }

    /// Operations under way to the network.
    #[must_use]
    pub fn pending(&self) -> PendingOperations<'_> {
        PendingOperations(&self.0.reader)
    }

    /// Stanzas on their way to the XMPP server.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.0.journal.clone(), self.0.reader.clone())
    }

    /// Values of a scope.
    #[must_use]
    pub fn kv(&self, scope: Scope) -> Kv<'_> {
        Kv(&self.0.reader, scope)
    }

    /// Who may not use the gateway.
    #[must_use]
    pub fn bans(&self) -> Bans<'_> {
        Bans(&self.0.reader)
    }

    /// Invitations to register.
    #[must_use]
    pub fn invitations(&self) -> Invitations<'_> {
        Invitations(&self.0.reader)
    }

    /// Those who wait for approval.
    #[must_use]
    pub fn applicants(&self) -> Applicants<'_> {
        Applicants(&self.0.reader)
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
        self.0.reader.close().await;
        closed
    }

    /// Seals a user's credentials for [`User::credentials`].
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when the system gives no randomness.
    pub fn seal(&self, jid: &str, credentials: &SecretSlice<u8>) -> Result<Sealed, StoreError> {
        self.0.keys.seal(&user::owner(jid), credentials)
    }

    /// Opens a user's credentials.
    ///
    /// # Errors
    /// [`StoreError::WrongKey`], [`StoreError::Unseal`].
    pub fn unseal(&self, jid: &str, credentials: &Sealed) -> Result<SecretSlice<u8>, StoreError> {
        self.0.keys.open(&user::owner(jid), credentials)
    }

    /// Exports everything that is kept about a user as JSON; `None` when there is no such user.
    ///
    /// Lists hold items as far as [`EXPORT_BYTES`] last for all of them together, and say how many
    /// there are. Times are milliseconds since 1970.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export(&self, jid: &BareJid) -> Result<Option<serde_json::Value>, StoreError> {
        Exporter { reader: &self.0.reader, keys: &self.0.keys }.export(jid).await
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
