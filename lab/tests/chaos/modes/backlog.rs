//! one user's backlog, and a server that takes 30 stanzas a second

use std::sync::Arc;
use std::time::{Duration, Instant};

use lab::StanzaExt;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::ground::Ground;
use crate::length::{Rounds, scale};
use crate::prober::Prober;

/// Stanzas that the server takes in a second.
const PACE: u32 = 30;
/// Time limit of another user's message.
const PROMPT: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backlog_of_one_user_delays_nobody_else() {
    let ground = Ground::with(3).await;
    let [a, b, asker] = &ground.pairs[..] else { unreachable!("three pairs") };
    let backlog = scale(400, 5_000);
    let mut rounds = Rounds::start();
    let mut first = 0;
    while let Some(round) = rounds.next() {
        ground.link.slow(PACE);
        let stop = watch::Sender::new(false);
        let prober = Prober::start(&asker.user, ground.gateway(), &asker.contact, stop.subscribe()).await;
        let (writer, numbers) = (Arc::clone(a), first..first + backlog);
        first = numbers.end;
        let said = numbers.clone();
        let writing = tokio::spawn(async move { writer.friend_writes(said).await });
        // While A's backlog waits, B gets a message now and then.
        let (mut slowest, mut behind) = (Duration::ZERO, 0);
        for n in 0..scale(3, 20) {
            sleep(Duration::from_secs(1)).await;
            behind = behind.max(backlog - came(a, &numbers));
            let text = format!("for B {round} {n}");
            let since = Instant::now();
            b.friend.say(&b.name, &text).await;
            b.user.hear(&b.contact, &text).await;
            slowest = slowest.max(since.elapsed());
        }
        stop.send_replace(true);
        let answers = prober.end().await;
        println!(
            "backlog: {behind} of A waited; B's slowest message took {slowest:.1?}; questions: {answers}"
        );
        assert!(behind > backlog / 4, "there was no backlog: at most {behind} waited");
        assert!(slowest < PROMPT, "B waited {slowest:.1?} behind the backlog of A");
        assert_eq!((answers.unanswered, answers.refused), (0, 0), "{answers}");
        assert!(answers.excess < PROMPT, "{answers}");
        ground.link.restore();
        writing.await.expect("the network takes everything");
        a.nothing_is_lost_for_the_user(numbers).await;
        drop(a.user.take(|s| s.is_message() && s.sender_bare() == a.contact));
    }
}

/// Number of these texts that A has.
fn came(a: &crate::ground::Pair, numbers: &std::ops::Range<usize>) -> usize {
    let mut count = 0;
    let number = |text: String| a.number_to_user(&text).filter(|n| numbers.contains(n));
    // Looked at, and left where they are.
    a.user.look(|s| count += usize::from(s.is_message() && s.body().and_then(number).is_some()));
    count
}
