//! Presence, both ways: K65, K70 to K74.

use lab::{Pair, Server, StanzaExt, World, WorldOptions};
use minidom::Element;
use serde_json::json;

fn status(presence: &Element) -> Option<String> {
    presence.text_of("status")
}

#[tokio::test]
async fn k65_a_contact_is_shown_as_they_are_and_once() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let shown = |show: &'static str| {
        let contact = contact.clone();
        move |s: &Element| {
            s.is_presence()
                && s.sender() == format!("{contact}/slidge")
                && s.text_of("show").unwrap_or_default() == show
        }
    };
    juliet.set_presence("busy", "Do not disturb").await;
    let busy = romeo.expect("busy", shown("dnd")).await;
    assert_eq!(status(&busy).as_deref(), Some("Do not disturb"));
    assert!(busy.find("c", "http://jabber.org/protocol/caps").is_some());

    juliet.set_presence("away", "Nurse is calling").await;
    let away = romeo.expect("away", shown("away")).await;
    let text = status(&away).expect("a status");
    assert!(text.starts_with("Nurse is calling"), "{text}");
    juliet.set_presence("extended_away", "").await;
    romeo.expect("extended away", shown("xa")).await;
    juliet.set_presence("available", "").await;
    let here = romeo.expect("available", shown("")).await;
    assert_eq!(status(&here), None);

    juliet.set_presence("available", "").await;
    juliet.set_presence("busy", "again").await;
    romeo.expect("busy", shown("dnd")).await;
    assert_eq!(romeo.take(shown("")).len(), 0, "the same presence again is no news");

    let id = juliet.id().to_owned();
    drop(juliet);
    let gone = romeo.see(&contact, "unavailable").await;
    assert_eq!(gone.sender(), format!("{contact}/slidge"));
    // Who was there a moment ago is known to have been.
    let juliet = lab::Person::connect(world.network.address(), &id, "Juliet", "app").await;
    juliet.set_presence("available", "back").await;
    romeo.expect("back again", shown("")).await;
}

#[tokio::test]
async fn k71_k72_probes_are_answered_from_what_is_known() {
    let world = World::start().await;
    let gateway = world.gateway();
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    juliet.set_presence("away", "out").await;
    romeo.expect("away", |s| s.is_presence() && s.text_of("show").as_deref() == Some("away")).await;

    drop(romeo.take(StanzaExt::is_presence));
    romeo.send(&format!("<presence type='probe' to='{contact}'/>")).await;
    let answer = romeo.see(&contact, "").await;
    assert_eq!(answer.text_of("show").as_deref(), Some("away"));
    romeo.send(&format!("<presence type='probe' to='{gateway}'/>")).await;
    let answer = romeo.see(gateway, "").await;
    assert_eq!(answer.text_of("show"), None, "Converse draws the most eager one as offline");
    assert_eq!(status(&answer).as_deref(), Some("Connected as romeo"));

    // A second client gets to know everything when it comes (the server asks for it).
    let laptop = world.prosody.client("romeo").await;
    laptop.see(&contact, "").await;
    laptop.see(gateway, "").await;

    // Somebody whom the user does not know.
    let nobody = world.contact("nobody");
    romeo.send(&format!("<presence type='probe' to='{nobody}'/>")).await;
    romeo.ping(&nobody).await;
    romeo
        .never("a presence of somebody unknown", gateway, |s| {
            s.is_presence() && s.sender_bare() == nobody && s.kind().is_empty()
        })
        .await;

    // A stranger sees nobody.
    let paris = world.prosody.client("paris").await;
    for to in [contact.as_str(), gateway] {
        paris.send(&format!("<presence type='probe' to='{to}'/>")).await;
        paris
            .never("somebody's presence", gateway, |s| {
                s.is_presence() && s.sender_bare() == to && s.kind().is_empty()
            })
            .await;
    }
}

#[tokio::test]
async fn k74_the_network_sees_the_user_as_their_clients_are() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, .. } = world.pair("romeo", "juliet").await;
    let seen = async |show: &str, text: &str| {
        let what = format!("romeo {show} {text:?}");
        juliet
            .expect(&what, |e| {
                e["event"] == "presence"
                    && e["user"] == "romeo"
                    && e["presence"]["show"] == show
                    && e["presence"]["text"].as_str().unwrap_or_default() == text
            })
            .await
    };
    romeo.send("<presence><show>dnd</show><status>fighting</status></presence>").await;
    seen("busy", "fighting").await;
    romeo.send("<presence><show>away</show></presence>").await;
    seen("away", "").await;
    romeo.send("<presence><show>xa</show><status>banished</status></presence>").await;
    seen("extended_away", "banished").await;
    // Another client of higher priority speaks for the user.
    let phone = world.prosody.client("romeo").await;
    phone.send("<presence><priority>5</priority><status>on the phone</status></presence>").await;
    seen("available", "on the phone").await;
    phone.leave().await;
    seen("extended_away", "banished").await;
    romeo.send("<presence/>").await;
    seen("available", "").await;
}

#[tokio::test]
async fn k70_friends_are_made_and_unmade_from_either_side() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let gateway = world.gateway();

    // A friend is subscribed to at once; nothing of it reaches the network.
    romeo.send(&format!("<presence type='subscribe' to='{contact}'/>")).await;
    romeo.ping(&contact).await;
    juliet.ask("ping", json!({})).await;
    assert_eq!(
        juliet.take(|e| e["event"] == "contact" && e["by"] == "romeo" && e["was"] == "friend").len(),
        0
    );

    // The user asks, and they accept.
    let rosaline = world.person("rosaline", "Rosaline").await;
    let address = world.contact("rosaline");
    romeo
        .send(&format!("<presence type='subscribe' to='{address}'><status>Please</status></presence>"))
        .await;
    let request = rosaline
        .expect("a request", |e| e["event"] == "contact" && e["contact"]["relation"] == "asking")
        .await;
    assert_eq!((&request["contact"]["user"], &request["text"]), (&json!("romeo"), &json!("Please")));
    rosaline.ask("befriend", json!({ "user": "romeo" })).await;
    romeo.on_roster(&address, "both").await;
    romeo.see(&address, "").await;

    // The user asks, and they refuse.
    let livia = world.person("livia", "Livia").await;
    let address = world.contact("livia");
    romeo.send(&format!("<presence type='subscribe' to='{address}'/>")).await;
    livia.expect("a request", |e| e["event"] == "contact" && e["contact"]["relation"] == "asking").await;
    livia.ask("unfriend", json!({ "user": "romeo" })).await;
    romeo.see(&address, "unsubscribed").await;

    // They ask, and the user accepts.
    let tybalt = world.person("tybalt", "Tybalt").await;
    let address = world.contact("tybalt");
    tybalt.ask("befriend", json!({ "user": "romeo", "text": "let us talk" })).await;
    let request = romeo.see(&address, "subscribe").await;
    assert_eq!(status(&request).as_deref(), Some("let us talk"));
    assert_eq!(
        request.get_child("nick", "http://jabber.org/protocol/nick").map(Element::text).as_deref(),
        Some("Tybalt")
    );
    romeo.send(&format!("<presence type='subscribed' to='{address}'/>")).await;
    tybalt.expect("a friend", |e| e["event"] == "contact" && e["contact"]["relation"] == "friend").await;
    romeo.see(&address, "").await;

    // They ask, and the user refuses.
    let paris = world.person("paris", "Paris").await;
    let address = world.contact("paris");
    paris.ask("befriend", json!({ "user": "romeo" })).await;
    romeo.see(&address, "subscribe").await;
    romeo.send(&format!("<presence type='unsubscribed' to='{address}'/>")).await;
    paris.expect("a refusal", |e| e["event"] == "contact" && e["contact"]["relation"] == "none").await;

    // The user removes a contact: the friendship ends.
    romeo
        .ask(
            "set",
            "",
            &format!("<query xmlns='jabber:iq:roster'><item jid='{contact}' subscription='remove'/></query>"),
        )
        .await
        .expect("own roster");
    juliet.expect("the end of it", |e| e["event"] == "contact" && e["contact"]["relation"] == "none").await;
    drop(romeo.take(StanzaExt::is_presence));
    juliet.set_presence("busy", "sulking").await;
    romeo.ping(&contact).await;
    romeo
        .never("the presence of somebody removed", gateway, |s| {
            s.is_presence() && s.sender_bare() == contact && s.kind().is_empty()
        })
        .await;
}

#[tokio::test]
async fn a_contact_who_ends_it_is_no_longer_seen() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    romeo.on_roster(&contact, "both").await;
    juliet.ask("unfriend", json!({ "user": "romeo" })).await;
    romeo.see(&contact, "unsubscribed").await;
    juliet.set_presence("busy", "").await;
    romeo.ping(&contact).await;
    romeo
        .never("their presence", world.gateway(), |s| {
            s.is_presence() && s.text_of("show").as_deref() == Some("dnd") && s.sender_bare() == contact
        })
        .await;
}

#[tokio::test]
async fn nobody_is_there_while_the_network_is_away() {
    let slidged = "[session]\noutage_grace = \"200ms\"\n".into();
    let mut world = World::with(WorldOptions { slidged, ..WorldOptions::default() }).await;
    let Pair { user: romeo, contact, friend: juliet, phone: _phone } = world.pair("romeo", "juliet").await;
    world.network.kill().await;
    let gone = romeo.see(&contact, "unavailable").await;
    assert_eq!(status(&gone).as_deref(), Some("Superduper cannot be reached"));
    drop(juliet);
    world.network.resume().await;
    world.connected(&romeo).await;
    let juliet = lab::Person::connect(world.network.address(), "juliet", "Juliet", "app").await;
    juliet.set_presence("available", "back").await;
    romeo
        .expect("juliet back", |s| {
            s.is_presence() && s.sender_bare() == contact && status(s).as_deref() == Some("back")
        })
        .await;
    // Nothing of it touched the roster.
    romeo.on_roster(&contact, "both").await;
    romeo.never("the end of a subscription", world.gateway(), |s| s.kind().starts_with("unsub")).await;
}

#[tokio::test]
async fn who_talks_to_the_gateway_unseen_gets_no_error() {
    let world = World::start().await;
    let gateway = world.gateway();
    let Pair { user: romeo, contact, .. } = world.pair("romeo", "juliet").await;
    for presence in [
        format!("<presence to='{contact}'><show>dnd</show></presence>"),
        format!("<presence to='{contact}' type='unavailable'/>"),
        format!("<presence to='{gateway}'/>"),
        format!("<presence to='{gateway}' type='unsubscribed'/>"),
        format!(
            "<presence to='{contact}' type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
        ),
    ] {
        romeo.send(&presence).await;
    }
    romeo.ping(&contact).await;
    romeo.never("an error", gateway, |s| s.kind() == "error").await;

    let stranger = world.prosody.client("stranger").await;
    stranger.send(&format!("<presence type='subscribe' to='{gateway}'/>")).await;
    let error = stranger.see(gateway, "error").await;
    assert_eq!(error.condition().as_deref(), Some("registration-required"));
    stranger.never("a second error", gateway, |s| s.kind() == "error").await;
}

/// Prosody without any privilege for the gateway.
const NO_PRIVILEGES: &str = "VirtualHost \"example.org\"\n\tprivileged_entities = { }\n";

#[tokio::test]
async fn k68_contacts_are_put_on_the_roster_or_ask_to_be() {
    let world = World::start().await;
    let Pair { user: romeo, contact, .. } = world.pair("romeo", "juliet").await;
    let item = romeo.on_roster(&contact, "both").await;
    assert_eq!((item.name.as_str(), item.groups), ("A Friend", vec!["Superduper".to_owned()]));
    romeo.never("a request", world.gateway(), |s| s.kind() == "subscribe").await;
}

#[tokio::test]
async fn k68_without_the_privilege_contacts_ask_to_be_on_the_roster() {
    let world = World::with(WorldOptions { prosody: NO_PRIVILEGES.into(), ..WorldOptions::default() }).await;
    let gateway = world.gateway();
    let juliet = world.person("juliet", "Juliet").await;
    world.person("romeo", "Romeo").await.befriend(&juliet).await;
    let romeo = world.prosody.client("romeo").await;
    romeo
        .register(gateway, &[("username", "romeo"), ("password", &lab::Person::password("romeo"))])
        .await
        .expect("right credentials");
    let contact = world.contact("juliet");
    for (who, name) in [(gateway, "Superduper"), (contact.as_str(), "Juliet")] {
        let request = romeo.see(who, "subscribe").await;
        let nick = request.get_child("nick", "http://jabber.org/protocol/nick").map(Element::text);
        assert_eq!(nick.as_deref(), Some(name), "{}", String::from(&request));
        // As people's clients do: allow it, and want the same.
        romeo.send(&format!("<presence type='subscribed' to='{who}'/>")).await;
        romeo.send(&format!("<presence type='subscribe' to='{who}'/>")).await;
        romeo.on_roster(who, "both").await;
    }
    romeo.see(&contact, "").await;
    juliet.set_presence("away", "").await;
    romeo.expect("away", |s| s.is_presence() && s.text_of("show").as_deref() == Some("away")).await;
    // Leaving works without it as well, as far as it goes.
    romeo.unregister(gateway).await.expect("leaving is always possible");
    romeo.see(&contact, "unsubscribed").await;
    romeo.on_roster(&contact, "none").await;
}
