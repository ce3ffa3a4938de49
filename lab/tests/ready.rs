//! Time until slidged is ready: on the servers of Debian 12, and on one that drops what a component
//! asks in its own name. Those of Debian 13 are in `debian13`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lab::wait::until;
use lab::{Ejabberd, Postgres, Prosody, Server, Site, Slidged, SlidgedOptions, binaries};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A gateway that takes longer is taken for one that does not start.
const SOON: Duration = Duration::from_secs(5);

async fn ready_soon(site: &Site, database: Option<String>) {
    // Built before the clock runs.
    let _ = binaries::program("slidged");
    let since = Instant::now();
    let options = SlidgedOptions { database, ..SlidgedOptions::default() };
    let mut slidged = Slidged::start(site, "stress", options).await;
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    let since = Instant::now();
    slidged.stop().await;
    assert!(since.elapsed() < Duration::from_secs(2), "its last word came back after {:?}", since.elapsed());
}

async fn ready_soon_on(server: &impl Server) {
    let postgres = Postgres::start().await;
    ready_soon(server.site(), None).await;
    ready_soon(server.site(), Some(postgres.url().to_owned())).await;
}

#[tokio::test]
async fn slidged_is_ready_within_five_seconds_on_prosody() {
    ready_soon_on(&Prosody::start().await).await;
}

#[tokio::test]
async fn slidged_is_ready_within_five_seconds_on_ejabberd() {
    ready_soon_on(&Ejabberd::start().await).await;
}

/// All that a component has written.
type Heard = Arc<Mutex<String>>;

/// A server like ejabberd 24.12 with `mod_privilege`: messages that a component sends to itself
/// come back, and iqs are dropped.
async fn drops_iqs() -> (SocketAddr, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let heard = Heard::default();
    let hears = heard.clone();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(returns_messages_only(tcp, hears.clone()));
        }
    });
    (address, heard)
}

async fn returns_messages_only(mut tcp: TcpStream, heard: Heard) -> std::io::Result<()> {
    let header = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='gw.example.org' id='1'>";
    let (mut buffer, mut rest) = (vec![0; 65536], String::new());
    let mut greeted = false;
    loop {
        let read = tcp.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
        heard.lock().expect("nobody panics with it").push_str(&text);
        rest += &text;
        if !greeted && rest.contains("<stream:stream ") {
            greeted = true;
            tcp.write_all(header.as_bytes()).await?;
        }
        while let Some(end) = rest.find('>') {
            let tag: String = rest.drain(..=end).collect();
            let own = tag.contains(" from='gw.example.org'") && tag.contains(" to='gw.example.org'");
            let message = own && tag.starts_with("<message ") && tag.ends_with("/>");
            if tag.ends_with("</handshake>") {
                tcp.write_all(b"<handshake/>").await?;
            } else if message || tag == "</stream:stream>" {
                tcp.write_all(tag.as_bytes()).await?;
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_drops_our_iqs_has_a_gateway_all_the_same_and_it_is_said_once() {
    let (component, heard) = drops_iqs().await;
    // No client ever comes.
    let c2s = lab::free_port();
    let site = Site { domain: "example.org", gateway: "gw.example.org", secret: "any", c2s, component };
    ready_soon(&site, None).await;
    let more = "[registration]\nadmins = [\"admin@example.org\"]\n".to_owned();
    let mut slidged =
        Slidged::start(&site, "stress", SlidgedOptions { more, ..SlidgedOptions::default() }).await;
    let warning = "the XMPP server drops what the gateway asks in its own name";
    let since = Instant::now();
    slidged.process_mut().says(warning).await;
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
    let told = || heard.lock().expect("nobody panics with it").matches("upgrade to 25.03").count();
    until("an administrator to be told", || (told() > 0).then_some(())).await;

    let since = Instant::now();
    let (fine, report) = slidged.doctor(&[]).await;
    assert!(since.elapsed() < SOON, "nothing waits for a time-out: {:?}", since.elapsed());
    let line = report.lines().find(|line| line.contains("requests of the gateway")).unwrap_or_default();
    assert!(!fine && line.starts_with("FAIL") && line.contains("upgrade to 25.03"), "{report}");

    slidged.stop().await;
    slidged.resume().await;
    until("the warning of the second start", || {
        (slidged.process().log().matches(warning).count() == 2).then_some(())
    })
    .await;
    slidged.stop().await;
    assert_eq!(told(), 1, "who was told knows");
}

#[tokio::test]
async fn a_server_that_is_restarted_again_and_again_has_its_gateway_back_within_five_seconds() {
    let mut prosody = Prosody::start().await;
    let slidged = Slidged::start(prosody.site(), "stress", SlidgedOptions::default()).await;
    for n in 1..=8_u32 {
        // Up for a while, but never for long.
        tokio::time::sleep(Duration::from_secs(u64::from(n % 4))).await;
        prosody.restart().await;
        let since = Instant::now();
        let connected = format!("epoch={}", n + 1);
        until("the gateway to be back", || slidged.process().log().contains(&connected).then_some(())).await;
        assert!(since.elapsed() < SOON, "{:?} after the restart {n}", since.elapsed());
    }
}
