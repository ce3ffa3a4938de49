//! Rooms on a real server: K13, K80 to K86, K92, K94, K96, K99, K107, K108, R7, R8.

use lab::group_fixture::{
    GroupFixture, MUC, codes, group_with_friend, hear, item, join, room_named, say, says,
};
use lab::stanza::escape;
use lab::{Pair, Server, StanzaExt};
use minidom::Element;
use serde_json::json;

const SID: &str = "urn:xmpp:sid:0";
const OCCUPANT: &str = "urn:xmpp:occupant-id:0";
const MARKERS: &str = "urn:xmpp:chat-markers:0";
const ITEMS: &str = "<query xmlns='http://jabber.org/protocol/disco#items'/>";

#[tokio::test]
async fn k80_k13_who_comes_in_sees_who_is_there_then_themselves_then_the_subject() {
    let GroupFixture { world, pair: Pair { user: romeo, .. }, room, .. } = group_with_friend().await;
    let room_in = escape(&room);
    romeo.send(&format!("<presence to='{room_in}/somebody' id='j1'><x xmlns='{MUC}'/></presence>")).await;
    let own = romeo
        .expect("to be in", |s| {
            s.is_presence() && s.sender_bare() == room && codes(s).contains(&"110".to_owned())
        })
        .await;
    assert_eq!(own.id(), "j1");
    let all = codes(&own);
    assert!(["100", "110", "210"].iter().all(|code| all.iter().any(|other| other == code)), "{all:?}");
    let others = romeo.take(|s| s.is_presence() && s.sender_bare() == room && s.sender() != room);
    assert_eq!(others.len(), 2, "the others came before");
    let juliet =
        others.iter().find(|s| item(s, "jid").is_some_and(|jid| jid.starts_with(&world.contact("juliet"))));
    let juliet = juliet.expect("a group shows who is who");
    assert_eq!(item(juliet, "affiliation"), Some("owner"));
    let id = juliet.get_child("occupant-id", OCCUPANT).and_then(|id| id.attr("id")).expect("an id");
    assert!(!id.contains("juliet"));
    romeo
        .expect("a subject", |s| s.is_message() && s.sender() == room && s.text_of("subject").is_some())
        .await;
}

#[tokio::test]
async fn k81_who_cannot_come_in_is_told_by_the_room() {
    let GroupFixture { world, pair: Pair { user: romeo, .. }, room, .. } = group_with_friend().await;
    let nowhere = world.contact("nowhere");
    for (to, condition) in [(room.clone(), "jid-malformed"), (format!("{nowhere}/me"), "item-not-found")] {
        romeo.send(&format!("<presence to='{}' id='j'><x xmlns='{MUC}'/></presence>", escape(&to))).await;
        let error = romeo.expect(condition, |s| s.is_presence() && s.kind() == "error").await;
        assert_eq!((error.sender(), error.condition().as_deref()), (to.as_str(), Some(condition)));
        assert!(error.has("x", MUC));
    }
    let stranger = world.prosody.client("paris").await;
    stranger.send(&format!("<presence to='{}/me' id='j'><x xmlns='{MUC}'/></presence>", escape(&room))).await;
    let error = stranger.expect("an error", |s| s.is_presence() && s.kind() == "error").await;
    assert_eq!(error.condition().as_deref(), Some("registration-required"));
}

#[tokio::test]
async fn k84_k85_what_the_user_says_comes_back_to_all_clients_in_the_room() {
    let GroupFixture { world, pair: Pair { user: romeo, friend: juliet, .. }, nurse, room } =
        group_with_friend().await;
    let other = world.prosody.client("romeo").await;
    let own = join(&romeo, &room, "romeo").await;
    join(&other, &room, "romeo").await;
    let id = say(&romeo, &room, "hello all").await;
    let here = hear(&romeo, &room, "hello all").await;
    let there = hear(&other, &room, "hello all").await;
    for copy in [&here, &there] {
        assert_eq!((copy.id(), copy.sender()), (id.as_str(), own.sender()));
        assert!(copy.has("origin-id", SID) && copy.has("occupant-id", OCCUPANT), "{}", String::from(copy));
    }
    let heard = juliet.hear("romeo", "hello all").await;
    nurse.hear("romeo", "hello all").await;
    let stanza_id = here.get_child("stanza-id", SID).expect("an id of the room");
    assert_eq!(
        (stanza_id.attr("by"), stanza_id.attr("id")),
        (Some(room.as_str()), heard["message"]["id"].as_str())
    );

    // K85: a client that is not in the room.
    let third = world.prosody.client("romeo").await;
    let id = say(&third, &room, "am I in?").await;
    let error = third.expect("an error", |s| s.is_message() && s.kind() == "error" && s.id() == id).await;
    assert_eq!((error.sender(), error.condition().as_deref()), (room.as_str(), Some("not-acceptable")));
    let out = third
        .expect("to be out", |s| s.is_presence() && s.kind() == "unavailable" && s.sender_bare() == room)
        .await;
    assert!(codes(&out).contains(&"110".to_owned()) && codes(&out).contains(&"333".to_owned()));
    romeo.never("what was refused", world.gateway(), |s| s.body().as_deref() == Some("am I in?")).await;
}

#[tokio::test]
async fn k86_what_others_say_comes_with_the_rooms_ids() {
    let GroupFixture { world: _world, pair: Pair { user: romeo, friend: juliet, phone, .. }, room, .. } =
        group_with_friend().await;
    let own = join(&romeo, &room, "romeo").await;
    let id = says(&juliet, "O Romeo").await;
    let heard = hear(&romeo, &room, "O Romeo").await;
    assert_eq!(heard.id(), id);
    assert!(heard.has("active", "http://jabber.org/protocol/chatstates"));
    assert!(!heard.has("store", "urn:xmpp:hints") && heard.has("occupant-id", OCCUPANT));
    let stanza_id = heard.get_child("stanza-id", SID).expect("an id of the room");
    assert_eq!((stanza_id.attr("by"), stanza_id.attr("id")), (Some(room.as_str()), Some(id.as_str())));
    // From the user's own app.
    says(&phone, "from my phone").await;
    let mine = hear(&romeo, &room, "from my phone").await;
    assert_eq!(mine.sender(), own.sender());
}

#[tokio::test]
async fn what_is_done_to_a_message_goes_both_ways_and_comes_back() {
    let GroupFixture { world: _world, pair: Pair { user: romeo, friend: juliet, .. }, room, .. } =
        group_with_friend().await;
    join(&romeo, &room, "romeo").await;
    let to = escape(&room);
    let id = says(&juliet, "O Romeo").await;
    hear(&romeo, &room, "O Romeo").await;
    romeo
        .send(&format!(
            "<message to='{to}' type='groupchat' id='r1'><reactions xmlns='urn:xmpp:reactions:0' id='{id}'><reaction>💜</reaction></reactions></message>"
        ))
        .await;
    juliet
        .expect("a reaction", |e| e["event"] == "reaction" && e["id"] == id.as_str() && e["by"] == "romeo")
        .await;
    romeo
        .expect("the reaction", |s| s.id() == "r1" && s.find("reaction", "urn:xmpp:reactions:0").is_some())
        .await;

    let own = say(&romeo, &room, "helo").await;
    let copy = hear(&romeo, &room, "helo").await;
    let known = copy.get_child("stanza-id", SID).and_then(|id| id.attr("id")).expect("an id").to_owned();
    romeo
        .send(&format!(
            "<message to='{to}' type='groupchat' id='c1'><body>hello</body><replace xmlns='urn:xmpp:message-correct:0' id='{own}'/></message>"
        ))
        .await;
    juliet.expect("a correction", |e| e["event"] == "edited" && e["id"] == known.as_str()).await;
    let fixed = hear(&romeo, &room, "hello").await;
    assert_eq!(
        fixed.find("replace", "urn:xmpp:message-correct:0").and_then(|r| r.attr("id")),
        Some(own.as_str())
    );
    let anew = fixed.get_child("stanza-id", SID).and_then(|id| id.attr("id")).expect("an id");
    assert!(anew != known && anew != own, "K87: {anew} is the message's");

    // What the user has read is told there, and to their other clients.
    romeo
        .send(&format!(
            "<message to='{to}' type='groupchat' id='d1'><displayed xmlns='{MARKERS}' id='{id}'/></message>"
        ))
        .await;
    juliet.expect("a marker", |e| e["event"] == "read" && e["id"] == id.as_str() && e["by"] == "romeo").await;
    romeo.expect("the marker", |s| s.id() == "d1" && s.find("displayed", MARKERS).is_some()).await;

    // The friend likes it: clients know it by the room's id.
    juliet.ask("react", json!({ "chat": { "group": "tea" }, "id": known, "emojis": ["👍"] })).await;
    let liked = romeo
        .expect("a reaction", |s| s.is_message() && s.find("reactions", "urn:xmpp:reactions:0").is_some())
        .await;
    assert_eq!(
        liked.find("reactions", "urn:xmpp:reactions:0").and_then(|r| r.attr("id")),
        Some(known.as_str())
    );
    juliet.ask("edit", json!({ "chat": { "group": "tea" }, "id": id, "text": "Romeo!" })).await;
    let edited = hear(&romeo, &room, "Romeo!").await;
    assert_eq!(
        edited.find("replace", "urn:xmpp:message-correct:0").and_then(|r| r.attr("id")),
        Some(id.as_str())
    );

    romeo
        .send(&format!(
            "<message to='{to}' type='groupchat' id='x1'><retract xmlns='urn:xmpp:message-retract:1' id='{known}'/></message>"
        ))
        .await;
    juliet.expect("a retraction", |e| e["event"] == "deleted" && e["id"] == known.as_str()).await;
    romeo
        .expect("the retraction", |s| {
            s.id() == "x1" && s.find("retract", "urn:xmpp:message-retract:1").is_some()
        })
        .await;
}

#[tokio::test]
async fn k92_r8_who_leaves_hears_it_and_is_out_and_other_clients_stay() {
    let GroupFixture { world, pair: Pair { user: romeo, friend: juliet, .. }, room, .. } =
        group_with_friend().await;
    let other = world.prosody.client("romeo").await;
    let own = join(&romeo, &room, "romeo").await.sender().to_owned();
    join(&other, &room, "romeo").await;
    let ping = "<ping xmlns='urn:xmpp:ping'/>";
    romeo.ask("get", &own, ping).await.expect("is in");
    romeo.send(&format!("<presence to='{}' type='unavailable'/>", escape(&own))).await;
    let out = romeo.see(&own, "unavailable").await;
    assert!(codes(&out).contains(&"110".to_owned()));
    let refused = romeo.ask("get", &own, ping).await.expect_err("is out");
    assert_eq!(refused.condition, "not-acceptable");
    // And who changes their mind on the way in.
    let to = escape(&own);
    romeo.send(&format!("<presence to='{to}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")).await;
    romeo.send(&format!("<presence to='{to}' type='unavailable'/>")).await;
    let out = romeo.see(&own, "unavailable").await;
    assert!(codes(&out).contains(&"110".to_owned()));
    other.ask("get", &own, ping).await.expect("is in");
    says(&juliet, "who is still here?").await;
    hear(&other, &room, "who is still here?").await;
    romeo
        .never("what is said in a room that it left", &room, |s| s.is_message() && s.sender_bare() == room)
        .await;
}

#[tokio::test]
async fn k108_a_client_that_goes_offline_is_out() {
    let GroupFixture { world, pair: Pair { user: romeo, friend: juliet, .. }, room, .. } =
        group_with_friend().await;
    let other = world.prosody.client("romeo").await;
    join(&romeo, &room, "romeo").await;
    join(&other, &room, "romeo").await;
    let gone = other.full_jid().to_string();
    other.leave().await;
    // Whether its goodbye or an error tells of it.
    for text in ["one", "two"] {
        says(&juliet, text).await;
        hear(&romeo, &room, text).await;
    }
    let (_, data) = world.slidged.ctl(&["users"]).await;
    assert!(!data.contains(&gone));
    let id = say(&romeo, &room, "still talking").await;
    assert_eq!(hear(&romeo, &room, "still talking").await.id(), id);
}

#[tokio::test]
async fn k94_k96_k99_who_comes_is_ranked_and_goes_is_seen() {
    let GroupFixture { world, pair: Pair { user: romeo, friend: juliet, .. }, nurse, room } =
        group_with_friend().await;
    join(&romeo, &room, "romeo").await;
    let of = |id: &str| {
        let contact = world.contact(id);
        move |s: &Element| s.is_presence() && item(s, "jid").is_some_and(|jid| jid.starts_with(&contact))
    };
    drop(romeo.take(|s| s.is_presence() && s.sender_bare() == room));
    juliet.ask("set_role", json!({ "group": "tea", "user": "nurse", "role": "admin" })).await;
    let ranked = romeo.expect("a rank", of("nurse")).await;
    assert_eq!((item(&ranked, "affiliation"), item(&ranked, "role")), (Some("admin"), Some("moderator")));
    let reason = json!({ "group": "tea", "user": "nurse", "role": "none", "reason": "gossip" });
    juliet.ask("set_role", reason).await;
    let kicked = romeo.expect("a kick", of("nurse")).await;
    assert_eq!((kicked.kind(), item(&kicked, "affiliation")), ("unavailable", Some("none")));
    assert!(codes(&kicked).contains(&"307".to_owned()), "{}", String::from(&kicked));
    juliet.ask("invite", json!({ "group": "tea", "user": "nurse" })).await;
    nurse.ask("join", json!({ "group": "tea" })).await;
    let back = romeo.expect("the nurse", |s| of("nurse")(s) && s.kind().is_empty()).await;
    assert_eq!(item(&back, "affiliation"), Some("member"));
    nurse.ask("leave", json!({ "group": "tea" })).await;
    let gone = romeo.expect("to leave", |s| of("nurse")(s) && s.kind() == "unavailable").await;
    assert!(codes(&gone).is_empty());
}

#[tokio::test]
async fn k107_k101_the_subject_and_the_name_go_both_ways() {
    let GroupFixture { world, pair: Pair { user: romeo, friend: juliet, .. }, room, .. } =
        group_with_friend().await;
    join(&romeo, &room, "romeo").await;
    let subject = |text: &'static str| {
        move |s: &Element| s.is_message() && s.text_of("subject").as_deref() == Some(text)
    };
    juliet.ask("set_group", json!({ "group": "tea", "subject": "cake" })).await;
    let told = romeo.expect("a subject", subject("cake")).await;
    assert_eq!((told.sender_bare(), told.kind(), told.body()), (room.as_str(), "groupchat", None));
    romeo
        .send(&format!(
            "<message to='{}' type='groupchat' id='s'><subject>biscuits</subject></message>",
            escape(&room)
        ))
        .await;
    juliet.expect("a subject", |e| e["event"] == "group" && e["group"]["subject"] == "biscuits").await;
    romeo.expect("a subject", subject("biscuits")).await;
    // None any more, from here and from there.
    romeo
        .send(&format!("<message to='{}' type='groupchat' id='n'><subject/></message>", escape(&room)))
        .await;
    juliet.expect("no subject", |e| e["event"] == "group" && e["group"]["subject"].is_null()).await;
    romeo.expect("no subject", subject("")).await;
    juliet.ask("set_group", json!({ "group": "tea", "subject": "tarts" })).await;
    romeo.expect("a subject", subject("tarts")).await;
    juliet.ask("set_group", json!({ "group": "tea", "subject": "" })).await;
    romeo.expect("no subject", subject("")).await;
    juliet.ask("set_group", json!({ "group": "tea", "name": "Coffee" })).await;
    let changed = romeo.expect("a change", |s| s.is_message() && codes(s).contains(&"104".to_owned())).await;
    assert_eq!(changed.sender(), room);
    assert_eq!(room_named(&romeo, world.gateway(), "Coffee").await, room);
}

#[tokio::test]
async fn k110_who_is_thrown_out_over_there_is_out_here() {
    let GroupFixture { world, pair: Pair { user: romeo, friend: juliet, .. }, room, .. } =
        group_with_friend().await;
    let own = join(&romeo, &room, "romeo").await.sender().to_owned();
    let reason = json!({ "group": "tea", "user": "romeo", "role": "none", "reason": "sighing" });
    juliet.ask("set_role", reason).await;
    let out = romeo.see(&own, "unavailable").await;
    assert!(
        codes(&out).contains(&"110".to_owned()) && codes(&out).contains(&"307".to_owned()),
        "{}",
        String::from(&out)
    );
    let items = romeo.get(world.gateway(), ITEMS).await.expect("a list");
    assert!(!items.children().any(|item| item.attr("jid") == Some(&room)));
}

#[tokio::test]
async fn r7_after_a_restart_clients_hear_that_they_are_out_and_rooms_are_there() {
    let GroupFixture { mut world, pair: Pair { user: romeo, friend: juliet, .. }, room, .. } =
        group_with_friend().await;
    let own = join(&romeo, &room, "romeo").await;
    let occupant =
        |s: &Element| s.get_child("occupant-id", OCCUPANT).and_then(|id| id.attr("id")).map(str::to_owned);
    let (before, own) = (occupant(&own), own.sender().to_owned());
    world.slidged.kill().await;
    world.slidged.resume().await;
    for code in ["333", "332"] {
        let out = romeo.see(&own, "unavailable").await;
        assert_eq!(codes(&out), [code, "110"], "{}", String::from(&out));
    }
    world.connected(&romeo).await;
    let again = join(&romeo, &room, "romeo").await;
    assert_eq!(occupant(&again), before, "R10: the same after a restart");
    says(&juliet, "back?").await;
    hear(&romeo, &room, "back?").await;
    world.slidged.stop().await;
    let out = romeo.see(&own, "unavailable").await;
    assert!(codes(&out).contains(&"332".to_owned()), "{}", String::from(&out));
}

#[tokio::test]
async fn killed_while_a_message_is_under_way_it_is_said_once() {
    let GroupFixture { mut world, pair: Pair { user: romeo, friend: juliet, phone, .. }, room, .. } =
        group_with_friend().await;
    join(&romeo, &room, "romeo").await;
    phone.ask("fault", json!({ "fault": "delay", "user": "romeo", "request": "send", "ms": 60_000 })).await;
    say(&romeo, &room, "under way").await;
    juliet.hear("romeo", "under way").await;
    world.slidged.kill().await;
    world.slidged.resume().await;
    world.connected(&romeo).await;
    join(&romeo, &room, "romeo").await;
    // In the order of the room.
    say(&romeo, &room, "behind").await;
    hear(&romeo, &room, "behind").await;
    juliet.hear("romeo", "behind").await;
    let again = juliet.take(|e| e["event"] == "message" && e["message"]["text"] == "under way");
    assert_eq!(again.len(), 0, "the network recognised the repeat");
}

#[tokio::test]
async fn the_user_leaves_a_group_for_good() {
    let GroupFixture { world, pair: Pair { user: romeo, friend: juliet, .. }, room, .. } =
        group_with_friend().await;
    let own = join(&romeo, &room, "romeo").await.sender().to_owned();
    let commands = romeo.commands(&room).await.expect("a list");
    assert!(commands.contains(&"urn:slidged:commands:leave".to_owned()), "{commands:?}");
    let local = room.split('@').next().unwrap_or_default().to_owned();
    // However people name it.
    for group in ["tea", "Tea", &local, &room] {
        romeo.chat(world.gateway(), &format!("room {group} leave"), "Are you sure?").await;
        romeo.chat(world.gateway(), "no", "Nothing").await;
    }
    romeo.chat(world.gateway(), "room tea members", "xmpp:juliet@").await;
    let nowhere = romeo.chat(world.gateway(), "room nowhere leave", "There is no group").await;
    assert!(!nowhere.contains("Error"), "{nowhere}");
    romeo.chat(world.gateway(), "room tea leave", "Are you sure?").await;
    romeo.chat(world.gateway(), "yes", "You have left this group.").await;
    romeo.see(&own, "unavailable").await;
    juliet
        .expect("to leave", |e| e["event"] == "member" && e["user"] == "romeo" && e["role"] == "none")
        .await;
}
