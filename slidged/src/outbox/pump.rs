//! Pump: the task that moves stanzas from the outbox to the link.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::poll_immediate;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::in_flight::InFlight;
use super::reader::Reader;
use super::suspect::Suspect;
use super::{Gone, Transport, with_delay};
use crate::store::Outbox;
use crate::store::clock::Age;
use crate::store::journal::{Piece, Receipt};

/// Default age from which on stanzas get a `<delay/>`: for younger ones, clients would only show
/// noise.
pub const DEFAULT_DELAY_THRESHOLD: Duration = Duration::from_secs(300);

/// Default pause between two barriers, unless much was written. A barrier costs the server about as
/// much as a message, so one behind each would halve the throughput; a longer pause makes a crash
/// repeat more.
pub const DEFAULT_BARRIER_LINGER: Duration = Duration::from_millis(20);

/// Interval at which too old stanzas are looked for while the link is down.
const EXPIRE_INTERVAL: Duration = Duration::from_secs(60);

/// Configuration of the pump.
#[derive(Clone)]
pub struct PumpConfig {
    /// `from` of the `<delay/>`: the gateway's JID.
    pub from: String,
    /// Age from which on stanzas get a `<delay/>`.
    pub delay_threshold: Duration,
    /// Pause between two barriers, unless much was written.
    pub barrier_linger: Duration,
}

impl PumpConfig {
    /// Creates the default configuration for a gateway.
    pub fn new(from: impl Into<String>) -> PumpConfig {
        PumpConfig {
            from: from.into(),
            delay_threshold: DEFAULT_DELAY_THRESHOLD,
            barrier_linger: DEFAULT_BARRIER_LINGER,
        }
    }
}

/// Counters of the pump since it started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Durable stanzas written, repeats included.
    pub written: AtomicU64,
    /// Durable stanzas written that an earlier connection had written before.
    pub repeated: AtomicU64,
    /// Durable stanzas that the server has taken.
    pub acknowledged: AtomicU64,
    /// Durable stanzas given up because of their age.
    pub expired: AtomicU64,
    /// Barriers sent.
    pub barriers: AtomicU64,
}

/// Running pump. Dropping it stops it; unfinished stanzas stay in the outbox.
#[derive(Debug)]
pub struct Pump {
    task: AbortOnDropHandle<()>,
    counters: Arc<Counters>,
}

impl Pump {
    /// Starts the pump.
    pub fn spawn<T: Transport>(outbox: Outbox, transport: T, config: PumpConfig) -> Pump {
        let counters = Arc::new(Counters::default());
        let worker = Worker {
            outbox,
            transport,
            config,
            counters: Arc::clone(&counters),
            suspect: Suspect::default(),
        };
        Pump { task: AbortOnDropHandle::new(tokio::spawn(worker.run())), counters }
    }

    /// Returns the counters.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Resolves when the pump has ended by itself, as it never should while there may be a link.
    /// Cancel safe.
    pub async fn ended(&mut self) {
        // A panic of it is in the log already.
        (&mut self.task).await.ok();
    }

    /// Stops the pump, and waits until it has stopped.
    pub async fn stop(self) {
        self.task.abort();
        // Aborted or ended: either is what was wanted.
        self.task.await.ok();
    }
}

struct Worker<T> {
    outbox: Outbox,
    transport: T,
    config: PumpConfig,
    counters: Arc<Counters>,
    suspect: Suspect,
}

type Barrier<'a> = Pin<Box<dyn Future<Output = Result<(), Gone>> + Send + 'a>>;

impl<T: Transport> Worker<T> {
    async fn run(mut self) {
        let mut epoch = 0;
        loop {
            self.outbox.feed().offline();
            match self.wait_for_link(epoch).await {
                Some(next) => {
                    self.suspect.connection_ended(self.transport.was_rejected(epoch));
                    epoch = next;
                }
                None => return,
            }
            // While it works it never returns.
            let Gone = self.connected(epoch).await;
        }
    }

    async fn wait_for_link(&mut self, after: u64) -> Option<u64> {
        loop {
            self.expire();
            match tokio::time::timeout(EXPIRE_INTERVAL, self.transport.up(after)).await {
                Ok(epoch) => return epoch,
                Err(_) => continue,
            }
        }
    }

    /// Gives up stanzas that are too old, and logs it.
    fn expire(&self) {
        let expired = self.outbox.expire();
        if expired.messages > 0 {
            tracing::warn!(
                messages = expired.messages,
                bytes = expired.bytes,
                "stanzas waited too long for the XMPP server and are given up"
            );
            self.counters.expired.fetch_add(expired.messages, Ordering::Relaxed);
        }
    }

    /// Serves one connection until it is gone.
    async fn connected(&mut self, epoch: u64) -> Gone {
        let Worker { outbox, transport, config, counters, suspect } = self;
        let feed = outbox.feed();
        feed.online(epoch);
        let mut in_flight = InFlight::new(config.barrier_linger);
        let mut reader = Reader::new(outbox);
        let mut barrier: Option<Barrier<'_>> = None;
        // Without something to write, only this tells that the connection is over.
        let mut replaced = pin!(transport.up(epoch));
        loop {
            if barrier.is_none() && in_flight.barrier_due().is_some_and(|due| due <= Instant::now()) {
                counters.barriers.fetch_add(1, Ordering::Relaxed);
                in_flight.barrier_sent(Instant::now());
                barrier = Some(Box::pin(transport.barrier(epoch)));
            }
            // Also sends it: before what comes next.
            if let Some(waiting) = &mut barrier
                && let Some(answer) = poll_immediate(waiting).await
            {
                barrier = None;
                match answer {
                    Ok(()) => {
                        let arrived = in_flight.barrier_answered(Instant::now());
                        suspect.taken(&arrived);
                        acknowledge(outbox, counters, &arrived);
                    }
                    Err(gone) => return gone,
                }
            }
            reader.begin();
            // Nothing is taken that cannot be written now.
            let taken = feed.take(suspect.budget(&in_flight));
            if taken.blocked || suspect.is_searching() {
                in_flight.blocked();
            }
            if !taken.pieces.is_empty() {
                let receipts: Vec<Receipt> = taken.pieces.iter().map(Piece::receipt).collect();
                let repeated: u32 = taken.pieces.iter().map(|piece| piece.repeated).sum();
                if suspect.gives_up(&taken.pieces) {
                    acknowledge(outbox, counters, &receipts);
                    continue;
                }
                if let Err(gone) = transport.write(epoch, render(taken.pieces, config, outbox.age())).await {
                    return gone;
                }
                let now = Instant::now();
                counters.repeated.fetch_add(repeated.into(), Ordering::Relaxed);
                for receipt in receipts {
                    counters.written.fetch_add(receipt.messages.into(), Ordering::Relaxed);
                    in_flight.wrote(receipt, now);
                }
                continue;
            }
            let due = in_flight.barrier_due();
            tokio::select! {
                answer = answered(&mut barrier) => {
                    barrier = None;
                    match answer {
                        Ok(()) => {
                            let arrived = in_flight.barrier_answered(Instant::now());
                            suspect.taken(&arrived);
                            acknowledge(outbox, counters, &arrived);
                        }
                        Err(gone) => return gone,
                    }
                }
                _ = &mut replaced => return Gone,
                () = sleep_until(due) => {}
                () = reader.finished() => {}
                () = feed.changed() => {}
            }
        }
    }
}

/// Renders pieces for the link.
fn render(mut pieces: Vec<Piece>, config: &PumpConfig, age: &Age) -> Bytes {
    let late = |piece: &Piece| {
        let noted = piece.noted?;
        (age.of(noted) > config.delay_threshold).then(|| age.when(noted))
    };
    if let [only] = &mut *pieces
        && late(only).is_none()
        && let [only] = &mut *only.stanzas
    {
        return std::mem::take(&mut only.bytes);
    }
    let stanzas = pieces.iter().flat_map(|piece| &piece.stanzas);
    let mut out = BytesMut::with_capacity(stanzas.map(|stanza| stanza.bytes.len()).sum());
    for piece in pieces {
        let since = late(&piece);
        for stanza in piece.stanzas {
            match since {
                Some(since) if stanza.durable => {
                    out.extend_from_slice(&with_delay(&stanza.bytes, since, &config.from));
                }
                _ => out.extend_from_slice(&stanza.bytes),
            }
        }
    }
    out.freeze()
}

fn acknowledge(outbox: &Outbox, counters: &Counters, arrived: &[Receipt]) {
    let messages: u64 = arrived.iter().map(|piece| u64::from(piece.messages)).sum();
    counters.acknowledged.fetch_add(messages, Ordering::Relaxed);
    outbox.acknowledge(arrived);
}

/// Resolves with the answer of the barrier that is under way; never, if there is none.
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
