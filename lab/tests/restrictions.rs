//! A network that can do little (the plugin `stress`): one reaction, of a few; what was sent stays
//! as it is. K10, K11, K38, K40, K42.

use lab::{Client, Server, StanzaExt, World, WorldOptions};
use minidom::Element;

const INFO: &str = "http://jabber.org/protocol/disco#info";
const FORM: &str = "jabber:x:data";
const REACTIONS: &str = "urn:xmpp:reactions:0";
const CARBONS: &str = "urn:xmpp:carbons:2";

async fn user() -> (World, Client, String) {
    let world = World::with(WorldOptions { plugin: Some("stress"), ..WorldOptions::default() }).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[("connect", "")]).await.expect("everybody");
    world.connected(&romeo).await;
    let friend = world.contact("friend");
    romeo.on_roster(&friend, "both").await;
    (world, romeo, friend)
}

async fn form(client: &Client, of: &str) -> Element {
    let info = client.get(of, &format!("<query xmlns='{INFO}'/>")).await.expect("information");
    info.get_child("x", FORM).unwrap_or_else(|| panic!("no form in {}", String::from(&info))).clone()
}

fn values(form: &Element, var: &str) -> Vec<String> {
    let field = form.children().find(|field| field.attr("var") == Some(var));
    field.into_iter().flat_map(Element::children).map(Element::text).collect()
}

#[tokio::test]
async fn k10_k11_which_reactions_there_are_is_told() {
    let (world, romeo, friend) = user().await;
    let contact = form(&romeo, &format!("{friend}/slidge")).await;
    assert_eq!(values(&contact, "FORM_TYPE"), ["urn:xmpp:reactions:0:restrictions"]);
    assert_eq!(values(&contact, "max_reactions_per_user"), ["1"]);
    assert_eq!(values(&contact, "allowlist"), ["👍", "❤️"]);
    let gateway = form(&romeo, world.gateway()).await;
    assert_eq!(
        (values(&gateway, "max_reactions_per_user"), values(&gateway, "scope")),
        (vec!["1".into()], vec!["domain".into()])
    );
    // What works there is advertised, and what does not is not (R14).
    let features = romeo.features(&format!("{friend}/slidge")).await.expect("features");
    for (feature, works) in [
        (REACTIONS, true),
        ("urn:xmpp:message-correct:0", true),
        ("urn:xmpp:message-retract:1", false),
        ("urn:xmpp:reply:0", false),
    ] {
        assert_eq!(features.iter().any(|f| f == feature), works, "{feature}");
    }
}

#[tokio::test]
async fn k42_reactions_that_the_network_does_not_have_are_taken_away_again() {
    let (world, romeo, friend) = user().await;
    romeo.ask("set", "", &format!("<enable xmlns='{CARBONS}'/>")).await.expect("carbons");
    romeo.say(&friend, "hello").await;
    romeo.hear(&friend, "hello").await;
    let react = async |id: &str, emojis: &[&str]| {
        let emojis: String = emojis.iter().map(|emoji| format!("<reaction>{emoji}</reaction>")).collect();
        romeo
            .send(&format!(
                "<message to='{friend}' type='chat' id='{id}'><reactions xmlns='{REACTIONS}' id='romeo-7'>{emojis}</reactions></message>"
            ))
            .await;
    };
    // In the form that the network has, whichever the client chose.
    react("fine", &["❤"]).await;
    romeo.hear(&friend, "romeo-7: ❤️").await;
    for (id, emojis, why) in
        [("many", &["👍", "❤"][..], "one reaction"), ("odd", &["🦊"][..], "one reaction")]
    {
        react(id, emojis).await;
        let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == id).await;
        assert_eq!(error.condition().as_deref(), Some("policy-violation"));
        let line = |s: &Element| {
            s.is_message() && s.sender() == world.gateway() && s.body().is_some_and(|b| b.contains(why))
        };
        romeo.expect("a line of the gateway", line).await;
        // The user's clients show none any more, and neither does the network.
        let reset = romeo
            .expect("the reset", |s| s.has("sent", CARBONS) && s.find("reactions", REACTIONS).is_some())
            .await;
        let reactions = reset.find("reactions", REACTIONS).expect("they are there");
        assert_eq!((reactions.attr("id"), reactions.children().count()), (Some("romeo-7"), 0));
        romeo.hear(&friend, "romeo-7: nothing").await;
    }
}

#[tokio::test]
async fn k38_k40_what_was_sent_stays_and_the_network_is_told_honestly() {
    let (_world, romeo, friend) = user().await;
    romeo
        .send(&format!(
            "<message to='{friend}' type='chat' id='c'><body>hello</body><replace xmlns='urn:xmpp:message-correct:0' id='x'/></message>"
        ))
        .await;
    romeo.hear(&friend, "Correction: hello").await;
    // Both are the new message over there, from now on.
    for id in ["x", "c"] {
        let reactions =
            format!("<reactions xmlns='{REACTIONS}' id='{id}'><reaction>👍</reaction></reactions>");
        romeo
            .send(&format!("<message to='{friend}' type='chat' id='react-{id}'>{reactions}</message>"))
            .await;
        romeo.hear(&friend, "corrected: 👍").await;
    }
    romeo
        .send(&format!(
            "<message to='{friend}' type='chat' id='r'><body>/me</body><retract xmlns='urn:xmpp:message-retract:1' id='x'/></message>"
        ))
        .await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == "r").await;
    assert_eq!(error.condition().as_deref(), Some("feature-not-implemented"), "K40");
    // The quote of an answer stays in front of it where there are no answers.
    romeo
        .send(&format!(
            "<message to='{friend}' type='chat' id='a'><body>&gt; well?\nyes</body><reply xmlns='urn:xmpp:reply:0' id='x'/>\
             <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='8'/></fallback></message>"
        ))
        .await;
    romeo.hear(&friend, "> well?\nyes").await;
}

#[tokio::test]
async fn what_a_plugin_tells_too_early_is_shown_in_the_order_that_makes_sense() {
    let (_world, romeo, friend) = user().await;
    romeo.say(&friend, "late m1").await;
    let what = async || {
        let said = |s: &Element| s.is_message() && s.sender_bare() == friend && s.kind() != "headline";
        let shown = romeo.expect("what comes", said).await;
        let kind = ["reactions", "replace", "active"]
            .into_iter()
            .find(|name| shown.children().any(|c| c.name() == *name));
        (kind.map(str::to_owned), shown.id().to_owned())
    };
    assert_eq!(what().await, (Some("active".into()), "m1".into()));
    assert_eq!(what().await.0.as_deref(), Some("reactions"));
    assert_eq!(what().await.0.as_deref(), Some("replace"));
}

#[tokio::test]
async fn k55_a_marker_is_for_all_messages_that_have_not_been_marked() {
    let (_world, romeo, friend) = user().await;
    let displayed = async |id: &str| {
        let marker = format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/>");
        romeo.send(&format!("<message to='{friend}' type='chat' id='read-{id}'>{marker}</message>")).await;
    };
    let read = async || {
        let read =
            |s: &Element| s.sender_bare() == friend && s.body().is_some_and(|b| b.ends_with(" is read"));
        let stanza = romeo.expect("a message being read", read).await;
        stanza.body().unwrap_or_default().trim_end_matches(" is read").to_owned()
    };
    romeo.say(&friend, "ids a b c d").await;
    romeo.hear(&friend, "this is d").await;
    displayed("b").await;
    assert_eq!([read().await, read().await], ["a", "b"]);
    // Again, and one that nobody knows: all that is left.
    displayed("b").await;
    displayed("unknown").await;
    assert_eq!([read().await, read().await], ["c", "d"]);
}

#[tokio::test]
async fn messages_that_disappear_are_announced_when_that_changes() {
    let (_world, romeo, friend) = user().await;
    let next = async || {
        let text = romeo.expect("a text", |s| s.sender_bare() == friend && s.body().is_some()).await;
        let timer =
            text.find("ephemeral", "urn:xmpp:ephemeral:0").and_then(|e| e.attr("timer")).map(str::to_owned);
        (text.body().unwrap_or_default(), timer)
    };
    for (first, seconds) in [(true, "3600"), (false, "3600")] {
        romeo.say(&friend, &format!("disappear {seconds}")).await;
        if first {
            let notice = "⏳ Messages here disappear one hour after they are read, over there.";
            assert_eq!(next().await, (notice.to_owned(), None));
        }
        assert_eq!(next().await, ("gone in a moment".to_owned(), Some(seconds.to_owned())));
    }
    romeo.say(&friend, "hello").await;
    assert_eq!(next().await.0, "Messages here do not disappear any more.");
}

#[tokio::test]
async fn k53_a_contact_is_not_invited_where_the_network_cannot_go() {
    let (_world, romeo, friend) = user().await;
    let room = "<x xmlns='jabber:x:conference' jid='balcony@rooms.example.org'/>";
    romeo.send(&format!("<message to='{friend}' id='i'>{room}</message>")).await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == "i").await;
    assert_eq!(error.condition().as_deref(), Some("bad-request"));
}

#[tokio::test]
async fn r14_what_one_contact_cannot_do_is_neither_advertised_nor_let_through() {
    let (world, romeo, _) = user().await;
    let plain = world.contact("plain");
    romeo.say(&plain, "hello").await;
    romeo.hear(&plain, "hello").await;
    // Known from now on.
    romeo.on_roster(&plain, "both").await;
    romeo.say(&plain, "again").await;
    assert!(!romeo.hear(&plain, "again").await.has("markable", "urn:xmpp:chat-markers:0"));
    let features = romeo.features(&format!("{plain}/slidge")).await.expect("features");
    for (feature, works) in [
        ("http://jabber.org/protocol/chatstates", true),
        (REACTIONS, false),
        ("urn:xmpp:chat-markers:0", false),
    ] {
        assert_eq!(features.iter().any(|f| f == feature), works, "{feature}");
    }
    let reactions = format!("<reactions xmlns='{REACTIONS}' id='x'><reaction>👍</reaction></reactions>");
    romeo.send(&format!("<message to='{plain}' type='chat' id='r'>{reactions}</message>")).await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == "r").await;
    assert_eq!(error.condition().as_deref(), Some("feature-not-implemented"));
    // What is no more than a courtesy is left out in silence.
    for (id, quiet) in [
        ("typing", "<composing xmlns='http://jabber.org/protocol/chatstates'/>"),
        ("read", "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>"),
    ] {
        romeo.send(&format!("<message to='{plain}' type='chat' id='{id}'>{quiet}</message>")).await;
    }
    romeo.say(&plain, "and now").await;
    romeo.hear(&plain, "and now").await;
    romeo.never("an answer", &plain, |s| matches!(s.id(), "typing" | "read") || s.kind() == "error").await;
    // R18: nobody can be blocked there, so the user is told so.
    let block = format!("<block xmlns='urn:xmpp:blocking'><item jid='{plain}'/></block>");
    let refused = romeo.ask("set", world.gateway(), &block).await.expect_err("it blocks nobody");
    assert_eq!(refused.condition, "feature-not-implemented");
    assert!(!refused.text.is_empty());
}
