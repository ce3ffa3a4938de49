//! The writing half: a queue bounded in bytes, and a task that writes what is queued in large
//! pieces.

use crate::xmpp::link::Gone;
use crate::xmpp::link::WriteHalf;
use crate::xmpp::link::events::NotSent;
use bytes::Bytes;
use std::io;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::mpsc;

/// Bytes that are written at once: large enough that the system calls do not count, small enough
/// that nothing waits for the batch.
const BATCH: usize = 64 * 1024;

/// Bytes that may wait: a few batches, so that the writer never starves; more would only be memory.
const QUEUE_BYTES: usize = 1024 * 1024;

/// Entries that may wait. Entries are small when they are many.
const QUEUE: usize = 4096;

struct Queued {
    bytes: Bytes,
    /// Given back when written or copied.
    _room: OwnedSemaphorePermit,
}

/// The way into the queue of one epoch.
#[derive(Clone)]
pub(super) struct Outbound {
    pub(super) epoch: u64,
    queue: mpsc::Sender<Queued>,
    room: Arc<Semaphore>,
}

/// A way into the queue that does not keep it open: the stream ends in good order when only such
/// are left.
#[derive(Clone)]
pub(super) struct WeakOutbound {
    epoch: u64,
    queue: mpsc::WeakSender<Queued>,
    room: Arc<Semaphore>,
}

impl WeakOutbound {
    pub(super) fn try_send(&self, bytes: Bytes) -> Result<(), NotSent> {
        let queue = self.queue.upgrade().ok_or(NotSent::Down)?;
        Outbound { epoch: self.epoch, queue, room: Arc::clone(&self.room) }.try_send(bytes)
    }
}

/// The other end of the queue. Dropping it wakes everybody who waits for room.
pub(super) struct Queue {
    queue: mpsc::Receiver<Queued>,
    room: Arc<Semaphore>,
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.room.close();
    }
}

pub(super) fn queue(epoch: u64) -> (Outbound, Queue) {
    let (tx, rx) = mpsc::channel(QUEUE);
    let room = Arc::new(Semaphore::new(QUEUE_BYTES));
    (Outbound { epoch, queue: tx, room: Arc::clone(&room) }, Queue { queue: rx, room })
}

/// Room for that many bytes; what is larger than the whole queue goes when it is empty.
fn room_for(bytes: &Bytes) -> u32 {
    u32::try_from(bytes.len().min(QUEUE_BYTES)).unwrap_or(u32::MAX)
}

impl Outbound {
    pub(super) fn downgrade(&self) -> WeakOutbound {
        WeakOutbound { epoch: self.epoch, queue: self.queue.downgrade(), room: Arc::clone(&self.room) }
    }

    pub(super) async fn write(&self, bytes: Bytes) -> Result<(), Gone> {
        let room = Arc::clone(&self.room).acquire_many_owned(room_for(&bytes)).await.map_err(|_| Gone)?;
        self.queue.send(Queued { bytes, _room: room }).await.map_err(|_| Gone)
    }

    pub(super) fn try_send(&self, bytes: Bytes) -> Result<(), NotSent> {
        use tokio::sync::{TryAcquireError, mpsc::error::TrySendError};
        let room = Arc::clone(&self.room).try_acquire_many_owned(room_for(&bytes)).map_err(|e| match e {
            TryAcquireError::Closed => NotSent::Down,
            TryAcquireError::NoPermits => NotSent::Full,
        })?;
        self.queue.try_send(Queued { bytes, _room: room }).map_err(|e| match e {
            TrySendError::Closed(_) => NotSent::Down,
            TrySendError::Full(_) => NotSent::Full,
        })
    }
}

/// Writes until every way into the queue is gone, then ends the stream.
pub(super) async fn run(mut io: WriteHalf, mut queue: Queue) -> io::Result<()> {
    let mut batch: Vec<u8> = Vec::with_capacity(2 * BATCH);
    while let Some(first) = queue.queue.recv().await {
        if first.bytes.len() >= BATCH {
            io.write_all(&first.bytes).await?;
        } else {
            batch.extend_from_slice(&first.bytes);
            drop(first);
            while batch.len() < BATCH {
                let Ok(next) = queue.queue.try_recv() else { break };
                batch.extend_from_slice(&next.bytes);
            }
            io.write_all(&batch).await?;
            batch.clear();
            batch.shrink_to(2 * BATCH);
        }
        io.flush().await?;
    }
    io.write_all(b"</stream:stream>").await?;
    io.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn what_was_queued_is_written_in_order_and_in_large_pieces() {
        let (out, queue) = queue(1);
        let mut expected = Vec::new();
        for i in 0..3_000 {
            let stanza = Bytes::from(format!("<message id='{i}'/>"));
            expected.extend_from_slice(&stanza);
            out.try_send(stanza).unwrap();
        }
        drop(out);
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        run(Box::new(ours), queue).await.unwrap();
        let mut got = Vec::new();
        theirs.read_to_end(&mut got).await.unwrap();
        expected.extend_from_slice(b"</stream:stream>");
        assert!(got == expected);
    }

    #[tokio::test]
    async fn a_full_queue_holds_back_and_lets_go_when_it_ends() {
        let (out, queue) = queue(1);
        out.write(Bytes::from(vec![b'x'; 2 * QUEUE_BYTES])).await.unwrap();
        assert_eq!(out.try_send(Bytes::from_static(b"y")), Err(NotSent::Full));
        let waiting = tokio::spawn({
            let out = out.clone();
            async move { out.write(Bytes::from_static(b"y")).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(queue);
        assert_eq!(waiting.await.unwrap(), Err(Gone));
        assert_eq!(out.try_send(Bytes::from_static(b"y")), Err(NotSent::Down));
    }
}
