//! The rows of the outbox: finished stanzas that the XMPP server has not yet taken. A transaction has one row for each lane with durable
//! stanzas in it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::clock::Age;
use super::engine::{Conn, Row, Value};
use super::journal::{Feed, Head, Lane, OutboxLimits, Outgoing, Receipt, Stored};
use super::runs::Runs;
use super::{Store, StoreError};

/// Rows looked at for one page.
const PAGE_ROWS: i64 = 512;

/// Bytes of one page (one row may be larger).
const PAGE_BYTES: u64 = 1 << 20;

/// Rows counted at once when the store opens.
const HEADS: i64 = 1000;

/// One lane may have this part of what may wait, so that the others have the rest.
const PART: u64 = 4;

/// What waits for the XMPP server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Stanzas.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Waiting {
    pub(super) fn add(&mut self, more: Waiting) {
        self.messages += more.messages;
        self.bytes += more.bytes;
    }

    pub(super) fn subtract(&mut self, less: Waiting) {
        self.messages = self.messages.saturating_sub(less.messages);
        self.bytes = self.bytes.saturating_sub(less.bytes);
    }

    /// Whether so much more is within the limits; a single entry larger than all of them is, when nothing waits.
    fn has_room(self, more: Waiting, messages: u64, bytes: u64) -> bool {
        self.messages == 0 || (self.messages + more.messages <= messages && self.bytes + more.bytes <= bytes)
    }
}

/// What the writer and the pump share about the outbox.
#[derive(Debug)]
pub(super) struct Spool {
    pub(super) feed: Feed,
    pub(super) limits: OutboxLimits,
    pub(super) age: Age,
    state: Mutex<State>,
    /// Somebody waits for the outbox to become empty.
    fewer: Notify,
}

#[derive(Debug)]
struct State {
    /// Rows to be deleted.
    done: Runs,
    /// When that was asked for.
    since: Instant,
}

impl Spool {
    pub(super) fn new(limits: OutboxLimits, age: Age) -> Spool {
        let state = State { done: Runs::default(), since: Instant::now() };
        Spool { feed: Feed::new(), limits, age, state: Mutex::new(state), fewer: Notify::new() }
    }

    /// How much may be added to what waits, by one group.
    pub(super) fn room(&self) -> Room<'_> {
        Room { spool: self, waiting: self.feed.waiting(), lanes: HashMap::new() }
    }

    /// These rows are done with.
    fn release(&self, rows: Vec<i64>) {
        let mut state = self.lock();
        if state.done.is_empty() {
            state.since = Instant::now();
        }
        rows.into_iter().for_each(|row| state.done.insert(row));
        drop(state);
        self.fewer.notify_waiters();
    }

    /// Rows to be deleted, asked for at that time.
    pub(super) fn to_delete(&self) -> Option<(Runs, Instant)> {
        let state = self.lock();
        (!state.done.is_empty()).then(|| (state.done.some(), state.since))
    }

    /// Those rows were deleted.
    pub(super) fn deleted(&self, rows: &Runs) {
        let mut state = self.lock();
        state.done.remove(rows);
        // More may have been released meanwhile: that starts to wait now.
        state.since = Instant::now();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Spool::room`].
pub(super) struct Room<'a> {
    spool: &'a Spool,
    waiting: Waiting,
    lanes: HashMap<Lane, Waiting>,
}

impl Room<'_> {
    /// Adds so many stanzas of that lane with so many bytes, if there is room.
    pub(super) fn admit(&mut self, lane: Lane, messages: u64, bytes: u64) -> bool {
        let OutboxLimits { messages: most, bytes: largest, .. } = self.spool.limits;
        let more = Waiting { messages, bytes };
        let own = self.lanes.entry(lane).or_insert_with(|| self.spool.feed.waiting_in(lane));
        // The gateway's own stanzas are nobody's flood.
        let part = if lane == Lane::GATEWAY { 1 } else { PART };
        let room =
            self.waiting.has_room(more, most, largest) && own.has_room(more, most / part, largest / part);
        if room {
            own.add(more);
            self.waiting.add(more);
        }
        room
    }
}

/// Rows behind that one, as the feed knows them, in order.
///
/// # Errors
/// When the database fails.
pub(super) async fn heads(
    conn: &mut Conn,
    mut after: i64,
    age: &Age,
) -> Result<Vec<(Lane, i64, Head)>, StoreError> {
    let sql = "SELECT seq, lane, created_at, count, size FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2";
    let mut heads = Vec::new();
    loop {
        let rows = conn.fetch(sql, vec![Value::Int(after), Value::Int(HEADS)]).await?;
        if rows.is_empty() {
            return Ok(heads);
        }
        for row in rows {
            after = row.int(0)?;
            let head = Head::new(after, age.noted_before(row.int(2)?), size(&row, 3)?, size(&row, 4)?);
            heads.push((Lane::stored(row.int(1)?), after, head));
        }
    }
}

/// The outbox as the pump sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox(pub(super) Store);

impl Outbox {
    /// Where stanzas come from.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.spool().feed
    }

    /// What waits for the server, in the database and on its way to it.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        self.feed().waiting()
    }

    /// Tells how old stanzas are.
    #[must_use]
    pub fn age(&self) -> &Age {
        &self.spool().age
    }

    /// Resolves when the server has taken all that was committed. Cancel safe.
    pub async fn flushed(&self) {
        loop {
            let mut fewer = std::pin::pin!(self.spool().fewer.notified());
            fewer.as_mut().enable();
            if self.waiting().messages == 0 {
                return;
            }
            fewer.await;
        }
    }

    /// Rows behind `after`, in order, about 1 MiB of them; none when there are no more. For who looks at the database: the pump knows
    /// which rows it wants.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, after: i64) -> Result<Vec<Stored>, StoreError> {
        let values = vec![Value::Int(after), Value::Int(PAGE_ROWS)];
        let sizes =
            self.0.read("SELECT seq, size FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2", values).await?;
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
        self.0.read(sql, values).await?.iter().map(stored).collect()
    }

    /// The rows of those numbers, at most some hundred. One that is damaged is left out, and the log says so.
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
        let rows = self.0.read(Arc::<str>::from(sql), numbers.map(|seq| Value::Int(*seq)).collect()).await?;
        let readable = |row: &Row| match stored(row) {
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::error!(%error, "stanzas in the outbox cannot be sent");
                None
            }
            other => Some(other),
        };
        rows.iter().filter_map(readable).collect()
    }

    /// The server has taken those. Rows that are done with are deleted with the next transaction, or after a moment.
    pub fn acknowledge(&self, receipts: &[Receipt]) {
        let rows = self.feed().acknowledge(receipts);
        if receipts.iter().any(|receipt| receipt.messages > 0) {
            self.release(rows);
        }
    }

    /// Gives up what is older than it may be, unless the link is up; what that is.
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
        self.0.journal().wake();
    }

    fn spool(&self) -> &Spool {
        self.0.journal().spool()
    }
}

fn size(row: &Row, index: usize) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.int(index)?).unwrap_or(0))
}

/// Encodes the lengths of stanzas for the row.
pub(super) fn lengths<'a>(stanzas: impl Iterator<Item = &'a Outgoing>) -> Vec<u8> {
    // A stanza is far below 4 GiB: the server takes 512 KiB at most.
    stanzas.flat_map(|stanza| u32::try_from(stanza.bytes.len()).unwrap_or(u32::MAX).to_le_bytes()).collect()
}

fn stored(row: &Row) -> Result<Stored, StoreError> {
    let (seq, lengths) = (row.int(0)?, row.blob(1)?);
    let mut rest = Bytes::from(row.blob(2)?);
    let mut stanzas = Vec::with_capacity(lengths.len() / 4);
    for length in lengths.as_chunks::<4>().0 {
        let length = u32::from_le_bytes(*length) as usize;
        if length > rest.len() {
            break;
        }
        stanzas.push(Outgoing::durable(rest.split_to(length)));
    }
    if !rest.is_empty() {
        return Err(StoreError::Damaged {
            name: format!("row {seq} of the outbox"),
            why: "its lengths do not add up".to_owned(),
        });
    }
    Ok(Stored { seq, stanzas })
}
