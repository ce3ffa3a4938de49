//! Errors of the store, each as one sentence that an administrator can act upon.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::error::ErrorKind;

/// Error of the store. It is `Clone` because one failed transaction answers many callers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// URL that names no known engine, or lacks something.
    #[error("the database URL is not usable: {0}")]
    Url(String),
    /// File (or folder) that cannot be opened or created.
    #[error("cannot open the database {}: {why}", path.display())]
    Open {
        /// Path of the file.
        path: PathBuf,
        /// Reason of the operating system or SQLite.
        why: String,
    },
    /// File or folder that cannot be written.
    #[error("the database {} cannot be written: it or its folder is read-only for this user", path.display())]
    ReadOnly {
        /// Path of the file.
        path: PathBuf,
    },
    /// File that is broken, or no database.
    #[error("the database {name} is damaged or not a database ({why}); restore it from a backup")]
    Damaged {
        /// Place of the database, without secrets.
        name: String,
        /// Reason of the engine.
        why: String,
    },
    /// Database that another process works on: two would send everything twice.
    #[error("the database {0} is in use by another slidged process")]
    InUse(String),
    /// Database that a newer version has migrated.
    #[error(
        "the database was migrated by a newer slidged to schema {found} (\"{found_name}\"), this version knows up \
         to {known} (\"{known_name}\"); install the newer version or restore a backup"
    )]
    NewerSchema {
        /// Schema version in the database.
        found: i64,
        /// Name of that migration.
        found_name: String,
        /// Newest schema version of this build.
        known: i64,
        /// Name of that migration.
        known_name: &'static str,
    },
    /// Key that does not open the stored secrets.
    #[error("the encryption key does not fit this database; give the key that it was created with")]
    WrongKey,
    /// Sealed value that does not authenticate: it was changed, or belongs to another user.
    #[error("a stored secret cannot be decrypted: it was changed or belongs to another user")]
    Unseal,
    /// Full disk or quota.
    #[error("the database's disk is full")]
    Full,
    /// Database server that does not answer.
    #[error("the database server is not reachable: {0}")]
    Unreachable(String),
    /// Reference to a user that does not exist (any more).
    #[error("no such user")]
    NoSuchUser,
    /// Second instance of something unique.
    #[error("already there: {0}")]
    AlreadyThere(String),
    /// Invitation that does not exist, has expired, or is used up.
    #[error("the invitation is unknown, used up or expired")]
    NotRedeemable,
    /// Registration without an approval, or with a used one.
    #[error("no administrator has approved this registration")]
    NotApproved,
    /// Decision about an applicant that does not exist.
    #[error("nobody of this address has asked to register")]
    NoSuchApplicant,
    /// Full list of applicants.
    #[error("too many people wait for approval")]
    TooManyApplicants,
    /// Value that a database cannot hold.
    #[error("{0}")]
    Invalid(&'static str),
    /// Database that has been silent for so long that it must be failing.
    #[error("the database does not answer")]
    Silent,
    /// Entry that was withdrawn because the database failed for too long; it was not written.
    #[error("the database did not take it in time")]
    TooLate,
    /// Panic of the writer task.
    #[error("the database's writer has ended, which is a defect of slidged")]
    Defect,
    /// Submission after the journal was closed.
    #[error("the store is closed")]
    Closed,
    /// Any other error of the engine.
    #[error("database error: {0}")]
    Engine(Arc<sqlx::Error>),
}

impl StoreError {
    /// The error that the plugin gets, which says nothing about the database: the log has the
    /// cause.
    #[must_use]
    pub fn for_plugin(self) -> plugin_api::Error {
        if let StoreError::Invalid(why) = self {
            return plugin_api::Error::from(plugin_api::Condition::BadRequest).with_detail(why);
        }
        if let StoreError::NoSuchUser = self {
            tracing::debug!("a user has left meanwhile");
            return plugin_api::Error::from(plugin_api::Condition::RegistrationRequired);
        }
        tracing::error!(error = %self, "the store failed");
        plugin_api::Error::new(
            plugin_api::Condition::ResourceConstraint,
            "The gateway cannot store anything at the moment.",
        )
    }

    /// Whether a read that failed with this may succeed in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, StoreError::Unreachable(_) | StoreError::Silent)
    }

    /// Whether this is a fault of one entry, not of the database, so that others may be tried
    /// without it.
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
            // SQLite's primary result codes are the low byte of the extended code; PostgreSQL's
            // have five characters.
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
