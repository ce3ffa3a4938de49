//! Coming into rooms while the network is away.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn k82_who_comes_in_while_nobody_is_logged_in_is_told_by_the_room_to_try_again() {
    let mut world = World::new().await;
    world.register("wrong").await;
    world.until(&["<body>", "Wrong password."]).await;
    world.join(TEA, "r", "me");
    let error = world.until(&["<presence type='error'"]).await;
    assert!(error.contains(&format!("from='{TEA}/me' to='u@example.org/r' id='join'")), "{error}");
    assert!(error.contains(&format!("<error type='wait' by='{TEA}'><recipient-unavailable")), "{error}");
    assert!(error.contains("Wrong password"), "{error}");
    // Other credentials may be in use before the answer comes.
    world.register("me").await;
    world.joined(TEA, "r", "me").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn k82_who_comes_in_while_the_network_is_away_for_a_moment_is_in_when_it_is_back() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "lose moment");
    world.until(&["<status>Lost.</status>"]).await;
    world.join(TEA, "r", "me");
    world.until(&["re: lose moment"]).await;
    gate("moment").add_permits(1);
    let all = world.all_until(&["<subject>", "to='u@example.org/r'"]).await;
    let back = all.iter().position(|stanza| stanza.contains("<status>Found.</status>"));
    let inside = all.iter().position(|stanza| stanza.contains(&format!("from='{TEA}/me'")));
    assert!(back.is_some() && back < inside, "{all:?}");
}
