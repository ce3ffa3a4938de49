//! Every way to register that the network has: a code after the password, a QR code, a token; as
//! forms and in a chat.

use lab::{Client, Person, Server, StanzaExt, World, WorldOptions};
use serde_json::json;

const CODE: &str = "urn:slidged:commands:register-1";
const QR: &str = "urn:slidged:commands:register-2";
const RETRACT: &str = "urn:xmpp:message-retract:1";
const TOKEN: &str = "urn:slidged:commands:register-3";

/// An account of the network with a second factor.
async fn protected(world: &World, id: &str, code: &str) -> Person {
    let phone = world.person(id, "A User").await;
    let password = Person::password(id);
    phone.ask("set_secrets", json!({ "old": password, "code": code })).await;
    phone
}

async fn connected(world: &World, client: &Client, phone: &Person) {
    world.connected(client).await;
    let friend = world.person("juliet", "Juliet").await;
    phone.befriend(&friend).await;
    friend.say(phone.id(), "it works").await;
    client.hear(&world.contact("juliet"), "it works").await;
}

#[tokio::test]
async fn a_code_is_asked_for_after_the_password_and_five_wrong_ones_are_enough() {
    let world = World::start().await;
    let gateway = world.gateway();
    let phone = protected(&world, "romeo", "4242").await;
    let romeo = world.prosody.client("romeo").await;
    let password = Person::password("romeo");
    let account = [("username", "romeo"), ("password", password.as_str())];

    let first = romeo.command(gateway, CODE).await.expect("a form");
    assert_eq!(first.actions(), ["next"], "more will come");
    let code = romeo.step(&first, "next", &account).await.expect("the password is right");
    assert_eq!((code.status().as_str(), code.fields()), ("executing", vec!["code".to_owned()]));

    // Back to the form before: what was typed is there, but the password.
    let back = romeo.step(&code, "prev", &[]).await.expect("the form before");
    assert_eq!((back.value("username").as_deref(), back.value("password")), (Some("romeo"), None));
    let code = romeo.step(&back, "next", &account).await.expect("the password is still right");
    for _ in 0..4 {
        let again = romeo.step(&code, "complete", &[("code", "1")]).await.expect("the form again");
        assert_eq!((again.status().as_str(), again.fields()), ("executing", vec!["code".to_owned()]));
        assert_eq!(again.error().as_deref(), Some("This code is wrong."));
    }
    let over = romeo.step(&code, "complete", &[("code", "1")]).await.expect("the end");
    assert_eq!(over.status(), "completed");
    assert!(over.error().is_some_and(|why| why.contains("too often")), "{}", String::from(&over.element));
    let refused = romeo.step(&code, "complete", &[("code", "4242")]).await.expect_err("it is over");
    assert_eq!(refused.condition, "item-not-found");

    let first = romeo.command(gateway, CODE).await.expect("a form");
    let code = romeo.step(&first, "next", &account).await.expect("the password is right");
    romeo.step(&code, "complete", &[("code", "1")]).await.expect("a wrong code leaves the step open");
    let preferences = romeo.step(&code, "complete", &[("code", "4242")]).await.expect("the right one");
    assert!(preferences.fields().contains(&"sync_presence".to_owned()), "{:?}", preferences.fields());
    assert!(
        preferences.error().is_none() && preferences.note().contains("registered"),
        "{}",
        preferences.note()
    );
    connected(&world, &romeo, &phone).await;
}

#[tokio::test]
async fn who_has_no_second_factor_is_not_asked_for_a_code() {
    let world = World::start().await;
    world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;
    let first = romeo.command(world.gateway(), CODE).await.expect("a form");
    let account = [("username", "romeo"), ("password", &*Person::password("romeo"))];
    let preferences = romeo.step(&first, "next", &account).await.expect("the password is right");
    assert!(preferences.fields().contains(&"sync_presence".to_owned()));
    world.connected(&romeo).await;
}

/// The text of a QR code that a form shows.
fn shown(stage: &lab::client::Stage) -> String {
    assert!(stage.fields().contains(&"qr_img".to_owned()), "a picture: {}", String::from(&stage.element));
    stage.value("qr_text").expect("the code as text")
}

#[tokio::test]
async fn a_qr_code_is_scanned_and_the_rest_happens_by_itself() {
    let world = World::start().await;
    let gateway = world.gateway();
    let phone = world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;

    let stage = romeo.command(gateway, QR).await.expect("the code");
    let code = shown(&stage);
    // XEP-0221: the picture can be fetched over XMPP.
    let cid = String::from(&stage.element);
    let cid = cid.split("cid:").nth(1).and_then(|rest| rest.split('<').next()).expect("a cid").to_owned();
    let bob =
        romeo.get(gateway, &format!("<data xmlns='urn:xmpp:bob' cid='{cid}'/>")).await.expect("the picture");
    assert!(bob.text().starts_with("iVBOR"), "a PNG in Base64");
    // Not every client shows it: it has an address too.
    assert!(
        stage.value("qr_url").is_some_and(|url| url.starts_with("http")),
        "{}",
        String::from(&stage.element)
    );
    romeo.told(gateway, &code).await;

    // Nobody looks at the form any more when it is scanned.
    phone.ask("approve_qr", json!({ "code": code })).await;
    connected(&world, &romeo, &phone).await;
    let preferences = romeo.step(&stage, "next", &[]).await.expect("it is done");
    assert!(preferences.fields().contains(&"sync_presence".to_owned()));
}

#[tokio::test]
async fn a_qr_code_is_shown_in_a_chat_too_and_can_be_given_up() {
    let world = World::start().await;
    let gateway = world.gateway();
    let phone = world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;
    romeo.chat(gateway, "register-2", "Scan this code").await;
    romeo.chat(gateway, "what now?", "goes on by itself").await;
    romeo.chat(gateway, "cancel", "is cancelled").await;

    romeo.say(gateway, "register-2").await;
    romeo.told(gateway, "Scan this code").await;
    let fits =
        |s: &minidom::Element| s.is_message() && s.body().is_some_and(|b| b.starts_with("superduper:"));
    let code = romeo.expect("the code as text", fits).await.body().expect("a body");
    phone.ask("approve_qr", json!({ "code": code })).await;
    romeo.told(gateway, "You are registered").await;
    world.connected(&romeo).await;
}

#[tokio::test]
async fn a_newer_qr_code_takes_the_place_of_the_older_one_in_the_chat_and_the_last_goes_when_it_is_over() {
    let network = vec!["--qr-refresh", "4000"];
    let world = World::with(WorldOptions { network, ..WorldOptions::default() }).await;
    let gateway = world.gateway();
    let phone = world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;
    let gone = async |code: &[minidom::Element; 2]| {
        for message in code {
            let of = |s: &minidom::Element| s.find("retract", RETRACT)?.attr("id").map(str::to_owned);
            let told = romeo.expect("it is taken back", |s| of(s).as_deref() == Some(message.id())).await;
            assert_eq!(told.body().as_deref(), Some("This code is no longer valid."), "for older clients");
        }
    };
    let shown = async || {
        let picture = romeo.expect("the picture", |s| s.is_message() && s.has("x", "jabber:x:oob")).await;
        let fits = |s: &minidom::Element| s.body().is_some_and(|body| body.starts_with("superduper:"));
        [picture, romeo.expect("the code as text", fits).await]
    };
    romeo.chat(gateway, "register-2", "Scan this code").await;
    let first = shown().await;
    gone(&first).await;
    let second = shown().await;
    assert_ne!(first[1].body(), second[1].body());

    // Who stops has no use for it.
    romeo.chat(gateway, "cancel", "is cancelled").await;
    gone(&second).await;
    romeo.say(gateway, "register-2").await;
    let third = shown().await;
    gone(&third).await;
    let last = shown().await;
    phone.ask("approve_qr", json!({ "code": last[1].body() })).await;
    romeo.told(gateway, "You are registered").await;
    gone(&last).await;
}

#[tokio::test]
async fn a_token_registers_and_other_credentials_take_its_place() {
    let world = World::start().await;
    let gateway = world.gateway();
    let phone = world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;
    let token =
        phone.ask("link_device", json!({ "device": "gateway" })).await["token"].as_str().unwrap().to_owned();
    let form = romeo.command(gateway, TOKEN).await.expect("a form");
    let form = romeo.step(&form, "complete", &[("token", "wrong")]).await.expect("the form again");
    assert!(form.error().is_some(), "{form:?}");
    romeo.step(&form, "complete", &[("token", &token)]).await.expect("the token is right");
    world.connected(&romeo).await;

    // In place, by another way; what is private is never shown.
    let which = romeo.command(gateway, "urn:slidged:commands:credentials").await.expect("the ways");
    assert_eq!(which.options("flow"), ["0", "1", "2", "3"]);
    let form = romeo.step(&which, "next", &[("flow", "0")]).await.expect("a form");
    assert_eq!(form.value("password"), None);
    let account = [("username", "romeo"), ("password", &*Person::password("romeo"))];
    let done = romeo.step(&form, "complete", &account).await.expect("the password is right");
    assert_eq!(done.status(), "completed");
    connected(&world, &romeo, &phone).await;
}
