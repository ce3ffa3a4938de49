//! Rooms on Prosody and on ejabberd: coming in while the user is not logged in, and the cards of
//! those inside. K82, K103.

use data_encoding::{BASE64, HEXLOWER};
use lab::group_fixture::{MUC, item, join, room_named};
use lab::pep::{RED, picture, tells};
use lab::stanza::{CLIENT, escape};
use lab::{Client, Ejabberd, Pair, Person, Server, Slidged, SlidgedOptions, StanzaExt, Superduperd, World};
use minidom::Element;
use serde_json::json;
use sha1::{Digest, Sha1};

const METADATA: &str = "urn:xmpp:avatar:metadata";
const VCARD: &str = "vcard-temp";

/// The user's password on the network becomes another one, and the gateway's login is over.
async fn lock_out(user: &Client, phone: &Person, gateway: &str) {
    let secrets = json!({ "old": Person::password("romeo"), "password": "new" });
    phone.ask("set_secrets", secrets).await;
    let notice = |s: &Element| {
        s.is_message() && s.sender() == gateway && s.body().is_some_and(|b| b.contains("re-login"))
    };
    user.expect("a notice", notice).await;
}

async fn let_in(user: &Client, phone: &Person, gateway: &str) {
    let secrets = json!({ "old": "new", "password": Person::password("romeo") });
    phone.ask("set_secrets", secrets).await;
    user.command(gateway, "urn:slidged:commands:re-login").await.expect("it tries");
}

async fn rooms_work(user: &Client, phone: &Person, friend: &Person, gateway: &str) {
    let contact = format!("juliet@{gateway}");
    friend.set_picture(Some(&picture(RED))).await;
    let told = user.expect("her picture", tells(&contact, METADATA)).await;
    let hash = told.find("info", METADATA).and_then(|info| info.attr("id")).expect("a picture").to_owned();
    let group = json!({ "id": "tea", "kind": "private", "name": "Tea", "members": ["romeo"] });
    friend.ask("create_group", group).await;
    let room = room_named(user, gateway, "Tea").await;

    // K82.
    lock_out(user, phone, gateway).await;
    let to = format!("{room}/romeo");
    user.send(&format!("<presence to='{}' id='j'><x xmlns='{MUC}'/></presence>", escape(&to))).await;
    let error = user.expect("an error", |s| s.is_presence() && s.kind() == "error").await;
    assert_eq!((error.sender(), error.id()), (to.as_str(), "j"));
    assert!(error.has("x", MUC));
    assert_eq!(error.condition().as_deref(), Some("recipient-unavailable"));
    let by = error.get_child("error", CLIENT).expect("an error");
    assert_eq!((by.attr("type"), by.attr("by")), (Some("wait"), Some(room.as_str())));
    let_in(user, phone, gateway).await;
    join(user, &room, "romeo").await;

    // K103.
    let hers = |s: &Element| {
        s.is_presence()
            && s.sender_bare() == room
            && item(s, "jid").is_some_and(|jid| jid.starts_with(&contact))
    };
    let occupant = user.expect("her in the room", hers).await.sender().to_owned();
    let card = user.get(&occupant, "<vCard xmlns='vcard-temp'/>").await.expect("her card");
    assert!(card.get_child("FN", VCARD).is_some_and(|name| !name.text().is_empty()));
    let png = card.find("BINVAL", VCARD).expect("her picture").text();
    let png = BASE64.decode(png.as_bytes()).expect("Base64");
    assert_eq!(HEXLOWER.encode(&Sha1::digest(&png)), hash);
    let metadata = user.get(&occupant, &lab::pep::items(METADATA, "")).await.expect("about it");
    assert_eq!(metadata.find("info", METADATA).and_then(|info| info.attr("id")), Some(hash.as_str()));
}

#[tokio::test]
async fn k82_k103_rooms_refuse_who_is_not_logged_in_and_show_the_cards_of_contacts() {
    let world = World::start().await;
    let Pair { user, phone, friend, .. } = world.pair("romeo", "juliet").await;
    rooms_work(&user, &phone, &friend, world.gateway()).await;
}

#[tokio::test]
async fn k82_k103_rooms_refuse_who_is_not_logged_in_and_show_the_cards_of_contacts_on_ejabberd() {
    let ejabberd = Ejabberd::start().await;
    let network = Superduperd::start().await;
    let options = SlidgedOptions { plugin_options: network.plugin_options(), ..SlidgedOptions::default() };
    let slidged = Slidged::start(ejabberd.site(), "superduper", options).await;
    let gateway = ejabberd.site().gateway;
    let phone = Person::connect(network.address(), "romeo", "Romeo", "app").await;
    let friend = Person::connect(network.address(), "juliet", "Juliet", "app").await;
    phone.befriend(&friend).await;
    let user = ejabberd.client("romeo").await;
    let password = Person::password("romeo");
    user.register(gateway, &[("username", "romeo"), ("password", &password)])
        .await
        .expect("right credentials");
    for who in [gateway, &format!("juliet@{gateway}")] {
        user.meet(who).await;
        user.see(who, "").await;
    }
    rooms_work(&user, &phone, &friend, gateway).await;
    drop(slidged);
}
