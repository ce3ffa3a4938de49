//! Whole sessions with a plugin in memory and a real store. Stanzas to the XMPP server are read
//! from the outbox.

mod clients;
mod echo;
mod goodbye;
mod language;
mod leaving;
mod limits;
mod long;
mod net;
mod order;
mod outage;
mod panics;
mod people;
mod receipts;
mod recover;
mod rooms;
mod slow_files;
mod strangers;
mod written;

use super::event::Act;
use crate::component::Component;
use crate::config;
use crate::services::{Files, Parts, Settings};
use crate::store::journal::Budget;
use crate::store::{Keyring, Store, StoreConfig};
use crate::xmpp::link::{Endpoint, Link, LinkConfig, LinkTask};
use crate::xmpp::{Kind, Stanza};
use jid::BareJid;
use minidom::Element;
use net::{LISTS, Net, gate};
use plugin_api::{GatewayRequest, Start, host::Plugin};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::time::timeout;

/// Longest wait, longer than anything here takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

struct World {
    component: Arc<Component>,
    store: Store,
    seen: VecDeque<String>,
    _link: LinkTask,
    folder: tempfile::TempDir,
}

impl World {
    async fn new() -> World {
        World::with(|_| {}).await
    }

    /// Starts a gateway with changed settings.
    async fn with(change: impl FnOnce(&mut Settings)) -> World {
        World::made(change, &["example.org"], &config::Media::default()).await
    }

    /// Starts a gateway that has a place for files.
    async fn with_files<P: plugin_api::Gateway>(change: impl FnOnce(&mut Settings)) -> World {
        let (listen, url) = ("127.0.0.1:0".parse().ok(), Some("https://files.example.org".to_owned()));
        let media = config::Media { listen, url, first: true, ..config::Media::default() };
        World::of::<P>(change, &["example.org"], &media).await
    }

    /// Starts a gateway with changed settings, for users of these domains.
    async fn made(change: impl FnOnce(&mut Settings), domains: &[&str], media: &config::Media) -> World {
        World::of::<Net>(change, domains, media).await
    }

    /// Starts a gateway with another network.
    async fn of<P: plugin_api::Gateway>(
        change: impl FnOnce(&mut Settings),
        domains: &[&str],
        media: &config::Media,
    ) -> World {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/state.db", folder.path().display());
        let store = Store::open(StoreConfig::new(url, Keyring::new(&[1; 32]))).await.unwrap();
        let feed = store.outbox();
        feed.feed().online(1);
        let plugin = Plugin::builtin::<P>("net");
        let budget = crate::host::Budget::default();
        let (mailbox, _) = crate::host::mailbox(GatewayRequest::decode, &budget);
        let remote = plugin.start(&Start::default(), mailbox).await.unwrap();
        let nowhere = Endpoint::Unix(folder.path().join("nobody listens"));
        let (link, _, task) =
            Link::spawn(LinkConfig::new("gw.example.org", "secret".to_owned().into(), nowhere));
        let (session, delivery) = (config::Session::default(), config::Delivery::default());
        let mut settings = Settings::new(&session, &delivery, &config::Limits::default());
        settings.retry.first = Duration::from_millis(50);
        change(&mut settings);
        let component = Component::new(Parts {
            jid: BareJid::new("gw.example.org").unwrap(),
            info: plugin.info().unwrap(),
            plugin: remote,
            link,
            store: store.clone(),
            policy: config::Registration {
                allow: domains.iter().map(|name| config::Allowed(BareJid::new(name).unwrap())).collect(),
                admins: vec![config::Admin(BareJid::new("admin@example.org").unwrap())],
                ..config::Registration::default()
            },
            levels: None,
            budget,
            files: Files::open(media, folder.path()).unwrap(),
            settings,
        });
        component.open();
        World { component, store, seen: VecDeque::new(), _link: task, folder }
    }

    fn send(&self, xml: &str) {
        self.component.route(stanza(xml));
    }

    /// Returns the next stanza to the server.
    async fn next(&mut self) -> String {
        let outbox = self.store.outbox();
        let get = async {
            loop {
                if let Some(stanza) = self.seen.pop_front() {
                    return stanza;
                }
                let taken = outbox.feed().take(Budget { room: 1, strangers: 1, most: 1 });
                for piece in taken.pieces {
                    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                    self.seen.extend(piece.stanzas.iter().map(|stanza| text(&stanza.bytes)));
                    outbox.acknowledge(&[piece.receipt()]);
                }
                if self.seen.is_empty() {
                    outbox.feed().changed().await;
                }
            }
        };
        timeout(PATIENCE, get).await.expect("a stanza to the server")
    }

    /// Returns the next stanza that contains all of these parts.
    async fn until(&mut self, parts: &[&str]) -> String {
        loop {
            let stanza = self.next().await;
            if parts.iter().all(|part| stanza.contains(part)) {
                return stanza;
            }
        }
    }

    /// Returns all stanzas up to the next one that contains all of these parts.
    async fn all_until(&mut self, parts: &[&str]) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let stanza = self.next().await;
            all.push(stanza);
            if all.last().is_some_and(|stanza| parts.iter().all(|part| stanza.contains(part))) {
                return all;
            }
        }
    }

    async fn register(&mut self, username: &str) {
        self.send(&format!(
            "<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='reg' type='set'><query xmlns='jabber:iq:register'><username>{username}</username><password>p</password></query></iq>"
        ));
        self.until(&["id='reg'", "type='result'"]).await;
    }

    async fn log_in(&mut self) {
        self.log_in_as("me").await;
    }

    async fn log_in_as(&mut self, username: &str) {
        self.register(username).await;
        self.until(&[&format!("<status>{username}</status>")]).await;
    }

    /// Sends a presence of the user's client that comes online.
    fn come_online(&self) {
        self.send("<presence xmlns='jabber:client' from='u@example.org/r' to='gw.example.org'/>");
    }

    fn say(&self, id: &str, body: &str) {
        self.send(&format!(
            "<message xmlns='jabber:client' from='u@example.org/r' to='friend@gw.example.org' id='{id}' type='chat'><body>{body}</body><request xmlns='urn:xmpp:receipts'/></message>"
        ));
    }
}

fn stanza(xml: &str) -> Stanza {
    let element: Element = xml.parse().unwrap();
    let kind = match element.name() {
        "iq" => Kind::Iq,
        "presence" => Kind::Presence,
        _ => Kind::Message,
    };
    let address = |name| element.attr(name).map(|text| text.parse().unwrap());
    Stanza {
        from: address("from"),
        to: address("to"),
        id: element.attr("id").map(str::to_owned),
        type_: element.attr("type").map(str::to_owned),
        payloads: element.children().cloned().collect(),
        ..Stanza::new(kind)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_answered_before_anything_else_is_said() {
    let mut world = World::new().await;
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='reg' type='set'><query xmlns='jabber:iq:register'><username>me</username><password>p</password></query></iq>");
    // Notices to administrators have an order of their own.
    let mut told = async || loop {
        let next = world.next().await;
        if !next.contains("to='admin@example.org'") {
            return next;
        }
    };
    assert_eq!(told().await, "<iq from='gw.example.org' to='u@example.org/r' id='reg' type='result'/>");
    assert!(told().await.contains("type='subscribe'"));
    assert!(told().await.contains("Welcome"));
    for status in ["Connecting…", "Syncing contacts…", "me"] {
        let next = told().await;
        assert!(next.contains(&format!("<status>{status}</status>")), "{status}: {next}");
    }
    let asked = world.until(&["friend@gw.example.org", "type='subscribe'"]).await;
    assert!(asked.contains(">A | friend</nick>"), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_shown_to_a_user_who_is_online_and_those_of_impossible_ids_are_not() {
    let mut world = World::new().await;
    world.log_in().await;
    world.come_online();
    let shown = world.until(&["<presence", "<c "]).await;
    assert!(shown.contains("from='friend@gw.example.org/slidge'"), "{shown}");
    world.component.stop().await;
    let gone = world.until(&["type='unavailable'"]).await;
    assert!(gone.contains("from='friend@gw.example.org/slidge' to='u@example.org'"), "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_a_receipt_only_when_the_network_has_the_message() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "wait repeat");
    world.say("m1", "wait repeat");
    world.say("m2", "refuse");
    gate("repeat").add_permits(1);
    assert!(world.until(&["<message", "type='chat'", "friend"]).await.contains("re: wait repeat"));
    let receipt = "<received xmlns='urn:xmpp:receipts' id='m1'/>";
    assert!(world.next().await.contains(receipt));
    // The repeated message had no effect.
    let error = world.next().await;
    assert!(error.contains("id='m2'") && error.contains("Too rude."), "{error}");
    world.say("m1", "wait repeat");
    assert!(world.next().await.contains(receipt));
    // A message that failed may be tried again.
    world.say("m2", "refuse");
    assert!(world.next().await.contains("Too rude."));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_at_a_stop_gets_its_operations_answered() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "wait stop");
    // The message has its turn as soon as it is in the store.
    world.store.journal().commit(crate::store::Entry::default()).await.unwrap();
    let component = world.component.clone();
    let stop = tokio::spawn(async move { component.stop().await });
    world.until(&["shutting down"]).await;
    gate("stop").add_permits(1);
    world.until(&["re: wait stop"]).await;
    world.until(&["id='m1'", "urn:xmpp:receipts"]).await;
    world.until(&["<body>bye</body>"]).await;
    timeout(PATIENCE, stop).await.unwrap().unwrap();
    world.say("m2", "too late");
    assert!(world.until(&["id='m2'"]).await.contains("shutting down"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_and_registers_again_at_once_is_registered() {
    let mut world = World::new().await;
    world.log_in().await;
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='rm' type='set'><query xmlns='jabber:iq:register'><remove/></query></iq>");
    world.register("again").await;
    world.until(&["<status>again</status>"]).await;
    let users = world.store.users().all().await.unwrap();
    assert_eq!((users.len(), world.component.users.count()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_credentials_end_a_login_that_never_answers() {
    let mut world = World::new().await;
    world.register("stuck").await;
    world.until(&["Connecting…"]).await;
    world.register("me").await;
    world.until(&["<status>me</status>"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_told_once_and_messages_say_why_they_are_refused() {
    let mut world = World::new().await;
    world.register("wrong").await;
    world.until(&["<body>", "Wrong password."]).await;
    world.say("m1", "hello");
    let error = world.until(&["id='m1'"]).await;
    assert!(error.contains("recipient-unavailable") && error.contains("Wrong password."), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_the_network_refuses_is_answered() {
    let mut world = World::new().await;
    world.log_in().await;
    world.send(
        "<presence xmlns='jabber:client' from='u@example.org' to='nobody@gw.example.org' type='subscribe'/>",
    );
    let error = world.until(&["type='error'"]).await;
    assert!(error.contains("<item-not-found") && error.contains("No such person."), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_the_plugins_session_and_a_new_one_is_started() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "panic");
    let error = world.until(&["id='m1'", "type='error'"]).await;
    assert!(!error.contains("as asked"), "{error}");
    world.until(&["trying again"]).await;
    world.until(&["<status>me</status>"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_in_a_form_can_be_fetched_without_http() {
    let mut world = World::new().await;
    let png = crate::media::qr::png("x").unwrap();
    let url = "https://example.org/qr.png";
    let media = world.component.services.bob.media("image/png", png.clone().into(), Some(url)).unwrap();
    assert_eq!((media.size, media.uris[1].uri.as_str()), (Some((319, 319)), url));
    let cid = media.uris[0].uri.strip_prefix("cid:").unwrap();
    world.send(&format!(
        "<iq xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' id='b' type='get'><data xmlns='urn:xmpp:bob' cid='{cid}'/></iq>"
    ));
    let answer: Element = world.next().await.replacen("<iq", "<iq xmlns='jabber:client'", 1).parse().unwrap();
    let data = answer.get_child("data", "urn:xmpp:bob").unwrap();
    assert_eq!((data.attr("cid"), data.attr("type")), (Some(cid), Some("image/png")));
    assert_eq!(data_encoding::BASE64.decode(data.text().as_bytes()).unwrap(), png);
    // This picture is too large for bits, and not uploaded, so there is no way to it.
    assert_eq!(world.component.services.bob.media("image/png", vec![0; 1 << 20].into(), None), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_far_too_long_is_not_echoed() {
    let mut world = World::new().await;
    let message =
        "<message xmlns='jabber:client' from='s@else.where/r' to='a@gw.example.org'><body>x</body></message>";
    world.component.route(Stanza { id: Some("'".repeat(100_000)), ..stanza(message) });
    let error = world.next().await;
    assert!(error.contains("registration-required") && error.len() < 1000);
}
