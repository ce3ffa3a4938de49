//! Files that a client announces first and uploads then, as Dino does: XEP-0447 with XEP-0367.

use lab::group_fixture::{GroupFixture, group_with_friend, hear, join};
use lab::stanza::escape;
use lab::{Client, Pair, Server, StanzaExt, http};
use minidom::Element;
use serde_json::json;

const PNG: &[u8] = include_bytes!("../../slidged/src/media/qr.png");
const SFS: &str = "urn:xmpp:sfs:0";
const SID: &str = "urn:xmpp:sid:0";
const REACTIONS: &str = "urn:xmpp:reactions:0";

/// Uploads a picture as a client does, and gives its address.
async fn upload(client: &Client) -> String {
    let request = format!(
        "<request xmlns='urn:xmpp:http:upload:0' filename='x7f.png' size='{}' content-type='image/png'/>",
        PNG.len()
    );
    let slot = client.get("upload.example.org", &request).await.expect("a slot");
    let put = slot.find("put", "urn:xmpp:http:upload:0").expect("where to put it");
    let headers = put.children().filter_map(|header| Some((header.attr("name")?.to_owned(), header.text())));
    let headers: Vec<(String, String)> = headers.collect();
    let mut given = vec![("Content-Type", "image/png")];
    given.extend(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let answer = http::request("PUT", put.attr("url").expect("a URL"), &given, PNG).await;
    assert_eq!(answer.status, 201);
    slot.find("get", "urn:xmpp:http:upload:0").and_then(|get| get.attr("url")).expect("a URL").to_owned()
}

/// Says that there will be a file; the message's id.
async fn announce(client: &Client, to: &str, kind: &str) -> String {
    let id = client.new_id();
    client
        .send(&format!(
            "<message to='{}' type='{kind}' id='{id}'><file-sharing xmlns='{SFS}' id='f1'><file xmlns='urn:xmpp:file:metadata:0'><name>A rose.png</name><media-type>image/png</media-type></file></file-sharing><store xmlns='urn:xmpp:hints'/><markable xmlns='urn:xmpp:chat-markers:0'/><request xmlns='urn:xmpp:receipts'/></message>",
            escape(to)
        ))
        .await;
    id
}

/// Says where it is; the message's id.
async fn attach(client: &Client, to: &str, kind: &str, announced: &str, url: &str) -> String {
    let id = client.new_id();
    client
        .send(&format!(
            "<message to='{}' type='{kind}' id='{id}'><body>{url}</body><x xmlns='jabber:x:oob'><url>{url}</url></x><attach-to xmlns='urn:xmpp:message-attaching:1' id='{announced}'/><sources xmlns='{SFS}' id='f1'><url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/></sources></message>",
            escape(to)
        ))
        .await;
    id
}

fn target(stanza: &Element, name: &str, ns: &str) -> Option<String> {
    stanza.get_child(name, ns)?.attr("id").map(str::to_owned)
}

#[tokio::test]
async fn a_file_that_is_announced_before_it_is_uploaded_is_one_message_everywhere() {
    let GroupFixture { world, pair, room, .. } = group_with_friend().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    let other = world.prosody.client("romeo").await;

    // To a person. The client shows the announcement, so what is done to the file names that.
    let first = announce(romeo, contact, "chat").await;
    let url = upload(romeo).await;
    attach(romeo, contact, "chat", &first, &url).await;
    romeo.receipt(contact, &first).await;
    let got = juliet.expect("the file", |e| e["event"] == "message").await["message"].clone();
    assert_eq!(got["files"][0]["name"], "A rose.png", "{got}");
    assert!(got["text"].as_str().unwrap_or_default().is_empty(), "{got}");
    let chat = json!({ "user": "romeo" });
    juliet.ask("react", json!({ "chat": chat, "id": got["id"], "emojis": ["😍"] })).await;
    let reaction = romeo.expect("a reaction", |s| s.has("reactions", REACTIONS)).await;
    assert_eq!(target(&reaction, "reactions", REACTIONS).as_deref(), Some(&*first));
    juliet.ask("read", json!({ "chat": chat, "id": got["id"] })).await;
    let read = romeo.expect("a marker", |s| s.has("displayed", "urn:xmpp:chat-markers:0")).await;
    assert_eq!(target(&read, "displayed", "urn:xmpp:chat-markers:0").as_deref(), Some(&*first));
    juliet.ask("send", json!({ "chat": chat, "text": "lovely", "reply_to": got["id"] })).await;
    let answer = romeo.expect("an answer", |s| s.has("reply", "urn:xmpp:reply:0")).await;
    assert_eq!(target(&answer, "reply", "urn:xmpp:reply:0").as_deref(), Some(&*first));
    let body = answer.body().unwrap_or_default();
    assert!(body.contains("> 📷 A rose.png\n") && body.ends_with("lovely"), "{body}");

    // In a room. The client waits until the room has the announcement, and names it by the room's
    // id.
    join(romeo, &room, "romeo").await;
    join(&other, &room, "romeo").await;
    let first = announce(romeo, &room, "groupchat").await;
    let mut named = Vec::new();
    for client in [romeo, &other] {
        let shown = client.expect("the announcement", |s| s.id() == first && s.sender_bare() == room).await;
        assert!(shown.has("file-sharing", SFS) && shown.has("occupant-id", "urn:xmpp:occupant-id:0"));
        named.push(target(&shown, "stanza-id", SID).expect("an id of the room"));
    }
    assert_eq!(named[0], named[1]);
    let url = upload(romeo).await;
    attach(romeo, &room, "groupchat", &named[0], &url).await;
    hear(&other, &room, &url).await;
    let got = juliet.expect("the file", |e| e["event"] == "message").await["message"].clone();
    assert_eq!(got["files"][0]["name"], "A rose.png", "{got}");
    let group = json!({ "group": "tea" });
    juliet.ask("react", json!({ "chat": group, "id": got["id"], "emojis": ["😍"] })).await;
    let reaction = romeo.expect("a reaction", |s| s.has("reactions", REACTIONS)).await;
    assert_eq!(target(&reaction, "reactions", REACTIONS).as_ref(), Some(&named[0]));
    juliet.ask("send", json!({ "chat": group, "text": "lovely", "reply_to": got["id"] })).await;
    let answer = romeo.expect("an answer", |s| s.has("reply", "urn:xmpp:reply:0")).await;
    assert_eq!(target(&answer, "reply", "urn:xmpp:reply:0").as_ref(), Some(&named[0]));
    juliet.ask("read", json!({ "chat": group, "id": got["id"] })).await;
    let read = romeo.expect("a marker", |s| s.has("displayed", "urn:xmpp:chat-markers:0")).await;
    assert_eq!(target(&read, "displayed", "urn:xmpp:chat-markers:0").as_ref(), Some(&named[0]));
    // The user's own, the other way round: the announcement is the message.
    let id = romeo.new_id();
    romeo
        .send(&format!(
            "<message to='{}' type='groupchat' id='{id}'><retract xmlns='urn:xmpp:message-retract:1' id='{}'/></message>",
            escape(&room),
            named[0]
        ))
        .await;
    let gone = juliet.expect("that it is gone", |e| e["event"] == "deleted").await;
    assert_eq!(gone["id"], got["id"]);
    assert!(juliet.take(|e| e["event"] == "message" && e["message"]["from"] == "romeo").is_empty(), "once");
}

#[tokio::test]
async fn a_message_that_is_gone_is_not_marked_but_what_was_before_it_is() {
    let world = lab::World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    let before = juliet.say("romeo", "stays").await;
    let gone = juliet.say("romeo", "goes").await;
    romeo.hear(contact, "stays").await;
    let heard = romeo.hear(contact, "goes").await;
    juliet.ask("delete", json!({ "chat": { "user": "romeo" }, "id": gone })).await;
    romeo.expect("that it is gone", |s| s.has("retract", "urn:xmpp:message-retract:1")).await;
    romeo
        .send(&format!(
            "<message to='{contact}' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='{}'/></message>",
            escape(heard.id())
        ))
        .await;
    let read = juliet.expect("that it is read", |e| e["event"] == "read").await;
    assert_eq!(read["id"], before.as_str());
}
