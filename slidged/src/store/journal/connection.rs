//! Connection of the writer to the database.

use std::sync::Arc;

use super::outbox_table;
use super::spool::Spool;
use crate::store::StoreError;
use crate::store::engine::{Backends, Conn, Engine};

/// Connection that writes, the only one. It is opened anew when it broke.
pub(super) struct Connection {
    engine: Engine,
    backends: Backends,
    /// `None` after it broke.
    conn: Option<Conn>,
    pub(super) spool: Arc<Spool>,
    /// Last row of the outbox that a transaction has tried to write. Never used twice.
    pub(super) last_seq: i64,
}

impl Connection {
    /// Scans the outbox into the feed.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn prepare(
        engine: Engine,
        (mut conn, backends): (Conn, Backends),
        spool: Arc<Spool>,
    ) -> Result<Connection, StoreError> {
        let rows = outbox_table::scan(&mut conn, 0, &spool.age).await?;
        let last_seq = rows.last().map_or(0, |(_, row)| row.seq);
        spool.feed.found(rows);
        Ok(Connection { engine, backends, conn: Some(conn), spool, last_seq })
    }

    /// Whether the database is a server, whose answers may get lost.
    pub(super) fn is_remote(&self) -> bool {
        self.engine.is_remote()
    }

    /// Whether the connection is gone.
    pub(super) fn is_lost(&self) -> bool {
        self.conn.is_none()
    }

    /// Returns the connection; a new one when the old one broke.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process works on the database, or the reason why it
    /// cannot be reached.
    pub(super) async fn get(&mut self) -> Result<&mut Conn, StoreError> {
        if self.conn.as_ref().is_none_or(Conn::is_broken) {
            self.conn = None;
            let mut conn = self.engine.connect(&mut self.backends).await?;
            let Spool { feed, age, .. } = &*self.spool;
            // What was committed although nobody could tell.
            let rows = outbox_table::scan(&mut conn, feed.newest(), age).await?;
            self.last_seq = rows.last().map_or(self.last_seq, |(_, row)| self.last_seq.max(row.seq));
            feed.found(rows);
            self.conn = Some(conn);
        }
        // Just set.
        self.open()
    }

    /// Returns the connection as it is, within a transaction.
    ///
    /// # Errors
    /// [`StoreError::Closed`] when there is none.
    pub(super) fn open(&mut self) -> Result<&mut Conn, StoreError> {
        self.conn.as_mut().ok_or(StoreError::Closed)
    }

    /// Ends a failed transaction; if even that fails, so has the connection. `sound` is false when
    /// nothing more is to be expected of it.
    pub(super) async fn roll_back(&mut self, begun: bool, sound: bool) {
        let Some(conn) = &mut self.conn else { return };
        conn.hurry(None);
        let sound = sound && !conn.is_broken();
        if !sound || (begun && conn.execute("ROLLBACK", vec![]).await.is_err()) {
            self.conn = None;
        }
    }

    /// Closes the connection.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn close(&mut self) -> Result<(), StoreError> {
        match self.conn.take() {
            Some(conn) => conn.close().await,
            None => Ok(()),
        }
    }
}
