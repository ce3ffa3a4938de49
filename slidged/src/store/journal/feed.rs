//! From the writer to the pump: committed batches in the order of their commits, as far as they fit into memory.
//!
//! While the link is down, or when the pump cannot keep up, batches are not kept here: the pump reads them from the
//! database until it has caught up. Memory stays bounded however long an outage lasts.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::Outgoing;

/// Bytes of stanzas kept in memory for the pump: a few times what may be unacknowledged, so that a short stall of the
/// server does not send the pump to the database.
const WINDOW: usize = 4 << 20;

/// Ephemeral stanzas kept until the pump has caught up: a presence storm after a reconnection.
const LATER: usize = 1 << 20;

/// What one batch costs beyond its bytes; keeps many tiny ones bounded too.
const OVERHEAD: usize = 128;

/// The stanzas of one transaction.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Its row in the outbox, if any of its stanzas is durable.
    pub seq: Option<i64>,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// In order, durable and ephemeral.
    pub stanzas: Vec<Outgoing>,
}

impl Batch {
    fn weight(&self) -> usize {
        self.stanzas.iter().map(|stanza| stanza.bytes.len() + OVERHEAD).sum::<usize>() + OVERHEAD
    }
}

/// What the pump should do next.
#[derive(Debug)]
pub enum Next {
    /// Send this.
    Batch(Batch),
    /// Read on in the database: there may be rows up to this one.
    Page(i64),
    /// Wait for [`Feed::changed`].
    Nothing,
}

/// See the module.
#[derive(Debug)]
pub struct Feed {
    state: Mutex<State>,
    changed: Notify,
    /// The connection that the pump works on; 0 is none.
    online: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Batch>,
    weight: usize,
    /// The last row that was committed.
    newest: i64,
    /// Whether rows exist that are not in the queue: then nothing is queued until the pump has read them.
    behind: bool,
    online: bool,
    /// What came meanwhile and is in no row: it goes behind them.
    later: Vec<Outgoing>,
    later_bytes: usize,
}

impl Feed {
    pub(super) fn new(newest: i64) -> Feed {
        let state = State { newest, behind: true, ..State::default() };
        Feed { state: Mutex::new(state), changed: Notify::new(), online: watch::Sender::new(0) }
    }

    /// The link is up, for the time of that number: rows from the first unacknowledged on are to be read, then new ones come here.
    pub fn online(&self, epoch: u64) {
        let mut state = self.lock();
        state.clear();
        state.online = true;
        drop(state);
        self.online.send_replace(epoch);
    }

    /// Resolves when the pump works on that connection (or a later one), not on one before whose end it has not noticed yet: from
    /// then on nothing ephemeral is dropped. Cancel safe.
    pub async fn is_online(&self, epoch: u64) {
        // The sender lives as long as this.
        self.online.subscribe().wait_for(|online| *online >= epoch).await.ok();
    }

    /// The link is down: nothing is kept.
    pub fn offline(&self) {
        let mut state = self.lock();
        state.clear();
        state.online = false;
        drop(state);
        self.online.send_replace(0);
    }

    /// What to do next.
    pub fn next(&self) -> Next {
        let mut state = self.lock();
        if let Some(batch) = state.queue.pop_front() {
            state.weight -= batch.weight();
            return Next::Batch(batch);
        }
        if state.behind { Next::Page(state.newest) } else { Next::Nothing }
    }

    /// The pump has sent all rows up to `seq`: if that is all there are, new batches come through the queue again.
    pub fn caught_up(&self, seq: i64) {
        let mut state = self.lock();
        if state.queue.is_empty() && state.newest <= seq {
            state.behind = false;
            state.later_bytes = 0;
            let stanzas = std::mem::take(&mut state.later);
            if !stanzas.is_empty() {
                // Never late: it is in no row.
                let batch = Batch { seq: None, created_at: i64::MAX, stanzas };
                state.weight += batch.weight();
                state.queue.push_back(batch);
            }
        }
    }

    /// Resolves when [`Feed::next`] may have something new. Cancel safe.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// A batch was committed.
    pub(super) fn push(&self, batch: Batch) {
        let mut state = self.lock();
        if let Some(seq) = batch.seq {
            state.newest = seq;
        }
        let weight = batch.weight();
        let full = state.weight + weight > WINDOW && !state.queue.is_empty();
        if !state.online || state.behind || full {
            // The pump reads what is durable.
            state.behind |= batch.seq.is_some();
            if state.online && state.behind {
                state.keep(batch);
            }
        } else {
            state.weight += weight;
            state.queue.push_back(batch);
        }
        drop(state);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn clear(&mut self) {
        self.queue.clear();
        self.weight = 0;
        self.behind = true;
        self.later.clear();
        self.later_bytes = 0;
    }

    /// Keeps what is in no row, as far as there is room.
    fn keep(&mut self, batch: Batch) {
        for stanza in batch.stanzas.into_iter().filter(|stanza| !stanza.durable) {
            if self.later_bytes + stanza.bytes.len() <= LATER {
                self.later_bytes += stanza.bytes.len();
                self.later.push(stanza);
            }
        }
    }
}
