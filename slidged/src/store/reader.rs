//! Read access to the database.

use std::time::Duration;

use tokio::time::Instant;

use super::StoreError;
use super::config::PATIENCE;
use super::engine::{Pool, Row, Sql, Value};

/// Read connections, for start-up and look-ups on a cache miss. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Reader(Pool);

impl Reader {
    pub(super) fn new(pool: Pool) -> Reader {
        Reader(pool)
    }

    /// Runs a query, and retries it for [`PATIENCE`] while the database is failing.
    ///
    /// # Errors
    /// When the database still fails after that.
    pub(super) async fn read(&self, sql: impl Into<Sql>, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let (sql, end) = (sql.into(), Instant::now() + PATIENCE);
        let mut pause = Duration::from_millis(100);
        loop {
            match self.0.fetch(sql.clone(), values.clone()).await {
                Err(error) if error.may_pass() && Instant::now() + pause < end => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                read => return read,
            }
        }
    }

    /// Closes the connections.
    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}
