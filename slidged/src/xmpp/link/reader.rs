//! The reading half: decodes, settles answers, hands on stanzas, and notices when the server fell
//! silent.

use crate::xmpp::link::DownReason;
use crate::xmpp::link::LinkConfig;
use crate::xmpp::link::ReadHalf;
use crate::xmpp::link::answer;
use crate::xmpp::link::events::LinkEvent;
use crate::xmpp::link::requests::Settled;
use crate::xmpp::link::state::Shared;
use crate::xmpp::link::writer::WeakOutbound;
use crate::xmpp::stream::Decoder;
use crate::xmpp::stream::Item;
use bytes::BytesMut;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::debug;

/// Bytes that are read at once; matches the writer's batch on the server's side.
const CHUNK: usize = 64 * 1024;
/// Stanzas in one read that mean that many are coming: a chat at a time brings one or two.
const BUSY: u32 = 4;
/// Time to let bytes gather before the next read. Each read wakes the session, the plugin and the
/// database; under load these switches cost more than the work, and nobody notices two milliseconds
/// behind a queue.
const GATHER: Duration = Duration::from_millis(2);

pub(super) struct Reader<'a> {
    pub(super) shared: &'a Shared,
    pub(super) config: &'a LinkConfig,
    pub(super) events: &'a mpsc::Sender<LinkEvent>,
    pub(super) outbound: WeakOutbound,
    pub(super) io: ReadHalf,
    pub(super) decoder: Decoder,
    pub(super) buf: BytesMut,
}

impl Reader<'_> {
    /// Reads until the connection is over, and says why.
    pub(super) async fn run(mut self) -> DownReason {
        loop {
            let mut taken = 0_u32;
            loop {
                match self.decoder.next(&mut self.buf) {
                    Ok(Some(item)) => {
                        taken += 1;
                        if let Err(why) = self.take(item).await {
                            return why;
                        }
                    }
                    Ok(None) => break,
                    Err(broken) => return DownReason::NotXmpp(broken.to_string()),
                }
            }
            if taken >= BUSY {
                tokio::time::sleep(GATHER).await;
            }
            if let Err(why) = self.read().await {
                return why;
            }
        }
    }

    async fn take(&mut self, item: Item) -> Result<(), DownReason> {
        match item {
            Item::Stanza(stanza) => {
                match self.shared.requests.settle(stanza, &self.shared.jid) {
                    Settled::Echo { epoch, kind } => self.shared.echoes.came(epoch, kind),
                    Settled::Ours => {}
                    // Nobody takes events any more when the daemon ends.
                    Settled::Not(stanza) => {
                        self.events.send(LinkEvent::Stanza(stanza)).await.map_err(|_| DownReason::Stopped)?;
                    }
                }
                Ok(())
            }
            Item::Invalid { header, why } => {
                debug!(stanza = header.name, from = header.from, to = header.to, %why, "not decoded");
                self.shared.requests.settle_invalid(&header);
                if let Some(answer) = answer::to_invalid(&header, why, &self.shared.jid)
                    && let Err(error) = self.outbound.try_send(answer)
                {
                    debug!(%error, "and not answered");
                }
                Ok(())
            }
            Item::StreamError { condition, text } => Err(DownReason::of_stream_error(condition, text)),
            Item::Close => Err(DownReason::Closed),
            Item::Open { .. } | Item::Handshake => Ok(()),
        }
    }

    /// Reads something. The time that the gateway took for what was read before does not count as
    /// silence.
    async fn read(&mut self) -> Result<(), DownReason> {
        let mut deadline = Instant::now() + self.config.timing.idle;
        let mut asked = false;
        loop {
            self.buf.reserve(CHUNK);
            match tokio::time::timeout_at(deadline, self.io.read_buf(&mut self.buf)).await {
                Ok(Ok(0)) => return Err(DownReason::Closed),
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) => return Err(DownReason::Io(error.to_string())),
                Err(_) if asked => return Err(DownReason::Timeout),
                Err(_) => {
                    // When the queue is full the server owes us enough to notice by.
                    let Shared { echoes, requests, .. } = self.shared;
                    let _ = self.outbound.try_send(echoes.ask(&requests.idle_id(), true));
                    asked = true;
                    deadline = Instant::now() + self.config.timing.dead;
                }
            }
        }
    }
}
