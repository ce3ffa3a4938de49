//! Networks and processes that come and go: R7, R24.

use std::time::{Duration, Instant};

use lab::stanza::STANZAS;
use lab::{Pair, Person, Server, StanzaExt, World, WorldOptions};
use minidom::Element;
use serde_json::json;

/// Logins are tried again soon.
const QUICK: &str = "[session]\nretry_min = \"100ms\"\nretry_max = \"200ms\"\n";

async fn quick() -> World {
    World::with(WorldOptions { slidged: QUICK.into(), ..WorldOptions::default() }).await
}

fn notices(pair: &Pair, gateway: &str) -> Vec<String> {
    let told = pair.user.take(|s| s.is_message() && s.sender() == gateway);
    told.iter().filter_map(StanzaExt::body).filter(|b| !b.contains("Welcome")).collect()
}

#[tokio::test]
async fn sigterm_says_goodbye_and_ends_in_time() {
    let mut world = World::start().await;
    let Pair { user: romeo, contact, .. } = world.pair("romeo", "juliet").await;
    let since = Instant::now();
    world.slidged.stop().await;
    assert!(since.elapsed() < Duration::from_secs(10), "it took {:?}", since.elapsed());
    for from in [contact.as_str(), world.gateway()] {
        let gone = romeo.see(from, "unavailable").await;
        assert!(gone.text_of("status").is_some(), "with a reason: {}", String::from(&gone));
    }
}

#[tokio::test]
async fn whoever_was_asked_something_is_told_that_the_question_is_over() {
    let mut world = World::start().await;
    let gateway = world.gateway().to_owned();
    let romeo = world.prosody.client("romeo").await;
    romeo.chat(&gateway, "register", "User name").await;
    world.slidged.stop().await;
    romeo.told(&gateway, "no longer waits for your answer").await;
    world.slidged.resume().await;
    romeo.chat(&gateway, "romeo", "I do not know “romeo”").await;
}

#[tokio::test]
async fn a_restart_keeps_everything_and_what_was_said_meanwhile_comes() {
    let mut world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let roster = pair.user.roster().await;
    let before = pair.friend.say("romeo", "before").await;
    pair.user.hear(&pair.contact, "before").await;
    world.slidged.stop().await;
    pair.friend.say("romeo", "meanwhile").await;
    drop(pair.user.take(StanzaExt::is_presence));
    world.slidged.resume().await;
    world.connected(&pair.user).await;
    pair.user.see(&pair.contact, "").await;
    pair.user.hear(&pair.contact, "meanwhile").await;
    pair.settled_there().await;
    // Ids of before are known still.
    pair.user.send(&format!("<message to='{}' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='{before}'/></message>", pair.contact)).await;
    pair.friend.expect("a marker", |e| e["event"] == "read" && e["id"] == before.as_str()).await;
    assert_eq!(pair.user.roster().await, roster);
    assert_eq!(notices(&pair, world.gateway()), Vec::<String>::new());
}

#[tokio::test]
async fn killed_with_a_message_under_way_it_is_sent_again_once() {
    let mut world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, phone, friend: juliet, contact } = &pair;
    // The network takes the message, and slidged never learns it.
    phone.ask("fault", json!({ "fault": "delay", "user": "romeo", "request": "send", "ms": 60_000 })).await;
    let id = romeo.say(contact, "under way").await;
    juliet.hear("romeo", "under way").await;
    world.slidged.kill().await;
    world.slidged.resume().await;
    romeo.receipt(contact, &id).await;
    pair.settled_there().await;
    assert_eq!(juliet.take(|e| e["event"] == "message").len(), 0, "the network recognised the repeat");
    romeo.never("an error", contact, |s| s.kind() == "error").await;
}

#[tokio::test]
async fn killed_with_a_message_under_way_the_user_is_told_where_repeats_are_not_recognised() {
    let mut world = World::with(WorldOptions { plugin: Some("stress"), ..WorldOptions::default() }).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[("connect", "")]).await.expect("everybody");
    world.connected(&romeo).await;
    let echo = world.contact("echo");
    let id = romeo.say(&echo, "never").await;
    // Another conversation is not held up, and when it was answered the message before it is
    // stored.
    let other = world.contact("other");
    let after = romeo.say(&other, "hello").await;
    romeo.receipt(&other, &after).await;
    world.slidged.kill().await;
    world.slidged.resume().await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
    assert_eq!(error.sender_bare(), echo);
    let text = error.find("text", STANZAS).map(Element::text).unwrap_or_default();
    assert!(text.contains("may not have been sent"), "{text}");
}

#[tokio::test]
async fn r24_when_the_network_comes_back_sessions_do_too_and_nobody_is_bothered() {
    let mut world = quick().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, .. } = &pair;
    let gateway = world.gateway();
    world.network.kill().await;
    romeo
        .expect("trouble", |s| {
            s.is_presence() && s.sender() == gateway && s.text_of("show").as_deref() == Some("dnd")
        })
        .await;
    // A message waits for the network for a while.
    let id = romeo.say(contact, "soon").await;
    world.network.resume().await;
    world.connected(romeo).await;
    romeo.receipt(contact, &id).await;
    let friend = Person::connect(world.network.address(), "juliet", "Juliet", "app").await;
    friend.hear("romeo", "soon").await;
    friend.say("romeo", "here I am").await;
    romeo.hear(contact, "here I am").await;
    assert_eq!(notices(&pair, gateway), Vec::<String>::new());
}

#[tokio::test]
async fn a_message_to_a_network_that_stays_away_comes_back_after_a_while() {
    let mut world = quick().await;
    let Pair { user: romeo, contact, .. } = world.pair("romeo", "juliet").await;
    let gateway = world.gateway();
    world.network.kill().await;
    romeo
        .expect("trouble", |s| {
            s.is_presence() && s.sender() == gateway && s.text_of("show").as_deref() == Some("dnd")
        })
        .await;
    let since = Instant::now();
    let id = romeo.say(&contact, "is anybody there?").await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
    assert_eq!(
        (error.sender(), error.condition().as_deref()),
        (contact.as_str(), Some("recipient-unavailable"))
    );
    let text = error.find("text", STANZAS).map(Element::text).unwrap_or_default();
    assert!(text.contains("not sent"), "{text}");
    assert!(since.elapsed() > Duration::from_secs(5), "it was given a chance");
}

#[tokio::test]
async fn r24_a_refused_login_waits_for_the_user_with_one_message() {
    let mut world = quick().await;
    let pair = world.pair("romeo", "juliet").await;
    let gateway = world.gateway();
    world.slidged.stop().await;
    pair.phone.ask("set_secrets", json!({ "old": Person::password("romeo"), "password": "new" })).await;
    world.slidged.resume().await;
    pair.user
        .expect("a notice", |s| {
            s.is_message() && s.sender() == gateway && s.body().is_some_and(|b| b.contains("re-login"))
        })
        .await;
    // Nothing is tried again: the network would count ten wrong passwords and shut the account.
    let id = pair.user.say(&pair.contact, "hello?").await;
    let error = pair.user.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
    assert_eq!(error.condition().as_deref(), Some("recipient-unavailable"));
    pair.user.ping(gateway).await;
    assert_eq!(notices(&pair, gateway), Vec::<String>::new(), "the first was looked at");
    pair.user
        .never("a contact that is there", gateway, |s| {
            s.is_presence()
                && s.sender_bare() == pair.contact
                && s.kind().is_empty()
                && s.text_of("status").is_some()
        })
        .await;
}

#[tokio::test]
async fn r24_a_network_that_throttles_or_fails_is_tried_again() {
    let mut world = quick().await;
    let pair = world.pair("romeo", "juliet").await;
    let gateway = world.gateway();
    world.slidged.stop().await;
    for refusal in ["unavailable", "throttled"] {
        pair.phone
            .ask("fault", json!({ "fault": "refuse_login", "user": "romeo", "refusal": refusal }))
            .await;
    }
    drop(pair.user.take(StanzaExt::is_presence));
    world.slidged.resume().await;
    world.connected(&pair.user).await;
    pair.settled_there().await;
    assert_eq!(notices(&pair, gateway), Vec::<String>::new());
}

#[tokio::test]
async fn after_a_restart_of_the_server_everybody_is_shown_again() {
    let mut world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let logins = pair.user.logins();
    world.prosody.stop().await;
    pair.friend.say("romeo", "while it was away").await;
    let waits = async {
        while !world.slidged.ctl(&["status"]).await.1.contains("Stanzas waiting to be sent: 1\n") {}
    };
    assert!(tokio::time::timeout(lab::wait::PATIENCE, waits).await.is_ok(), "nothing is said to wait");
    drop(pair.user.take(StanzaExt::is_presence));
    world.prosody.resume().await;
    pair.user.relogin_after(logins).await;
    pair.user.see(&pair.contact, "").await;
    world.connected(&pair.user).await;
    // Whether it came while the client was online or is in the archive only.
    let kept = async {
        while !pair
            .user
            .history(Some(&pair.contact))
            .await
            .iter()
            .any(|a| a.message.body().as_deref() == Some("while it was away"))
        {}
    };
    assert!(tokio::time::timeout(lab::wait::PATIENCE, kept).await.is_ok(), "it is lost");
    pair.settled_there().await;
    pair.settled_here().await;
}
