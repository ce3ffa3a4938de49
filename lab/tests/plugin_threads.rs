//! A call of the plugin that blocks its thread: others go on, and the administrator is told (the
//! plugin `stress`).

use lab::wait::PATIENCE;
use lab::{Client, Server, World, WorldOptions};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Much more than a message takes on a busy machine, and much less than a block lasts.
const AT_ONCE: Duration = Duration::from_secs(3);
/// Longer than everything that is tried meanwhile, in milliseconds.
const BLOCK: &str = "block 12000";

async fn world(more: &str) -> World {
    let options = WorldOptions { plugin: Some("stress"), slidged: more.into(), ..WorldOptions::default() };
    World::with(options).await
}

async fn user(world: &World, name: &str) -> Client {
    let user = world.prosody.client(name).await;
    user.register(world.gateway(), &[]).await.expect("a registration");
    world.connected(&user).await;
    user
}

/// The text comes back from the contact, in time.
async fn echoed(world: &World, user: &Client, text: &str) {
    let contact = world.contact("friend");
    user.say(&contact, text).await;
    let heard = timeout(AT_ONCE, user.hear(&contact, text)).await;
    assert!(heard.is_ok(), "no answer to {text} in {AT_ONCE:?}");
}

/// Waits until the administrator is told of a blocked thread, and returns the text.
async fn told(world: &World) -> String {
    let look = async {
        loop {
            let (fine, said) = world.slidged.ctl(&["status"]).await;
            assert!(fine, "{said}");
            if said.contains("blocks a thread") {
                return said;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, look).await.expect("the administrator is told")
}

fn lines(world: &World, part: &str) -> usize {
    world.slidged.process().log().lines().filter(|line| line.contains(part)).count()
}

#[tokio::test]
async fn a_call_that_blocks_its_thread_is_told_by_name_and_holds_up_nobody_else() {
    let mut world = world("").await;
    let (blocker, other) = (user(&world, "blocker").await, user(&world, "other").await);
    echoed(&world, &other, "before").await;
    let begun = Instant::now();
    blocker.say(&world.contact("friend"), BLOCK).await;
    // Everything that others do goes on: messages, and a registration.
    for n in 0..20 {
        echoed(&world, &other, &format!("meanwhile {n}")).await;
    }
    let newcomer = world.prosody.client("newcomer").await;
    let registered = timeout(AT_ONCE, newcomer.register(world.gateway(), &[])).await;
    registered.expect("a registration in time").expect("a registration");
    let said = told(&world).await;
    assert!(said.contains("on_text of blocker@example.org on gw.example.org ("), "{said}");
    world.slidged.process_mut().says("the plugin goes on after").await;
    let blocked = begun.elapsed();
    assert!(blocked > Duration::from_secs(12), "it was blocked all the time: {blocked:?}");
    let begin = "a call of the plugin blocks its thread, for 1.";
    assert_eq!((lines(&world, begin), lines(&world, "the plugin goes on after 12.")), (1, 1));
    let log = world.slidged.process().log();
    let line = log.lines().find(|line| line.contains(begin)).expect("looked for above");
    assert!(line.contains("blocker@example.org") && line.contains("on_text"), "{line}");
    let (_, said) = world.slidged.ctl(&["status"]).await;
    assert!(!said.contains("blocks a thread"), "{said}");
    echoed(&world, &blocker, "after").await;
}

#[tokio::test]
async fn with_a_single_thread_the_administrator_is_told_all_the_same() {
    let mut world = world("[plugin]\nthreads = 1\n").await;
    let blocker = user(&world, "blocker").await;
    blocker.say(&world.contact("friend"), "block 4000").await;
    let said = told(&world).await;
    assert!(said.contains("on_text of blocker@example.org"), "{said}");
    world.slidged.process_mut().says("the plugin goes on after 4.").await;
    echoed(&world, &blocker, "after").await;
}
