//! Identities and features of rooms and their occupants: K13, K15, K16, K17, K18, K19, R8, R14.

use std::collections::BTreeMap;

use data_encoding::{BASE64, HEXLOWER};
use lab::pep::{RED, picture};
use lab::stanza::escape;
use lab::wait::PATIENCE;
use lab::{Client, Pair, StanzaExt, World};
use minidom::Element;
use serde_json::json;
use sha1::{Digest, Sha1};

const INFO: &str = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
const ITEMS: &str = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
const MUC: &str = "http://jabber.org/protocol/muc";

async fn items(of: &str, client: &Client) -> BTreeMap<String, Option<String>> {
    let items = client.get(of, ITEMS).await.expect("a list");
    let item = |item: &Element| {
        (item.attr("jid").unwrap_or_default().to_owned(), item.attr("name").map(str::to_owned))
    };
    items.children().map(item).collect()
}

/// The rooms of a user, as soon as there are so many.
async fn rooms(world: &World, client: &Client, count: usize) -> BTreeMap<String, Option<String>> {
    let listed = async {
        loop {
            let rooms = items(world.gateway(), client).await;
            if rooms.len() == count {
                return rooms;
            }
        }
    };
    tokio::time::timeout(PATIENCE, listed).await.unwrap_or_else(|_| panic!("not {count} rooms"))
}

fn value(info: &Element, var: &str) -> Option<String> {
    let form = info.get_child("x", "jabber:x:data")?;
    let field = form.children().find(|field| field.attr("var") == Some(var))?;
    field.get_child("value", "jabber:x:data").map(Element::text)
}

/// Hash of the picture in a presence; empty if it says that there is none.
fn photo(presence: &Element) -> Option<String> {
    let update = presence.get_child("x", "vcard-temp:x:update")?;
    update.get_child("photo", "vcard-temp:x:update").map(Element::text)
}

fn has_photo(presence: &Element) -> bool {
    photo(presence).is_some_and(|hash| !hash.is_empty())
}

#[tokio::test]
async fn k13_k15_k16_rooms_say_what_they_are_called_who_may_come_in_and_what_they_see() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, .. } = world.pair("romeo", "juliet").await;
    for (id, kind, name) in
        [("tea", "private", "Tea"), ("square", "public", "Square"), ("quiet", "private", "")]
    {
        let group = json!({ "id": id, "kind": kind, "name": name, "members": ["romeo"] });
        // A network without unnamed groups has only two.
        drop(juliet.try_ask("create_group", group).await);
    }
    let count = juliet.ask("groups", json!({})).await["groups"].as_array().map_or(0, Vec::len);
    let listed = rooms(&world, &romeo, count).await;
    let features = romeo.features(world.gateway()).await.expect("its features");
    assert!(features.iter().any(|feature| feature == MUC));
    for (jid, name) in &listed {
        let info = romeo.get(jid, INFO).await.expect("information");
        let identity = info.children().find(|child| child.name() == "identity").expect("an identity");
        assert_eq!((identity.attr("category"), identity.attr("type")), (Some("conference"), Some("text")));
        assert_eq!(identity.attr("name"), name.as_deref(), "K16: none without a name");
        let features = romeo.features(jid).await.expect("its features");
        let has = |feature: &str| features.iter().any(|other| other == feature);
        for feature in [
            MUC,
            "http://jabber.org/protocol/muc#stable_id",
            "urn:xmpp:occupant-id:0",
            "urn:xmpp:ping",
            "urn:xmpp:mam:2",
        ] {
            assert!(has(feature), "{feature} of {jid}");
        }
        // R14: not yet.
        assert!(!has("urn:xmpp:message-moderate:1"), "{jid}");
        let private = name.as_deref() != Some("Square");
        assert_eq!(has("muc_membersonly"), private, "{jid}");
        assert_eq!(has("muc_public"), !private, "{jid}");
        assert_eq!(
            value(&info, "muc#roomconfig_membersonly").as_deref(),
            Some(if private { "1" } else { "0" })
        );
        assert_eq!(value(&info, "muc#roomconfig_allowpm").as_deref(), Some("none"));
        for var in ["muc#roomconfig_changesubject", "muc#roominfo_subjectmod"] {
            assert_eq!(value(&info, var).as_deref(), Some("1"), "R8: members set the subject there");
        }
        assert_eq!(value(&info, "muc#roomconfig_roomname"), *name);
    }
}

#[tokio::test]
async fn k18_k19_r8_what_is_not_there_and_who_is() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let group = json!({ "id": "tea", "kind": "private", "name": "Tea", "members": ["romeo"] });
    juliet.ask("create_group", group).await;
    let room = rooms(&world, &romeo, 1).await.into_keys().next().expect("a room");
    let nowhere = romeo.get(&world.contact("nowhere"), INFO).await.expect_err("K18");
    assert_eq!(nowhere.condition, "item-not-found");
    assert!(items(&room, &romeo).await.is_empty(), "R8: only those who are in a private room see who is");
    romeo.send(&format!("<presence to='{}/romeo'><x xmlns='{MUC}'/></presence>", escape(&room))).await;
    let theirs = |s: &Element| {
        let item = s.find("item", "http://jabber.org/protocol/muc#user");
        s.is_presence() && item.and_then(|item| item.attr("jid")).is_some_and(|jid| jid.starts_with(&contact))
    };
    let occupant = romeo.expect("the friend", theirs).await.sender().to_owned();
    romeo
        .expect("a subject", |s| s.is_message() && s.sender_bare() == room && s.text_of("subject").is_some())
        .await;
    let listed = items(&room, &romeo).await;
    assert!(listed.contains_key(&occupant) && listed.len() == 2, "{listed:?}");
    let info = romeo.get(&occupant, INFO).await.expect("K19");
    let identity = info.children().find(|child| child.name() == "identity").expect("an identity");
    assert_eq!((identity.attr("category"), identity.attr("type")), (Some("client"), Some("pc")));
    let nobody = romeo.get(&format!("{room}/nobody"), INFO).await.expect_err("nobody");
    assert_eq!(nobody.condition, "item-not-found");
}

#[tokio::test]
async fn k17_a_room_has_the_picture_of_the_group_and_those_in_it_are_told_of_another() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, .. } = world.pair("romeo", "juliet").await;
    let group = json!({ "id": "tea", "kind": "private", "name": "Tea", "members": ["romeo"] });
    juliet.ask("create_group", group).await;
    let room = rooms(&world, &romeo, 1).await.into_keys().next().expect("a room");
    let room_in = escape(&room);
    let hash = |info: &Element| value(info, "muc#roominfo_avatarhash");
    assert_eq!(hash(&romeo.get(&room, INFO).await.expect("information")), None);
    romeo.send(&format!("<presence to='{room_in}/romeo'><x xmlns='{MUC}'/></presence>")).await;
    romeo
        .expect("a subject", |s| s.is_message() && s.sender() == room && s.text_of("subject").is_some())
        .await;

    let file = juliet.upload("tea.gif", "image/gif", &picture(RED)).await;
    juliet.ask("set_group", json!({ "group": "tea", "avatar": file["id"] })).await;
    let told =
        romeo.expect("the room's presence", |s| s.is_presence() && s.sender() == room && has_photo(s)).await;
    let told = photo(&told).expect("a hash");
    assert_eq!(told.len(), 40, "SHA-1 in hexadecimal");
    let info = romeo.get(&room, INFO).await.expect("information");
    assert_eq!(hash(&info).as_ref(), Some(&told));
    let of_prosody = "{http://modules.prosody.im/mod_vcard_muc}avatar#sha1";
    assert_eq!(value(&info, of_prosody).as_ref(), Some(&told));
    let card = romeo.get(&room, "<vCard xmlns='vcard-temp'/>").await.expect("a card");
    assert_eq!(card.get_child("FN", "vcard-temp").map(Element::text).as_deref(), Some("Tea"));
    let binary = card.find("BINVAL", "vcard-temp").expect("a picture").text();
    let binary = BASE64.decode(binary.as_bytes()).expect("base64");
    assert!(binary.starts_with(b"\x89PNG"));
    assert_eq!(HEXLOWER.encode(&Sha1::digest(&binary)), told);

    // Whoever comes in is told.
    romeo.send(&format!("<presence to='{room_in}/romeo' type='unavailable'/>")).await;
    romeo.send(&format!("<presence to='{room_in}/romeo'><x xmlns='{MUC}'/></presence>")).await;
    let again =
        romeo.expect("the room's presence", |s| s.is_presence() && s.sender() == room && has_photo(s)).await;
    assert_eq!(photo(&again).as_ref(), Some(&told));

    // Without what the room said before it had a picture.
    let _ = romeo.take(|s| s.sender() == room && photo(s).is_some());
    juliet.ask("set_group", json!({ "group": "tea", "avatar": "" })).await;
    romeo.expect("no picture", |s| s.sender() == room && photo(s).is_some_and(|hash| hash.is_empty())).await;
    assert_eq!(hash(&romeo.get(&room, INFO).await.expect("information")), None);
}
