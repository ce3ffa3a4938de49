//! Files and stickers of the user, on their way to the network: K45 to K51.

use data_encoding::HEXLOWER;
use lab::sharing::{has_file, message, oob, refused, send, send_as, upload};
use lab::{Pair, Server as _, StanzaExt, World, WorldOptions};
use serde_json::{Value, json};

/// A picture.
const PNG: &[u8] = include_bytes!("../../slidged/src/media/qr.png");

const OOB: &str = "jabber:x:oob";
const BOB: &str = "urn:xmpp:bob";
const REACTIONS: &str = "urn:xmpp:reactions:0";

fn sfs(url: &str, name: &str) -> String {
    format!(
        "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>{name}</name></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/></sources></file-sharing>"
    )
}

fn retract(id: &str) -> String {
    format!("<retract xmlns='urn:xmpp:message-retract:1' id='{id}'/>")
}

/// The messages that are deleted next, by their ids.
async fn deleted(pair: &Pair, count: usize) -> Vec<Value> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(pair.friend.expect("that it is gone", |e| e["event"] == "deleted").await["id"].clone());
    }
    ids
}

#[tokio::test]
async fn k45_k46_a_file_and_the_words_beside_it_reach_the_network() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, .. } = &pair;
    // The type is what is inside, not what anybody says.
    let url = upload(romeo, "rose.png", "text/html", PNG).await;
    assert!(url.starts_with("http://127.0.0.1"), "{url} is nothing that a stranger could make us fetch");

    let id = send(romeo, contact, &url, &oob(&url)).await;
    romeo.receipt(contact, &id).await;
    let got = message(&pair).await;
    has_file(&pair, &got, "rose.png", "image/png", PNG).await;
    assert!(got["text"].as_str().unwrap_or_default().is_empty(), "{got}");

    send(romeo, contact, &format!("look {url}"), &oob(&url)).await;
    let got = message(&pair).await;
    has_file(&pair, &got, "rose.png", "image/png", PNG).await;
    assert_eq!(got["text"], "look");

    let sims = format!(
        "<reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>image/png</media-type><name>A rose.png</name></file><sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='xmpp:romeo@example.org?jingle'/><reference xmlns='urn:xmpp:reference:0' type='data' uri='{url}'/></sources></media-sharing></reference>"
    );
    send(romeo, contact, "by any other name", &sims).await;
    let got = message(&pair).await;
    has_file(&pair, &got, "A rose.png", "image/png", PNG).await;
    assert_eq!(got["text"], "by any other name");

    // A page that was uploaded is a file; others are links.
    let html = b"<!DOCTYPE html><title>A page</title>";
    let page = upload(romeo, "page.html", "text/html", html).await;
    send(romeo, contact, &format!("read {page} today"), &oob(&page)).await;
    let got = message(&pair).await;
    has_file(&pair, &got, "page.html", "text/html", html).await;
    assert_eq!(got["text"], "read  today");

    let words = upload(romeo, "words.txt", "text/plain", b"words, words, words").await;
    let sfs = format!(
        "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='attachment'><file xmlns='urn:xmpp:file:metadata:0'><media-type>text/plain</media-type><name>words.txt</name></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{words}'/></sources></file-sharing><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body/></fallback>"
    );
    send(romeo, contact, &words, &sfs).await;
    romeo.say(contact, "and then a text").await;
    has_file(&pair, &message(&pair).await, "words.txt", "text/plain", b"words, words, words").await;
    assert_eq!(message(&pair).await["text"], "and then a text", "order");
}

#[tokio::test]
async fn several_files_in_one_message_are_several_over_there_and_one_here() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    let names = ["first.png", "second.png", "third.png"];
    let mut shared = String::new();
    for name in names {
        shared += &sfs(&upload(romeo, name, "image/png", PNG).await, name);
    }
    let id = send(romeo, contact, "three roses", &shared).await;
    romeo.receipt(contact, &id).await;
    let mut there = Vec::new();
    for (name, words) in names.into_iter().zip(["three roses", "", ""]) {
        let got = message(&pair).await;
        has_file(&pair, &got, name, "image/png", PNG).await;
        assert_eq!(got["text"].as_str().unwrap_or_default(), words, "{got}");
        there.push(got["id"].clone());
    }

    // What is done to any of them is shown at the one.
    for of in &there {
        let react = json!({ "chat": { "user": "romeo" }, "id": of, "emojis": ["👍"] });
        juliet.ask("react", react).await;
        let shown = romeo.expect("a reaction", |s| s.has("reactions", REACTIONS)).await;
        assert_eq!(shown.get_child("reactions", REACTIONS).and_then(|r| r.attr("id")), Some(id.as_str()));
    }
    // What is done to the one is done to the first, but for taking it back.
    let react = format!("<reactions xmlns='{REACTIONS}' id='{id}'><reaction>👍</reaction></reactions>");
    send(romeo, contact, "", &react).await;
    let reaction = juliet.expect("a reaction", |e| e["event"] == "reaction" && e["by"] == "romeo").await;
    assert_eq!(reaction["id"], there[0]);
    send(romeo, contact, "", &retract(&id)).await;
    assert_eq!(deleted(&pair, 3).await, there);
}

#[tokio::test]
async fn of_several_files_those_that_were_not_sent_are_named() {
    let mut world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, .. } = &pair;
    let good = upload(romeo, "good.png", "image/png", PNG).await;
    let last = upload(romeo, "last.png", "image/png", PNG).await;
    let shared =
        [sfs(&good, "good.png"), sfs("http://127.0.0.1:1/gone.png?x", ""), sfs(&last, "The last")].concat();
    let id = send(romeo, contact, "", &shared).await;
    let why = "gone.png: This file was not sent. It cannot be fetched from where it is. Nor were these sent: The last.";
    assert_eq!(refused(romeo, &id).await, ("not-acceptable".into(), why.into()));
    let got = message(&pair).await;
    has_file(&pair, &got, "good.png", "image/png", PNG).await;

    // A part of it is not the message: who sends it again is told again, and the network knows what
    // it has.
    world.slidged.kill().await;
    world.slidged.resume().await;
    world.connected(romeo).await;
    send_as(romeo, &id, contact, "", &shared).await;
    assert_eq!(refused(romeo, &id).await.1, why);
    send(romeo, contact, "", &retract(&id)).await;
    assert_eq!(deleted(&pair, 1).await, [got["id"].clone()]);
    assert_eq!(pair.friend.take(|e| e["event"] == "message").len(), 0);
}

#[tokio::test]
async fn what_a_user_sends_and_receives_in_a_day_is_limited() {
    let slidged = "[media]\ndaily_quota = \"2 KiB\"\noriginal_urls = \"never\"\n".to_owned();
    let mut world = World::with(WorldOptions { slidged, ..WorldOptions::default() }).await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    let (thing, bytes) = ("application/x-thing", [7; 1500]);
    let theirs = juliet.upload("theirs", thing, &bytes).await;
    juliet.share("romeo", &[&theirs], "").await;
    romeo.expect("a file", |s| s.is_message() && s.sender_bare() == contact && s.has("x", OOB)).await;
    // The last may go beyond.
    let ours = upload(romeo, "ours", thing, &bytes).await;
    send(romeo, contact, &ours, &oob(&ours)).await;
    has_file(&pair, &message(&pair).await, "ours", thing, &bytes).await;

    let why = "You have used up what this gateway carries of your files in a day. It starts anew at midnight (UTC).";
    for restarted in [false, true] {
        if restarted {
            world.slidged.kill().await;
            world.slidged.resume().await;
            world.connected(romeo).await;
        }
        let id = send(romeo, contact, &ours, &oob(&ours)).await;
        let expected = ("resource-constraint".into(), format!("This file was not sent. {why}"));
        assert_eq!(refused(romeo, &id).await, expected);
        // The one before could be shown again, since it is there.
        let theirs = juliet.upload("theirs", thing, &[u8::from(restarted); 1500]).await;
        juliet.share("romeo", &[&theirs], "").await;
        romeo.hear(contact, &format!("📎 theirs: this file could not be brought here. {why}")).await;
    }
    romeo.say(contact, "words go on").await;
    juliet.hear("romeo", "words go on").await;
}

#[tokio::test]
async fn k47_k48_a_sticker_is_one_over_there() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, friend, .. } = &pair;
    let url = upload(romeo, "heart.png", "image/png", PNG).await;
    let sticker = "<sticker xmlns='urn:xmpp:stickers:0' pack='x'/>";
    let sfs = format!(
        "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'/><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/></sources></file-sharing>"
    );
    // The second time is like the first.
    for more in [oob(&url), oob(&url), sfs] {
        let id = send(romeo, contact, "❤", &format!("{more}{sticker}")).await;
        romeo.receipt(contact, &id).await;
        let got = message(&pair).await;
        assert_eq!(got["sticker"]["emoji"], "❤", "{got}");
        assert!(friend.download(&got["sticker"]["file"]).await == PNG);
    }
}

#[tokio::test]
async fn k49_k50_k51_bits_of_binary_are_asked_for_once() {
    use data_encoding::BASE64;
    use sha1::Digest as _;
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, friend, .. } = &pair;
    let cid = format!("sha1+{}@bob.xmpp.org", HEXLOWER.encode(&sha1::Sha1::digest(PNG)));
    let html = |inner: &str| {
        format!(
            "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p>{inner}<img src='cid:{cid}' alt=':-)'/></p></body></html>"
        )
    };
    send(romeo, contact, ":-)", &html("")).await;
    let asked = romeo.expect("to be asked", |s| s.is_iq() && s.has("data", BOB)).await;
    assert_eq!(asked.sender(), world.gateway());
    assert_eq!(asked.get_child("data", BOB).and_then(|data| data.attr("cid")), Some(cid.as_str()));
    let bits = BASE64.encode(PNG);
    romeo
        .send(&format!("<iq type='result' id='{}' to='{}'><data xmlns='{BOB}' cid='{cid}' type='image/png'>{bits}</data></iq>", asked.id(), asked.sender()))
        .await;
    let got = message(&pair).await;
    assert_eq!(got["sticker"]["emoji"], ":-)", "{got}");
    assert!(friend.download(&got["sticker"]["file"]).await == PNG);

    send(romeo, contact, ":-)", &html("")).await;
    assert_eq!(message(&pair).await["sticker"]["emoji"], ":-)");
    romeo.never("a second question", contact, |s| s.is_iq() && s.has("data", BOB)).await;

    send(romeo, contact, "look :-)", &html("look ")).await;
    let got = message(&pair).await;
    assert_eq!((got["text"].as_str(), got["sticker"].is_null()), (Some("look :-)"), true));

    let unknown = romeo
        .get(contact, &format!("<data xmlns='{BOB}' cid='sha1+{}@bob.xmpp.org'/>", "0".repeat(40)))
        .await;
    assert_eq!(unknown.expect_err("there is nothing").condition, "item-not-found");
}

#[tokio::test]
async fn an_encrypted_file_is_opened_for_the_network_and_a_damaged_one_refused() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, .. } = &pair;
    // "a secret garden" under AES-256-GCM with a key of 32 times 0x18 and an IV of 12 times 0x8c,
    // made by another library.
    let ciphertext = "1432d89f696140ea91ffb0c691d12bfafb618f3c8023d6058808a7c343af99";
    let ciphertext = HEXLOWER.decode(ciphertext.as_bytes()).expect("hexadecimal");
    let url = upload(romeo, "garden.txt", "application/octet-stream", &ciphertext).await;
    let (_, place) = url.split_once("://").expect("a scheme");
    let (iv, key) = ("8c".repeat(12), "18".repeat(32));
    let id = send(romeo, contact, &format!("aesgcm://{place}#{iv}{key}"), "").await;
    romeo.receipt(contact, &id).await;
    let got = message(&pair).await;
    has_file(&pair, &got, "garden.txt", "text/plain", b"a secret garden").await;

    let id = send(romeo, contact, &format!("aesgcm://{place}#{iv}{}", "19".repeat(32)), "").await;
    let (condition, text) = refused(romeo, &id).await;
    assert_eq!(
        (condition.as_str(), text.as_str()),
        ("not-acceptable", "This file was not sent. It is encrypted, and its key does not fit.")
    );
    pair.settled_there().await;
    assert!(!world.slidged.process().log().contains(&"18".repeat(32)), "no key in the log");
}

#[tokio::test]
async fn what_the_gateways_own_media_server_keeps_can_be_sent_on() {
    let listen = lab::free_port();
    let slidged = format!("[media]\nlisten = \"{listen}\"\nurl = \"http://{listen}\"\nfirst = true\n");
    let world = World::with(WorldOptions { slidged, ..WorldOptions::default() }).await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, friend: juliet, .. } = &pair;
    let picture = juliet.upload("rose.png", "image/png", PNG).await;
    juliet.share("romeo", &[&picture], "").await;
    let shown =
        romeo.expect("a file", |s| s.is_message() && s.sender_bare() == contact && s.has("x", OOB)).await;
    let url = shown.body().expect("an address");
    assert!(url.starts_with(&format!("http://{listen}/")), "{url}");
    send(romeo, contact, &url, &oob(&url)).await;
    has_file(&pair, &message(&pair).await, "rose.png", "image/png", PNG).await;
    let gone = url.replace('-', "a-");
    let id = send(romeo, contact, &gone, &oob(&gone)).await;
    assert_eq!(refused(romeo, &id).await.0, "not-acceptable");
}

#[tokio::test]
async fn what_is_too_large_to_carry_is_told_as_its_address() {
    let slidged = "[media]\nmax_file = \"1 KiB\"\n".to_owned();
    let world = World::with(WorldOptions { slidged, ..WorldOptions::default() }).await;
    let pair = world.pair("romeo", "juliet").await;
    let url = upload(&pair.user, "large.bin", "application/octet-stream", &[7; 2000]).await;
    send(&pair.user, &pair.contact, &format!("look {url}"), &oob(&url)).await;
    let got = message(&pair).await;
    assert_eq!(got["text"], format!("look\n{url}"), "{got}");
}

#[tokio::test]
async fn a_network_without_files_gets_the_address_as_a_text() {
    let world = World::with(WorldOptions { plugin: Some("stress"), ..WorldOptions::default() }).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[("connect", "")]).await.expect("everybody");
    world.connected(&romeo).await;
    let contact = world.contact("echo");
    let url = upload(&romeo, "rose.png", "image/png", PNG).await;
    // It says what it is told.
    send(&romeo, &contact, &format!("look: {url}"), &oob(&url)).await;
    romeo.hear(&contact, &format!("look:\n{url}")).await;
    let id = send(&romeo, &contact, &format!("aesgcm://127.0.0.1/x#{}", "0".repeat(88)), "").await;
    assert_eq!(refused(&romeo, &id).await.0, "feature-not-implemented", "nobody could open it there");
}
