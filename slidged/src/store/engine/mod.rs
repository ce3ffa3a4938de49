//! The two engines behind one small face.
//!
//! There is ONE SQL text for both (`$1`, `ON CONFLICT`, `RETURNING`), but we do not go through sqlx's `Any` driver: it
//! refuses SQLite columns that are declared as PostgreSQL needs them (`BIGINT`), offers no per-connection options
//! (pragmas, statement cache), copies every bound value twice and every row once. The enums below are all that it would
//! have given us.

mod pool;
mod postgres;
mod sqlite;
mod value;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use sqlx::{PgConnection, SqliteConnection};
use tokio::time::{Instant, timeout_at};

pub(crate) use pool::Pool;
pub(crate) use postgres::Backends;
pub(crate) use value::{Row, Value};
use value::{postgres_arguments, sqlite_arguments};

use super::sql::Placeholders;
use super::{Durability, StoreError};

/// Readers beside the writer. Reads are rare (start-up, look-ups on a miss): two keep a long one from blocking the next,
/// and each costs a thread and a page cache.
const READERS: u32 = 2;

/// Prepared statements kept per connection: every kind of multi-row statement times its power-of-two sizes, and the reads.
const STATEMENTS: usize = 256;

/// How long to wait for a free reader.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a database server may take to let us in. Short, so that one that is back is found soon.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a database server may take for a statement: a busy one takes tenths of a second, one that is silent is given up.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// Ends a transaction well; a constant, because behind it nothing is certain any more.
pub(crate) const COMMIT: &str = "COMMIT";

/// A statement's text: literal, or made once by [`super::sql`].
#[derive(Clone, Debug)]
pub(crate) enum Sql {
    Static(&'static str),
    Shared(Arc<str>),
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Sql::Static(text)
    }
}

impl From<Arc<str>> for Sql {
    fn from(text: Arc<str>) -> Self {
        Sql::Shared(text)
    }
}

impl Sql {
    fn text(self) -> AssertSqlSafe<Arc<str>> {
        // Made of our own literals only; every value is bound.
        AssertSqlSafe(match self {
            Sql::Static(text) => text.into(),
            Sql::Shared(text) => text,
        })
    }
}

/// A statement of the writer, its text made by [`Texts`] for the engine, and its values.
pub(crate) type Statement = (Arc<str>, Vec<Value>);

/// A transaction that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: StoreError,
    /// Whether it may have been committed all the same: the connection broke behind the `COMMIT`.
    pub(crate) uncertain: bool,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Failed { error, uncertain: false }
    }
}

/// How to reach the database.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

impl Engine {
    /// # Errors
    /// [`StoreError::Url`] when the URL is of neither engine.
    pub(crate) fn parse(url: &str, durability: Durability, quota: Option<u32>) -> Result<Engine, StoreError> {
        if url.starts_with("sqlite:") {
            Ok(Engine::Sqlite(Box::new(sqlite::options(url, durability, quota)?)))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Engine::Postgres(Box::new(postgres::options(url, durability)?)))
        } else {
            Err(StoreError::Url("it must begin with sqlite:// or postgres://".to_owned()))
        }
    }

    /// How its statements mark values.
    pub(crate) fn placeholders(&self) -> Placeholders {
        match self {
            Engine::Sqlite(_) => Placeholders::Anonymous,
            Engine::Postgres(_) => Placeholders::Numbered,
        }
    }

    /// Whether it is a server, whose answers may get lost.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self, Engine::Postgres(_))
    }

    /// Where the database is, without its password.
    pub(crate) fn name(&self) -> String {
        match self {
            Engine::Sqlite(options) => options.get_filename().display().to_string(),
            Engine::Postgres(options) => postgres::name(options),
        }
    }

    /// Fits the dialect of table definitions; the other statements need nothing.
    pub(crate) fn ddl(&self, text: &str) -> String {
        let (key, blob, string, clustered) = match self {
            Engine::Sqlite(_) => ("INTEGER PRIMARY KEY", "BLOB", "TEXT", " WITHOUT ROWID"),
            // The C collation compares bytes: ids are not words.
            Engine::Postgres(_) => ("BIGINT PRIMARY KEY", "BYTEA", "TEXT COLLATE \"C\"", ""),
        };
        text.replace("{key}", key)
            .replace(
                "{serial}",
                if matches!(self, Engine::Sqlite(_)) {
                    key
                } else {
                    "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
                },
            )
            .replace("{blob}", blob)
            .replace("{text}", string)
            .replace("{clustered}", clustered)
    }

    /// Makes sure that no other process works on the database, and prepares the file.
    pub(crate) fn claim(&self) -> Result<Option<std::fs::File>, StoreError> {
        match self {
            Engine::Sqlite(options) => sqlite::claim(options.get_filename()).map(Some),
            // Claimed by the writer's connection, see `connect`.
            Engine::Postgres(_) => Ok(None),
        }
    }

    /// The writer's connection. `backends` are those that it had before.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process works on the database, and what keeps us from connecting.
    pub(crate) async fn connect(&self, backends: &mut Backends) -> Result<Conn, StoreError> {
        match self {
            Engine::Sqlite(options) => options
                .connect()
                .await
                .map(Conn::Sqlite)
                .map_err(|error| sqlite::opening(options.get_filename(), error)),
            Engine::Postgres(options) => postgres::connect(options, backends).await.map(Conn::postgres),
        }
    }

    /// A connection that changes nothing, whoever else works on the database.
    pub(crate) async fn look(&self) -> Result<Conn, StoreError> {
        match self {
            Engine::Sqlite(options) => {
                let path = options.get_filename();
                sqlite::looker(path)
                    .connect()
                    .await
                    .map(Conn::Sqlite)
                    .map_err(|error| sqlite::opening(path, error))
            }
            Engine::Postgres(options) => postgres::reach(options).await.map(Conn::postgres),
        }
    }

    /// The readers. Connects lazily.
    pub(crate) fn readers(&self) -> Pool {
        match self {
            Engine::Sqlite(options) => Pool::Sqlite(
                sqlx::pool::PoolOptions::new()
                    .max_connections(READERS)
                    .min_connections(0)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .connect_lazy_with(sqlite::reader((**options).clone())),
            ),
            Engine::Postgres(options) => Pool::Postgres(
                sqlx::pool::PoolOptions::new()
                    .max_connections(READERS)
                    .min_connections(0)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    // A ping would be a round trip for each read, and hang where the read has a limit.
                    .test_before_acquire(false)
                    .connect_lazy_with((**options).clone()),
            ),
        }
    }
}

/// A connection of its own: the writer's.
pub(crate) enum Conn {
    Sqlite(SqliteConnection),
    Postgres {
        conn: PgConnection,
        /// When what runs has to be done, if before the [`STATEMENT_TIMEOUT`].
        until: Option<Instant>,
        /// An answer has not come in time, so that the next one would be taken for it.
        broken: bool,
    },
}

impl Conn {
    fn postgres(conn: PgConnection) -> Conn {
        Conn::Postgres { conn, until: None, broken: false }
    }

    /// What runs from now on has to be done by then, as far as a server can be given up: a local file cannot.
    pub(crate) fn hurry(&mut self, by: Option<Instant>) {
        if let Conn::Postgres { until, .. } = self {
            *until = by;
        }
    }

    /// Whether nothing more can be done with it.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Conn::Postgres { broken: true, .. })
    }

    /// Runs a statement that answers no rows; the number of rows that it changed.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<Sql>,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let sql = sql.into().text();
        Ok(match self {
            Conn::Sqlite(conn) => {
                sqlx::query_with(sql, sqlite_arguments(values)?).execute(conn).await?.rows_affected()
            }
            Conn::Postgres { conn, until, broken } => {
                let query = sqlx::query_with(sql, postgres_arguments(values)?).execute(conn);
                limited(query, *until, broken).await?.rows_affected()
            }
        })
    }

    /// Runs a statement and gives all its rows.
    pub(crate) async fn fetch(
        &mut self,
        sql: impl Into<Sql>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = sql.into().text();
        Ok(match self {
            Conn::Sqlite(conn) => {
                let rows = sqlx::query_with(sql, sqlite_arguments(values)?).fetch_all(conn).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Conn::Postgres { conn, until, broken } => {
                let query = sqlx::query_with(sql, postgres_arguments(values)?).fetch_all(conn);
                limited(query, *until, broken).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Runs statements one behind the other.
    ///
    /// SQLite's statements run on a thread of their own, and going there and back costs more than a small statement:
    /// there, all go together. (Keep the combinations few, each is prepared and kept as one.)
    pub(crate) async fn run(&mut self, statements: Vec<Statement>) -> Result<(), Failed> {
        match self {
            Conn::Sqlite(_) => {
                let (text, values) = join(statements);
                self.execute(text, values).await?;
            }
            Conn::Postgres { .. } => {
                for (sql, values) in statements {
                    let uncertain = &*sql == COMMIT;
                    if uncertain {
                        // Whoever is in a hurry gets to know all the same.
                        self.hurry(None);
                    }
                    self.execute(sql, values).await.map_err(|error| Failed { error, uncertain })?;
                }
            }
        }
        Ok(())
    }

    /// Runs the statements of a migration, which bind nothing.
    pub(crate) async fn script(&mut self, text: String) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(conn) => sqlx::raw_sql(AssertSqlSafe(text)).execute(conn).await.map(drop)?,
            // A migration takes the time it takes.
            Conn::Postgres { conn, .. } => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(conn).await.map(drop)?;
            }
        }
        Ok(())
    }

    pub(crate) async fn close(self) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(conn) => conn.close().await?,
            Conn::Postgres { broken: true, .. } => {}
            Conn::Postgres { conn, .. } => limited(conn.close(), None, &mut false).await?,
        }
        Ok(())
    }
}

fn join(mut statements: Vec<Statement>) -> (Arc<str>, Vec<Value>) {
    if statements.len() == 1
        && let Some(only) = statements.pop()
    {
        return only;
    }
    let mut text = String::with_capacity(statements.iter().map(|(sql, _)| sql.len() + 1).sum());
    let mut all = Vec::with_capacity(statements.iter().map(|(_, values)| values.len()).sum());
    for (sql, values) in statements {
        text.push_str(&sql);
        text.push(';');
        all.extend(values);
    }
    (text.into(), all)
}

/// Runs something on a server, within the limit; what the answer would be to is broken afterwards.
async fn limited<T>(
    work: impl Future<Output = Result<T, sqlx::Error>>,
    until: Option<Instant>,
    broken: &mut bool,
) -> Result<T, StoreError> {
    let limit = Instant::now() + STATEMENT_TIMEOUT;
    match timeout_at(until.map_or(limit, |until| until.min(limit)), work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            *broken |= !matches!(error, sqlx::Error::Database(_));
            Err(error.into())
        }
        Err(_) => {
            *broken = true;
            Err(StoreError::Silent)
        }
    }
}
