//! Finding people: XEP-0055, XEP-0100, and the command. K29.

use lab::{Server, World, WorldOptions};
use minidom::Element;

const SEARCH: &str = "jabber:iq:search";
const GATEWAY: &str = "jabber:iq:gateway";
const DATA: &str = "jabber:x:data";

fn query(inner: &str) -> String {
    format!("<query xmlns='{SEARCH}'>{inner}</query>")
}

fn by_form(name: &str) -> String {
    query(&format!("<x xmlns='{DATA}' type='submit'><field var='name'><value>{name}</value></field></x>"))
}

fn prompt(inner: &str) -> String {
    format!("<query xmlns='{GATEWAY}'>{inner}</query>")
}

#[tokio::test]
async fn k29_one_name_becomes_one_address() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    world.person("benvolio", "Benvolio").await;
    world.person("benvolia", "Benvolia").await;
    let romeo = &pair.user;

    let asked = romeo.get(gateway, &prompt("")).await.expect("what to ask for");
    assert_eq!(asked.get_child("prompt", GATEWAY).map(Element::text).as_deref(), Some("Name"));
    let set = |text: &str| prompt(&format!("<prompt>{text}</prompt>"));
    let found = romeo.ask("set", gateway, &set("benvolio")).await.expect("an address");
    let jid = found.get_child("query", GATEWAY).and_then(|q| q.get_child("jid", GATEWAY)).map(Element::text);
    assert_eq!(jid.as_deref(), Some(&*world.contact("benvolio")));
    let nobody = romeo.ask("set", gateway, &set("mercutio")).await.expect_err("nobody");
    assert_eq!(nobody.condition, "item-not-found");
    let several = romeo.ask("set", gateway, &set("benvoli")).await.expect_err("several");
    assert_eq!(several.condition, "bad-request");
    romeo.get(&pair.contact, &prompt("")).await.expect_err("only the gateway has that");

    let stranger = world.prosody.client("stranger").await;
    let refused = stranger.get(gateway, &query("")).await.expect_err("not registered");
    assert_eq!(refused.condition, "registration-required");
    let features = romeo.features(gateway).await.expect("what it can do");
    assert!(features.iter().any(|f| f == SEARCH) && features.iter().any(|f| f == GATEWAY), "{features:?}");
}

#[tokio::test]
async fn people_are_searched_by_form_by_command_and_by_chat() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    world.person("benvolio", "Benvolio").await;
    let romeo = &pair.user;

    let form = romeo.get(gateway, &query("")).await.expect("a form");
    assert!(form.get_child("x", DATA).is_some());
    let found = romeo.ask("set", gateway, &by_form("benvolio")).await.expect("somebody");
    assert!(String::from(&found).contains(&world.contact("benvolio")), "{}", String::from(&found));
    let nobody = romeo.ask("set", gateway, &by_form("mercutio")).await.expect_err("nobody");
    assert_eq!(nobody.condition, "item-not-found");
    let again = romeo.ask("set", gateway, &query("<shoe>39</shoe>")).await.expect("the form again");
    assert!(again.get_child("query", SEARCH).is_some_and(|q| q.has_child("x", DATA)));

    let form = romeo.command(gateway, "urn:slidged:commands:find").await.expect("a form");
    let found = romeo.step(&form, "complete", &[("name", "benvolio")]).await.expect("a table");
    assert_eq!(
        (found.status().as_str(), found.column("jid")),
        ("completed", vec![world.contact("benvolio")])
    );
    let lines = romeo.chat(gateway, "find benvolio", "Benvolio").await;
    assert!(lines.contains(&format!("xmpp:{}", world.contact("benvolio"))), "{lines}");
    for nobody in ["mercutio", "romeo"] {
        romeo.chat(gateway, &format!("find {nobody}"), "Nobody was found").await;
    }
}

#[tokio::test]
async fn k29_a_network_that_asks_for_more_than_one_thing_has_no_prompt() {
    let world = World::with(WorldOptions { plugin: Some("stress"), ..WorldOptions::default() }).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[]).await.expect("it takes everybody");
    world.connected(&romeo).await;
    let refused = romeo.get(world.gateway(), &prompt("")).await.expect_err("three fields");
    assert_eq!(refused.condition, "feature-not-implemented");
    let form = romeo.get(world.gateway(), &query("")).await.expect("a form");
    for plain in ["first", "last", "email"] {
        assert!(form.get_child(plain, SEARCH).is_some(), "{plain}: {}", String::from(&form));
    }
}
