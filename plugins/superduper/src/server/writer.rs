//! Writer of a connection: answers, live events, and the device's log.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::faults::OnEvent;
use super::hub::Hub;
use super::world::{End, Follow, Line, Pending};
use crate::protocol::wire::{json, numbered};
use crate::protocol::{Event, Millis};

/// Events taken from the log at once: enough that the lock is not the cost, few enough that an
/// answer never waits long.
const BATCH: usize = 64;
/// Time after which a client that does not read counts as gone.
const WRITE: Duration = Duration::from_secs(60);
/// Time that a reordered event waits for a successor.
const HOLD: Duration = Duration::from_secs(1);

/// Writes until the connection ends.
pub(super) async fn run(
    hub: Arc<Hub>,
    half: OwnedWriteHalf,
    out: mpsc::Receiver<Pending>,
    mut end: watch::Receiver<Option<End>>,
) {
    let mut cut = end.clone();
    let mut writer =
        Writer { hub, half: BufWriter::with_capacity(64 * 1024, half), out, follow: None, held: None };
    tokio::select! {
        biased;
        // The sender lives as long as the connection, so an error here means that it is over as
        // well.
        () = async { drop(cut.wait_for(|end| *end == Some(End::Cut)).await) } => {}
        reason = writer.pump(&mut end) => {
            if let Some(reason) = reason {
                let _ = writer.line(&(json(&Event::Bye { reason: reason.into() }) + "\n")).await;
            }
            let _ = writer.flush().await;
        }
    }
}

struct Writer<W> {
    hub: Arc<Hub>,
    half: BufWriter<W>,
    out: mpsc::Receiver<Pending>,
    follow: Option<Follow>,
    /// Event that lets its successor pass, and how long it waits for one.
    held: Option<(String, Instant)>,
}

/// End of the connection, as an error: the client is gone, or a fault ends it.
struct Over;

impl<W: AsyncWrite + Unpin> Writer<W> {
    /// Writes until the end, and returns the reason to give when it is an orderly one.
    async fn pump(&mut self, end: &mut watch::Receiver<Option<End>>) -> Option<&'static str> {
        loop {
            match self.step(end).await {
                Ok(None) => {}
                Ok(Some(End::Bye(reason))) => return Some(reason),
                Ok(Some(End::Cut)) | Err(Over) => return None,
            }
        }
    }

    async fn step(&mut self, end: &mut watch::Receiver<Option<End>>) -> Result<Option<End>, Over> {
        let rung = async {
            match &self.follow {
                Some(follow) => follow.bell.notified().await,
                None => std::future::pending().await,
            }
        };
        let held_until = self.held.as_ref().map(|(_, until)| *until);
        tokio::select! {
            // Answers come first: what was asked before a goodbye is answered before it.
            biased;
            pending = self.out.recv() => match pending {
                Some(pending) => self.pending(pending).await?,
                None => return Ok(Some(End::Cut)),
            },
            () = rung => {}
            () = async { sleep_until(held_until.unwrap_or_else(Instant::now)).await }, if held_until.is_some() => {
                if let Some((line, _)) = self.held.take() {
                    self.line(&line).await?;
                }
            }
            ended = async { end.wait_for(Option::is_some).await.map_or(Some(End::Cut), |end| *end) } => return Ok(ended),
        }
        loop {
            // The log is looked at first: once an event is in it, everything that happened before
            // the event is in the queue.
            let log_end = self.follow.as_ref().map(|follow| self.hub.log_end(follow));
            while let Ok(pending) = self.out.try_recv() {
                self.pending(pending).await?;
            }
            // A log that is only now followed has not been looked at.
            let begins = log_end.is_none() && self.follow.is_some();
            if !begins && !self.events(log_end.unwrap_or(0)).await? {
                break;
            }
        }
        self.flush().await?;
        Ok(None)
    }

    async fn pending(&mut self, pending: Pending) -> Result<(), Over> {
        match pending {
            Pending::Line(line) => self.line(&line).await,
            Pending::Live(line, before) => {
                // Live events keep their place among those of the log: nobody stops typing before
                // their message is there, or pauses after it.
                while self.events(before).await? {}
                let text = format!("{}\n", line.body);
                self.event(&line, text).await
            }
            Pending::Follow(follow) => {
                self.follow = Some(follow);
                Ok(())
            }
            Pending::Stall(ms) => self.pause(ms).await,
        }
    }

    /// Writes the next events of the log before number `to`, and tells whether there were any.
    async fn events(&mut self, to: u64) -> Result<bool, Over> {
        let Some(follow) = &mut self.follow else { return Ok(false) };
        let (first, lines) = self.hub.events(follow, to, BATCH);
        follow.next = first + lines.len() as u64;
        let any = !lines.is_empty();
        for (number, line) in (first..).zip(lines) {
            let text = numbered(number, &line.body);
            self.event(&line, text).await?;
        }
        Ok(any)
    }

    /// Writes an event, with the injected faults.
    async fn event(&mut self, line: &Line, text: String) -> Result<(), Over> {
        let fault = match &self.follow {
            Some(follow) => {
                let mut faults = self.hub.faults();
                if faults.is_empty() { None } else { faults.on_event(&follow.by.user, line.name) }
            }
            None => None,
        };
        match fault {
            Some(OnEvent::Drop) => {
                self.flush().await?;
                return Err(Over);
            }
            Some(OnEvent::Delay(ms)) => self.pause(ms).await?,
            Some(OnEvent::Duplicate) => self.line(&text).await?,
            Some(OnEvent::Garbage) => self.line("{\"seq\":oops\n").await?,
            Some(OnEvent::Reorder) if self.held.is_none() => {
                self.held = Some((text, Instant::now() + HOLD));
                return Ok(());
            }
            Some(OnEvent::Reorder) | None => {}
        }
        self.line(&text).await?;
        if let Some((held, _)) = self.held.take() {
            self.line(&held).await?;
        }
        Ok(())
    }

    /// Writes everything that is buffered, then nothing for a while.
    async fn pause(&mut self, ms: Millis) -> Result<(), Over> {
        self.flush().await?;
        sleep(Duration::from_millis(ms)).await;
        Ok(())
    }

    async fn line(&mut self, line: &str) -> Result<(), Over> {
        in_time(self.half.write_all(line.as_bytes())).await
    }

    async fn flush(&mut self) -> Result<(), Over> {
        in_time(self.half.flush()).await
    }
}

async fn in_time(write: impl Future<Output = std::io::Result<()>>) -> Result<(), Over> {
    match timeout(WRITE, write).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Over),
    }
}
