//! the other network's server is killed and started again

use std::time::Instant;

use lab::{Person, StanzaExt};

use crate::ground::Ground;
use crate::length::{Rounds, scale};
use crate::talk::RESEND;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_come_back_when_the_other_network_does() {
    let mut world = Ground::with(scale(2, 20)).await;
    let mut rounds = Rounds::start();
    while let Some(round) = rounds.next() {
        world.network.kill().await;
        world.network.resume().await;
        for (n, pair) in world.pairs.iter().enumerate() {
            let friend = Person::connect(world.network.address(), pair.friend.id(), "Friend", "app").await;
            let (there, back) = (format!("are you there, {n}, {round}?"), format!("yes, {n}, {round}"));
            // It may not be back yet: then the user is told, and tries again.
            while !pair.confirmed(&pair.user.say(&pair.contact, &there).await, Instant::now() + RESEND).await
            {
            }
            friend.hear(&pair.name, &there).await;
            friend.say(&pair.name, &back).await;
            pair.user.hear(&pair.contact, &back).await;
            pair.user.ping(world.gateway()).await;
            let notices = pair
                .user
                .take(|s| s.is_message() && s.sender_bare() == "gw.example.org" && s.body().is_some());
            let notices: Vec<_> =
                notices.iter().filter_map(StanzaExt::body).filter(|b| !b.contains("elcome")).collect();
            assert!(notices.len() <= 1, "{} was told more than once: {notices:?}", pair.name);
        }
    }
}
