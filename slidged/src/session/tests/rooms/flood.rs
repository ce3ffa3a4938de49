//! A plugin that does more to a room than it waits for.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_list_of_occupants_counts_as_outstanding_until_it_is_done() {
    let mut world = World::new().await;
    world.log_in().await;
    world.join("slow@gw.example.org", "r", "me");
    world.say("m1", "flood a room");
    let told = world.until(&[" refused</body>"]).await;
    let refused = told.split("<body>").nth(1).and_then(|body| body.split(' ').next()?.parse::<usize>().ok());
    assert!(refused.is_some_and(|refused| refused >= 5000 - 4096), "{told}");
}
