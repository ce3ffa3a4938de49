//! PostgreSQL: for those who have one already.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection, Row as _};

use super::{ACQUIRE_TIMEOUT, STATEMENTS};
use crate::store::{Durability, StoreError};

/// After `kill -9` the server needs a moment to notice that the old connection, and with it the lock, is gone.
const CLAIM_ATTEMPTS: u32 = 50;
const CLAIM_PAUSE: Duration = Duration::from_millis(100);

pub(super) fn options(url: &str, durability: Durability) -> Result<PgConnectOptions, StoreError> {
    // The parser's error may quote the URL, password and all.
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Url("it does not read as postgres://user@host:port/database".to_owned()))?;
    let options =
        options.application_name("slidged").statement_cache_capacity(STATEMENTS).disable_statement_logging();
    Ok(match durability {
        // What the server's administrator has chosen.
        Durability::Normal => options,
        Durability::Full => options.options([("synchronous_commit", "on")]),
    })
}

pub(super) fn name(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{database} at {}", socket.display()),
        None => format!("{database} at {}:{}", options.get_host(), options.get_port()),
    }
}

/// Connects.
pub(super) async fn reach(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let unreachable = |why: String| StoreError::Unreachable(format!("{}: {why}", name(options)));
    match tokio::time::timeout(ACQUIRE_TIMEOUT, options.connect()).await {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Err(_) => Err(unreachable("it does not answer".to_owned())),
    }
}

/// Connects the writer and takes the advisory lock that says so: one daemon per schema.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let mut conn = reach(options).await?;
    for attempt in 1.. {
        let row =
            sqlx::query("SELECT pg_try_advisory_lock(hashtext('slidged'), hashtext(current_schema()::text))")
                .fetch_one(&mut conn)
                .await?;
        if row.try_get::<bool, _>(0)? {
            break;
        }
        if attempt == CLAIM_ATTEMPTS {
            return Err(StoreError::InUse(name(options)));
        }
        tokio::time::sleep(CLAIM_PAUSE).await;
    }
    Ok(conn)
}
