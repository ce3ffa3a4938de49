//! Profile of the gateway in a contact list: XEP-0084, XEP-0054, XEP-0153, XEP-0292, and bits that
//! are not there (XEP-0231).

use data_encoding::{BASE64, HEXLOWER};
use lab::{Client, Server, StanzaExt, World, WorldOptions};
use minidom::Element;
use sha1::{Digest, Sha1};

const METADATA: &str = "urn:xmpp:avatar:metadata";
const DATA: &str = "urn:xmpp:avatar:data";
const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const VCARD: &str = "vcard-temp";
const VCARD4: &str = "urn:ietf:params:xml:ns:vcard-4.0";

/// The plugin that has a picture: one pixel, as a GIF.
async fn world() -> World {
    World::with(WorldOptions { plugin: Some("stress"), ..WorldOptions::default() }).await
}

fn items(node: &str, id: &str) -> String {
    let item = if id.is_empty() { String::new() } else { format!("<item id='{id}'/>") };
    format!("<pubsub xmlns='{PUBSUB}'><items node='{node}'>{item}</items></pubsub>")
}

async fn condition(client: &Client, to: &str, payload: &str) -> String {
    client.get(to, payload).await.expect_err("nothing there").condition
}

fn png(base64: &str) -> Vec<u8> {
    let png = BASE64.decode(base64.as_bytes()).expect("Base64");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "whatever the plugin gives, clients get a PNG");
    png
}

#[tokio::test]
async fn a_client_that_comes_online_is_told_of_the_picture_and_can_fetch_it() {
    let world = world().await;
    let gateway = world.gateway();
    let romeo = world.prosody.client("romeo").await;
    romeo.register(gateway, &[("connect", "")]).await.expect("everybody");
    let presence = world.connected(&romeo).await;
    let photo = presence.find("photo", "vcard-temp:x:update").map(Element::text).expect("XEP-0153");
    let told =
        |s: &Element| s.is_message() && s.sender() == gateway && s.find("metadata", METADATA).is_some();
    let event = romeo.expect("the picture's metadata", told).await;
    assert_eq!(event.kind(), "headline");
    let info = event.find("info", METADATA).expect("information").clone();
    let id = info.attr("id").expect("an id").to_owned();
    assert_eq!(id, photo);
    assert_eq!(
        ["type", "width", "height"].map(|name| info.attr(name).unwrap_or_default()),
        ["image/png", "1", "1"]
    );

    let data = romeo.get(gateway, &items(DATA, &id)).await.expect("the picture");
    let picture = png(&data.find("data", DATA).expect("data").text());
    assert_eq!(HEXLOWER.encode(&Sha1::digest(&picture)), id);
    assert_eq!(info.attr("bytes"), Some(picture.len().to_string().as_str()));
    let again = romeo.get(gateway, &items(METADATA, "")).await.expect("the metadata, asked for");
    assert_eq!(again.find("info", METADATA), Some(&info));

    // Another device is told as well, and the first one not again.
    let phone = world.prosody.client("romeo").await;
    phone.expect("the picture's metadata", told).await;
    romeo.send("<presence><show>away</show></presence>").await;
    romeo.never("the same again", gateway, told).await;
}

#[tokio::test]
async fn anybody_can_see_the_gateways_card() {
    let world = world().await;
    let gateway = world.gateway();
    let stranger = world.prosody.client("stranger").await;
    let card = stranger.get(gateway, "<vCard xmlns='vcard-temp'/>").await.expect("a card");
    let text = |name: &str| card.find(name, VCARD).map(Element::text).unwrap_or_default();
    assert_eq!((text("FN").as_str(), text("TYPE").as_str()), ("Stress", "image/png"));
    assert!(text("DESC").contains("Stress"));
    png(&text("BINVAL"));

    let iq = stranger.get(gateway, &format!("<vcard xmlns='{VCARD4}'/>")).await.expect("a card");
    let pep = stranger.get(gateway, &items("urn:xmpp:vcard4", "current")).await.expect("a card");
    for card in [&iq, &pep] {
        let card = if card.is("vcard", VCARD4) { card } else { card.find("vcard", VCARD4).expect("a card") };
        let name = card.find("fn", VCARD4).and_then(|name| name.get_child("text", VCARD4));
        assert_eq!(name.map(Element::text).as_deref(), Some("Stress"));
        assert_eq!(card.find("uri", VCARD4).map(Element::text), Some(format!("xmpp:{gateway}")));
    }

    let features = stranger.features(gateway).await.expect("features");
    for feature in [VCARD, VCARD4, "http://jabber.org/protocol/pubsub#retrieve-items", "urn:xmpp:bob"] {
        assert!(features.iter().any(|f| f == feature), "{feature} is not among {features:?}");
    }
}

#[tokio::test]
async fn k77_what_is_not_there_is_not_found() {
    let world = world().await;
    let gateway = world.gateway();
    let stranger = world.prosody.client("stranger").await;
    let bits = |cid: &str| format!("<data xmlns='urn:xmpp:bob' cid='{cid}'/>");
    for payload in [
        items("urn:nothing", ""),
        items(DATA, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        items(METADATA, "ü"),
        items("urn:xmpp:vcard4", "other"),
        bits("sha1+8f35fef110ffc5df08d579a50083ff9308fb6242@bob.xmpp.org"),
        bits("sha1+ü@bob.xmpp.org"),
        bits("bogus"),
    ] {
        assert_eq!(condition(&stranger, gateway, &payload).await, "item-not-found", "{payload}");
    }
    for (kind, payload) in [
        ("set", "<vCard xmlns='vcard-temp'><FN>Mallory</FN></vCard>".to_owned()),
        ("get", format!("<pubsub xmlns='{PUBSUB}'><subscriptions/></pubsub>")),
        ("set", format!("<pubsub xmlns='{PUBSUB}'><publish node='{DATA}'><item/></publish></pubsub>")),
    ] {
        let refused = stranger.ask(kind, gateway, &payload).await.expect_err("nobody changes the gateway");
        assert_eq!(refused.condition, "feature-not-implemented", "{payload}");
    }
}

#[tokio::test]
async fn a_gateway_without_a_picture_has_a_card_all_the_same() {
    let world = World::with(WorldOptions { plugin: Some("benchnet"), ..WorldOptions::default() }).await;
    let gateway = world.gateway();
    let stranger = world.prosody.client("stranger").await;
    let card = stranger.get(gateway, "<vCard xmlns='vcard-temp'/>").await.expect("a card");
    assert!(card.find("FN", VCARD).is_some_and(|name| !name.text().is_empty()));
    assert!(card.find("PHOTO", VCARD).is_none());
    for node in [METADATA, DATA] {
        assert_eq!(condition(&stranger, gateway, &items(node, "")).await, "item-not-found");
    }
}
