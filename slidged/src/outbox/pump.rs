//! The task that moves stanzas from the outbox to the link.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::poll_immediate;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::flight::Flight;
use super::{Gone, Wire, with_delay};
use crate::store::journal::{Batch, Next};
use crate::store::{Clock, Outbox, Run, StoreError};

/// A stanza that waited longer than this says so: below, clients would only show noise.
pub const DEFAULT_DELAY_THRESHOLD: Duration = Duration::from_secs(300);

/// How long written stanzas may wait for company before a barrier follows them. A barrier costs the server about as much
/// as a message, so one behind each would halve the throughput; what a crash repeats grows with it.
pub const DEFAULT_BARRIER_LINGER: Duration = Duration::from_millis(20);

/// While the link is down, this often it is looked whether something is too old.
const EXPIRE_INTERVAL: Duration = Duration::from_secs(60);

/// Pause after the database failed.
const RETRY: Duration = Duration::from_secs(1);

/// What the pump is told.
#[derive(Clone)]
pub struct PumpConfig {
    /// Who says that a stanza is late: the gateway's JID.
    pub from: String,
    /// From this age on stanzas get a `<delay/>`.
    pub delay_threshold: Duration,
    /// How long written stanzas wait for company before a barrier.
    pub barrier_linger: Duration,
    /// The time; the same as the store's.
    pub clock: Clock,
}

impl PumpConfig {
    /// The defaults for a gateway.
    pub fn new(from: impl Into<String>, clock: Clock) -> PumpConfig {
        PumpConfig {
            from: from.into(),
            delay_threshold: DEFAULT_DELAY_THRESHOLD,
            barrier_linger: DEFAULT_BARRIER_LINGER,
            clock,
        }
    }
}

/// What the pump has done since it started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Durable stanzas written, repeats included.
    pub written: AtomicU64,
    /// Of those: written before on an earlier connection.
    pub repeated: AtomicU64,
    /// Durable stanzas that the server has taken.
    pub acknowledged: AtomicU64,
    /// Durable stanzas given up because of their age.
    pub expired: AtomicU64,
    /// Barriers sent.
    pub barriers: AtomicU64,
}

/// The running pump. Dropping it stops it; what it has not finished stays in the outbox.
#[derive(Debug)]
pub struct Pump {
    task: AbortOnDropHandle<()>,
    counters: Arc<Counters>,
}

impl Pump {
    /// Starts it.
    pub fn spawn<W: Wire>(outbox: Outbox, wire: W, config: PumpConfig) -> Pump {
        let counters = Arc::new(Counters::default());
        let worker =
            Worker { outbox, wire, config, counters: Arc::clone(&counters), acknowledged: 0, written: 0 };
        Pump { task: AbortOnDropHandle::new(tokio::spawn(worker.run())), counters }
    }

    /// What it has done.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Resolves when it has ended by itself, as it never should while there may be a link. Cancel safe.
    pub async fn ended(&mut self) {
        // A panic of it is in the log already.
        (&mut self.task).await.ok();
    }

    /// Stops it, and waits until it has stopped.
    pub async fn stop(self) {
        self.task.abort();
        // Aborted or ended: either is what was wanted.
        self.task.await.ok();
    }
}

struct Worker<W> {
    outbox: Outbox,
    wire: W,
    config: PumpConfig,
    counters: Arc<Counters>,
    /// The last row that the server has taken.
    acknowledged: i64,
    /// The last row that was ever written.
    written: i64,
}

type Barrier<'a> = Pin<Box<dyn Future<Output = Result<(), Gone>> + Send + 'a>>;

impl<W: Wire> Worker<W> {
    async fn run(mut self) {
        let mut epoch = 0;
        loop {
            self.outbox.feed().offline();
            match self.wait_for_link(epoch).await {
                Some(next) => epoch = next,
                None => return,
            }
            // While it works it never returns.
            let Gone = self.connected(epoch).await;
        }
    }

    async fn wait_for_link(&mut self, after: u64) -> Option<u64> {
        loop {
            self.expire().await;
            match tokio::time::timeout(EXPIRE_INTERVAL, self.wire.up(after)).await {
                Ok(epoch) => return epoch,
                Err(_) => continue,
            }
        }
    }

    /// Gives up what is too old, and says so.
    async fn expire(&mut self) {
        let before = (self.config.clock)() - millis(self.outbox.age());
        loop {
            match self.outbox.older(self.acknowledged, before).await {
                Ok(None) => return,
                Ok(Some(run)) => {
                    tracing::warn!(
                        messages = run.messages,
                        bytes = run.bytes,
                        "stanzas waited too long for the XMPP server and are given up"
                    );
                    self.counters.expired.fetch_add(run.messages, Ordering::Relaxed);
                    self.acknowledged = run.last;
                    self.outbox.release(run);
                }
                Err(error) => return tracing::error!(%error, "cannot look for old stanzas in the outbox"),
            }
        }
    }

    /// Works on one connection until it is gone.
    async fn connected(&mut self, epoch: u64) -> Gone {
        let Worker { outbox, wire, config, counters, acknowledged, written } = self;
        let feed = outbox.feed();
        feed.online(epoch);
        let mut flight = Flight::new(*acknowledged, config.barrier_linger);
        let mut page = VecDeque::new();
        let mut barrier: Option<Barrier<'_>> = None;
        // Who has nothing to write notices only so that this connection is over.
        let mut replaced = pin!(wire.up(epoch));
        loop {
            if barrier.is_none() && flight.barrier_due().is_some_and(|due| due <= Instant::now()) {
                counters.barriers.fetch_add(1, Ordering::Relaxed);
                flight.barrier_sent();
                barrier = Some(Box::pin(wire.barrier(epoch)));
            }
            // Also sends it: before what comes next.
            if let Some(waiting) = &mut barrier
                && let Some(answer) = poll_immediate(waiting).await
            {
                barrier = None;
                match answer {
                    Ok(()) => release(outbox, counters, acknowledged, flight.barrier_answered()),
                    Err(gone) => return gone,
                }
            }
            // Nothing is taken that cannot be written now.
            let next = if flight.has_room() {
                page.pop_front().map_or_else(|| feed.next(), Next::Batch)
            } else {
                Next::Nothing
            };
            match next {
                Next::Batch(batch) => {
                    let row = run(&batch);
                    if row.is_some_and(|row| row.last <= flight.sent()) {
                        // Read from the database already.
                        continue;
                    }
                    if let Err(gone) = wire.write(epoch, render(batch, config)).await {
                        return gone;
                    }
                    if let Some(row) = row {
                        flight.wrote(row, Instant::now());
                        counters.written.fetch_add(row.messages, Ordering::Relaxed);
                        if row.last <= *written {
                            counters.repeated.fetch_add(row.messages, Ordering::Relaxed);
                        }
                        *written = row.last.max(*written);
                    }
                    if page.is_empty() {
                        feed.caught_up(flight.sent());
                    }
                }
                Next::Page(newest) => match outbox.page(flight.sent()).await {
                    Ok(rows) if rows.is_empty() => {
                        flight.skip(newest);
                        feed.caught_up(flight.sent());
                    }
                    Ok(rows) => page = rows.into(),
                    Err(error) => pause(&error).await,
                },
                Next::Nothing => {
                    let due = flight.barrier_due();
                    tokio::select! {
                        answer = answered(&mut barrier) => {
                            barrier = None;
                            match answer {
                                Ok(()) => release(outbox, counters, acknowledged, flight.barrier_answered()),
                                Err(gone) => return gone,
                            }
                        }
                        _ = &mut replaced => return Gone,
                        () = sleep_until(due) => {}
                        () = feed.changed(), if flight.has_room() => {}
                    }
                }
            }
        }
    }
}

/// The row of a batch, as far as the books go.
fn run(batch: &Batch) -> Option<Run> {
    let last = batch.seq?;
    let durable = batch.stanzas.iter().filter(|stanza| stanza.durable);
    Some(durable.fold(Run { last, messages: 0, bytes: 0 }, |run, stanza| Run {
        messages: run.messages + 1,
        bytes: run.bytes + stanza.bytes.len() as u64,
        ..run
    }))
}

/// What goes onto the wire.
fn render(batch: Batch, config: &PumpConfig) -> Bytes {
    let late = (config.clock)() - batch.created_at > millis(config.delay_threshold);
    let mut stanzas = batch.stanzas;
    if let ([only], false) = (&mut *stanzas, late) {
        return std::mem::take(&mut only.bytes);
    }
    let mut out = BytesMut::with_capacity(stanzas.iter().map(|stanza| stanza.bytes.len()).sum());
    for stanza in stanzas {
        if late && stanza.durable {
            out.extend_from_slice(&with_delay(&stanza.bytes, batch.created_at, &config.from));
        } else {
            out.extend_from_slice(&stanza.bytes);
        }
    }
    out.freeze()
}

fn release(outbox: &Outbox, counters: &Counters, acknowledged: &mut i64, run: Option<Run>) {
    if let Some(run) = run {
        *acknowledged = run.last;
        counters.acknowledged.fetch_add(run.messages, Ordering::Relaxed);
        outbox.release(run);
    }
}

/// The answer of the barrier that is under way; never, if there is none.
async fn answered(barrier: &mut Option<Barrier<'_>>) -> Result<(), Gone> {
    match barrier {
        Some(barrier) => barrier.await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

async fn pause(error: &StoreError) {
    tracing::error!(%error, "cannot read the outbox, will try again");
    tokio::time::sleep(RETRY).await;
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
