//! Delivery contract of the gateway: logs, acknowledgements, repeats, faults, restarts.

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use common::{Device, login, network, user};
use superduper::client::{Connection, Error};
use superduper::protocol::login::{Ack, CreateAccount};
use superduper::protocol::message::{Activity, History, Send, Typing};
use superduper::protocol::{Content, Event, Fault, FaultKind, Kind, Login};

#[tokio::test]
async fn unacknowledged_events_come_again_with_the_same_numbers() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    for text in ["one", "two", "three"] {
        ada.write(&user("bob"), text).await;
    }
    let first: Vec<_> = [bob.durable().await, bob.durable().await, bob.durable().await].into();
    bob.ask(Ack { upto: 1 }).await;

    let mut again = Device::enter(&server, "bob", "phone").await;
    assert_eq!((again.welcome.next, again.welcome.lost), (2, 0));
    assert_eq!([again.durable().await, again.durable().await], first[1..]);
    let replaced =
        bob.until(|event| if let Event::Bye { reason } = event { Some(reason) } else { None }).await;
    assert_eq!(replaced, "replaced");
}

#[tokio::test]
async fn live_events_stand_where_they_happened_among_the_durable_ones_however_slow_the_connection_is() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let types = async |activity| ada.ask(Typing { chat: user("bob"), activity, thread: None }).await;
    // All of it waits for the connection.
    ada.ask(Fault { fault: FaultKind::Stall, user: Some("bob".into()), ms: 300, ..Fault::default() }).await;
    types(Activity::Typing).await;
    ada.write(&user("bob"), "first").await;
    types(Activity::Paused).await;
    ada.write(&user("bob"), "second").await;
    types(Activity::Gone).await;
    let mut seen = Vec::new();
    while seen.len() < 5 {
        seen.extend(match bob.next().await.event {
            Event::Typing { activity, .. } => Some(format!("{activity:?}")),
            Event::Message { message, .. } => Some(message.content.text),
            _ => None,
        });
    }
    assert_eq!(seen, ["Typing", "first", "Paused", "second", "Gone"]);
}

#[tokio::test]
async fn a_device_hears_of_what_happened_while_it_was_away_and_a_new_one_does_not() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    drop(Device::new(&server, "bob").await);
    ada.write(&user("bob"), "are you there?").await;
    assert_eq!(Device::enter(&server, "bob", "phone").await.text().await, "are you there?");
    let mut other = Device::enter(&server, "bob", "other").await;
    ada.write(&user("bob"), "now?").await;
    assert_eq!(other.text().await, "now?");
}

#[tokio::test]
async fn no_more_than_the_window_is_under_way_unacknowledged() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    common::create(&server, "bob").await;
    let mut bob = Device::enter_as(&server, Login { window: Some(3), ..login("bob", "phone") }).await;
    for number in 0..8 {
        ada.write(&user("bob"), &number.to_string()).await;
    }
    assert_eq!(bob.told(&ada).await.len(), 3);
    bob.ask(Ack { upto: 2 }).await;
    assert_eq!((bob.text().await, bob.text().await), ("3".into(), "4".into()));
    assert!(bob.told(&ada).await.is_empty());
    bob.ask(Ack { upto: 5 }).await;
    assert_eq!(bob.text().await, "5");
}

#[tokio::test]
async fn a_repeated_nonce_sends_nothing_twice_even_when_the_answer_was_lost() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let send =
        |nonce: &str| Send { chat: user("bob"), content: Content::text("once"), nonce: Some(nonce.into()) };
    bob.ask(Fault {
        fault: FaultKind::LoseAnswer,
        user: Some("ada".into()),
        request: Some("send".into()),
        ..Fault::default()
    })
    .await;
    assert!(matches!(ada.connection.ask(send("n1")).await, Err(Error::Closed(_) | Error::Io(_))));
    let ada = Device::enter(&server, "ada", "phone").await;
    let sent = ada.ask(send("n1")).await;
    assert!(sent.repeated);
    assert!(!ada.ask(send("n2")).await.repeated);
    let ids: Vec<_> = bob
        .told(&ada)
        .await
        .into_iter()
        .map(|event| if let Event::Message { message, .. } = event { message.id } else { String::new() })
        .collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], sent.id);
}

#[tokio::test]
async fn events_are_duplicated_reordered_delayed_and_lost_with_the_connection_on_demand() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let fault = |fault, skip| Fault {
        fault,
        skip,
        user: Some("bob".into()),
        event: Some("message".into()),
        ms: 5,
        ..Fault::default()
    };
    for rule in [
        fault(FaultKind::Duplicate, 0),
        fault(FaultKind::Reorder, 0),
        fault(FaultKind::Delay, 1),
        fault(FaultKind::Drop, 2),
    ] {
        ada.ask(rule).await;
    }
    for number in 1..=6 {
        ada.write(&user("bob"), &number.to_string()).await;
    }
    let mut seen = Vec::new();
    while let Some(arrival) = bob.incoming.recv().await {
        seen.extend(arrival.seq);
    }
    assert_eq!(seen, [1, 1, 3, 2], "the fourth is cut off");
    let mut again = Device::enter(&server, "bob", "phone").await;
    assert_eq!(again.durable().await.0, 1);
}

#[tokio::test]
async fn requests_are_throttled_and_connections_cut_on_demand() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    ada.ask(Fault {
        fault: FaultKind::Throttle,
        request: Some("send".into()),
        ms: 1_500,
        ..Fault::default()
    })
    .await;
    let send = Send { chat: user("ada"), content: Content::text("x"), nonce: None };
    let Err(Error::Refused(refusal)) = ada.connection.ask(send.clone()).await else {
        panic!("not throttled")
    };
    assert_eq!((refusal.kind, refusal.retry_after), (Kind::Throttled, Some(1_500)));
    ada.ask(send).await;
    let bob = Device::new(&server, "bob").await;
    bob.ask(Fault { user: Some("ada".into()), ..Fault::default() }).await;
    ada.connection.closed().await;
    assert!(!bob.connection.is_over());
}

#[tokio::test]
async fn faults_are_refused_unless_the_server_was_started_for_them() {
    let server = superduper::server::Server::start(superduper::server::Options::default()).await.unwrap();
    assert_eq!(Device::new(&server, "ada").await.refused(Fault::default()).await, Kind::Forbidden);
}

/// A `superduperd` in its own process. Killed when dropped.
struct Daemon {
    child: Child,
    address: String,
}

impl Daemon {
    fn start(state: &std::path::Path, listen: &str) -> Daemon {
        let mut child = Command::new(env!("CARGO_BIN_EXE_superduperd"))
            .args(["--listen", listen, "--state"])
            .arg(state)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        Daemon { child, address: ready["listening"].as_str().unwrap().to_owned() }
    }

    async fn enter(&self, user: &str) -> Device {
        let (connection, incoming) = Connection::open(&self.address).await.unwrap();
        let welcome = connection.ask(login(user, "phone")).await.unwrap();
        Device { connection, incoming, welcome }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn a_killed_server_comes_back_with_everything_that_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), "127.0.0.1:0");
    let (connection, _incoming) = Connection::open(&daemon.address).await.unwrap();
    for name in ["ada", "Bøb 🦀"] {
        let account =
            CreateAccount { user: name.into(), password: "secret".into(), ..CreateAccount::default() };
        connection.ask(account).await.unwrap();
    }
    let (ada, mut bob) = (daemon.enter("ada").await, daemon.enter("Bøb 🦀").await);
    let send =
        |text: &str| Send { chat: user("Bøb 🦀"), content: Content::text(text), nonce: Some(text.into()) };
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(ada.ask(send(&number.to_string())).await.id);
    }
    let mut seen = Vec::new();
    for _ in 0..20 {
        seen.push(bob.durable().await);
    }
    bob.ask(Ack { upto: 15 }).await;
    let address = daemon.address.clone();
    drop(daemon);

    let daemon = Daemon::start(folder.path(), &address);
    let (ada, mut bob) = (daemon.enter("ada").await, daemon.enter("Bøb 🦀").await);
    assert_eq!(bob.welcome.next, 16);
    for expected in &seen[15..] {
        assert_eq!(bob.durable().await, *expected);
    }
    assert!(ada.ask(send("7")).await.repeated);
    let id = ada.ask(send("new")).await.id;
    assert!(!ids.contains(&id), "ids are never given twice");
    assert_eq!(bob.text().await, "new");
    assert_eq!(ada.ask(History { chat: user("Bøb 🦀"), ..History::default() }).await.messages.len(), 21);
}

#[tokio::test]
async fn a_torn_last_line_of_the_journal_is_cut_off_and_damage_elsewhere_is_refused() {
    use superduper::server::{Options, Server};
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { state: Some(folder.path().to_owned()), ..Options::default() };
    let server = Server::start(options()).await.unwrap();
    Device::new(&server, "ada").await.write(&user("ada"), "kept").await;
    server.stop().await;
    let path = folder.path().join("journal.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}{{\"at\":17,\"chan")).unwrap();
    let server = Server::start(options()).await.unwrap();
    let page = Device::enter(&server, "ada", "phone")
        .await
        .ask(History { chat: user("ada"), ..History::default() })
        .await;
    assert_eq!(page.messages[0].content.text, "kept");
    server.stop().await;

    std::fs::write(&path, whole.replacen("change", "chance", 1)).unwrap();
    let error = Server::start(options()).await.err().expect("the damage was not seen");
    assert!(error.to_string().contains("journal.jsonl: line 2"), "{error}");
    std::fs::write(&path, whole.replacen("\"format\":1", "\"format\":2", 1)).unwrap();
    assert!(Server::start(options()).await.is_err());
}
