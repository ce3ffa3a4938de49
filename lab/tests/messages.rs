//! Texts, both ways, with all that belongs to them: K30 to K36, K57, K58, K63, K64.

use lab::stanza::{CLIENT, STANZAS, escape};
use lab::{Pair, Server, StanzaExt, World, WorldOptions};
use minidom::Element;
use serde_json::json;

const MARKERS: &str = "urn:xmpp:chat-markers:0";
const STATES: &str = "http://jabber.org/protocol/chatstates";
const DELAY: &str = "urn:xmpp:delay";
const SID: &str = "urn:xmpp:sid:0";

#[tokio::test]
async fn k30_k33_k57_texts_go_both_ways_in_the_shape_that_clients_know() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;

    let id = juliet.say("romeo", "O Romeo").await;
    let heard = romeo.hear(&contact, "O Romeo").await;
    assert_eq!(
        (heard.sender(), heard.id(), heard.kind()),
        (format!("{contact}/slidge").as_str(), id.as_str(), "chat")
    );
    for (name, namespace) in [("active", STATES), ("markable", MARKERS), ("store", "urn:xmpp:hints")] {
        assert!(heard.has(name, namespace), "no <{name}/> in {}", String::from(&heard));
    }
    assert!(!heard.has("delay", DELAY) && !heard.has("nick", "http://jabber.org/protocol/nick"));

    // To the bare address as to the full one; the receipt comes from where the text went.
    for to in [contact.clone(), format!("{contact}/slidge")] {
        let text = format!("to {to}");
        let id = romeo.say(&to, &text).await;
        let receipt = romeo.receipt(&contact, &id).await;
        assert_eq!(receipt.sender(), to);
        juliet.hear("romeo", &text).await;
    }
    // Without a request there is no receipt, and without an id neither.
    romeo.send(&format!("<message to='{contact}' type='chat' id='quiet'><body>quiet</body></message>")).await;
    juliet.hear("romeo", "quiet").await;
    romeo.send(&format!("<message to='{contact}'><body>no id, no type</body></message>")).await;
    juliet.hear("romeo", "no id, no type").await;
    let id = romeo.say(&contact, "last").await;
    romeo.receipt(&contact, &id).await;
    romeo.never("a receipt nobody asked for", &contact, |s| s.has("received", "urn:xmpp:receipts")).await;
}

#[tokio::test]
async fn k58_whatever_characters_a_text_has_it_arrives_or_becomes_harmless() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let text = "<b>&amp;'\"]]>\n\ttabs 🌹 \u{10FFFD} e\u{301} 你好";
    juliet.say("romeo", text).await;
    romeo.hear(&contact, text).await;
    let id = romeo.say(&contact, text).await;
    romeo.receipt(&contact, &id).await;
    juliet.hear("romeo", text).await;
    juliet.say("romeo", "a\u{1b}[31m\u{0}b\u{fffe}").await;
    romeo.hear(&contact, "a\u{fffd}[31m\u{fffd}b\u{fffd}").await;
}

#[tokio::test]
async fn r17_contacts_of_any_id_have_addresses_that_lead_back_to_them() {
    let world = World::start().await;
    let ids = ["AbC", "abc", "two words", "\\20 \\", "🦊", "a@b/c'd\"e<f>&:", "Ünïcödé", " edge "];
    let phone = world.person("romeo", "Romeo").await;
    let mut friends = Vec::new();
    for id in ids {
        let friend = world.person(id, "A Friend").await;
        phone.befriend(&friend).await;
        friends.push(friend);
    }
    let romeo = world.prosody.client("romeo").await;
    world.register(&romeo, "romeo").await;
    let mut addresses = Vec::new();
    for friend in &friends {
        let text = format!("I am {}", friend.id());
        friend.say("romeo", &text).await;
        let heard =
            romeo.expect(&text, |s| s.is_message() && s.body().as_deref() == Some(text.as_str())).await;
        let address = heard.sender_bare().to_owned();
        let answer = format!("you are {}", friend.id());
        let id = romeo.say(&address, &answer).await;
        romeo.receipt(&address, &id).await;
        friend.hear("romeo", &answer).await;
        romeo.on_roster(&address, "both").await;
        addresses.push(address);
    }
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), ids.len(), "no two of them share an address: {addresses:?}");
}

#[tokio::test]
async fn k31_k32_who_cannot_be_written_to_is_named_in_an_error() {
    let world = World::start().await;
    let Pair { user: romeo, contact, .. } = world.pair("romeo", "juliet").await;
    let nobody = world.contact("nobody");
    let id = romeo.say(&nobody, "anybody?").await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
    assert_eq!((error.sender(), error.condition().as_deref()), (nobody.as_str(), Some("item-not-found")));
    assert_eq!(
        error.find("text", STANZAS).map(Element::text).as_deref(),
        Some("There is no such user or message on superduper.")
    );
    assert!(error.body().is_none(), "an error does not repeat the text");

    // An address that no id has.
    let impossible = world.contact("\\zz");
    let id = romeo.say(&impossible, "anybody?").await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
    assert_eq!(error.condition().as_deref(), Some("item-not-found"));

    let stranger = world.prosody.client("stranger").await;
    let id = stranger.say(&contact, "psst").await;
    let error = stranger.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
    assert_eq!(error.condition().as_deref(), Some("registration-required"));
    assert!(error.find("text", STANZAS).is_some(), "K32: with a text");
    // What is no content gets no answer, and errors least of all (R1).
    for quiet in [
        "type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/>",
        "type='error'><body>no</body>",
    ] {
        stranger.send(&format!("<message to='{contact}' {quiet}</message>")).await;
    }
    stranger.never("an error", world.gateway(), |s| s.kind() == "error").await;
}

#[tokio::test]
async fn k35_what_the_network_refuses_is_told_in_its_words() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    juliet.ask("block", json!({ "user": "romeo", "blocked": true })).await;
    let id = romeo.say(&contact, "hello?").await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
    assert_eq!(error.condition().as_deref(), Some("forbidden"));
    assert_eq!(
        error.find("text", STANZAS).map(Element::text).as_deref(),
        Some("Superduper does not allow this.")
    );
    // The same message may be sent again, and goes through when it can.
    juliet.ask("block", json!({ "user": "romeo", "blocked": false })).await;
    romeo.send(&format!("<message to='{contact}' type='chat' id='{id}'><body>hello?</body><request xmlns='urn:xmpp:receipts'/></message>")).await;
    romeo.receipt(&contact, &id).await;
    juliet.hear("romeo", "hello?").await;
}

#[tokio::test]
async fn k36_what_the_network_cannot_read_is_refused_and_never_passed_on() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    let encrypted = [
        "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>",
        "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/></encrypted>",
        "<encrypted xmlns='urn:nobody-knows-it-yet'/>",
        "<openpgp xmlns='urn:xmpp:openpgp:0'>BASE64</openpgp>",
        "<x xmlns='jabber:x:encrypted'>BASE64</x>",
    ];
    // Of messages that nobody knows.
    let unknown = [
        "<replace xmlns='urn:xmpp:message-correct:0' id='x'/>",
        "<reactions xmlns='urn:xmpp:reactions:0' id='x'><reaction>👍</reaction></reactions>",
        "<retract xmlns='urn:xmpp:message-retract:1' id='x'/>",
    ];
    for (payloads, condition) in [(&encrypted[..], "bad-request"), (&unknown[..], "item-not-found")] {
        for payload in payloads {
            let id = romeo.new_id();
            romeo
                .send(&format!(
                    "<message to='{contact}' type='chat' id='{id}'><body>FALLBACK</body>{payload}</message>"
                ))
                .await;
            let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
            assert_eq!(error.condition().as_deref(), Some(condition), "{payload}");
            assert!(error.find("text", STANZAS).is_some(), "{payload}");
        }
    }
    // Nor is an error (R1), which gets no answer either.
    let error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    romeo
        .send(&format!("<message to='{contact}' type='error' id='e'><body>FALLBACK</body>{error}</message>"))
        .await;
    pair.settled_there().await;
    assert_eq!(juliet.take(|e| e.to_string().contains("FALLBACK")).len(), 0, "the body was passed on");
    romeo.never("an answer to an error", contact, |s| s.id() == "e").await;
}

#[tokio::test]
async fn k34_k64_typing_and_reading_go_both_ways() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    for (theirs, ours) in [
        ("typing", "composing"),
        ("paused", "paused"),
        ("active", "active"),
        ("inactive", "inactive"),
        ("gone", "gone"),
    ] {
        romeo
            .send(&format!("<message to='{contact}' type='chat'><{ours} xmlns='{STATES}'/></message>"))
            .await;
        juliet
            .expect(ours, |e| e["event"] == "typing" && e["by"] == "romeo" && e["activity"] == theirs)
            .await;
        juliet.types("romeo", theirs).await;
        let state = romeo
            .expect(theirs, |s| {
                s.is_message() && s.sender_bare() == contact && s.has(ours, STATES) && s.body().is_none()
            })
            .await;
        assert!(state.has("no-store", "urn:xmpp:hints"));
        assert_eq!(state.kind(), "chat");
    }
    // K34: a text with a state is a text only.
    pair.settled_there().await;
    assert_eq!(juliet.take(|e| e["event"] == "typing").len(), 0);

    // K64: typing again is news, pausing again is not.
    for activity in ["typing", "typing", "paused", "paused"] {
        juliet.types("romeo", activity).await;
    }
    pair.settled_here().await;
    let count = |name: &str| {
        romeo.take(|s| s.sender_bare() == contact && s.has(name, STATES) && s.body().is_none()).len()
    };
    assert_eq!((count("composing"), count("paused")), (2, 1));

    // Read, both ways, by the ids that each side knows.
    let id = romeo.say(contact, "read this").await;
    romeo.receipt(contact, &id).await;
    let there = juliet.hear("romeo", "read this").await;
    juliet.ask("read", json!({ "chat": { "user": "romeo" }, "id": there["message"]["id"] })).await;
    let marker = romeo.expect("a marker", |s| s.has("displayed", MARKERS)).await;
    assert_eq!(marker.get_child("displayed", MARKERS).and_then(|d| d.attr("id")), Some(id.as_str()));
    assert_eq!(marker.sender_bare(), contact);
    let id = juliet.say("romeo", "and this").await;
    let heard = romeo.hear(contact, "and this").await;
    romeo
        .send(&format!(
            "<message to='{contact}' type='chat'><displayed xmlns='{MARKERS}' id='{}'/></message>",
            escape(heard.id())
        ))
        .await;
    juliet.expect("a marker", |e| e["event"] == "read" && e["by"] == "romeo" && e["id"] == id.as_str()).await;

    // What says nothing to the network says nothing to the user either (R14).
    for quiet in [
        format!("<received xmlns='{MARKERS}' id='x'/>"),
        "<received xmlns='urn:xmpp:receipts' id='x'/>".into(),
        "<subject>only</subject>".into(),
        String::new(),
    ] {
        romeo.send(&format!("<message to='{contact}' type='chat' id='q'>{quiet}</message>")).await;
    }
    pair.settled_there().await;
    romeo.never("an error", contact, |s| s.kind() == "error").await;
}

#[tokio::test]
async fn k63_what_is_older_than_five_minutes_says_when_it_was_written() {
    let mut world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, phone } = world.pair("romeo", "juliet").await;
    world.slidged.stop().await;
    juliet.say("romeo", "long ago").await;
    juliet.say("romeo", "a while ago").await;
    drop((juliet, phone));
    world.network.kill().await;
    world.network.age("long ago", 301_000);
    world.network.age("a while ago", 240_000);
    world.network.resume().await;
    world.slidged.resume().await;
    let old = romeo.hear(&contact, "long ago").await;
    let delay = old.get_child("delay", DELAY).unwrap_or_else(|| panic!("no delay in {}", String::from(&old)));
    assert_eq!(delay.attr("from"), Some(world.gateway()));
    assert!(delay.attr("stamp").is_some_and(|s| s.ends_with('Z')));
    let young = romeo.hear(&contact, "a while ago").await;
    assert!(!young.has("delay", DELAY), "{}", String::from(&young));
}

#[tokio::test]
async fn a_message_that_a_client_sends_again_is_delivered_once() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    let message = |text: &str| {
        format!(
            "<message to='{contact}' type='chat' id='1'><body>{text}</body><request xmlns='urn:xmpp:receipts'/></message>"
        )
    };
    for _ in 0..3 {
        romeo.send(&message("once")).await;
        romeo.receipt(contact, "1").await;
    }
    // Another text under the same id is another message: some clients number theirs from 1 after
    // every start.
    romeo.send(&message("another")).await;
    romeo.receipt(contact, "1").await;
    juliet.hear("romeo", "once").await;
    juliet.hear("romeo", "another").await;
    pair.settled_there().await;
    assert_eq!(juliet.take(|e| e["event"] == "message").len(), 0, "nothing came twice");
}

#[tokio::test]
async fn an_event_that_the_network_repeats_is_shown_once() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    for fault in ["duplicate", "garbage"] {
        juliet.ask("fault", json!({ "fault": fault, "user": "romeo", "event": "message" })).await;
        juliet.say("romeo", fault).await;
        romeo.hear(contact, fault).await;
    }
    pair.settled_here().await;
    let archive = romeo.archive(Some(contact)).await;
    let texts: Vec<_> =
        archive.iter().filter_map(|a| a.message.body()).filter(|b| !b.starts_with("settled")).collect();
    assert_eq!(texts, ["duplicate", "garbage"]);
    // What the archive keeps has the id that it was shown under.
    assert!(archive.iter().all(|a| !a.message.id().is_empty() || a.message.has("stanza-id", SID)));
}

#[tokio::test]
async fn a_stranger_on_the_network_is_named_and_can_be_answered() {
    let world = World::start().await;
    let Pair { user: romeo, .. } = world.pair("romeo", "juliet").await;
    let nurse = world.person("nurse", "The Nurse").await;
    nurse.say("romeo", "a word with you").await;
    let contact = world.contact("nurse");
    let heard = romeo.hear(&contact, "a word with you").await;
    assert!(heard.has("markable", MARKERS));
    let id = romeo.say(&contact, "yes?").await;
    romeo.receipt(&contact, &id).await;
    nurse.hear("romeo", "yes?").await;
    nurse.say("romeo", "she loves you").await;
    let heard = romeo.hear(&contact, "she loves you").await;
    assert_eq!(
        heard.get_child("nick", "http://jabber.org/protocol/nick").map(Element::text).as_deref(),
        Some("The Nurse")
    );
    assert!(romeo.roster().await.iter().all(|i| i.jid != contact), "strangers are not put on the roster");
}

#[tokio::test]
async fn k35_a_plugin_that_fails_harms_one_message_and_shows_no_insides() {
    let world = World::with(WorldOptions { plugin: Some("stress"), ..WorldOptions::default() }).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[("connect", "")]).await.expect("everybody");
    world.connected(&romeo).await;
    let echo = world.contact("echo");
    let id = romeo.say(&echo, "error").await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
    let text = error.find("text", STANZAS).map(Element::text).unwrap_or_default();
    assert!(text.contains("Error ") && text.contains("administrator"), "R4: an id to look up: {text}");
    let kind = error.find("error", CLIENT).and_then(|error| error.attr("type"));
    assert_eq!((kind, error.condition().as_deref()), (Some("wait"), Some("internal-server-error")));
    let id = romeo.say(&echo, "and now?").await;
    romeo.receipt(&echo, &id).await;
    romeo.hear(&echo, "and now?").await;
    // Nobody else suffers, and neither does this user once the session is back.
    let id = romeo.say(&echo, "panic").await;
    romeo.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
    let id = romeo.say(&echo, "still there?").await;
    romeo.receipt(&echo, &id).await;
}

#[tokio::test]
async fn messages_to_the_gateway_itself_get_help_or_an_error() {
    let world = World::start().await;
    let gateway = world.gateway();
    let stranger = world.prosody.client("stranger").await;
    stranger.say(gateway, "help").await;
    let help = stranger.expect("help", |s| s.is_message() && s.sender() == gateway).await;
    assert!(help.body().is_some_and(|b| b.contains("register")), "{}", String::from(&help));
    let Pair { user: romeo, .. } = world.pair("romeo", "juliet").await;
    drop(romeo.take(StanzaExt::is_message));
    romeo.say(gateway, "help").await;
    romeo.expect("help", |s| s.is_message() && s.sender() == gateway && s.body().is_some()).await;
    for quiet in [
        "type='error'><body>x</body>",
        "type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/>",
    ] {
        romeo.send(&format!("<message to='{gateway}' {quiet}</message>")).await;
    }
    // Of the gateway's picture clients are told by the way.
    romeo.never("an answer", gateway, |s| s.is_message() && s.kind() != "headline").await;
}
