//! The rows of the outbox: finished stanzas that the XMPP server has not yet taken. One row per transaction.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::engine::{Row, Value};
use super::journal::{Batch, Feed, OutboxLimits, Outgoing};
use super::{Store, StoreError};

/// Rows looked at for one page.
const PAGE_ROWS: i64 = 512;

/// Bytes of one page (one row may be larger): what may be unacknowledged at once.
const PAGE_BYTES: u64 = 1 << 20;

/// What waits for the XMPP server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Stanzas.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Waiting {
    fn subtract(&mut self, less: Waiting) {
        self.messages = self.messages.saturating_sub(less.messages);
        self.bytes = self.bytes.saturating_sub(less.bytes);
    }
}

/// A run of rows at the head of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its last row.
    pub last: i64,
    /// Its stanzas.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What the writer and the pump share about the outbox.
#[derive(Debug)]
pub(super) struct Spool {
    pub(super) feed: Feed,
    pub(super) limits: OutboxLimits,
    state: Mutex<State>,
    /// Somebody waits for the outbox to become empty.
    fewer: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: Waiting,
    /// All that was ever released.
    released: Waiting,
    release: Option<(i64, Instant)>,
}

impl Spool {
    pub(super) fn new(feed: Feed, limits: OutboxLimits) -> Spool {
        Spool { feed, limits, state: Mutex::default(), fewer: Notify::new() }
    }

    /// Whether an entry may be added to what waits, and to the `group` that is about to.
    pub(super) fn has_room(&self, group: Waiting, entry: Waiting) -> bool {
        let waiting = self.lock().waiting;
        let more = Waiting { messages: group.messages + entry.messages, bytes: group.bytes + entry.bytes };
        // A single entry larger than all of the outbox goes through an empty one.
        waiting.messages + group.messages == 0
            || (waiting.messages + more.messages <= self.limits.messages
                && waiting.bytes + more.bytes <= self.limits.bytes)
    }

    pub(super) fn waiting(&self) -> Waiting {
        self.lock().waiting
    }

    /// Rows are about to be committed: before, because the pump may read and release them before we hear of it.
    pub(super) fn add(&self, more: Waiting) {
        let waiting = &mut self.lock().waiting;
        waiting.messages += more.messages;
        waiting.bytes += more.bytes;
    }

    /// They were not.
    pub(super) fn take_back(&self, more: Waiting) {
        self.lock().waiting.subtract(more);
        self.fewer.notify_waiters();
    }

    /// Up to which row all is released, and how much that was: see [`Spool::recount`].
    pub(super) fn released(&self) -> (i64, Waiting) {
        let state = self.lock();
        (state.release.map_or(0, |(last, _)| last), state.released)
    }

    /// Sets what waits: `counted` in the database, behind the rows that were released when `released` was asked.
    pub(super) fn recount(&self, mut counted: Waiting, released: Waiting) {
        let mut state = self.lock();
        let mut since = state.released;
        since.subtract(released);
        counted.subtract(since);
        state.waiting = counted;
        drop(state);
        self.fewer.notify_waiters();
    }

    fn release(&self, run: Run) {
        let mut state = self.lock();
        state.waiting.subtract(Waiting { messages: run.messages, bytes: run.bytes });
        state.released.messages += run.messages;
        state.released.bytes += run.bytes;
        let since = state.release.map_or_else(Instant::now, |(_, since)| since);
        state.release = Some((run.last, since));
        drop(state);
        self.fewer.notify_waiters();
    }

    /// Rows up to here are to be deleted, asked for at that time.
    pub(super) fn to_delete(&self) -> Option<(i64, Instant)> {
        self.lock().release
    }

    /// Rows up to here were deleted.
    pub(super) fn deleted(&self, last: i64) {
        let mut state = self.lock();
        // More may have been released meanwhile: that starts to wait now.
        state.release =
            state.release.filter(|(asked, _)| *asked > last).map(|(asked, _)| (asked, Instant::now()));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The outbox as the pump sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox(pub(super) Store);

impl Outbox {
    /// Where new batches come from.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.spool().feed
    }

    /// What waits for the server, in the database and on its way to it.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        self.spool().waiting()
    }

    /// After this a stanza is given up.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.spool().limits.age
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

    /// Rows behind `after`, in order, about 1 MiB of them; none when there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, after: i64) -> Result<Vec<Batch>, StoreError> {
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
        if last == after {
            return Ok(Vec::new());
        }
        let values = vec![Value::Int(after), Value::Int(last)];
        let sql =
            "SELECT seq, created_at, lengths, stanzas FROM outbox WHERE seq > $1 AND seq <= $2 ORDER BY seq";
        self.0.read(sql, values).await?.iter().map(batch).collect()
    }

    /// The rows at the head that are older than `before` (milliseconds since 1970), at most some hundred at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn older(&self, after: i64, before: i64) -> Result<Option<Run>, StoreError> {
        let values = vec![Value::Int(after), Value::Int(PAGE_ROWS)];
        let sql = "SELECT seq, created_at, count, size FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2";
        let mut run = None;
        for row in self.0.read(sql, values).await? {
            if row.int(1)? >= before {
                break;
            }
            let run = run.get_or_insert(Run { last: 0, messages: 0, bytes: 0 });
            run.last = row.int(0)?;
            run.messages += size(&row, 2)?;
            run.bytes += size(&row, 3)?;
        }
        Ok(run)
    }

    /// These rows are done with. They are deleted with the next transaction, or after a moment.
    pub fn release(&self, run: Run) {
        self.spool().release(run);
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

fn batch(row: &Row) -> Result<Batch, StoreError> {
    let lengths = row.blob(2)?;
    let mut rest = Bytes::from(row.blob(3)?);
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
            name: format!("row {} of the outbox", row.int(0)?),
            why: "its lengths do not add up".to_owned(),
        });
    }
    Ok(Batch { seq: Some(row.int(0)?), created_at: row.int(1)?, stanzas })
}
