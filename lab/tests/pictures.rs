//! Pictures of contacts, and the user's own: XEP-0084, XEP-0153, XEP-0054. K78, K79, K119.

use data_encoding::{BASE64, HEXLOWER};
use lab::pep::{BLUE, RED, items, picture, tells};
use lab::{Client, Pair, Server, StanzaExt, World};
use minidom::Element;
use serde_json::json;
use sha1::{Digest, Sha1};

const METADATA: &str = "urn:xmpp:avatar:metadata";
const DATA: &str = "urn:xmpp:avatar:data";
const NICK: &str = "http://jabber.org/protocol/nick";
const VCARD: &str = "vcard-temp";
const PUBSUB: &str = "http://jabber.org/protocol/pubsub";

/// The SHA-1 in an event about a picture; nothing when it is gone.
fn hash(event: &Element) -> Option<String> {
    event.find("info", METADATA).and_then(|info| info.attr("id")).map(str::to_owned)
}

fn photo(presence: &Element) -> Option<String> {
    presence.find("photo", "vcard-temp:x:update").map(Element::text)
}

async fn shows(client: &Client, contact: &str, hash: &str) {
    client
        .expect("a presence with the picture's hash", |s| {
            s.is_presence() && s.sender_bare() == contact && photo(s).as_deref() == Some(hash)
        })
        .await;
}

#[tokio::test]
async fn k119_a_contacts_picture_is_told_once_can_be_fetched_in_every_way_and_goes() {
    let mut world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, phone: _phone } = world.pair("romeo", "juliet").await;
    juliet.set_picture(Some(&picture(RED))).await;
    let event = romeo.expect("the picture", tells(&contact, METADATA)).await;
    assert_eq!(event.kind(), "headline");
    let red = hash(&event).expect("a picture");
    let info = event.find("info", METADATA).expect("information").clone();
    assert_eq!([info.attr("type"), info.attr("width")], [Some("image/png"), Some("1")]);
    shows(&romeo, &contact, &red).await;

    // Fetched by both XEPs.
    let data = romeo.get(&contact, &items(DATA, &red)).await.expect("the picture");
    let png = BASE64.decode(data.find("data", DATA).expect("data").text().as_bytes()).expect("Base64");
    assert!(png.starts_with(b"\x89PNG") && HEXLOWER.encode(&Sha1::digest(&png)) == red);
    let metadata = romeo.get(&contact, &items(METADATA, "")).await.expect("about it");
    assert_eq!(metadata.find("info", METADATA), Some(&info));
    let card = romeo.get(&contact, "<vCard xmlns='vcard-temp'/>").await.expect("a card");
    assert_eq!(card.find("BINVAL", VCARD).map(Element::text), Some(BASE64.encode(&png)));
    let other = romeo.get(&contact, &items(DATA, &"0".repeat(40))).await.expect_err("no such picture");
    assert_eq!(other.condition, "item-not-found");

    // The same picture again under another id, and a restart: no news, and nothing is lost.
    juliet.set_picture(Some(&picture(RED))).await;
    juliet.say("romeo", "look again").await;
    romeo.hear(&contact, "look again").await;
    romeo.never("the same picture", &contact, tells(&contact, METADATA)).await;
    world.slidged.kill().await;
    world.slidged.resume().await;
    world.connected(&romeo).await;
    shows(&romeo, &contact, &red).await;
    romeo.get(&contact, &items(DATA, &red)).await.expect("the picture");

    juliet.set_picture(Some(&picture(BLUE))).await;
    let blue = romeo
        .expect("another picture", |s| tells(&contact, METADATA)(s) && hash(s) != Some(red.clone()))
        .await;
    assert_ne!(hash(&blue), Some(red.clone()));
    juliet.set_picture(None).await;
    romeo.expect("no picture", |s| tells(&contact, METADATA)(s) && hash(s).is_none()).await;
    shows(&romeo, &contact, "").await;
    for node in [METADATA, DATA] {
        let gone = romeo.get(&contact, &items(node, "")).await.expect_err("no picture");
        assert_eq!(gone.condition, "item-not-found");
    }
}

#[tokio::test]
async fn k119_what_is_no_picture_costs_nothing_but_itself() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, phone: _phone } = world.pair("romeo", "juliet").await;
    juliet.set_picture(Some(b"<svg xmlns='http://www.w3.org/2000/svg'/>")).await;
    juliet.say("romeo", "do you like it?").await;
    romeo.hear(&contact, "do you like it?").await;
    romeo.never("a picture", &contact, tells(&contact, METADATA)).await;
    juliet.set_picture(Some(&picture(RED))).await;
    romeo.expect("the picture", tells(&contact, METADATA)).await;
}

#[tokio::test]
async fn k119_a_picture_by_its_address_is_fetched_from_where_that_is_allowed() {
    let [inside, trusted] = [serve(picture(RED)).await, serve(picture(BLUE)).await];
    let slidged = format!("[media]\ntrusted = [\"{trusted}\"]\n");
    let options = lab::WorldOptions { plugin: Some("stress"), slidged, ..lab::WorldOptions::default() };
    let world = World::with(options).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[]).await.expect("it takes everybody");
    world.connected(&romeo).await;
    let friend = world.contact("friend");
    romeo.say(&friend, &format!("picture url {inside}/a.gif")).await;
    romeo.hear(&friend, "refused: true").await;
    romeo.never("a picture", &friend, tells(&friend, METADATA)).await;
    for told in [true, false] {
        romeo.say(&friend, &format!("picture url {trusted}/a.gif")).await;
        romeo.hear(&friend, "refused: false").await;
        romeo.ping(&friend).await;
        assert_eq!(romeo.take(tells(&friend, METADATA)).len(), usize::from(told));
    }
}

#[tokio::test]
async fn k78_the_users_picture_is_given_to_the_network_when_it_changes() {
    let mut world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, phone } = world.pair("romeo", "juliet").await;
    let png = BASE64.encode(include_bytes!("../../plugins/superduper/src/plugin/avatar.png"));
    let bytes = BASE64.decode(png.as_bytes()).expect("our own");
    let id = HEXLOWER.encode(&Sha1::digest(&bytes));
    let publish = async |node: &str, id: &str, payload: &str| {
        let item = format!(
            "<pubsub xmlns='{PUBSUB}'><publish node='{node}'><item id='{id}'>{payload}</item></publish></pubsub>"
        );
        romeo.ask("set", "", &item).await.expect("one's own node");
    };
    let info = format!("<info bytes='{}' id='{id}' type='image/png' width='64' height='64'/>", bytes.len());
    let metadata = |info: &str| format!("<metadata xmlns='{METADATA}'>{info}</metadata>");
    publish(DATA, &id, &format!("<data xmlns='{DATA}'>{png}</data>")).await;
    publish(METADATA, &id, &metadata(&info)).await;
    let of_romeo = |e: &serde_json::Value| e["event"] == "profile" && e["user"] == "romeo";
    let told = juliet.expect("romeo's picture", of_romeo).await;
    let file = &told["profile"]["avatar"];
    assert_eq!((&file["type"], file["size"].as_u64()), (&json!("image/png"), Some(bytes.len() as u64)));
    let own = phone.expect("the user's picture, on their other device", of_romeo).await;
    assert_eq!(&own["profile"]["avatar"], file);

    // The same again, also after a restart: nothing.
    publish(METADATA, &id, &metadata(&info)).await;
    world.slidged.kill().await;
    world.slidged.resume().await;
    world.connected(&romeo).await;
    let settled = romeo.say(&contact, "settled").await;
    romeo.receipt(&contact, &settled).await;
    juliet.hear("romeo", "settled").await;
    assert_eq!(juliet.take(of_romeo), Vec::<serde_json::Value>::new());

    publish(METADATA, "none", &metadata("")).await;
    let told = juliet.expect("no picture any more", of_romeo).await;
    assert!(told["profile"]["avatar"].is_null(), "{told}");

    // Who does not want it shared keeps it.
    let form = romeo.command(world.gateway(), "urn:slidged:commands:preferences").await.expect("a form");
    romeo.step(&form, "complete", &[("sync_avatar", "0")]).await.expect("kept");
    publish(METADATA, &id, &metadata(&info)).await;
    romeo.ping(world.gateway()).await;
    let settled = romeo.say(&contact, "settled again").await;
    romeo.receipt(&contact, &settled).await;
    juliet.hear("romeo", "settled again").await;
    assert_eq!(juliet.take(of_romeo), Vec::<serde_json::Value>::new());
    let form = romeo.command(world.gateway(), "urn:slidged:commands:preferences").await.expect("a form");
    romeo.step(&form, "complete", &[("sync_avatar", "1")]).await.expect("kept");
    juliet.expect("the picture again", of_romeo).await;
}

#[tokio::test]
async fn k79_presence_name_and_picture_come_in_this_order() {
    let world = World::start().await;
    let juliet = world.person("juliet", "Juliet").await;
    juliet.set_picture(Some(&picture(RED))).await;
    let Pair { user: romeo, phone, .. } = world.pair("romeo", "nurse").await;
    phone.befriend(&juliet).await;
    let contact = world.contact("juliet");
    let mut order = Vec::new();
    while order.last() != Some(&"picture") {
        let next = romeo.expect("something of hers", |s| s.sender_bare() == contact).await;
        let what = match &next {
            picture if tells(&contact, METADATA)(picture) => "picture",
            name if tells(&contact, NICK)(name) => "name",
            presence if presence.is_presence() && presence.kind().is_empty() => "presence",
            _ => "something else",
        };
        if !order.contains(&what) && what != "something else" {
            order.push(what);
        }
    }
    assert_eq!(order, ["presence", "name", "picture"]);
}

/// A server of the web that has one thing.
async fn serve(body: Vec<u8>) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("it listens"));
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            drop(tcp.read(&mut [0; 4096]).await);
            drop(tcp.write_all(&[head.as_bytes(), &body].concat()).await);
        }
    });
    origin
}
