//! Outbox: finished stanzas that the XMPP server has not yet taken.

use std::fmt::Write as _;
use std::sync::Arc;

use super::StoreError;
use super::clock::Age;
use super::engine::{Row, Value};
use super::journal::outbox_table::{read, size};
use super::journal::{Feed, Journal, Receipt, Spool, Stored, Waiting};
use super::reader::Reader;

/// Rows looked at for one page.
const PAGE_ROWS: i64 = 512;

/// Bytes of one page (one row may be larger).
const PAGE_BYTES: u64 = 1 << 20;

/// Outbox as the pump sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox {
    journal: Journal,
    reader: Reader,
}

impl Outbox {
    pub(super) fn new(journal: Journal, reader: Reader) -> Outbox {
        Outbox { journal, reader }
    }

    /// Returns the feed of stanzas.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.spool().feed
    }

    /// Returns the stanzas that wait for the server, in the database and in flight.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        self.feed().waiting()
    }

    /// Returns the clock for ages of stanzas.
    #[must_use]
    pub fn age(&self) -> &Age {
        &self.spool().age
    }

    /// Resolves when the server has taken all that was committed. Cancel safe.
    pub async fn flushed(&self) {
        self.spool().flushed().await;
    }

    /// Reads the rows behind `after`, in order, about 1 MiB of them; none at the end. For
    /// inspection: the pump knows which rows it wants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, after: i64) -> Result<Vec<Stored>, StoreError> {
        let values = vec![Value::Int(after), Value::Int(PAGE_ROWS)];
        let sizes = self
            .reader
            .read("SELECT seq, size FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2", values)
            .await?;
        let (mut last, mut bytes) = (after, 0);
        for row in &sizes {
            bytes += size(row, 1)?;
            if last != after && bytes > PAGE_BYTES {
                break;
            }
            last = row.int(0)?;
        }
        let values = vec![Value::Int(after), Value::Int(last)];
        let sql = "SELECT seq, lengths, stanzas FROM outbox WHERE seq > $1 AND seq <= $2 ORDER BY seq";
        self.reader.read(sql, values).await?.iter().map(read).collect()
    }

    /// Reads rows by number, at most some hundred. Damaged ones are logged and left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rows(&self, wanted: &[i64]) -> Result<Vec<Stored>, StoreError> {
        let Some(last) = wanted.last() else { return Ok(Vec::new()) };
        // A few texts serve all: the last number again and again changes nothing.
        let mut sql = "SELECT seq, lengths, stanzas FROM outbox WHERE seq IN ($1".to_owned();
        let count = wanted.len().next_power_of_two();
        for number in 2..=count {
            // Writing to a String cannot fail.
            let _ = write!(sql, ", ${number}");
        }
        sql.push(')');
        let numbers = wanted.iter().chain(std::iter::repeat(last)).take(count);
        let rows =
            self.reader.read(Arc::<str>::from(sql), numbers.map(|seq| Value::Int(*seq)).collect()).await?;
        let readable = |row: &Row| match read(row) {
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::error!(%error, "stanzas in the outbox cannot be sent");
                None
            }
            other => Some(other),
        };
        rows.iter().filter_map(readable).collect()
    }

    /// Settles receipts. Rows that are done with are deleted with the next transaction, or after a
    /// moment.
    pub fn acknowledge(&self, receipts: &[Receipt]) {
        let rows = self.feed().acknowledge(receipts);
        if receipts.iter().any(|receipt| receipt.messages > 0) {
            self.release(rows);
        }
    }

    /// Gives up stanzas that are too old, unless the link is up, and returns them.
    pub fn expire(&self) -> Waiting {
        let Spool { feed, limits, age, .. } = self.spool();
        let (expired, rows) = feed.expire(|noted| age.of(noted) > limits.age);
        if !rows.is_empty() {
            self.release(rows);
        }
        expired
    }

    fn release(&self, rows: Vec<i64>) {
        // Without a row somebody may still wait for room, or for less.
        self.spool().release(rows);
        self.journal.wake();
    }

    fn spool(&self) -> &Spool {
        self.journal.spool()
    }
}
