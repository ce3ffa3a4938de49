//! What can go wrong with the database, each as one sentence an administrator can act upon.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::error::ErrorKind;

/// An error of the store. It is `Clone` because one failed transaction answers many callers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no engine that we know, or lacks something.
    #[error("the database URL is not usable: {0}")]
    Url(String),
    /// The file (or its folder) cannot be opened or created.
    #[error("cannot open the database {}: {why}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system or SQLite said.
        why: String,
    },
    /// The file or its folder cannot be written.
    #[error("the database {} cannot be written: it or its folder is read-only for this user", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else, or broken.
    #[error("the database {name} is damaged or not a database ({why}); restore it from a backup")]
    Damaged {
        /// Where it is, without secrets.
        name: String,
        /// What the engine said.
        why: String,
    },
    /// Another process works on it: two would send everything twice.
    #[error("the database {0} is in use by another slidged process")]
    InUse(String),
    /// A newer version has migrated it.
    #[error(
        "the database was migrated by a newer slidged to schema {found} (\"{found_name}\"), this version knows up \
         to {known} (\"{known_name}\"); install the newer version or restore a backup"
    )]
    NewerSchema {
        /// The version in the database.
        found: i64,
        /// The name of that migration.
        found_name: String,
        /// The newest version of this build.
        known: i64,
        /// Its name.
        known_name: &'static str,
    },
    /// The key does not open what is stored.
    #[error("the encryption key does not fit this database; give the key that it was created with")]
    WrongKey,
    /// A sealed value fails its authentication: it was changed, or belongs to somebody else.
    #[error("a stored secret cannot be decrypted: it was changed or belongs to another user")]
    Unseal,
    /// The disk or the quota is full.
    #[error("the database's disk is full")]
    Full,
    /// The server of the database does not answer.
    #[error("the database server is not reachable: {0}")]
    Unreachable(String),
    /// Something names a user that does not exist (any more).
    #[error("no such user")]
    NoSuchUser,
    /// Something that may exist once exists already.
    #[error("already there: {0}")]
    AlreadyThere(String),
    /// The invitation does not exist, has expired, or its last use is gone.
    #[error("the invitation is unknown, used up or expired")]
    NotRedeemable,
    /// No administrator has approved the registration (or it was used already).
    #[error("no administrator has approved this registration")]
    NotApproved,
    /// There is nobody to decide about.
    #[error("nobody of this address has asked to register")]
    NoSuchApplicant,
    /// The list of those who wait for an administrator is full.
    #[error("too many people wait for approval")]
    TooManyApplicants,
    /// The caller gave something that a database cannot hold.
    #[error("{0}")]
    Invalid(&'static str),
    /// The database has been silent for so long that something must be wrong with it.
    #[error("the database does not answer")]
    Silent,
    /// The database was not well for so long that nobody waits for this any more; it was not written.
    #[error("the database did not take it in time")]
    TooLate,
    /// The writer's task has panicked.
    #[error("the database's writer has ended, which is a defect of slidged")]
    Defect,
    /// The journal was closed before this was submitted.
    #[error("the store is closed")]
    Closed,
    /// Anything else the engine reports.
    #[error("database error: {0}")]
    Engine(Arc<sqlx::Error>),
}

impl StoreError {
    /// The error that the plugin gets, which says nothing about the database: the log has the cause.
    #[must_use]
    pub fn for_plugin(self) -> plugin_api::Error {
        if let StoreError::Invalid(why) = self {
            return plugin_api::Error::from(plugin_api::Condition::BadRequest).with_detail(why);
        }
        tracing::error!(error = %self, "the store failed");
        plugin_api::Error::new(
            plugin_api::Condition::ResourceConstraint,
            "The gateway cannot store anything at the moment.",
        )
    }

    /// Whether a read that failed so may succeed in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, StoreError::Unreachable(_) | StoreError::Silent)
    }

    /// Whether this is about the one entry, not about the database: others may be tried without it.
    pub(crate) fn is_about_the_entry(&self) -> bool {
        match self {
            StoreError::NoSuchUser
            | StoreError::AlreadyThere(_)
            | StoreError::NotRedeemable
            | StoreError::NotApproved
            | StoreError::NoSuchApplicant
            | StoreError::TooManyApplicants
            | StoreError::Invalid(_) => true,
            StoreError::Engine(error) => match &**error {
                // Class 22: data exception, 23: constraint, 54: limit (PostgreSQL).
                sqlx::Error::Database(db) => {
                    db.kind() != ErrorKind::Other
                        || db.code().is_some_and(|code| {
                            code.len() == 5
                                && (code.starts_with("22") || code.starts_with("23") || code.starts_with("54"))
                        })
                        // SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE
                        || db.code().is_some_and(|code| matches!(&*code, "18" | "20" | "25"))
                }
                sqlx::Error::Encode(_) => true,
                _ => false,
            },
            _ => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(db) = &error {
            match db.kind() {
                ErrorKind::ForeignKeyViolation => return StoreError::NoSuchUser,
                ErrorKind::UniqueViolation => return StoreError::AlreadyThere(db.message().to_owned()),
                _ => {}
            }
            let code = db.code().unwrap_or_default();
            // SQLite's primary result codes are the low byte of the extended code; PostgreSQL's have five characters.
            if code.len() == 5 {
                match &*code {
                    "53100" => return StoreError::Full,
                    "57P01" | "57P02" | "57P03" => return StoreError::Unreachable(db.message().to_owned()),
                    _ => {}
                }
            } else if let Ok(code) = code.parse::<i32>() {
                match code & 0xff {
                    13 => return StoreError::Full,
                    11 | 26 => {
                        return StoreError::Damaged { name: "file".to_owned(), why: db.message().to_owned() };
                    }
                    _ => {}
                }
            }
        }
        match error {
            sqlx::Error::Io(io) => StoreError::Unreachable(io.to_string()),
            sqlx::Error::PoolTimedOut => StoreError::Unreachable("no connection in time".to_owned()),
            other => StoreError::Engine(Arc::new(other)),
        }
    }
}
