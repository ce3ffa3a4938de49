//! Connect, serve, wait, again.

use crate::xmpp::link::Connect;
use crate::xmpp::link::DownReason;
use crate::xmpp::link::LinkConfig;
use crate::xmpp::link::backoff::Backoff;
use crate::xmpp::link::backoff::WasUp;
use crate::xmpp::link::events::LinkEvent;
use crate::xmpp::link::events::LinkState;
use crate::xmpp::link::handshake::Established;
use crate::xmpp::link::handshake::establish;
use crate::xmpp::link::reader::Reader;
use crate::xmpp::link::state::Shared;
use crate::xmpp::link::writer;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio::time::sleep;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;
use tracing::info;
use tracing::warn;

/// Time to listen for the reason after the server stopped to take what we write.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(super) async fn run(
    shared: Arc<Shared>,
    config: LinkConfig,
    mut connect: impl Connect,
    events: mpsc::Sender<LinkEvent>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut backoff = Backoff::new(config.timing);
    let mut epoch = 0;
    let mut told: Option<DownReason> = None;
    loop {
        let attempt = timeout(config.timing.establish, establish(&mut connect, &config, &shared));
        let attempt = tokio::select! {
            biased;
            () = stop_of(&mut stopped) => break,
            attempt = attempt => attempt.unwrap_or(Err(DownReason::Timeout)),
        };
        let (why, was_up) = match attempt {
            Ok(stream) => {
                epoch += 1;
                told = None;
                info!(jid = config.jid, server = %config.endpoint, epoch, "connected");
                let since = Instant::now();
                let why = serve(&shared, &config, stream, epoch, &events, &mut stopped).await;
                if why.is_rejection() {
                    shared.rejected.store(epoch, Ordering::Relaxed);
                }
                (why, Some(WasUp { lived: since.elapsed(), worked: shared.echoes.worked(epoch) }))
            }
            Err(why) => (why, None),
        };
        if why == DownReason::Stopped {
            break;
        }
        shared.state.send_replace(LinkState::Down(why.clone()));
        let delay = backoff.delay(&why, was_up, getrandom::u64().unwrap_or(u64::MAX));
        if told.as_ref() == Some(&why) {
            debug!(%why, ?delay, "still not connected");
        } else {
            warn!(jid = config.jid, server = %config.endpoint, %why, ?delay, "not connected");
        }
        let again = async {
            sleep(delay).await;
            if why == DownReason::Conflict {
                config.after_conflict.met().await;
            }
        };
        tokio::select! {
            () = stop_of(&mut stopped) => break,
            () = again => {}
        }
        told = Some(why);
    }
    shared.state.send_replace(LinkState::Down(DownReason::Stopped));
}

/// Resolves when the link is to stop, also when the handle was dropped.
async fn stop_of(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// One connection, from accepted to over.
async fn serve(
    shared: &Shared,
    config: &LinkConfig,
    stream: Established,
    epoch: u64,
    events: &mpsc::Sender<LinkEvent>,
    stopped: &mut watch::Receiver<bool>,
) -> DownReason {
    let (outbound, queue) = writer::queue(epoch);
    let Established { reader, writer, decoder, buf } = stream;
    let mut writer = AbortOnDropHandle::new(tokio::spawn(writer::run(writer, queue)));
    let (ours, probes) = (outbound.downgrade(), outbound.downgrade());
    shared.echoes.begin(epoch);
    shared.set_outbound(Some(outbound));
    shared.state.send_replace(LinkState::Up(epoch));
    let reading = async {
        if events.send(LinkEvent::Up { epoch }).await.is_err() {
            return DownReason::Stopped;
        }
        Reader { shared, config, events, outbound: ours, io: reader, decoder, buf }.run().await
    };
    let probing = crate::xmpp::link::probe::probe(shared, epoch, probes);
    tokio::pin!(reading, probing);
    let why = tokio::select! {
        never = &mut probing => match never {},
        why = &mut reading => why,
        result = &mut writer => {
            let error = match result {
                Ok(Err(error)) => error.to_string(),
                Ok(Ok(())) => "the writer ended".to_owned(),
                Err(error) => error.to_string(),
            };
            timeout(LAST_WORDS, &mut reading).await.unwrap_or(DownReason::Io(error))
        }
        () = stop_of(stopped) => {
            // Nothing new gets in; the writer ends behind what is queued. We go on reading, because
            // a server that cannot write does not read either.
            shared.set_outbound(None);
            let last = async {
                let (written, _) = tokio::join!(&mut writer, &mut reading);
                written.is_ok_and(|w| w.is_ok())
            };
            if !timeout(config.timing.stop, last).await.unwrap_or(false) {
                debug!("the stream was not ended in good order");
            }
            DownReason::Stopped
        }
    };
    shared.set_outbound(None);
    shared.requests.end_epoch(epoch);
    if why != DownReason::Stopped {
        tokio::select! {
            () = stop_of(stopped) => return DownReason::Stopped,
            sent = events.send(LinkEvent::Down { why: why.clone() }) => if sent.is_err() { return DownReason::Stopped },
        }
    }
    why
}
