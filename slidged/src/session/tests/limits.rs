//! Limits of one user.

use super::World;
use crate::model::rate::Rate;
use std::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_fast_is_told_to_wait_and_nothing_else_is_affected() {
    const MANY: usize = 50;
    let mut world = World::with(|settings| settings.messages = Rate { burst: 3, per_second: 1 }).await;
    world.log_in().await;
    let start = Instant::now();
    for n in 0..MANY {
        world.say(&format!("m{n}"), &format!("text {n}"));
    }
    // An iq is no message, so it is not counted.
    world.send("<iq xmlns='jabber:client' from='u@example.org/r' to='friend@gw.example.org' id='q' type='get'><ping xmlns='urn:xmpp:ping'/></iq>");
    let all = world.all_until(&["id='q'", "type='result'"]).await;
    let allowed = 3 + usize::try_from(start.elapsed().as_secs()).unwrap();
    let refused: Vec<_> = all.iter().filter(|stanza| stanza.contains("policy-violation")).collect();
    assert!((MANY - allowed..=MANY - 3).contains(&refused.len()), "{} of {MANY}", refused.len());
    for error in refused {
        assert!(error.contains("type='wait'") && error.contains("was not sent"), "{error}");
    }
    // The answers to the allowed texts may come later.
    let mut answered = all.iter().filter(|stanza| stanza.contains("<body>re: text ")).count();
    while answered < 3 {
        world.until(&["<body>re: text "]).await;
        answered += 1;
    }
    // After a short while the user may send again.
    for n in 0.. {
        world.say(&format!("late{n}"), "late");
        let answer = world.until(&["late"]).await;
        if answer.contains("re: late") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
