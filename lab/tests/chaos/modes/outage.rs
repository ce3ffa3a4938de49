//! the XMPP server is away while the network goes on talking

use tokio::task::JoinSet;

use crate::ground::Ground;
use crate::length::{Rounds, scale, users};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_queued_in_bounded_memory_and_drained_in_order() {
    let mut world = Ground::with(users()).await;
    let each = scale(500, 2_500);
    let before = world.slidged.process().memory().expect("slidged runs");
    let mut rounds = Rounds::start();
    while let Some(round) = rounds.next() {
        let numbers = each * round..each * (round + 1);
        world.prosody.stop().await;
        let mut friends = JoinSet::new();
        for pair in &world.pairs {
            let (pair, numbers) = (pair.clone(), numbers.clone());
            friends.spawn(async move { pair.friend_writes(numbers).await });
        }
        friends.join_all().await;
        let during = world.slidged.process().memory().expect("slidged runs");
        world.prosody.resume().await;
        for pair in &world.pairs {
            pair.nothing_is_lost_for_the_user(numbers.clone()).await;
        }
        let after = world.slidged.process().memory().expect("slidged runs");
        let mib = |bytes: u64| bytes / (1024 * 1024);
        println!(
            "{} messages queued; memory {} MiB before, {} during, {} after",
            each * world.pairs.len(),
            mib(before),
            mib(during),
            mib(after)
        );
        // The outbox keeps a window of 4 MiB and what is under way in memory; the rest of the
        // allowance is the allocator's.
        assert!(
            mib(during.max(after)) < mib(before) + 40,
            "memory grows with the queue: {} → {} → {} MiB",
            mib(before),
            mib(during),
            mib(after)
        );
    }
}
