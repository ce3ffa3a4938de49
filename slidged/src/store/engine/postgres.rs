//! PostgreSQL, for administrators who have one already.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection, Row as _};

use super::limits::{CONNECT_TIMEOUT, STATEMENT_TIMEOUT, STATEMENTS};
use crate::store::{Durability, StoreError};

/// Wait of the first connection for the lock: after `kill -9` the server needs a moment to notice
/// that the old connection is gone.
const CLAIM: Duration = Duration::from_secs(5);
/// Wait of a later connection for the end of the one that it replaces, before it starts over.
const RECLAIM: Duration = Duration::from_secs(2);
const CLAIM_PAUSE: Duration = Duration::from_millis(100);

/// Most connections of ours whose end the server may not have noticed: more than can be lost before
/// it does.
const GHOSTS: usize = 64;

/// Keepalive settings of the server: it gives up a silent client, and its lock, after half a
/// minute.
const KEEPALIVES: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "20000"),
];

/// Process of the server, named so that no later one is mistaken for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Backend {
    pid: i32,
    started: String,
}

/// Connections of this writer: the current one and those that broke.
#[derive(Debug, Default)]
pub(crate) struct Backends {
    ours: Vec<Backend>,
    /// Whether the lock was ours before.
    claimed: bool,
}

pub(super) fn options(url: &str, durability: Durability) -> Result<PgConnectOptions, StoreError> {
    // The parser's error may quote the URL, password and all.
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Url("it does not read as postgres://user@host:port/database".to_owned()))?;
    let options = options
        .application_name("slidged")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging()
        .options(KEEPALIVES);
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

/// Opens a connection.
pub(super) async fn reach(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let unreachable = |why: String| StoreError::Unreachable(format!("{}: {why}", name(options)));
    match tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Err(_) => Err(unreachable("it does not answer".to_owned())),
    }
}

/// Opens the writer's connection and takes the advisory lock: one daemon per schema.
///
/// # Errors
/// [`StoreError::InUse`] when another process has the lock, and what keeps us from connecting.
pub(super) async fn connect(
    options: &PgConnectOptions,
    backends: &mut Backends,
) -> Result<PgConnection, StoreError> {
    let mut conn = reach(options).await?;
    let claim = tokio::time::timeout(STATEMENT_TIMEOUT, backends.claim(&mut conn));
    match claim.await.map_err(|_| StoreError::Silent)?? {
        Claim::Taken => Ok(conn),
        Claim::Theirs => Err(StoreError::InUse(name(options))),
        Claim::Ghost => {
            let why = "the connection before this one still holds the lock".to_owned();
            Err(StoreError::Unreachable(why))
        }
    }
}

/// Holder of the lock.
enum Claim {
    /// The connection is taken.
    Taken,
    /// Earlier connection of ours, whose end the server has not noticed.
    Ghost,
    /// Another process.
    Theirs,
}

impl Backends {
    async fn claim(&mut self, conn: &mut PgConnection) -> Result<Claim, StoreError> {
        // Before the lock is asked for: should this connection break behind it, it is known whose
        // it is.
        let sql = "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        let own = Backend::read(&sqlx::query(sql).fetch_one(&mut *conn).await?)?;
        self.ours.retain(|backend| *backend != own);
        if self.ours.len() == GHOSTS {
            self.ours.remove(0);
        }
        self.ours.push(own);
        let end = tokio::time::Instant::now() + if self.claimed { RECLAIM } else { CLAIM };
        let mut claim = Claim::Theirs;
        loop {
            let sql = "SELECT pg_try_advisory_lock(hashtext('slidged'), hashtext(current_schema()::text))";
            if sqlx::query(sql).fetch_one(&mut *conn).await?.try_get::<bool, _>(0)? {
                self.claimed = true;
                return Ok(Claim::Taken);
            }
            if let Some(holder) = holder(conn).await? {
                claim = if self.ours.contains(&holder) { Claim::Ghost } else { Claim::Theirs };
                match claim {
                    Claim::Ghost => {
                        // Whatever it was doing is done or undone when it has ended.
                        sqlx::query("SELECT pg_terminate_backend($1)")
                            .bind(holder.pid)
                            .execute(&mut *conn)
                            .await?;
                    }
                    // We had it, and somebody has taken it: nothing of ours may be written any
                    // more.
                    Claim::Theirs if self.claimed => return Ok(claim),
                    Claim::Theirs | Claim::Taken => {}
                }
            }
            if tokio::time::Instant::now() >= end {
                return Ok(claim);
            }
            tokio::time::sleep(CLAIM_PAUSE).await;
        }
    }
}

/// Looks up the process that holds the lock, unless it has just been given up.
async fn holder(conn: &mut PgConnection) -> Result<Option<Backend>, StoreError> {
    let sql = "SELECT activity.pid, activity.backend_start::text FROM pg_locks lock \
               JOIN pg_stat_activity activity ON activity.pid = lock.pid \
               WHERE lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 2 \
               AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
               AND lock.classid::bigint = (hashtext('slidged')::bigint & 4294967295) \
               AND lock.objid::bigint = (hashtext(current_schema()::text)::bigint & 4294967295)";
    sqlx::query(sql).fetch_optional(conn).await?.map(|row| Backend::read(&row)).transpose()
}

impl Backend {
    fn read(row: &sqlx::postgres::PgRow) -> Result<Backend, StoreError> {
        // Of other roles' processes only the number is shown.
        let started = row.try_get::<Option<String>, _>(1)?.unwrap_or_default();
        Ok(Backend { pid: row.try_get(0)?, started })
    }
}
