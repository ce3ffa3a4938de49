//! The client that keeps its connection.

mod common;

use std::time::Duration;

use common::{Device, SOON, login, user};
use superduper::client::{Backoff, Class, Client, Entry, Error, Settings, Ticket, Update, Updates};
use superduper::protocol::message::Send;
use superduper::protocol::{Content, Event, Fault, FaultKind, Kind, Welcome};
use superduper::server::{Options, Server};
use tokio::time::timeout;

fn client(server: &str, user: &str) -> (Client, Updates) {
    let backoff = Backoff::new(Duration::from_millis(5), Duration::from_millis(20));
    let entry = Entry::Password(login(user, "gateway"));
    Client::start(Settings { server: server.into(), entry, window: None, backoff })
}

async fn next(updates: &mut Updates) -> Update {
    timeout(SOON, updates.recv()).await.expect("nothing came").expect("the client has stopped")
}

async fn up(updates: &mut Updates) -> Welcome {
    loop {
        if let Update::Up(welcome) = next(updates).await {
            return welcome;
        }
    }
}

async fn message(updates: &mut Updates) -> (Ticket, String) {
    loop {
        if let Update::Event(Some(ticket), Event::Message { message, .. }) = next(updates).await {
            return (ticket, message.content.text);
        }
    }
}

#[tokio::test]
async fn it_comes_back_after_the_server_was_gone_and_repeats_what_was_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let options = |listen| Options { listen, state: Some(folder.path().to_owned()), ..Options::default() };
    let server = Server::start(options(([127, 0, 0, 1], 0).into())).await.unwrap();
    let address = server.listening();
    let ada = Device::new(&server, "ada").await;
    common::create(&server, "bob").await;
    let (bob, mut updates) = client(&address.to_string(), "bob");
    up(&mut updates).await;
    for text in ["one", "two", "three"] {
        ada.write(&user("bob"), text).await;
    }
    let first = message(&mut updates).await;
    let second = message(&mut updates).await;
    bob.done(first.0);
    // The third is never done: it comes again.
    assert_eq!(message(&mut updates).await.1, "three");
    bob.ask(superduper::protocol::login::Ping {}).await.unwrap();
    server.stop().await;
    assert!(matches!(next(&mut updates).await, Update::Event(None, Event::Bye { .. })));
    assert!(
        matches!(next(&mut updates).await, Update::Down(Error::Closed(Some(reason))) if reason == "shutdown")
    );

    let nonce = Some("n".to_owned());
    let patient = bob.ask_patiently(Send { chat: user("ada"), content: Content::text("back"), nonce }, SOON);
    let server = async { Server::start(options(address)).await.unwrap() };
    let (sent, _server) = tokio::join!(patient, server);
    assert!(!sent.unwrap().repeated);
    assert_eq!(up(&mut updates).await.next, 2);
    bob.done(second.0);
    assert_eq!(message(&mut updates).await.1, "two", "a ticket of the connection before does nothing");
    assert_eq!(message(&mut updates).await.1, "three");
}

#[tokio::test]
async fn it_gives_up_only_when_the_credentials_are_wrong() {
    let server = common::network().await;
    let ada = Device::new(&server, "ada").await;
    let refuse = |refusal| Fault {
        fault: FaultKind::RefuseLogin,
        user: Some("bob".into()),
        refusal: Some(refusal),
        ms: 1,
        ..Fault::default()
    };
    common::create(&server, "bob").await;
    for kind in [Kind::Unavailable, Kind::Throttled, Kind::BadCredentials] {
        ada.ask(refuse(kind)).await;
    }
    let (_bob, mut updates) = client(&server.listening().to_string(), "bob");
    let mut classes = Vec::new();
    while let Some(update) = timeout(SOON, updates.recv()).await.unwrap() {
        let Update::Down(error) = update else { panic!("{update:?}") };
        classes.push(error.class());
    }
    assert_eq!(classes, [Class::Network, Class::RateLimit(Duration::from_millis(1)), Class::Credentials]);
}

#[tokio::test]
async fn a_lost_answer_and_a_throttle_do_not_send_twice() {
    let server = common::network().await;
    let mut ada = Device::new(&server, "ada").await;
    common::create(&server, "bob").await;
    let (bob, mut updates) = client(&server.listening().to_string(), "bob");
    up(&mut updates).await;
    for fault in [FaultKind::Throttle, FaultKind::LoseAnswer, FaultKind::Drop] {
        let (user, request) = (Some("bob".into()), Some("send".into()));
        ada.ask(Fault { fault, user, request, ms: 5, ..Fault::default() }).await;
    }
    let send = Send { chat: user("ada"), content: Content::text("once"), nonce: Some("n".into()) };
    assert!(bob.ask_patiently(send, SOON).await.unwrap().repeated);
    assert_eq!(ada.text().await, "once");
    let desk = Device::enter(&server, "bob", "desk").await;
    assert!(ada.told(&desk).await.is_empty());
}
