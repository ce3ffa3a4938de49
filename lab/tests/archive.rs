//! Archives of rooms on a real server (XEP-0313): what was said while nobody was in is there.

use lab::Client;
use lab::group_fixture::{GroupFixture, MUC, group_with_friend, hear, join, say, says};
use lab::stanza::escape;
use lab::{Pair, Server, StanzaExt};
use minidom::Element;
use serde_json::json;

const MAM: &str = "urn:xmpp:mam:2";
const RSM: &str = "http://jabber.org/protocol/rsm";
const FORWARD: &str = "urn:xmpp:forward:0";
const CLIENT: &str = "jabber:client";
const SID: &str = "urn:xmpp:sid:0";
const INFO: &str = "<query xmlns='http://jabber.org/protocol/disco#info'/>";

/// Texts and archive ids of a page, and the end of it.
async fn page(client: &Client, room: &str, fields: &str, set: &str) -> (Vec<(String, String)>, Element) {
    let query = client.new_id();
    let payload = format!(
        "<query xmlns='{MAM}' queryid='{query}'><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE' type='hidden'><value>{MAM}</value></field>{fields}</x>\
         <set xmlns='{RSM}'>{set}</set></query>"
    );
    let fin = client.ask("set", room, &payload).await.expect("a page");
    let results =
        client.take(|s| s.get_child("result", MAM).is_some_and(|r| r.attr("queryid") == Some(&query)));
    let texts = results.iter().map(|stanza| {
        assert_eq!(stanza.sender(), room);
        let result = stanza.get_child("result", MAM).expect("a result");
        let message = forwarded(stanza);
        let stanza_id = message.get_child("stanza-id", SID).expect("an id of the room");
        let id = result.attr("id").expect("an archive id");
        assert_eq!((stanza_id.attr("id"), stanza_id.attr("by")), (Some(id), Some(room)));
        (message.body().unwrap_or_default(), id.to_owned())
    });
    (texts.collect(), fin.get_child("fin", MAM).cloned().unwrap_or(fin))
}

fn forwarded(stanza: &Element) -> &Element {
    let result = stanza.get_child("result", MAM).expect("a result");
    let forwarded = result.get_child("forwarded", FORWARD).expect("forwarded");
    forwarded.get_child("message", CLIENT).expect("a message")
}

fn texts(page: &[(String, String)]) -> Vec<&str> {
    page.iter().map(|(text, _)| text.as_str()).collect()
}

fn number(fin: &Element, name: &str) -> Option<usize> {
    fin.get_child("set", RSM)?.get_child(name, RSM)?.text().parse().ok()
}

#[tokio::test]
async fn k113_what_was_said_while_no_client_was_in_the_room_is_in_the_next_join_and_in_the_archive() {
    let GroupFixture { world, pair: Pair { user: romeo, friend: juliet, .. }, room, .. } =
        group_with_friend().await;
    let info = romeo.get(&room, INFO).await.expect("information");
    assert!(info.children().any(|feature| feature.attr("var") == Some(MAM)));
    let (empty, fin) = page(&romeo, &room, "", "<max>10</max>").await;
    assert!(empty.is_empty() && fin.attr("complete") == Some("true"), "{}", String::from(&fin));

    for n in 1..=5 {
        says(&juliet, &format!("nobody hears {n}")).await;
    }
    let own = join(&romeo, &room, "romeo").await;
    let history = romeo.take(|s| s.is_message() && s.sender_bare() == room && s.body().is_some());
    let told: Vec<_> = history.iter().filter_map(StanzaExt::body).collect();
    assert_eq!(told, (1..=5).map(|n| format!("nobody hears {n}")).collect::<Vec<_>>());
    assert!(history.iter().all(|s| s.get_child("delay", "urn:xmpp:delay").is_some()));

    say(&romeo, &room, "and I say").await;
    let heard = hear(&romeo, &room, "and I say").await;
    assert_eq!(heard.sender(), own.sender());
    let (all, fin) = page(&romeo, &room, "", "<max>10</max>").await;
    assert_eq!(texts(&all)[4..], ["nobody hears 5", "and I say"]);
    assert_eq!((fin.attr("complete"), number(&fin, "count")), (Some("true"), Some(6)));
    let own_id = heard.get_child("stanza-id", SID).and_then(|id| id.attr("id")).expect("an id");
    assert_eq!(all[5].1, own_id, "the archive's id is the one that the room gave");

    // Page by page, from both ends.
    let (first, fin) = page(&romeo, &room, "", "<max>2</max>").await;
    assert_eq!((texts(&first), fin.attr("complete")), (vec!["nobody hears 1", "nobody hears 2"], None));
    let after = format!("<max>2</max><after>{}</after>", first[1].1);
    let (next, _) = page(&romeo, &room, "", &after).await;
    assert_eq!(texts(&next), ["nobody hears 3", "nobody hears 4"]);
    let (last, fin) = page(&romeo, &room, "", "<max>2</max><before/>").await;
    assert_eq!((texts(&last), fin.attr("complete")), (vec!["nobody hears 5", "and I say"], None));
    let (none, fin) = page(&romeo, &room, "", "<max>0</max>").await;
    assert_eq!((none.len(), number(&fin, "count")), (0, Some(6)));

    // By whom: a group shows real addresses.
    let with = |who: &str| format!("<field var='with'><value>{}</value></field>", escape(who));
    let (by, _) = page(&romeo, &room, &with(&world.contact("juliet")), "<max>10</max>").await;
    assert_eq!(by.len(), 5);
    let (by, _) = page(&romeo, &room, &with(own.sender()), "<max>10</max>").await;
    assert_eq!(texts(&by), ["and I say"]);
    let (by, _) = page(&romeo, &room, &with("nobody@example.org"), "<max>10</max>").await;
    assert!(by.is_empty());

    for (fields, set, condition) in [
        ("<field var='withtext'><value>tea</value></field>", "<max>1</max>", "feature-not-implemented"),
        ("<field var='start'><value>yesterday</value></field>", "<max>1</max>", "bad-request"),
        ("<field var='ids'><value>none</value></field>", "<max>1</max>", "item-not-found"),
        ("", "<max>1</max><after>none</after>", "item-not-found"),
    ] {
        let payload = format!(
            "<query xmlns='{MAM}'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>{MAM}</value></field>\
             {fields}</x><set xmlns='{RSM}'>{set}</set></query>"
        );
        let error = romeo.ask("set", &room, &payload).await.expect_err(condition);
        assert_eq!(error.condition, condition);
    }
    let form = romeo.get(&room, &format!("<query xmlns='{MAM}'/>")).await.expect("a form");
    assert!(String::from(&form).contains("before-id"));
    let metadata = romeo.get(&room, &format!("<metadata xmlns='{MAM}'/>")).await.expect("metadata");
    let end = metadata.get_child("end", MAM).and_then(|end| end.attr("id"));
    assert_eq!(end, Some(own_id));

    // A client that knows what it has asks for nothing, or for the rest.
    romeo.send(&format!("<presence to='{}/romeo' type='unavailable'/>", escape(&room))).await;
    let again = world.prosody.client("romeo").await;
    again
        .send(&format!(
            "<presence to='{}/romeo'><x xmlns='{MUC}'><history maxstanzas='0'/></x></presence>",
            escape(&room)
        ))
        .await;
    again.expect("a subject", |s| s.sender_bare() == room && s.text_of("subject").is_some()).await;
    assert!(again.take(|s| s.sender_bare() == room && s.body().is_some()).is_empty());
}

#[tokio::test]
async fn k114_what_is_done_to_messages_is_in_the_archive_as_well() {
    let GroupFixture { world: _world, pair: Pair { user: romeo, friend: juliet, .. }, nurse, room } =
        group_with_friend().await;
    let chat = || json!({ "group": "tea" });
    let first = says(&juliet, "helo").await;
    juliet.ask("edit", json!({ "chat": chat(), "id": first, "text": "hello" })).await;
    nurse.ask("react", json!({ "chat": chat(), "id": first, "emojis": ["🌹"] })).await;
    let second = says(&juliet, "nonsense").await;
    juliet.ask("delete", json!({ "chat": chat(), "id": second })).await;
    says(&juliet, "the end").await;
    join(&romeo, &room, "romeo").await;
    let history = romeo.take(|s| s.is_message() && s.sender_bare() == room && !s.has("x", MUC));
    let history: Vec<_> = history.iter().filter(|s| s.text_of("subject").is_none()).collect();
    let (all, _) = page(&romeo, &room, "", "<max>50</max>").await;
    let texts: Vec<_> = texts(&all).into_iter().filter(|text| !text.is_empty()).collect();
    assert!(texts.starts_with(&["helo", "hello"]) && texts.ends_with(&["the end"]), "{texts:?}");
    let of = |name: &str, namespace: &str| {
        let found = history.iter().find_map(|s| s.get_child(name, namespace)).expect(name);
        found.attr("id").expect("the id of a message").to_owned()
    };
    assert_eq!(of("replace", "urn:xmpp:message-correct:0"), all[0].1);
    assert_eq!(of("reactions", "urn:xmpp:reactions:0"), all[0].1);
    let nonsense = all.iter().find(|(text, _)| text == "nonsense").expect("it was said");
    assert_eq!(of("retract", "urn:xmpp:message-retract:1"), nonsense.1);
    assert_eq!(history.len(), all.len(), "those who come in get all that there is");
}
