//! Database: schema and migrations, one file per entity, and the [`Journal`] through which
//! everything is written.
//!
//! Reads go through a small pool and are for start-up and for look-ups on a cache miss, never once
//! per message. All writes go through one writer, which makes one transaction of the entries that
//! have queued up, see [`journal`].

mod applicant;
mod archive;
mod avatar;
mod ban;
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
mod message_part;
mod outbox;
mod page;
mod pending;
mod reader;
mod room;
mod schema;
mod sql;
mod thread;
mod user;
mod user_id;
mod vcard;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub use applicant::{Applicant, ApplicantState, Applicants, MOST_WAITING};
pub use archive::{Archive, ArchivePage, ArchiveQuery, Archived};
pub use avatar::{Avatar, AvatarOf, Avatars};
pub use ban::Bans;
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
pub use message::{MessageIds, Messages};
pub use message_part::{IN_ROOM, MessagePart};
pub use outbox::Outbox;
pub use page::Page;
pub use pending::{Pending, PendingId, PendingOperations};
pub use room::{Room, Rooms};
pub use schema::Schema;
pub use thread::{ThreadIds, Threads};
pub use user::{User, Users};
pub use user_id::UserId;
pub use vcard::{Card, Cards};

pub use crate::model::access::Ban;

use engine::{Backends, Conn, Engine, Value};
use jid::BareJid;
use reader::Reader;
use secrecy::{ExposeSecret as _, SecretSlice};

/// Open database. Cheap to clone.
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
    /// Opens the database, migrates it, checks the key and starts the writer.
    ///
    /// # Errors
    /// A [`StoreError`], with one clear sentence about the fault.
    pub async fn open(config: StoreConfig) -> Result<Store, StoreError> {
        let engine = Engine::parse(&config.url, config.durability, config.quota)?;
        let claim = engine.claim()?;
        let mut backends = Backends::default();
        let mut conn = engine.connect(&mut backends).await?;
        schema::migrate(&engine, &mut conn, (config.clock)()).await?;
        prove_key(&mut conn, &config.keys).await?;
        let next_user = 1 + user::last_id(&mut conn).await?;
        let next_pending = 1 + pending::last_id(&mut conn).await?;
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

    /// Looks up the schema version of a database without changing anything; another process may be
    /// at work on it.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] when this version cannot work with it, or the reason why it
    /// cannot be read.
    pub async fn look(url: &str) -> Result<Schema, StoreError> {
        let engine = Engine::parse(url, Durability::default(), None)?;
        let mut conn = engine.look().await?;
        let schema = schema::look(&engine, &mut conn).await;
        // Not only dropped: as long as it is open, others leave files behind.
        conn.close().await?;
        schema
    }

    /// Returns the journal, through which everything is written.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// Reads users.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users(&self.0.reader)
    }

    /// Reads a user's contacts.
    #[must_use]
    pub fn contacts(&self, user: UserId) -> Contacts<'_> {
        Contacts(&self.0.reader, user)
    }

    /// Reads a user's rooms.
    #[must_use]
    pub fn rooms(&self, user: UserId) -> Rooms<'_> {
        Rooms(&self.0.reader, user)
    }

    /// Reads the archives of a user's rooms.
    #[must_use]
    pub fn archive(&self, user: UserId) -> Archive<'_> {
        Archive(&self.0.reader, user)
    }

    /// Reads avatars.
    #[must_use]
    pub fn avatars(&self) -> Avatars<'_> {
        Avatars(&self.0.reader)
    }

    /// Reads the vCards of a user's contacts.
    #[must_use]
    pub fn cards(&self, user: UserId) -> Cards<'_> {
        Cards(&self.0.reader, user)
    }

    /// Reads a user's message ids.
    #[must_use]
    pub fn messages(&self, user: UserId) -> Messages<'_> {
        Messages(&self.0.reader, user)
    }

    /// Reads a user's published files.
    #[must_use]
    pub fn files(&self, user: UserId) -> Files<'_> {
        Files(&self.0.reader, user)
    }

    /// Reads the threads of a user's conversations.
    #[must_use]
    pub fn threads(&self, user: UserId) -> Threads<'_> {
        Threads(&self.0.reader, user)
    }

    /// Reads pending operations.
    #[must_use]
    pub fn pending(&self) -> PendingOperations<'_> {
        PendingOperations(&self.0.reader)
    }

    /// Returns the outbox: stanzas on their way to the XMPP server.
    #[must_use]
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.0.journal.clone(), self.0.reader.clone())
    }

    /// Reads the values of a scope.
    #[must_use]
    pub fn kv(&self, scope: Scope) -> Kv<'_> {
        Kv(&self.0.reader, scope)
    }

    /// Reads bans.
    #[must_use]
    pub fn bans(&self) -> Bans<'_> {
        Bans(&self.0.reader)
    }

    /// Reads invitations.
    #[must_use]
    pub fn invitations(&self) -> Invitations<'_> {
        Invitations(&self.0.reader)
    }

    /// Reads applicants.
    #[must_use]
    pub fn applicants(&self) -> Applicants<'_> {
        Applicants(&self.0.reader)
    }

    /// Returns the number for a new [`User`].
    #[must_use]
    pub fn new_user_id(&self) -> UserId {
        UserId(self.0.next_user.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the number for a new [`Pending`]. Numbers ascend, so take them in the order of
    /// sending.
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
        export::export(&self.0.reader, &self.0.keys, jid).await
    }
}

/// Seals a known text the first time, opens it every other time, and seals it anew when the keys
/// have changed.
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
