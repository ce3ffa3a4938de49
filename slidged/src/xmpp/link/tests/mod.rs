//! The link against a scripted server over pipes, in paused time.

mod answers;
mod conflicts;
mod echoes;

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, timeout},
};

use secrecy::SecretString;

use super::*;
use crate::xmpp::ns;

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='gw.example' id='abc'>";
const ERROR_NS: &str = "urn:ietf:params:xml:ns:xmpp-streams";

/// Gives the far end of every connection to the test. Without a listener, connections are refused.
struct Pipes(mpsc::Sender<DuplexStream>);

impl Connect for Pipes {
    async fn connect(&mut self) -> io::Result<(ReadHalf, WriteHalf)> {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        self.0.try_send(theirs).map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        let (r, w) = tokio::io::split(ours);
        Ok((Box::new(r), Box::new(w)))
    }
}

struct Peer(DuplexStream, String);

impl Peer {
    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads up to and including `end`.
    async fn hear(&mut self, end: &str) -> String {
        loop {
            if let Some(i) = self.1.find(end) {
                let rest = self.1.split_off(i + end.len());
                return std::mem::replace(&mut self.1, rest);
            }
            let mut buf = [0; 4096];
            let n = self.0.read(&mut buf).await.unwrap();
            assert!(n > 0, "closed after {:?}", self.1);
            self.1.push_str(std::str::from_utf8(&buf[..n]).unwrap());
        }
    }

    async fn handshake(&mut self) {
        assert!(self.hear(">").await.starts_with("<?xml"));
        assert!(self.hear(">").await.contains("to='gw.example'"));
        self.say(HEADER).await;
        let proof = self.hear("</handshake>").await;
        assert_eq!(proof, "<handshake>de0a408ef519cd62e7379039634152874895c50c</handshake>");
        self.say("<handshake/>").await;
    }

    /// The id of the ping that comes next.
    async fn ping(&mut self) -> String {
        let ping = self.hear("</iq>").await;
        assert!(ping.ends_with("type='get'><ping xmlns='urn:xmpp:ping'/></iq>"), "{ping}");
        id_of(&ping)
    }

    /// The id of the message to itself that comes next.
    async fn message(&mut self) -> String {
        let message = self.hear("/>").await;
        assert!(message.starts_with("<message from='gw.example' to='gw.example' id='s"), "{message}");
        assert!(message.ends_with(" type='headline'/>"), "{message}");
        id_of(&message)
    }

    async fn return_ping(&mut self, id: &str) {
        self.say(&format!(
            "<iq from='gw.example' to='gw.example' id='{id}' type='get'><ping xmlns='urn:xmpp:ping'/></iq>"
        ))
        .await;
    }

    async fn return_message(&mut self, id: &str) {
        self.say(&format!("<message from='gw.example' to='gw.example' id='{id}' type='headline'/>")).await;
    }

    async fn end(mut self) -> String {
        let mut rest = self.1;
        self.0.read_to_string(&mut rest).await.unwrap();
        rest
    }
}

fn id_of(stanza: &str) -> String {
    stanza.split("id='").nth(1).unwrap().split('\'').next().unwrap().to_owned()
}

struct World {
    link: Link,
    events: mpsc::Receiver<LinkEvent>,
    task: LinkTask,
    accept: mpsc::Receiver<DuplexStream>,
}

impl World {
    fn new() -> Self {
        World::after_conflict(AfterConflict::default())
    }

    fn after_conflict(after_conflict: AfterConflict) -> Self {
        let (tx, accept) = mpsc::channel(1);
        let mut config =
            LinkConfig::new("gw.example", SecretString::from("secret"), Endpoint::Unix("unused".into()));
        config.after_conflict = after_conflict;
        let (link, events, task) = Link::spawn_on(config, Pipes(tx));
        World { link, events, task, accept }
    }

    async fn peer(&mut self) -> Peer {
        Peer(self.accept.recv().await.unwrap(), String::new())
    }

    /// A server that sends back what it is to send back, and has shown it.
    async fn up(&mut self) -> Peer {
        let mut peer = self.up_silently().await;
        let (ping, message) = (peer.ping().await, peer.message().await);
        peer.return_message(&message).await;
        peer.return_ping(&ping).await;
        self.link.iqs().wait_for(|iqs| *iqs == Iqs::Taken).await.unwrap();
        peer
    }

    /// A server that has sent nothing back yet.
    async fn up_silently(&mut self) -> Peer {
        let mut peer = self.peer().await;
        peer.handshake().await;
        assert!(matches!(self.event().await, LinkEvent::Up { .. }));
        peer
    }

    async fn event(&mut self) -> LinkEvent {
        timeout(Duration::from_secs(300), self.events.recv()).await.expect("an event").expect("a link")
    }

    async fn down(&mut self) -> DownReason {
        match self.event().await {
            LinkEvent::Down { why } => why,
            other => panic!("{other:?}"),
        }
    }

    fn send(&self, text: &str) {
        self.link.try_send(Bytes::copy_from_slice(text.as_bytes())).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn stanzas_go_both_ways() {
    let mut w = World::new();
    assert_eq!(w.link.try_send(Bytes::from_static(b"x")), Err(NotSent::Down));
    let mut peer = w.up().await;
    assert_eq!(*w.link.state().borrow(), LinkState::Up(1));
    peer.say("<message from='a@b' to='gw.example'><body>hi</body></message>").await;
    let LinkEvent::Stanza(stanza) = w.event().await else { panic!("no stanza") };
    assert_eq!(stanza.body().as_deref(), Some("hi"));
    w.send("<presence/>");
    w.link.write(1, Bytes::from_static(b"<message/>")).await.unwrap();
    assert_eq!(peer.hear("<message/>").await, "<presence/><message/>");
    assert_eq!(w.link.write(2, Bytes::new()).await, Err(Gone));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_named_and_retried_slowly() {
    let mut w = World::new();
    for (condition, why) in
        [("not-authorized", DownReason::NotAuthorized), ("host-unknown", DownReason::HostUnknown)]
    {
        let mut peer = w.peer().await;
        peer.say(&format!(
            "{HEADER}<stream:error><{condition} xmlns='{ERROR_NS}'/></stream:error></stream:stream>"
        ))
        .await;
        w.link.state().wait_for(|s| *s == LinkState::Down(why.clone())).await.unwrap();
        let since = Instant::now();
        drop(peer);
        let again = w.peer().await;
        assert!(since.elapsed() >= Duration::from_secs(30), "{:?}", since.elapsed());
        drop(again);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_xmpp_server_is_said_so() {
    let mut w = World::new();
    let mut peer = w.peer().await;
    peer.say("SSH-2.0-OpenSSH_9.2\r\n").await;
    peer.say(&"x".repeat(9_000)).await;
    let mut state = w.link.state();
    state.wait_for(|s| matches!(s, LinkState::Down(DownReason::NotXmpp(_)))).await.unwrap();
    let mut peer = w.peer().await;
    peer.say(HEADER).await;
    peer.say("<stream:features/>").await;
    state.changed().await.unwrap();
    assert!(
        matches!(&*state.borrow(), LinkState::Down(DownReason::NotXmpp(what)) if what.contains("stream:features"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up_after_a_while() {
    let mut w = World::new();
    let since = Instant::now();
    let _peer = w.peer().await;
    w.link.state().wait_for(|s| *s == LinkState::Down(DownReason::Timeout)).await.unwrap();
    assert_eq!(since.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn a_restarting_server_is_met_again_at_once() {
    let mut w = World::new();
    let mut peer = w.up().await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let barrier = tokio::spawn({
        let link = w.link.clone();
        async move { link.barrier(1).await }
    });
    peer.message().await;
    peer.say("<presence from='last@words'/></stream:stream>").await;
    drop(peer);
    assert!(matches!(w.event().await, LinkEvent::Stanza(_)), "what came before the end is not lost");
    let since = Instant::now();
    assert_eq!(w.down().await, DownReason::Closed);
    assert_eq!(barrier.await.unwrap(), Err(Gone));
    w.up().await;
    assert_eq!(since.elapsed(), Duration::ZERO);
    assert_eq!(w.link.write(1, Bytes::new()).await, Err(Gone));
    assert_eq!(*w.link.state().borrow(), LinkState::Up(2));
}

#[tokio::test(start_paused = true)]
async fn silence_is_asked_and_a_dead_connection_is_noticed() {
    let mut w = World::new();
    let mut peer = w.up().await;
    let since = Instant::now();
    for (seconds, ping) in [(30, false), (60, true)] {
        let (message, iq) = (peer.message().await, peer.ping().await);
        assert_eq!((since.elapsed().as_secs(), &message), (seconds, &iq), "each answer counts");
        if ping { peer.return_ping(&iq).await } else { peer.return_message(&message).await }
    }
    peer.ping().await;
    assert_eq!(since.elapsed().as_secs(), 90, "answered, so the next silence counts anew");
    assert_eq!(w.down().await, DownReason::Timeout);
    assert_eq!(since.elapsed().as_secs(), 120);
    w.up().await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_is_busy_is_no_silence() {
    let mut w = World::new();
    let mut peer = w.up().await;
    for _ in 0..2 * EVENTS {
        peer.say("<presence from='a@b'/>").await;
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
    for _ in 0..2 * EVENTS {
        assert!(matches!(w.event().await, LinkEvent::Stanza(_)));
    }
    assert_eq!(*w.link.state().borrow(), LinkState::Up(1));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_read_does_not_keep_us_from_reading() {
    let mut w = World::new();
    let mut peer = w.up().await;
    let writing = tokio::spawn({
        let link = w.link.clone();
        async move {
            for _ in 0..40 {
                link.write(1, Bytes::from(vec![b' '; 64 * 1024])).await?;
            }
            Ok::<_, Gone>(())
        }
    });
    for _ in 0..3 {
        peer.say("<presence from='a@b'/>").await;
        assert!(matches!(w.event().await, LinkEvent::Stanza(_)));
    }
    assert!(!writing.is_finished(), "more than the queue holds");
    assert_eq!(w.link.try_send(Bytes::from(vec![b' '; 64 * 1024])), Err(NotSent::Full));
    drop(peer);
    assert_eq!(writing.await.unwrap(), Err(Gone));
}

#[tokio::test(start_paused = true)]
async fn what_users_send_never_ends_the_connection() {
    let mut w = World::new();
    let mut peer = w.up().await;
    peer.say("<message from='a@b' to='\u{1F980}@gw.example' id='1'><body>x</body></message>").await;
    assert!(peer.hear("</message>").await.contains("jid-malformed"));
    peer.say("<iq from='a@b' to='gw.example' id='2' type='get'/>").await;
    assert!(peer.hear("</iq>").await.contains("bad-request"));
    peer.say(&format!(
        "<iq from='a@b' to='gw.example' id='3' type='get'>{}</iq>",
        "<a>".repeat(9_000) + &"</a>".repeat(9_000)
    ))
    .await;
    assert!(peer.hear("</iq>").await.contains("policy-violation"));
    peer.say("<message from='a@b' to='gw.example'><body>&undefined;</body></message><presence from='a@b'/>")
        .await;
    let LinkEvent::Stanza(stanza) = w.event().await else { panic!("no stanza") };
    assert_eq!(stanza.kind, crate::xmpp::Kind::Presence);
    assert_eq!(*w.link.state().borrow(), LinkState::Up(1));
}

#[tokio::test(start_paused = true)]
async fn what_a_server_must_not_send_ends_the_connection_and_a_new_one_is_made() {
    let mut w = World::new();
    let mut peer = w.up().await;
    peer.say("<!DOCTYPE x>").await;
    assert!(matches!(w.down().await, DownReason::NotXmpp(_)));
    let mut peer = w.up().await;
    peer.say(&format!("<stream:error><system-shutdown xmlns='{ERROR_NS}'/><text xmlns='{ERROR_NS}'>bye</text></stream:error>")).await;
    assert_eq!(
        w.down().await,
        DownReason::Stream { condition: "system-shutdown".into(), text: Some("bye".into()) }
    );
}

#[tokio::test(start_paused = true)]
async fn stopping_writes_what_is_queued_and_ends_the_stream() {
    let mut w = World::new();
    let mut peer = w.up().await;
    for _ in 0..1_000 {
        w.send("<message/>");
    }
    let state = w.link.state();
    let stopping = tokio::spawn(w.task.stop());
    let rest = async {
        let heard = peer.hear("</stream:stream>").await;
        peer.say("</stream:stream>").await;
        (heard, peer.end().await)
    };
    assert_eq!(rest.await, ("<message/>".repeat(1_000) + "</stream:stream>", String::new()));
    stopping.await.unwrap();
    assert_eq!(*state.borrow(), LinkState::Down(DownReason::Stopped));
    assert_eq!(w.link.try_send(Bytes::new()), Err(NotSent::Down));
}

#[tokio::test(start_paused = true)]
async fn stopping_takes_bounded_time_whatever_the_server_does() {
    for connected in [true, false] {
        let mut w = World::new();
        let _peer = if connected { w.up().await } else { w.peer().await };
        if connected {
            w.link.write(1, Bytes::from(vec![b' '; 512 * 1024])).await.unwrap();
        }
        let since = Instant::now();
        w.task.stop().await;
        assert!(since.elapsed() <= Duration::from_secs(3));
    }
}

#[tokio::test]
async fn the_endpoints_are_tcp_and_unix_sockets() {
    async fn check(endpoint: Endpoint, accepted: impl Future<Output = impl tokio::io::AsyncRead + Unpin>) {
        let mut endpoint = endpoint;
        let ((_r, mut w), mut peer) = tokio::join!(async { endpoint.connect().await.unwrap() }, accepted);
        w.write_all(b"hello").await.unwrap();
        let mut got = [0; 5];
        peer.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"hello");
    }
    let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = tcp.local_addr().unwrap().port();
    check(Endpoint::Tcp { host: "127.0.0.1".into(), port }, async { tcp.accept().await.unwrap().0 }).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let unix = tokio::net::UnixListener::bind(&path).unwrap();
    check(Endpoint::Unix(path), async { unix.accept().await.unwrap().0 }).await;
}
