//! The short form of everything on ejabberd, whose privileges have another namespace (R22).

use data_encoding::{BASE64, HEXLOWER};
use lab::pep::{RED, items, picture, tells};
use lab::{Client, Ejabberd, Person, Server, Slidged, SlidgedOptions, StanzaExt, Superduperd};
use minidom::Element;
use sha1::{Digest, Sha1};

const CARBONS: &str = "urn:xmpp:carbons:2";
const METADATA: &str = "urn:xmpp:avatar:metadata";
const DATA: &str = "urn:xmpp:avatar:data";

#[tokio::test]
async fn r22_registration_contacts_texts_and_privileges_work_on_ejabberd() {
    let ejabberd = Ejabberd::start().await;
    let network = Superduperd::start().await;
    let options = SlidgedOptions { plugin_options: network.plugin_options(), ..SlidgedOptions::default() };
    let slidged = Slidged::start(ejabberd.site(), "superduper", options).await;
    let gateway = ejabberd.site().gateway;

    let phone = Person::connect(network.address(), "romeo", "Romeo", "app").await;
    let mut friends = Vec::new();
    for id in ["juliet", "mercutio"] {
        let friend = Person::connect(network.address(), id, id, "app").await;
        friend.set_presence("available", "").await;
        phone.befriend(&friend).await;
        friends.push(friend);
    }
    let juliet = &friends[0];
    let romeo = ejabberd.client("romeo").await;
    let password = Person::password("romeo");
    romeo
        .register(gateway, &[("username", "romeo"), ("password", &password)])
        .await
        .expect("right credentials");
    // This version's mod_roster fails at a roster written by a component (it looks for itself on
    // the component's domain), so the gateway falls back to asking.
    romeo.meet(gateway).await;
    romeo.see(gateway, "").await;
    for friend in &friends {
        let who = format!("{}@{gateway}", friend.id());
        romeo.meet(&who).await;
        romeo.see(&who, "").await;
    }

    let contact = format!("juliet@{gateway}");
    let id = romeo.say(&contact, "good day").await;
    romeo.receipt(&contact, &id).await;
    juliet.hear("romeo", "good day").await;
    juliet.say("romeo", "good night").await;
    romeo.hear(&contact, "good night").await;

    // This version routes what a component says in the user's name to the contact only: no carbon,
    // nothing in the archive (processone/ejabberd#3990; later ones do both). What is ours to do is
    // that it takes our words (namespace 1), and that their echo is no new message.
    romeo.ask("set", "", &format!("<enable xmlns='{CARBONS}'/>")).await.expect("carbons");
    phone.say("juliet", "from the phone").await;
    juliet.hear("romeo", "from the phone").await;
    let id = romeo.say(&contact, "the last").await;
    romeo.receipt(&contact, &id).await;
    juliet.hear("romeo", "the last").await;
    assert_eq!(
        juliet.take(|e| e["event"] == "message").len(),
        0,
        "an echo of a carbon came back to the network"
    );
    assert!(
        romeo.take(|s| s.has("sent", CARBONS)).is_empty(),
        "this ejabberd makes carbons of our words: config/ and docs/ say that it does not"
    );
    let told = romeo.take(|s| s.is_message() && s.sender() == gateway && s.body().is_some());
    assert_eq!(told.len(), 1, "a welcome, and no word of a missing privilege: {told:?}");

    romeo.unregister(gateway).await.expect("leaving is always possible");
    romeo.see(&contact, "unavailable").await;
    romeo.on_roster(&contact, "none").await;
    drop(slidged);
}

/// Romeo, who has registered, and Juliet, who see each other.
struct Stage {
    romeo: Client,
    phone: Person,
    juliet: Person,
    contact: String,
    _slidged: Slidged,
    _network: Superduperd,
    ejabberd: Ejabberd,
}

impl Stage {
    async fn set(ejabberd: Ejabberd) -> Stage {
        let network = Superduperd::start().await;
        let options =
            SlidgedOptions { plugin_options: network.plugin_options(), ..SlidgedOptions::default() };
        let slidged = Slidged::start(ejabberd.site(), "superduper", options).await;
        let gateway = ejabberd.site().gateway;
        let phone = Person::connect(network.address(), "romeo", "Romeo", "app").await;
        let juliet = Person::connect(network.address(), "juliet", "Juliet", "app").await;
        juliet.set_presence("available", "").await;
        phone.befriend(&juliet).await;
        let romeo = ejabberd.client("romeo").await;
        let password = Person::password("romeo");
        let form = [("username", "romeo"), ("password", &*password)];
        romeo.register(gateway, &form).await.expect("right credentials");
        let contact = format!("juliet@{gateway}");
        for who in [gateway, &contact] {
            romeo.meet(who).await;
            romeo.see(who, "").await;
        }
        Stage { romeo, phone, juliet, contact, _slidged: slidged, _network: network, ejabberd }
    }
}

#[tokio::test]
async fn k119_pictures_and_names_are_told_and_can_be_fetched_on_ejabberd() {
    let stage = Stage::set(Ejabberd::start().await).await;
    let Stage { ejabberd, juliet, romeo, contact, .. } = &stage;
    let nick = "http://jabber.org/protocol/nick";
    let told = romeo.expect("a name", tells(contact, nick)).await;
    assert_eq!(told.find("nick", nick).map(Element::text).as_deref(), Some("Juliet"));

    juliet.set_picture(Some(&picture(RED))).await;
    let told = romeo.expect("a picture", tells(contact, METADATA)).await;
    let info = told.find("info", METADATA).expect("information");
    let id = info.attr("id").expect("an id");
    let data = romeo.get(contact, &items(DATA, id)).await.expect("the picture");
    let png = BASE64.decode(data.find("data", DATA).expect("data").text().as_bytes()).expect("Base64");
    assert!(png.starts_with(b"\x89PNG") && HEXLOWER.encode(&Sha1::digest(&png)) == id);
    let metadata = romeo.get(contact, &items(METADATA, "")).await.expect("about it");
    assert_eq!(metadata.find("info", METADATA), Some(info));
    let card = romeo.get(contact, "<vCard xmlns='vcard-temp'/>").await.expect("a card");
    assert_eq!(card.find("BINVAL", "vcard-temp").map(Element::text), Some(BASE64.encode(&png)));

    // Another client of the user learns all of it when it comes online.
    let tablet = ejabberd.client("romeo").await;
    let told = tablet.expect("the picture", tells(contact, METADATA)).await;
    assert_eq!(told.find("info", METADATA), Some(info));
    tablet.expect("the name", tells(contact, nick)).await;
}

/// Checks that all works that ejabberd grants, and that the rest is told once with the lines to
/// add.
async fn works(grants: &str, message: bool) {
    let stage = Stage::set(Ejabberd::granting(grants).await).await;
    let Stage { phone, juliet, romeo, contact, .. } = &stage;
    let gateway = stage.ejabberd.site().gateway;
    let id = romeo.say(contact, "good day").await;
    romeo.receipt(contact, &id).await;
    juliet.hear("romeo", "good day").await;
    phone.say("juliet", "from the phone").await;
    juliet.hear("romeo", "from the phone").await;
    juliet.say("romeo", "good night").await;
    romeo.hear(contact, "good night").await;
    let line = "modules: { mod_privilege: { roster: { both: gateway }, message: { outgoing: gateway } } }";
    let told = |what: &'static str| {
        move |s: &Element| {
            s.sender() == gateway && s.body().is_some_and(|b| b.contains(line) && b.contains(what))
        }
    };
    // That the roster's privilege is granted is not enough for this version, and nobody can add
    // anything.
    if !grants.contains("roster") {
        romeo.expect("the lines for the roster", told("one by one")).await;
    }
    if !message {
        romeo.expect("the lines for messages", told("other Superduper apps")).await;
    }
    romeo.never("a line said twice", gateway, told("")).await;
}

#[tokio::test]
async fn with_no_privilege_of_ejabberd_what_can_work_does() {
    works("", false).await;
}

#[tokio::test]
async fn with_one_privilege_of_ejabberd_what_can_work_does() {
    works("  mod_privilege:\n    roster:\n      both: gateway\n", false).await;
    works("  mod_privilege:\n    message:\n      outgoing: gateway\n", true).await;
}
