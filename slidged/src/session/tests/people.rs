//! Pictures and vCards of contacts.

use super::{LISTS, World, net::FETCHED};

fn fetched(name: &str) -> usize {
    FETCHED.lock().unwrap().get(name).copied().unwrap_or(0)
}

async fn ask(world: &mut World, contact: &str, payload: &str) -> String {
    world.send(&format!(
        "<iq xmlns='jabber:client' from='u@example.org/r' to='{contact}@gw.example.org' id='ask' type='get'>{payload}</iq>"
    ));
    world.until(&["id='ask'"]).await
}

const VCARD4: &str = "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>";
const VCARD: &str = "<vCard xmlns='vcard-temp'/>";

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_have_not_changed_are_neither_fetched_nor_told_again() {
    const MANY: usize = 300;
    let mut world = World::new().await;
    world.log_in_as("gallery").await;
    world.come_online();
    world.until(&["friend@gw.example.org/slidge", "<c "]).await;
    world.say("m1", &format!("pictures {MANY} one"));
    let shows = |stanza: &str| stanza.contains("<presence from='p") && stanza.contains("<photo>");
    let mut shown = std::collections::BTreeSet::new();
    while shown.len() < MANY {
        let stanza = world.next().await;
        if shows(&stanza) {
            let photo = stanza.split("<photo>").nth(1).unwrap().split('<').next().unwrap().to_owned();
            assert_eq!(photo.len(), 40, "{stanza}");
            assert!(shown.insert(stanza), "once each");
        }
    }
    assert_eq!(fetched("gallery"), MANY);
    for id in ["m2", "m3"] {
        world.say(id, &format!("pictures {MANY} one"));
        let all = world.all_until(&[&format!("id='{id}'"), "urn:xmpp:receipts"]).await;
        assert!(!all.iter().any(|stanza| shows(stanza)), "{all:?}");
    }
    assert_eq!(fetched("gallery"), MANY);
    // All contacts have the same picture, which is kept once.
    let user = world.store.users().all().await.unwrap()[0].id;
    let one = world.store.avatars().of_contacts(user, "", 1000).await.unwrap();
    assert_eq!(one.len(), MANY);
    assert!(one.iter().all(|of| of.hash == one[0].hash));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_cannot_be_had_leaves_the_one_before() {
    let mut world = World::new().await;
    world.log_in_as("unlucky").await;
    world.come_online();
    world.until(&["friend@gw.example.org/slidge", "<c "]).await;
    world.say("m1", "pictures 1 one");
    world.until(&["<presence from='p0", "<photo>"]).await;
    for (n, version) in ["gone", "nonsense"].into_iter().enumerate() {
        world.say(&format!("bad{n}"), &format!("pictures 1 {version}"));
    }
    world.say("m2", "pictures 1 two");
    let next = world.until(&["<presence from='p0", "<photo>"]).await;
    assert!(!next.contains("<photo></photo>") && !next.contains("<photo/>"), "{next}");
    // A panic there ends the plugin's session, as everywhere.
    world.say("m3", "pictures 1 panic");
    world.until(&["trying again"]).await;
    world.until(&["<status>unlucky</status>"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn k65_who_was_last_seen_a_week_ago_is_told_by_date_from_then_on() {
    const HOUR: i64 = 3600 * 1000;
    let mut world = World::new().await;
    world.log_in_as("waiting").await;
    world.come_online();
    world.until(&["friend@gw.example.org/slidge", "<c "]).await;
    let session = world.component.users.session(&"u@example.org".parse().unwrap()).unwrap();
    let presence = ["<presence from='friend@gw.example.org/slidge'", "<status>Last seen "];
    // The clock cannot be turned, so the first presence is told as if before the week was over.
    for (id, minutes, again) in [("m1", 7 * 24 * 60 + 1, 1), ("m2", 14 * 24 * 60, 0), ("m3", 60, 0)] {
        world.say(id, &format!("seen {minutes}"));
        world.until(&presence).await;
        session.tell(crate::session::Event::Tick(HOUR)).await;
        world.say(&format!("after {id}"), "and now");
        let all = world.all_until(&["re: and now"]).await;
        let shown = all.iter().filter(|stanza| presence.iter().all(|part| stanza.contains(part)));
        assert_eq!(shown.count(), again, "{minutes}: {all:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn k75_cards_are_fetched_when_somebody_looks_and_errors_are_told() {
    let mut world = World::new().await;
    world.log_in_as("reader").await;
    // The network knows somebody who is not on the list; the fetched card is kept for a while.
    for _ in 0..2 {
        let card = ask(&mut world, "lazy", VCARD4).await;
        for part in
            ["<fn><text>Somebody</text></fn>", "<text>fetched 1</text>", "<pronouns><text>they</text>"]
        {
            assert!(card.contains(part), "{part}: {card}");
        }
        assert!(card.contains("<uri>xmpp:lazy@gw.example.org</uri>"), "{card}");
    }
    let items = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'/></pubsub>";
    assert!(ask(&mut world, "lazy", items).await.contains("<item id='current'><vcard "));
    let temp = ask(&mut world, "lazy", VCARD).await;
    assert!(temp.contains("<FN>Somebody</FN>") && temp.contains("<DESC>fetched 1</DESC>"), "{temp}");

    let empty = ask(&mut world, "empty", VCARD4).await;
    assert!(empty.contains("<fn>") && !empty.contains("<note>"), "{empty}");
    let error = ask(&mut world, "raising", VCARD4).await;
    assert!(error.contains("<internal-server-error") && error.contains("type='wait'"), "{error}");
    assert!(!error.contains("secret"), "{error}");
    // The picture, which most clients ask for, does not depend on it.
    assert!(ask(&mut world, "raising", VCARD).await.contains("type='result'"));
    let nobody = ask(&mut world, "nobody", VCARD4).await;
    assert!(nobody.contains("<item-not-found") && nobody.contains("No such person."), "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_at_the_question_for_reactions_ends_that_session_of_the_plugin() {
    let mut world = World::new().await;
    LISTS.lock().unwrap().insert("reacting".into(), vec!["brittle"]);
    world.log_in_as("reacting").await;
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='brittle@gw.example.org/slidge' id='ask' type='get'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
    world.until(&["id='ask'", "type='result'"]).await;
    world.until(&["trying again"]).await;
    world.until(&["<status>reacting</status>"]).await;
}
