//! The network goes away, and comes back with all or some of its contacts.

use super::{LISTS, World, gate};
use std::time::Duration;

/// Returns the presences of a contact.
fn of<'a>(stanzas: &'a [String], contact: &str) -> Vec<&'a String> {
    let from = format!("from='{contact}@gw.example.org");
    stanzas.iter().filter(|stanza| stanza.starts_with("<presence") && stanza.contains(&from)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_outage_shows_nothing_of_itself_in_the_contacts() {
    let mut world = World::with(|settings| settings.outage_grace = Duration::from_secs(600)).await;
    world.log_in().await;
    world.come_online();
    world.until(&["friend@gw.example.org/slidge", "<c "]).await;
    world.say("m1", "lose short");
    world.until(&["<status>Lost.</status>"]).await;
    // A client that sends a probe now sees what the others see.
    world.send(
        "<presence xmlns='jabber:client' from='u@example.org/r2' to='friend@gw.example.org' type='probe'/>",
    );
    let answer = world.until(&["to='u@example.org/r2'"]).await;
    assert!(!answer.contains("unavailable"), "{answer}");
    gate("short").add_permits(1);
    world.until(&["<status>Found.</status>"]).await;
    world.say("m2", "and now");
    let all = world.all_until(&["re: and now"]).await;
    assert!(of(&all, "friend").is_empty(), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_long_outage_nobody_is_there_until_it_is_over() {
    let mut world = World::with(|settings| settings.outage_grace = Duration::from_millis(50)).await;
    world.log_in().await;
    world.come_online();
    world.until(&["friend@gw.example.org/slidge", "<c "]).await;
    world.say("m1", "lose long");
    let gone = world.until(&["friend@gw.example.org/slidge", "type='unavailable'"]).await;
    assert!(gone.contains("<status>Net cannot be reached</status>"), "{gone}");
    world.send(
        "<presence xmlns='jabber:client' from='u@example.org/r2' to='friend@gw.example.org' type='probe'/>",
    );
    world.until(&["to='u@example.org/r2'", "type='unavailable'"]).await;
    gate("long").add_permits(1);
    let all = world.all_until(&["<status>Found.</status>"]).await;
    assert_eq!(of(&all, "friend").len(), 1, "{all:?}");

    // The plugin does not log in again by itself here.
    world.say("m2", "log out");
    world.until(&["<status>Lost.</status>"]).await;
    world.until(&["<status>me</status>"]).await;
    world.say("m3", "and now");
    world.until(&["re: and now"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_longer_on_the_contact_list_goes_and_the_others_stay() {
    let list = |friends: &[&'static str]| {
        LISTS.lock().unwrap().insert("lister".to_owned(), friends.to_vec());
    };
    let mut world = World::with(|settings| settings.outage_grace = Duration::from_secs(600)).await;
    list(&["friend", "other"]);
    world.log_in_as("lister").await;
    world.come_online();
    for _ in 0..2 {
        world.until(&["type='subscribe'", "@gw.example.org'"]).await;
    }
    list(&["friend"]);
    world.say("m1", "log out");
    world.say("m2", "next");
    let all = world.all_until(&["re: next"]).await;
    let other = of(&all, "other");
    let gone: Vec<_> = other.iter().filter(|stanza| stanza.contains("type='un")).collect();
    assert!(gone[0].contains("type='unavailable'") && gone[1].contains("type='unsubscribed'"), "{all:?}");
    assert_eq!((gone.len(), of(&all, "friend").iter().filter(|s| s.contains("type='un")).count()), (2, 0));

    // An empty list means a network in trouble: all contacts are unavailable, and none is lost.
    list(&[]);
    world.say("m3", "log out");
    world.say("m4", "later");
    let all = world.all_until(&["re: later"]).await;
    let friend = of(&all, "friend");
    assert!(friend.len() == 1 && friend[0].contains("type='unavailable'"), "{all:?}");
    list(&["friend"]);
    world.say("m5", "log out");
    world.say("m6", "last");
    let all = world.all_until(&["re: last"]).await;
    let friend = of(&all, "friend");
    // The contact's request has not been answered yet, so it comes again with the list.
    let asks = |s: &&&String| s.contains("type='subscribe'");
    assert_eq!(friend.iter().filter(asks).count(), 1, "{all:?}");
    let shown: Vec<_> = friend.iter().filter(|s| !asks(s)).collect();
    assert!(shown.len() == 1 && !shown[0].contains("type="), "{all:?}");
}
