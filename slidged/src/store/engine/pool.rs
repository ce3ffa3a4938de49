//! Connection pool of the readers.

use sqlx::{PgPool, SqlitePool};

use super::conn::{Sql, limited};
use super::limits::{CONNECT_TIMEOUT, READERS};
use super::value::{Row, Value, postgres_arguments, sqlite_arguments};
use crate::store::StoreError;

/// Connection pool of the readers.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    /// Runs a query and returns all its rows, so queries must be bounded. Idle connections that
    /// broke are replaced silently.
    pub(crate) async fn fetch(
        &self,
        sql: impl Into<Sql>,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let sql = sql.into();
        match self {
            Pool::Sqlite(pool) => {
                let query = sqlx::query_with(sql.text(), sqlite_arguments(values)?);
                Ok(query.fetch_all(pool).await?.into_iter().map(Row::Sqlite).collect())
            }
            Pool::Postgres(pool) => {
                let mut stale = 0;
                loop {
                    match read(pool, sql.clone(), values.clone()).await {
                        Err(StoreError::Unreachable(_)) if stale < READERS => stale += 1,
                        read => return read,
                    }
                }
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => {
                // One that does not answer is not waited for.
                tokio::time::timeout(CONNECT_TIMEOUT, pool.close()).await.ok();
            }
        }
    }
}

async fn read(pool: &PgPool, sql: Sql, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
    let mut conn = pool.acquire().await?;
    let mut broken = false;
    let query = sqlx::query_with(sql.text(), postgres_arguments(values)?).fetch_all(&mut *conn);
    let rows = limited(query, None, &mut broken).await;
    if broken {
        // The pool would try it out first, and wait for that.
        drop(conn.detach());
    }
    Ok(rows?.into_iter().map(Row::Postgres).collect())
}
