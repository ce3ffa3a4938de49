//! Profiles of contacts, and what the user's clients are told of them: names, cards, groups (K68,
//! K73, K75), blocking, last activity.

use lab::pep::{RED, items, picture, tells};
use lab::{Pair, Server, StanzaExt, World};
use minidom::Element;
use serde_json::json;

const METADATA: &str = "urn:xmpp:avatar:metadata";
const NICK: &str = "http://jabber.org/protocol/nick";
const VCARD4_NODE: &str = "urn:xmpp:vcard4";
const VCARD4: &str = "urn:ietf:params:xml:ns:vcard-4.0";
const VCARD: &str = "vcard-temp";
const INFO: &str = "http://jabber.org/protocol/disco#info";

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
