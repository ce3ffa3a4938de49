//! SQLite, the default.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::limits::STATEMENTS;
use crate::store::{Durability, StoreError};

/// Longest wait for a lock, which only a backup tool holds for long. After this the writer looks
/// for other work, and tries again.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Size in bytes that the write-ahead log is cut back to after a burst.
const JOURNAL_SIZE_LIMIT: &str = "67108864";

/// Pages in the log before it is folded into the database (16 MiB): the hot pages of the indexes
/// are written again and again, and folded once; at four times SQLite's default most of that cost
/// is gone.
const CHECKPOINT: &str = "4000";

/// Page cache of the writer in KiB (negative is SQLite's way to say KiB): inner pages of the
/// indexes.
const WRITER_CACHE: &str = "-4096";

/// Page cache of each reader in KiB: they run seldom, memory is per connection.
const READER_CACHE: &str = "-512";

pub(super) fn options(
    url: &str,
    durability: Durability,
    quota: Option<u32>,
) -> Result<SqliteConnectOptions, StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| StoreError::Url(error.to_string()))?;
    let path = options.get_filename();
    if path.as_os_str().is_empty() || url.contains(":memory:") || url.contains("mode=memory") {
        return Err(StoreError::Url(
            "a database in memory would lose messages; name a file, like sqlite:///var/lib/slidged/state.db"
                .to_owned(),
        ));
    }
    let mut options = options
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match durability {
            Durability::Normal => SqliteSynchronous::Normal,
            Durability::Full => SqliteSynchronous::Full,
        })
        .pragma("cache_size", WRITER_CACHE)
        .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT)
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .pragma("temp_store", "MEMORY")
        // What was deleted (messages' ids, spent credentials) does not linger in free pages.
        .pragma("secure_delete", "FAST")
        .statement_cache_capacity(STATEMENTS)
        .thread_name(|_| "store-writer".to_owned())
        // Statements hold what people say: they are logged nowhere, not even when slow.
        .disable_statement_logging();
    if let Some(pages) = quota {
        options = options.pragma("max_page_count", pages.to_string());
    }
    Ok(options)
}

pub(super) fn reader(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(false)
        .pragma("query_only", "ON")
        .pragma("cache_size", READER_CACHE)
        .thread_name(|_| "store-reader".to_owned())
}

/// Options for reading without a trace. A file without a log beside it is complete and would be
/// given one; with a log, that has to be read.
pub(super) fn looker(path: &Path) -> SqliteConnectOptions {
    let complete = !beside(path, "-wal").exists();
    SqliteConnectOptions::new().filename(path).read_only(true).immutable(complete).disable_statement_logging()
}

/// Returns the name of a file that belongs to the database.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Creates the file readable by its owner only (the log beside it inherits that) and locks the
/// database for this process by a file of its own, because SQLite's own locks may not be mixed with
/// others. The kernel frees it however we end.
pub(super) fn claim(path: &Path) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { path: path.to_owned() }
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Open { path: path.to_owned(), why: error.to_string() },
    };
    let lock = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(beside(path, ".lock"))
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(path.display().to_string())),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // Not before we are alone: closing the file again would free the locks that SQLite holds on it
    // in this process.
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map_err(failed)?;
    Ok(lock)
}

/// Translates the error of a failed opening.
pub(super) fn opening(path: &Path, error: sqlx::Error) -> StoreError {
    let code = match &error {
        sqlx::Error::Database(db) => db.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(0) & 0xff,
        _ => 0,
    };
    match code {
        8 => StoreError::ReadOnly { path: path.to_owned() },
        5 | 6 => StoreError::InUse(path.display().to_string()),
        14 => StoreError::Open { path: path.to_owned(), why: error.to_string() },
        11 | 26 => StoreError::Damaged { name: path.display().to_string(), why: error.to_string() },
        _ => error.into(),
    }
}
