//! Identities and features of the gateway and its contacts: XEP-0030, K7 to K14, R14, R15, R18.

use lab::{Client, Server, StanzaExt, World, WorldOptions};
use minidom::Element;

const INFO: &str = "http://jabber.org/protocol/disco#info";
const ITEMS: &str = "http://jabber.org/protocol/disco#items";
const COMMANDS: &str = "http://jabber.org/protocol/commands";

async fn identities(client: &Client, of: &str) -> Vec<(String, String)> {
    let info = client.get(of, &format!("<query xmlns='{INFO}'/>")).await.expect("information");
    let attr = |e: &Element, name: &str| e.attr(name).unwrap_or_default().to_owned();
    let of = info.children().filter(|c| c.name() == "identity");
    of.map(|i| (attr(i, "category"), attr(i, "type"))).collect()
}

fn pair(category: &str, kind: &str) -> (String, String) {
    (category.to_owned(), kind.to_owned())
}

#[tokio::test]
async fn k7_k8_k14_strangers_see_the_gateway_and_nobody_behind_it() {
    let world = World::start().await;
    let gateway = world.gateway();
    let stranger = world.prosody.client("stranger").await;
    let found = identities(&stranger, gateway).await;
    assert!(found.contains(&pair("gateway", "superduper")), "{found:?}");
    let features = stranger.features(gateway).await.expect("K7");
    for feature in [
        "jabber:iq:register",
        "jabber:iq:search",
        "jabber:iq:gateway",
        COMMANDS,
        "urn:xmpp:ping",
        INFO,
        ITEMS,
        "jabber:iq:version",
        "urn:xmpp:time",
        "vcard-temp",
    ] {
        assert!(features.iter().any(|f| f == feature), "{feature} is not among {features:?}");
    }
    assert!(features.iter().any(|f| f == "http://jabber.org/protocol/muc"), "there are rooms");
    assert!(!features.iter().any(|f| f == "urn:xmpp:mam:2"), "R14: they have no archive yet");

    let items = format!("<query xmlns='{ITEMS}'/>");
    assert_eq!(stranger.get(gateway, &items).await.expect_err("K14").condition, "registration-required");
    let contact = world.contact("juliet");
    for address in [contact.clone(), format!("{contact}/slidge")] {
        let refused = stranger.features(&address).await.expect_err("K8");
        assert_eq!(refused.condition, "registration-required");
    }
    let unknown =
        stranger.ask("get", gateway, "<query xmlns='urn:unknown'/>").await.expect_err("nobody knows that");
    assert_eq!(unknown.condition, "feature-not-implemented");
}

#[tokio::test]
async fn k9_k13_contacts_tell_their_users_what_they_can() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair_ = world.pair("romeo", "juliet").await;
    let (romeo, contact) = (&pair_.user, &pair_.contact);
    assert_eq!(identities(romeo, contact).await, [pair("account", "registered"), pair("pubsub", "pep")]);
    let account = romeo.features(contact).await.expect("K9");
    for feature in ["http://jabber.org/protocol/pubsub#retrieve-items", "vcard-temp"] {
        assert!(account.iter().any(|f| f == feature), "{feature} is not among {account:?}");
    }
    let client = format!("{contact}/slidge");
    assert_eq!(identities(romeo, &client).await, [pair("client", "pc")]);
    let features = romeo.features(&client).await.expect("K9");
    for feature in [
        "http://jabber.org/protocol/chatstates",
        "urn:xmpp:receipts",
        "urn:xmpp:chat-markers:0",
        "urn:xmpp:ping",
    ] {
        assert!(features.iter().any(|f| f == feature), "{feature} is not among {features:?}");
    }

    let items = |node: &str| format!("<query xmlns='{ITEMS}'{node}/>");
    let none = romeo.get(gateway, &items("")).await.expect("K13");
    assert_eq!(none.children().count(), 0, "there are no groups yet");
    let commands = romeo.get(contact, &items(&format!(" node='{COMMANDS}'"))).await.expect("the plugin's");
    assert_eq!((commands.children().count(), commands.attr("node")), (5, Some(COMMANDS)));

    let nobody = world.contact("nobody");
    assert_eq!(romeo.features(&nobody).await.expect_err("not on the list").condition, "item-not-found");
    let node = format!("<query xmlns='{INFO}' node='urn:nothing'/>");
    assert_eq!(romeo.get(&client, &node).await.expect_err("no such node").condition, "item-not-found");
    let unknown =
        romeo.ask("get", contact, "<query xmlns='urn:unknown'/>").await.expect_err("nobody knows that");
    assert_eq!(unknown.condition, "feature-not-implemented");
    romeo.send(&format!("<iq type='get' to='{client}' id='once'><ping xmlns='urn:xmpp:ping'/></iq>")).await;
    romeo.ping(&client).await;
    let answers = romeo.take(|s| s.is_iq() && s.id() == "once");
    assert_eq!((answers.len(), answers[0].kind()), (1, "result"), "R13: one answer to a ping");
}

#[tokio::test]
async fn what_presences_promise_can_be_looked_up_by_their_hash() {
    let world = World::start().await;
    let gateway = world.gateway();
    let juliet = world.person("juliet", "Juliet").await;
    world.person("romeo", "Romeo").await.befriend(&juliet).await;
    let romeo = world.prosody.client("romeo").await;
    romeo
        .register(gateway, &[("username", "romeo"), ("password", &lab::Person::password("romeo"))])
        .await
        .expect("right credentials");
    let own = world.connected(&romeo).await;
    let contact = romeo.see(&world.contact("juliet"), "").await;
    for presence in [own, contact] {
        let caps = presence.get_child("c", "http://jabber.org/protocol/caps").expect("capabilities");
        let node =
            format!("{}#{}", caps.attr("node").unwrap_or_default(), caps.attr("ver").unwrap_or_default());
        let newer = presence.get_child("c", "urn:xmpp:caps").expect("capabilities 2.0");
        let newer = newer.get_child("hash", "urn:xmpp:hashes:2").expect("a hash");
        let newer = format!("urn:xmpp:caps#{}.{}", newer.attr("algo").unwrap_or_default(), newer.text());
        let mut told = Vec::new();
        for node in [node, newer] {
            let info = romeo
                .get(presence.sender(), &format!("<query xmlns='{INFO}' node='{node}'/>"))
                .await
                .expect("that node");
            assert_eq!(info.attr("node"), Some(node.as_str()));
            assert!(info.children().any(|c| c.name() == "feature"));
            told.push(info.children().cloned().collect::<Vec<_>>());
        }
        assert_eq!(told[0], told[1]);
    }
}

#[tokio::test]
async fn r18_version_time_and_uptime_are_answered() {
    let world = World::start().await;
    let gateway = world.gateway();
    let stranger = world.prosody.client("stranger").await;
    let version = stranger.get(gateway, "<query xmlns='jabber:iq:version'/>").await.expect("a version");
    assert_eq!(version.get_child("name", "jabber:iq:version").map(Element::text).as_deref(), Some("slidged"));
    let time = stranger.get(gateway, "<time xmlns='urn:xmpp:time'/>").await.expect("a time");
    assert!(time.get_child("utc", "urn:xmpp:time").is_some_and(|u| u.text().ends_with('Z')));
    let last = stranger.get(gateway, "<query xmlns='jabber:iq:last'/>").await.expect("an uptime");
    assert!(last.attr("seconds").is_some_and(|s| s.parse::<u64>().is_ok()));
    stranger.ask("get", gateway, "<ping xmlns='urn:xmpp:ping'/>").await.expect("R13: one answer to a ping");
}

#[tokio::test]
async fn k12_contacts_of_a_network_without_commands_list_none() {
    let world = World::with(WorldOptions { plugin: Some("stress"), ..WorldOptions::default() }).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[]).await.expect("it takes everybody");
    world.connected(&romeo).await;
    let contact = world.contact("echo");
    romeo.say(&contact, "hello").await;
    romeo.hear(&contact, "hello").await;
    assert_eq!(romeo.commands(&contact).await.expect("an empty list"), Vec::<String>::new());
}
