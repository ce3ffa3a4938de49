//! Registering with the gateway and leaving it: XEP-0077.

use lab::wait::PATIENCE;
use lab::{Client, Pair, Person, Server, StanzaExt, World, WorldOptions};
use minidom::Element;
use tokio::time::timeout;

const REGISTER: &str = "jabber:iq:register";
const DATA: &str = "jabber:x:data";
const ELSEWHERE: &str = "elsewhere.example";

async fn form(client: &Client, gateway: &str) -> Element {
    client.get(gateway, "<query xmlns='jabber:iq:register'/>").await.expect("a registration form")
}

/// Registers by plain elements, as clients without data forms do.
fn plain(name: &str, password: &str) -> String {
    let password = lab::stanza::escape(password);
    format!("<query xmlns='{REGISTER}'><username>{name}</username><password>{password}</password></query>")
}

/// Waits until the user is no longer registered: the plugin has cleaned up.
async fn gone(client: &Client, gateway: &str) {
    let gone = async { while form(client, gateway).await.has("registered", REGISTER) {} };
    assert!(timeout(PATIENCE, gone).await.is_ok(), "{} is still registered", client.jid());
}

#[tokio::test]
async fn k1_k3_a_new_user_gets_a_form_submits_it_and_is_welcomed() {
    let world = World::with(WorldOptions {
        slidged: "[registration]\nallow = [\"example.org\"]\nadmins = [\"admin@example.org\"]\n".into(),
        ..WorldOptions::default()
    })
    .await;
    let gateway = world.gateway();
    let admin = world.prosody.client("admin").await;
    world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;

    let query = form(&romeo, gateway).await;
    assert!(!query.has("registered", REGISTER));
    for plain in ["instructions", "username", "password"] {
        assert!(query.has(plain, REGISTER), "no <{plain}/> in {}", String::from(&query));
    }
    let x = query.get_child("x", DATA).expect("a data form");
    assert_eq!(x.attr("type"), Some("form"));
    assert!(x.has("title", DATA) && x.has("instructions", DATA));
    let hidden = x.children().find(|c| c.attr("var") == Some("FORM_TYPE")).expect("a FORM_TYPE");
    assert_eq!(hidden.get_child("value", DATA).map(Element::text).as_deref(), Some(REGISTER));
    let (_, fields) = romeo.registration_form(gateway).await.expect("a form");
    let told: Vec<_> = fields.iter().map(|f| (f.var.as_str(), f.kind.as_str(), f.required)).collect();
    assert_eq!(
        told,
        [
            ("username", "text-single", true),
            ("password", "text-private", true),
            ("code", "text-single", false)
        ]
    );
    assert!(fields.iter().all(|f| !f.label.is_empty()));

    let values = [("username", "romeo"), ("password", &Person::password("romeo"))];
    romeo.register(gateway, &values).await.expect("right credentials");
    let item = romeo.on_roster(gateway, "both").await;
    assert_eq!((item.name.as_str(), item.groups), ("Superduper", vec!["Gateways".to_owned()]));
    let welcome = romeo.expect("a welcome", |s| s.is_message() && s.sender() == gateway).await;
    assert!(welcome.body().is_some_and(|b| b.contains("Welcome")), "{}", String::from(&welcome));
    let told = admin.expect("news", |s| s.is_message() && s.sender() == gateway).await;
    assert_eq!(told.body(), Some(format!("{} has registered", romeo.full_jid())));
    world.connected(&romeo).await;
    let before = romeo.take(|s| s.is_presence() && s.sender() == gateway);
    assert!(before.len() >= 2, "the user sees what goes on: {before:?}");
    assert!(
        before.iter().all(|s| s.text_of("show").as_deref() == Some("dnd") && s.text_of("status").is_some())
    );
}

#[tokio::test]
async fn k2_k4_plain_elements_do_and_what_is_wrong_is_named() {
    let world = World::start().await;
    let gateway = world.gateway();
    world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;

    let missing = format!("<query xmlns='{REGISTER}'><username>romeo</username></query>");
    let refused = romeo.ask("set", gateway, &missing).await.expect_err("no password");
    assert_eq!(refused.condition, "bad-request");
    assert!(refused.text.contains("Password"), "{refused}");

    let refused = romeo.ask("set", gateway, &plain("romeo", "wrong")).await.expect_err("a wrong password");
    assert_eq!(
        (refused.condition.as_str(), refused.text.as_str()),
        ("not-authorized", "Unknown user or wrong password.")
    );

    let canceled = format!("<query xmlns='{REGISTER}'><x xmlns='{DATA}' type='cancel'/></query>");
    let answer = romeo.ask("set", gateway, &canceled).await.expect("cancelling is fine");
    assert_eq!(answer.children().count(), 0);
    assert!(!form(&romeo, gateway).await.has("registered", REGISTER));

    let answer = romeo
        .ask("set", gateway, &plain("romeo", &Person::password("romeo")))
        .await
        .expect("right credentials");
    assert_eq!(answer.children().count(), 0);
    world.connected(&romeo).await;
}

#[tokio::test]
async fn k5_who_is_from_elsewhere_is_told_that_they_are_not_served() {
    let options =
        WorldOptions { prosody: format!("VirtualHost \"{ELSEWHERE}\"\n"), ..WorldOptions::default() };
    let world = World::with(options).await;
    let gateway = world.gateway();
    let paris = world.prosody.client_of("paris", ELSEWHERE).await;
    for (kind, query) in [("get", format!("<query xmlns='{REGISTER}'/>")), ("set", plain("paris", "x"))] {
        let refused = paris.ask(kind, gateway, &query).await.expect_err("not served");
        assert_eq!(refused.condition, "not-allowed");
        assert!(!refused.text.is_empty());
    }
    let commands =
        "<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>";
    assert_eq!(paris.get(gateway, commands).await.expect_err("K20").condition, "forbidden");
    let register = "<command xmlns='http://jabber.org/protocol/commands' node='jabber:iq:register'/>";
    assert_eq!(paris.ask("set", gateway, register).await.expect_err("not served").condition, "not-allowed");
    paris.say(gateway, "hello?").await;
    let error = paris.expect("an error", |s| s.kind() == "error").await;
    assert_eq!(error.condition().as_deref(), Some("not-allowed"));
    assert!(paris.features(gateway).await.is_ok(), "K7: discovery is for everybody");
}

#[tokio::test]
async fn after_five_tries_there_is_a_pause_for_that_user_only() {
    let world = World::start().await;
    let gateway = world.gateway();
    for id in ["romeo", "mercutio"] {
        world.person(id, id).await;
    }
    let romeo = world.prosody.client("romeo").await;
    for _ in 0..5 {
        let refused =
            romeo.ask("set", gateway, &plain("romeo", "wrong")).await.expect_err("a wrong password");
        assert_eq!(refused.condition, "not-authorized");
    }
    let refused =
        romeo.ask("set", gateway, &plain("romeo", &Person::password("romeo"))).await.expect_err("a pause");
    assert_eq!(refused.condition, "policy-violation");
    assert!(refused.text.contains("Too many"), "{refused}");
    let mercutio = world.prosody.client("mercutio").await;
    world.register(&mercutio, "mercutio").await;
}

#[tokio::test]
async fn r6_credentials_are_changed_in_place_and_never_shown() {
    let world = World::start().await;
    let gateway = world.gateway();
    let Pair { user: romeo, phone, friend: juliet, contact } = world.pair("romeo", "juliet").await;

    let query = form(&romeo, gateway).await;
    assert!(query.has("registered", REGISTER));
    assert_eq!(query.get_child("username", REGISTER).map(Element::text).as_deref(), Some("romeo"));
    let shown = String::from(&query);
    assert!(
        !shown.contains(&lab::stanza::escape(&Person::password("romeo")))
            && !shown.contains(&Person::password("romeo"))
    );
    let (_, fields) = romeo.registration_form(gateway).await.expect("a form");
    let password = fields.iter().find(|f| f.var == "password").expect("a password");
    assert!(password.value.as_deref().unwrap_or_default().is_empty());
    assert!(fields.iter().any(|f| f.var == "remove" && f.kind == "boolean" && f.required));

    // The new password logs all other devices out, and slidged's is one of them.
    phone
        .ask("set_secrets", serde_json::json!({ "old": Person::password("romeo"), "password": "new" }))
        .await;
    let notice = romeo
        .expect("a notice", |s| {
            s.is_message() && s.sender() == gateway && s.body().is_some_and(|b| !b.contains("Welcome"))
        })
        .await;
    assert!(notice.body().is_some_and(|b| b.contains("re-login")), "{}", String::from(&notice));
    let roster = romeo.roster().await;

    romeo.ask("set", gateway, &plain("romeo", "new")).await.expect("the new password");
    world.connected(&romeo).await;
    let id = romeo.say(&contact, "I am back").await;
    romeo.receipt(&contact, &id).await;
    juliet.hear("romeo", "I am back").await;
    assert_eq!(romeo.roster().await, roster);
    romeo.ping(gateway).await;
    let told = romeo.take(|s| s.is_message() && s.sender() == gateway && s.body().is_some());
    assert_eq!(told.len(), 1, "one welcome, and one notice, which was looked at: {told:?}");
}

/// The user has left: what the gateway put into the roster is gone, and so are the credentials.
async fn has_left(world: &World, pair: &Pair, kinds: &[&str]) {
    let Pair { user: romeo, friend: juliet, contact, .. } = pair;
    let gateway = world.gateway();
    for kind in kinds {
        romeo.see(gateway, kind).await;
    }
    romeo.see(contact, "unavailable").await;
    gone(romeo, gateway).await;
    assert_eq!(romeo.roster().await, [], "the contacts leave the roster");
    romeo.say(contact, "still there?").await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.is_message()).await;
    assert_eq!(error.condition().as_deref(), Some("registration-required"));

    // The network has forgotten the device (the plugin's `unregister`), so it keeps nothing for it.
    juliet.say("romeo", "while you were gone").await;
    world.register(romeo, "romeo").await;
    romeo.see(contact, "").await;
    pair.settled_here().await;
    romeo
        .never("what was said while they were gone", contact, |s| {
            s.body().as_deref() == Some("while you were gone")
        })
        .await;
}

#[tokio::test]
async fn k6_remove_ends_it_and_registering_again_works() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    pair.user.unregister(world.gateway()).await.expect("leaving is always possible");
    has_left(&world, &pair, &["unavailable", "unsubscribe", "unsubscribed"]).await;
}

#[tokio::test]
async fn r13_unsubscribing_from_the_gateway_ends_it_too_without_an_error() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    pair.user.send(&format!("<presence type='unsubscribe' to='{}'/>", world.gateway())).await;
    // The server hands on what it did not know already.
    has_left(&world, &pair, &["unavailable", "unsubscribe"]).await;
    pair.user
        .never("an error to a presence", world.gateway(), |s| s.is_presence() && s.kind() == "error")
        .await;
}

#[tokio::test]
async fn the_checkbox_of_the_form_ends_it_too_and_a_stranger_may_always_leave() {
    let world = World::start().await;
    let gateway = world.gateway();
    let stranger = world.prosody.client("stranger").await;
    stranger.unregister(gateway).await.expect("that is what they want to be");
    let pair = world.pair("romeo", "juliet").await;
    pair.user.register(gateway, &[("remove", "1")]).await.expect("leaving is always possible");
    gone(&pair.user, gateway).await;
    assert_eq!(pair.user.roster().await, []);
}

#[tokio::test]
async fn who_registers_right_after_leaving_is_registered() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let romeo = &pair.user;
    romeo.unregister(world.gateway()).await.expect("leaving is always possible");
    world.register(romeo, "romeo").await;
    assert!(form(romeo, world.gateway()).await.has("registered", REGISTER));
    pair.settled_there().await;
    pair.settled_here().await;
}

#[tokio::test]
async fn a_message_right_after_the_registration_is_delivered() {
    let world = World::start().await;
    let gateway = world.gateway();
    let juliet = world.person("juliet", "Juliet").await;
    world.person("romeo", "Romeo").await.befriend(&juliet).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.ask("set", gateway, &plain("romeo", &Person::password("romeo"))).await.expect("right credentials");
    let contact = world.contact("juliet");
    let id = romeo.say(&contact, "at once").await;
    romeo.receipt(&contact, &id).await;
    juliet.hear("romeo", "at once").await;
}

#[tokio::test]
async fn two_clients_that_register_at_once_do_no_harm() {
    let world = World::start().await;
    let gateway = world.gateway();
    let juliet = world.person("juliet", "Juliet").await;
    world.person("romeo", "Romeo").await.befriend(&juliet).await;
    let (desk, laptop) = (world.prosody.client("romeo").await, world.prosody.client("romeo").await);
    let query = plain("romeo", &Person::password("romeo"));
    let (first, second) = tokio::join!(desk.ask("set", gateway, &query), laptop.ask("set", gateway, &query));
    for refused in [first, second].into_iter().filter_map(Result::err) {
        assert_eq!(refused.condition, "conflict", "{refused}");
    }
    world.connected(&desk).await;
    world.connected(&laptop).await;
    let contact = world.contact("juliet");
    juliet.say("romeo", "once").await;
    desk.hear(&contact, "once").await;
    laptop.hear(&contact, "once").await;
    desk.never("it twice", &contact, |s| s.body().as_deref() == Some("once")).await;
}
