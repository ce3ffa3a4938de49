//! How contacts look: pictures, names, cards (K69 to K79, K119), what the user's clients are told of it, and the user's own picture.

use data_encoding::{BASE64, HEXLOWER};
use lab::{Client, Pair, Server, StanzaExt, World};
use minidom::Element;
use serde_json::json;
use sha1::{Digest, Sha1};

const METADATA: &str = "urn:xmpp:avatar:metadata";
const DATA: &str = "urn:xmpp:avatar:data";
const NICK: &str = "http://jabber.org/protocol/nick";
const VCARD4_NODE: &str = "urn:xmpp:vcard4";
const VCARD4: &str = "urn:ietf:params:xml:ns:vcard-4.0";
const VCARD: &str = "vcard-temp";
const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const INFO: &str = "http://jabber.org/protocol/disco#info";

/// A picture of one pixel of that colour, in a format that is not the one that clients get.
fn picture(colour: [u8; 3]) -> Vec<u8> {
    let [red, green, blue] = colour;
    let head = b"GIF89a\x01\0\x01\0\x80\0\0";
    let rest = b"\0\0\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    [&head[..], &[red, green, blue], &rest[..]].concat()
}

const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];

fn items(node: &str, id: &str) -> String {
    let item = if id.is_empty() { String::new() } else { format!("<item id='{id}'/>") };
    format!("<pubsub xmlns='{PUBSUB}'><items node='{node}'>{item}</items></pubsub>")
}

fn tells(contact: &str, node: &'static str) -> impl Fn(&Element) -> bool {
    let contact = contact.to_owned();
    move |s: &Element| {
        let items = s.find("items", "http://jabber.org/protocol/pubsub#event");
        s.is_message() && s.sender() == contact && items.is_some_and(|items| items.attr("node") == Some(node))
    }
}

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
async fn k73_clients_are_told_what_they_want_and_asked_once_what_that_is() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let contact = &pair.contact;
    pair.friend.set_picture(Some(&picture(RED))).await;
    pair.user.expect("the picture", tells(contact, METADATA)).await;
    let asked = |s: &Element| s.is_iq() && s.sender() == world.gateway() && s.find("query", INFO).is_some();
    let come = async |features: &[&str], presence: &str| {
        let client = world.prosody.silent_client("romeo").await;
        let caps = client.can(features);
        client.send(&presence.replace("CAPS", &caps)).await;
        client
    };
    // Whatever it is doing; a client without capabilities is asked as well.
    let nick = ["http://jabber.org/protocol/nick+notify"];
    for presence in ["<presence/>", "<presence><show>xa</show>CAPS</presence>"] {
        let client = come(&nick, presence).await;
        let event = client.expect("a name", tells(contact, NICK)).await;
        assert_eq!(event.find("nick", NICK).map(Element::text).as_deref(), Some("A Friend"));
        assert_eq!(client.take(asked).len(), 1, "{presence}");
        client.never("a picture", contact, tells(contact, METADATA)).await;
        client.leave().await;
    }
    // Those capabilities are known now.
    let client = come(&nick, "<presence><show>dnd</show>CAPS</presence>").await;
    client.expect("a name", tells(contact, NICK)).await;
    assert_eq!(client.take(asked).len(), 0);
    // It is told of changes as well, and of nothing else.
    pair.friend.ask("set_profile", json!({ "name": "Juliet Capulet" })).await;
    client
        .expect("the new name", |s| {
            tells(contact, NICK)(s) && s.find("nick", NICK).is_some_and(|n| n.text() == "Juliet Capulet")
        })
        .await;
    // More abilities than before: only what is new.
    let caps = client.can(&["http://jabber.org/protocol/nick+notify", "urn:xmpp:avatar:metadata+notify"]);
    client.send(&format!("<presence>{caps}</presence>")).await;
    client.expect("the picture", tells(contact, METADATA)).await;
    client.never("the name again", contact, tells(contact, NICK)).await;

    let other = come(&["urn:xmpp:ping"], "<presence>CAPS</presence>").await;
    world.connected(&other).await;
    // Its answer to the question comes before its answer to what is asked later.
    other.expect("a question", asked).await;
    other.ping(contact).await;
    pair.friend.ask("set_profile", json!({ "name": "Juliet" })).await;
    pair.user.expect("the new name", |s| s.find("nick", NICK).is_some_and(|n| n.text() == "Juliet")).await;
    other.never("news", contact, |s| s.is_message() && s.kind() == "headline").await;
}

#[tokio::test]
async fn k75_cards_have_what_the_network_knows() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, phone: _phone } = world.pair("romeo", "juliet").await;
    let caps = romeo.can(&["urn:xmpp:vcard4+notify"]);
    romeo.send(&format!("<presence>{caps}</presence>")).await;
    let profile = json!({ "about": "star-crossed", "phone": "+39 045 1", "email": "juliet@capulet.lit" });
    juliet.ask("set_profile", profile).await;
    let told = romeo
        .expect("the new card", |s| {
            tells(&contact, VCARD4_NODE)(s)
                && s.find("note", VCARD4).is_some_and(|n| n.texts_below() == "star-crossed")
        })
        .await;
    let event = told.find("vcard", VCARD4).expect("a card").clone();
    let iq = romeo.get(&contact, &format!("<vcard xmlns='{VCARD4}'/>")).await.expect("a card");
    let pep = romeo.get(&contact, &items(VCARD4_NODE, "current")).await.expect("a card");
    for card in [&event, &iq, pep.find("vcard", VCARD4).expect("a card")] {
        let text = |name: &str| card.find(name, VCARD4).map(Below::texts_below).unwrap_or_default();
        assert_eq!(text("fn"), "A Friend");
        assert_eq!((text("tel").as_str(), text("email").as_str()), ("+39 045 1", "juliet@capulet.lit"));
        assert_eq!(text("impp"), format!("xmpp:{contact}"));
    }
    // K76, and more: the older form has them too.
    let temp = romeo.get(&contact, "<vCard xmlns='vcard-temp'/>").await.expect("a card");
    let text = |name: &str| temp.find(name, VCARD).map(Element::text).unwrap_or_default();
    assert_eq!(
        ["FN", "NUMBER", "USERID", "DESC"].map(text),
        ["A Friend", "+39 045 1", "juliet@capulet.lit", "star-crossed"]
    );
    assert!(temp.find("PHOTO", VCARD).is_none());

    // Somebody who is on no list yet, and somebody who does not exist.
    let stranger = world.person("paris", "Count Paris").await;
    stranger.ask("set_profile", json!({ "about": "a suitor" })).await;
    let card =
        romeo.get(&world.contact("paris"), &format!("<vcard xmlns='{VCARD4}'/>")).await.expect("a card");
    assert_eq!(card.find("note", VCARD4).map(Below::texts_below).as_deref(), Some("a suitor"));
    let nobody = romeo.get(&world.contact("nobody"), "<vCard xmlns='vcard-temp'/>").await;
    assert_eq!(nobody.expect_err("nobody").condition, "item-not-found");

    let nick = romeo.get(&contact, &items(NICK, "")).await.expect("a name");
    assert_eq!(nick.find("nick", NICK).map(Element::text).as_deref(), Some("A Friend"));
    // K77.
    let unknown = romeo.get(&contact, &items("urn:nothing", "")).await.expect_err("no such node");
    assert_eq!(unknown.condition, "item-not-found");
    let other = world.prosody.client("mercutio").await;
    let denied = other.get(&contact, "<vCard xmlns='vcard-temp'/>").await.expect_err("not a user");
    assert_eq!(denied.condition, "registration-required");
}

trait Below {
    fn texts_below(&self) -> String;
}

impl Below for Element {
    fn texts_below(&self) -> String {
        self.text() + &self.children().map(Element::text).collect::<String>()
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
    romeo.expect("the picture", tells(&contact, METADATA)).await;
    let all = romeo.take(|s| s.sender_bare() == contact);
    let presence = all.iter().position(|s| s.is_presence() && s.kind().is_empty()).expect("a presence");
    let name = all.iter().position(tells(&contact, NICK)).expect("a name");
    assert!(presence < name, "{all:?}");
}

#[tokio::test]
async fn contacts_can_be_blocked_on_the_network() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, phone: _phone } = world.pair("romeo", "juliet").await;
    let try_to_write =
        async |text: &str| juliet.try_ask("send", json!({ "chat": { "user": "romeo" }, "text": text })).await;
    let block = |verb: &str, of: &str| {
        let item = if of.is_empty() { String::new() } else { format!("<item jid='{of}'/>") };
        format!("<{verb} xmlns='urn:xmpp:blocking'>{item}</{verb}>")
    };
    let done = romeo.command(&contact, "urn:slidged:commands:block").await.expect("a command");
    assert_eq!(done.note(), "Blocked.");
    try_to_write("hello?").await.expect_err("blocked");
    let done = romeo.command(&contact, "urn:slidged:commands:unblock").await.expect("a command");
    assert_eq!(done.note(), "No longer blocked.");
    try_to_write("hello").await.expect("not blocked");
    romeo.hear(&contact, "hello").await;

    romeo.chat(world.gateway(), "contact juliet block", "Blocked.").await;
    romeo.chat(world.gateway(), "contact juliet unblock", "No longer blocked.").await;

    // As XEP-0191 has it, where a client sends it to us.
    for to in [world.gateway(), contact.as_str()] {
        romeo.ask("set", to, &block("block", &contact)).await.expect("blocked");
        try_to_write("hello?").await.expect_err("blocked");
        romeo.ask("set", to, &block("unblock", &contact)).await.expect("no longer");
        try_to_write("hello again").await.expect("not blocked");
        let refused = romeo.ask("get", to, "<blocklist xmlns='urn:xmpp:blocking'/>").await;
        assert_eq!(refused.expect_err("R18: it is not ours").condition, "feature-not-implemented");
        let all = romeo.ask("set", to, &block("unblock", "")).await.expect_err("whom?");
        assert_eq!(all.condition, "feature-not-implemented");
        let other =
            romeo.ask("set", to, &block("block", "somebody@example.org")).await.expect_err("not ours");
        assert_eq!(other.condition, "item-not-found");
    }
    let stranger = world.prosody.client("stranger").await;
    let refused = stranger.ask("set", world.gateway(), &block("block", &contact)).await;
    assert_eq!(refused.expect_err("not a user").condition, "registration-required");
}

#[tokio::test]
async fn k68_what_users_changed_on_their_roster_stays() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, phone } = world.pair("romeo", "juliet").await;
    romeo.on_roster(&contact, "both").await;
    let set = format!(
        "<query xmlns='jabber:iq:roster'><item jid='{contact}' name='My love'><group>Verona</group></item></query>"
    );
    romeo.ask("set", "", &set).await.expect("one's own roster");
    let sync = async || {
        let form =
            romeo.command(world.gateway(), "urn:slidged:commands:sync-contacts").await.expect("a question");
        romeo.step(&form, "complete", &[("confirm", "1")]).await.expect("synced");
        // Whoever comes after that is put on the roster after that.
        let id = format!("guest-{}", romeo.new_id());
        let guest = world.person(&id, "Guest").await;
        phone.befriend(&guest).await;
        romeo.on_roster(&world.contact(&id), "both").await;
        romeo.roster().await.into_iter().find(|item| item.jid == contact).expect("still there")
    };
    let item = sync().await;
    assert_eq!((item.name.as_str(), item.groups), ("My love", vec!["Verona".to_owned()]));
    // Nor does a new name on the network take it away.
    juliet.ask("set_profile", json!({ "name": "Juliet Capulet" })).await;
    romeo
        .expect("the new name", |s| s.find("nick", NICK).is_some_and(|n| n.text() == "Juliet Capulet"))
        .await;
    let item = sync().await;
    assert_eq!((item.name.as_str(), item.subscription.as_str()), ("My love", "both"));
    // Without a name of one's own, the network's is shown.
    let set =
        format!("<query xmlns='jabber:iq:roster'><item jid='{contact}' name='Juliet Capulet'/></query>");
    romeo.ask("set", "", &set).await.expect("one's own roster");
    juliet.ask("set_profile", json!({ "name": "Juliet" })).await;
    romeo
        .expect("the new name on the roster", |s| {
            s.find("item", "jabber:iq:roster").is_some_and(|item| item.attr("name") == Some("Juliet"))
        })
        .await;
}

#[tokio::test]
async fn a_contact_tells_how_long_they_have_been_away() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, phone: _phone } = world.pair("romeo", "juliet").await;
    let seconds = async || {
        let last = romeo.get(&contact, "<query xmlns='jabber:iq:last'/>").await.expect("R18: it is known");
        last.attr("seconds").and_then(|seconds| seconds.parse::<u64>().ok()).expect("a number")
    };
    assert_eq!(seconds().await, 0);
    drop(juliet);
    let gone = romeo.see(&contact, "unavailable").await;
    assert!(
        gone.find("idle", "urn:xmpp:idle:1").is_some_and(|idle| idle.attr("since").is_some()),
        "XEP-0319"
    );
    let text = gone.text_of("status").expect("K65: for clients without it");
    assert!(text.starts_with("Last seen ") && text.ends_with(" GMT"), "{text}");
    assert!(seconds().await < 60);
    let nobody = romeo.ask("get", &world.contact("nobody"), "<query xmlns='jabber:iq:last'/>").await;
    assert_eq!(nobody.expect_err("nobody").condition, "item-not-found");
}

#[tokio::test]
async fn groups_and_kinds_of_clients_are_shown_and_a_bomb_is_refused() {
    let options = lab::WorldOptions { plugin: Some("stress"), ..lab::WorldOptions::default() };
    let world = World::with(options).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[]).await.expect("it takes everybody");
    world.connected(&romeo).await;
    let friend = world.contact("friend");
    let in_groups = async |groups: &[&str]| {
        let what = format!("the friend in {groups:?}");
        let fits = |s: &Element| {
            let item = s.find("item", "jabber:iq:roster").filter(|item| item.attr("jid") == Some(&friend));
            let mut found: Vec<_> =
                item.map(|item| item.children().map(Element::text).collect()).unwrap_or_default();
            found.sort();
            found == groups
        };
        romeo.expect(&what, fits).await;
    };
    romeo.on_roster(&friend, "both").await;
    romeo.say(&friend, "groups Work,Chess").await;
    in_groups(&["Chess", "Stress", "Work"]).await;
    romeo.say(&friend, "groups Work").await;
    in_groups(&["Stress", "Work"]).await;

    romeo.say(&friend, "phone").await;
    let presence = romeo.see(&friend, "").await;
    let caps = presence.get_child("c", "http://jabber.org/protocol/caps").expect("capabilities");
    let node = format!("urn:slidged#{}", caps.attr("ver").unwrap_or_default());
    let query = format!("<query xmlns='{INFO}' node='{node}'/>");
    let info = romeo.get(&format!("{friend}/slidge"), &query).await.expect("what is behind the hash");
    let identity = info.get_child("identity", INFO).expect("an identity");
    assert_eq!((identity.attr("category"), identity.attr("type")), (Some("client"), Some("phone")));

    for nonsense in
        ["bomb", "picture path /dev/zero", "picture path /nowhere", "picture url file:///etc/passwd"]
    {
        romeo.say(&friend, nonsense).await;
        romeo.hear(&friend, "refused: true").await;
    }
    romeo.never("a picture", &friend, tells(&friend, METADATA)).await;
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
