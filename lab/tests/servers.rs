//! The lab itself: our configuration files work in the real servers, and the proxy breaks what it
//! should.

use std::time::Duration;

use lab::raw::End;
use lab::{Ejabberd, Postgres, Prosody, Proxy, Server, StanzaExt};

/// Two users talk, their archive keeps it, and the component gets its privileges: on either server.
async fn a_server_is_fit_for_a_gateway(server: &impl Server, privilege: &str, perms: &[&str]) {
    let mut gateway = server.component().await;
    let advert = gateway.expect("its privileges", |s| s.has("privilege", privilege)).await;
    assert_eq!(advert.sender(), "example.org");
    let privilege_element = advert.get_child("privilege", privilege).expect("it was waited for");
    let granted: Vec<_> =
        privilege_element.children().filter_map(|p| p.attr("access").map(str::to_owned)).collect();
    for perm in perms {
        assert!(granted.iter().any(|g| g == perm), "{perm} is not among {granted:?}");
    }

    let (alice, bob) = (server.client("alice").await, server.client("bob").await);
    let id = alice.say(&bob.jid(), "hello & <goodbye>").await;
    let heard = bob.hear(&alice.jid(), "hello & <goodbye>").await;
    assert_eq!(heard.id(), id);
    let archive = bob.archive(Some(&alice.jid())).await;
    assert_eq!(archive.len(), 1);
    assert_eq!(archive[0].message.id(), id);

    alice.say("romeo@gw.example.org", "to the other side").await;
    let taken = gateway.expect("a message for a contact", |s| s.is_message() && s.body().is_some()).await;
    assert_eq!(taken.sender(), alice.full_jid().as_str());
    gateway.send("<message from='romeo@gw.example.org/slidge' to='alice@example.org' type='chat'><body>back</body></message>").await;
    alice.hear("romeo@gw.example.org", "back").await;
}

#[tokio::test]
async fn prosody_runs_with_our_configuration() {
    let prosody = Prosody::start().await;
    a_server_is_fit_for_a_gateway(&prosody, "urn:xmpp:privilege:2", &["roster", "message", "iq"]).await;
}

#[tokio::test]
async fn ejabberd_runs_with_our_configuration() {
    let ejabberd = Ejabberd::start().await;
    a_server_is_fit_for_a_gateway(&ejabberd, "urn:xmpp:privilege:1", &["roster", "message"]).await;
}

#[tokio::test]
async fn prosody_lets_the_gateway_put_a_contact_on_the_roster() {
    let prosody = Prosody::start().await;
    let alice = prosody.client("alice").await;
    assert_eq!(alice.roster().await, []);
    let mut gateway = prosody.component().await;
    gateway.expect("its privileges", |s| s.find("perm", "urn:xmpp:privilege:2").is_some()).await;
    let item =
        "<item jid='romeo@gw.example.org' name='Romeo' subscription='both'><group>slidge</group></item>";
    gateway.ask("set", "alice@example.org", &format!("<query xmlns='jabber:iq:roster'>{item}</query>")).await;
    let romeo = alice.on_roster("romeo@gw.example.org", "both").await;
    assert_eq!((romeo.name.as_str(), romeo.groups), ("Romeo", vec!["slidge".to_owned()]));
}

#[tokio::test]
async fn clients_come_back_after_a_restart_and_their_archive_is_still_there() {
    let mut prosody = Prosody::start().await;
    let (alice, bob) = (prosody.client("alice").await, prosody.client("bob").await);
    alice.say_surely(&bob.jid(), "before").await;
    bob.hear(&alice.jid(), "before").await;
    let logins = (alice.logins(), bob.logins());
    prosody.restart().await;
    alice.relogin_after(logins.0).await;
    bob.relogin_after(logins.1).await;
    alice.say_surely(&bob.jid(), "after").await;
    bob.hear(&alice.jid(), "after").await;
    let texts: Vec<_> = bob.archive(None).await.into_iter().filter_map(|a| a.message.body()).collect();
    assert_eq!(texts, ["before", "after"]);
}

#[tokio::test]
async fn a_cut_link_is_resumed_and_loses_nothing() {
    let prosody = Prosody::start().await;
    let proxy = Proxy::to(prosody.site().c2s).await;
    let (alice, bob) = (prosody.client("alice").await, prosody.client_by("bob", proxy.address()).await);
    for n in 0..20 {
        if n % 5 == 4 {
            proxy.cut();
        }
        alice.say(&bob.jid(), &format!("message {n}")).await;
    }
    for n in 0..20 {
        bob.hear(&alice.jid(), &format!("message {n}")).await;
    }
    assert!(proxy.connections() > 1, "the link was never cut");
}

#[tokio::test]
async fn a_proxy_that_is_down_refuses_and_one_that_stalls_keeps() {
    let prosody = Prosody::start().await;
    let proxy = Proxy::to(prosody.site().c2s).await;
    prosody.account("alice").await;
    let site = lab::Site { c2s: proxy.address(), ..prosody.site().clone() };
    let mut alice = lab::raw::Raw::client(&site, "alice", "pw").await;

    proxy.stall();
    alice.send("<iq type='get' id='1' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    assert_eq!(alice.next_within(Duration::from_millis(200)).await, Err(End::Silent));
    proxy.restore();
    alice.expect("the answer that was held back", |s| s.id() == "1").await;

    proxy.half_open();
    alice.send("<iq type='get' id='2' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    assert_eq!(alice.next_within(Duration::from_millis(200)).await, Err(End::Silent));

    proxy.down();
    assert_eq!(alice.next_within(lab::wait::PATIENCE).await, Err(End::Closed));
    let stream = tokio::net::TcpStream::connect(proxy.address()).await.expect("the proxy itself listens");
    stream.readable().await.expect("it is told");
    assert_eq!(stream.try_read(&mut [0]).ok(), Some(0), "a proxy that is down closes at once");
}

#[tokio::test]
async fn postgresql_answers() {
    let postgres = Postgres::start().await;
    let address = postgres.url().split(['@', '/']).nth(3).expect("an address in the url").to_owned();
    tokio::net::TcpStream::connect(&address).await.expect("PostgreSQL listens");
}

#[tokio::test]
async fn a_server_ends_with_its_owner() {
    let prosody = Prosody::start().await;
    let address = prosody.site().c2s;
    let pid = prosody.process().pid();
    assert!(prosody.process().cpu().expect("it runs") > Duration::ZERO);
    assert!(prosody.process().memory().expect("it runs") > 1024 * 1024);
    drop(prosody);
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    assert!(std::net::TcpStream::connect(address).is_err());
}
