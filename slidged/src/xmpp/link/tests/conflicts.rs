//! Another connection has our name.

use super::*;

const CONFLICT: &str =
    "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";

#[tokio::test(start_paused = true)]
async fn a_conflict_is_retried_until_the_old_connection_is_gone() {
    let mut w = World::new();
    let since = Instant::now();
    for _ in 0..6 {
        let mut peer = w.peer().await;
        peer.say(&format!("{HEADER}{CONFLICT}")).await;
        w.link.state().wait_for(|s| *s == LinkState::Down(DownReason::Conflict)).await.unwrap();
    }
    w.up().await;
    assert!(since.elapsed() < Duration::from_secs(64));
}

#[tokio::test(start_paused = true)]
async fn after_a_conflict_the_name_is_not_taken_back_before_it_is_known_to_be_ours() {
    let ours = watch::Sender::new(false);
    let known = ours.subscribe();
    let mut w = World::after_conflict(AfterConflict::new(move || {
        let mut known = known.clone();
        async move { drop(known.wait_for(|ours| *ours).await) }
    }));
    let mut peer = w.up().await;
    peer.say(CONFLICT).await;
    assert_eq!(w.down().await, DownReason::Conflict);
    drop(peer);
    let hour = Duration::from_secs(3600);
    assert!(timeout(hour, w.accept.recv()).await.is_err(), "it fights for the name");
    ours.send_replace(true);
    // Any other end has nothing to do with it.
    let mut peer = w.up().await;
    ours.send_replace(false);
    peer.say("</stream:stream>").await;
    assert_eq!(w.down().await, DownReason::Closed);
    drop(peer);
    w.up().await;
}

#[tokio::test(start_paused = true)]
async fn a_link_that_waits_for_its_name_can_be_stopped() {
    let mut w = World::after_conflict(AfterConflict::new(std::future::pending));
    let mut peer = w.up().await;
    peer.say(CONFLICT).await;
    assert_eq!(w.down().await, DownReason::Conflict);
    tokio::time::sleep(Duration::from_secs(60)).await;
    timeout(Duration::from_secs(1), w.task.stop()).await.expect("it stops");
}
