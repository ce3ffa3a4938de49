//! The client's connection: tokio-xmpp's stanza stream, driven by one task.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use jid::{BareJid, Jid};
use minidom::Element;
use sasl::common::ChannelBinding;
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};
use tokio_xmpp::connect::{DnsConfig, ServerConnector, TcpServerConnector};
use tokio_xmpp::stanzastream::{Event, StanzaStream, StanzaToken, StreamEvent};
use tokio_xmpp::xmlstream::{PendingFeaturesRecv, Timeouts};
use tokio_xmpp::{Error, Stanza};
use xmpp_parsers::presence::Presence;

use super::answers;
use super::session::Session;
use crate::wait::PATIENCE;

/// Stanzas that may wait in either direction: a burst of a test, so that neither direction ever
/// stops the other.
const QUEUE: usize = 20_000;
/// Between two tries to reach a server that is being restarted. tokio-xmpp alone would double a
/// second each time.
const RETRY: Duration = Duration::from_millis(100);

pub(super) enum Command {
    Send(Box<Stanza>, oneshot::Sender<StanzaToken>),
    Close(oneshot::Sender<()>),
}

/// Plain TCP, patient while nobody listens.
#[derive(Debug, Clone)]
pub(super) struct Connector(TcpServerConnector);

impl Connector {
    pub(super) fn to(address: SocketAddr) -> Self {
        Connector(TcpServerConnector(DnsConfig::Addr { addr: address.to_string() }))
    }
}

impl ServerConnector for Connector {
    type Stream = BufStream<TcpStream>;

    async fn connect(
        &self,
        jid: &Jid,
        ns: &'static str,
        timeouts: Timeouts,
    ) -> Result<(PendingFeaturesRecv<Self::Stream>, ChannelBinding), Error> {
        let since = Instant::now();
        loop {
            match self.0.connect(jid, ns, timeouts).await {
                Err(_) if since.elapsed() < PATIENCE => sleep(RETRY).await,
                done => return done,
            }
        }
    }
}

pub(super) fn spawn(
    connector: Connector,
    jid: BareJid,
    password: String,
    timeouts: Timeouts,
    session: Arc<Session>,
) -> mpsc::Sender<Command> {
    let (commands, mut todo) = mpsc::channel(1);
    let mut stream = StanzaStream::new_c2s(connector, jid.into(), password, timeouts, QUEUE);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                command = todo.recv() => match command {
                    Some(Command::Send(stanza, reply)) => drop(reply.send(stream.send(stanza).await)),
                    Some(Command::Close(done)) => {
                        stream.close().await;
                        let _gone = done.send(());
                        return;
                    }
                    None => return stream.close().await,
                },
                event = stream.next() => match event {
                    Some(Event::Stanza(received)) => {
                        let element = tree(received);
                        let answer = answers::answer(&element, &session.features());
                        if let Some(answer) = answer {
                            drop(stream.send(Box::new(stanza(answer))).await);
                        }
                        session.put(element);
                    }
                    Some(Event::Stream(StreamEvent::Reset { bound_jid, .. })) => {
                        // A new session knows nothing of our presence; the first one is the
                        // scenario's to announce.
                        if session.login().count > 0 {
                            drop(stream.send(Box::new(Stanza::Presence(Presence::available()))).await);
                        }
                        session.logged_in(bound_jid.try_into_full().ok());
                    }
                    Some(Event::Stream(_)) => {}
                    None => return,
                },
            }
        }
    });
    commands
}

fn tree(stanza: Stanza) -> Element {
    match stanza {
        Stanza::Message(message) => message.into(),
        Stanza::Presence(presence) => presence.into(),
        Stanza::Iq(iq) => iq.into(),
    }
}

/// # Panics
/// When the test's element is not a stanza that xmpp-parsers can hold; what is not goes through
/// [`Raw`](crate::raw::Raw).
pub(super) fn stanza(element: Element) -> Stanza {
    let text = String::from(&element);
    let stanza = match element.name() {
        "message" => element.try_into().map(Stanza::Message),
        "presence" => element.try_into().map(Stanza::Presence),
        _ => element.try_into().map(Stanza::Iq),
    };
    stanza.unwrap_or_else(|e| panic!("{e} in {text}"))
}
