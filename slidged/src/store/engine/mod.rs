//! The two engines behind one small face.
//!
//! There is ONE SQL text for both (`$1`, `ON CONFLICT`, `RETURNING`), but we do not go through sqlx's `Any` driver: it
//! refuses SQLite columns that are declared as PostgreSQL needs them (`BIGINT`), offers no per-connection options
//! (pragmas, statement cache), copies every bound value twice and every row once. The enums below are all that it would
//! have given us.

mod postgres;
mod sqlite;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, Row as _};
use sqlx::{PgConnection, PgPool, SqliteConnection, SqlitePool};

use super::sql::Placeholders;
use super::{Durability, StoreError};

/// Readers beside the writer. Reads are rare (start-up, look-ups on a miss): two keep a long one from blocking the next,
/// and each costs a thread and a page cache.
const READERS: u32 = 2;

/// Prepared statements kept per connection: every kind of multi-row statement times its power-of-two sizes, and the reads.
const STATEMENTS: usize = 256;

/// How long to wait for a database server, or for a free reader.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// Ends a transaction well; a constant, because behind it nothing is certain any more.
pub(crate) const COMMIT: &str = "COMMIT";

/// A value to bind.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(i64),
    Text(Arc<str>),
    Blob(Vec<u8>),
    NoText,
    NoBlob,
}

impl Value {
    pub(crate) fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    pub(crate) fn flag(flag: bool) -> Value {
        Value::Int(flag.into())
    }

    pub(crate) fn opt_text(text: Option<&Arc<str>>) -> Value {
        text.map_or(Value::NoText, |text| Value::Text(Arc::clone(text)))
    }
}

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

/// One row of an answer, read by column number.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// Reads column `$index` of `$row` as `$type`; unchecked, because SQLite has no column types worth checking.
macro_rules! column {
    ($row:expr, $index:expr, $type:ty) => {
        match $row {
            Row::Sqlite(row) => row.try_get_unchecked::<$type, _>($index),
            Row::Postgres(row) => row.try_get_unchecked::<$type, _>($index),
        }
        .map_err(StoreError::from)
    };
}

impl Row {
    pub(crate) fn int(&self, index: usize) -> Result<i64, StoreError> {
        column!(self, index, i64)
    }

    pub(crate) fn flag(&self, index: usize) -> Result<bool, StoreError> {
        Ok(self.int(index)? != 0)
    }

    pub(crate) fn text(&self, index: usize) -> Result<String, StoreError> {
        column!(self, index, String)
    }

    pub(crate) fn opt_text(&self, index: usize) -> Result<Option<String>, StoreError> {
        column!(self, index, Option<String>)
    }

    pub(crate) fn blob(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        column!(self, index, Vec<u8>)
    }

    pub(crate) fn opt_blob(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError> {
        column!(self, index, Option<Vec<u8>>)
    }
}

fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(int) => arguments.add(int),
            Value::Text(text) => arguments.add(text),
            Value::Blob(blob) => arguments.add(blob),
            Value::NoText => arguments.add(None::<&str>),
            Value::NoBlob => arguments.add(None::<&[u8]>),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(int) => arguments.add(int),
            Value::Text(text) => arguments.add(&*text),
            Value::Blob(blob) => arguments.add(blob),
            Value::NoText => arguments.add(None::<&str>),
            Value::NoBlob => arguments.add(None::<&[u8]>),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
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

    /// The writer's connection.
    pub(crate) async fn connect(&self) -> Result<Conn, StoreError> {
        match self {
            Engine::Sqlite(options) => options
                .connect()
                .await
                .map(Conn::Sqlite)
                .map_err(|error| sqlite::opening(options.get_filename(), error)),
            Engine::Postgres(options) => postgres::connect(options).await.map(Conn::Postgres),
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
                    .connect_lazy_with((**options).clone()),
            ),
        }
    }
}

/// A connection of its own: the writer's.
pub(crate) enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Conn {
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
            Conn::Postgres(conn) => {
                sqlx::query_with(sql, postgres_arguments(values)?).execute(conn).await?.rows_affected()
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
            Conn::Postgres(conn) => {
                let rows = sqlx::query_with(sql, postgres_arguments(values)?).fetch_all(conn).await?;
                rows.into_iter().map(Row::Postgres).collect()
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
            Conn::Postgres(_) => {
                for (sql, values) in statements {
                    let uncertain = &*sql == COMMIT;
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
            Conn::Postgres(conn) => sqlx::raw_sql(AssertSqlSafe(text)).execute(conn).await.map(drop)?,
        }
        Ok(())
    }

    pub(crate) async fn close(self) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(conn) => conn.close().await?,
            Conn::Postgres(conn) => conn.close().await?,
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

/// The readers' connections.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    /// Runs a query and gives all its rows: ask for bounded ones.
    pub(crate) async fn fetch(
        &self,
        sql: impl Into<Sql>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = sql.into().text();
        Ok(match self {
            Pool::Sqlite(pool) => {
                let rows = sqlx::query_with(sql, sqlite_arguments(values)?).fetch_all(pool).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Pool::Postgres(pool) => {
                let rows = sqlx::query_with(sql, postgres_arguments(values)?).fetch_all(pool).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}
