//! Connection of the writer, and the statements that run on it.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use tokio::time::{Instant, timeout_at};

use super::limits::STATEMENT_TIMEOUT;
use super::value::{Row, Value, postgres_arguments, sqlite_arguments};
use crate::store::StoreError;

/// Ends a transaction well; a constant, because behind it nothing is certain any more.
pub(crate) const COMMIT: &str = "COMMIT";

/// Text of a statement: literal, or made once by [`sql`](crate::store::sql).
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
    pub(super) fn text(self) -> AssertSqlSafe<Arc<str>> {
        // Made of our own literals only; every value is bound.
        AssertSqlSafe(match self {
            Sql::Static(text) => text.into(),
            Sql::Shared(text) => text,
        })
    }
}

/// Statement of the writer: its text, made by `Texts` for the engine, and its values.
pub(crate) type Statement = (Arc<str>, Vec<Value>);

/// Failed transaction.
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

/// Connection outside the pool: the writer's.
pub(crate) enum Conn {
    Sqlite(SqliteConnection),
    Postgres {
        conn: PgConnection,
        /// Deadline, if before the [`STATEMENT_TIMEOUT`].
        until: Option<Instant>,
        /// Whether an answer has not come in time, so that the next one would be mistaken for it.
        broken: bool,
    },
}

impl Conn {
    pub(super) fn postgres(conn: PgConnection) -> Conn {
        Conn::Postgres { conn, until: None, broken: false }
    }

    /// Sets a deadline for everything from now on. It applies to servers only: a local file cannot
    /// be given up.
    pub(crate) fn hurry(&mut self, by: Option<Instant>) {
        if let Conn::Postgres { until, .. } = self {
            *until = by;
        }
    }

    /// Whether nothing more can be done with it.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Conn::Postgres { broken: true, .. })
    }

    /// Runs a statement that returns no rows. Returns the number of changed rows.
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

    /// Runs a statement and returns all its rows.
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

    /// Runs a statement and returns the number in its first row; 0 for none.
    pub(crate) async fn fetch_int(&mut self, sql: &'static str) -> Result<i64, StoreError> {
        self.fetch(sql, vec![]).await?.first().map_or(Ok(0), |row| row.int(0))
    }

    /// Runs statements in order.
    ///
    /// SQLite runs statements on a thread of its own, and the round trip costs more than a small
    /// statement: there, all go together. (Keep the combinations few, each is prepared and kept as
    /// one.)
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

/// Runs work on a server within the limit; a connection whose answer did not come is broken
/// afterwards.
pub(super) async fn limited<T>(
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
