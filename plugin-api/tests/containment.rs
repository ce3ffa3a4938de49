//! Faults of a plugin that hurt neither the daemon nor any other session, with a real library.

mod common;

use common::{FakeHost, LIMIT, gateway, next, say, session, start, stress, text, told, user};
use plugin_api::{Condition, RemoteSession, host::Plugin};
use std::time::Duration;

/// Waits until as many calls of that user were dropped.
async fn cancelled(session: &RemoteSession, count: usize) {
    let all = async { while told(session, "cancelled").await != count.to_string() {} };
    tokio::time::timeout(LIMIT, all).await.expect("in time");
}

#[tokio::test]
async fn panics_are_errors_of_their_session() {
    let gateway = gateway(1).await;
    let (one, two) = (session(&gateway, "one").await, session(&gateway, "two").await);
    for body in ["panic", "panic at once", "panic later", "panic oddly", "panic in poll"] {
        let error = say(&one, body).await.unwrap_err();
        assert!(error.panicked, "{body}: {error}");
        assert_eq!((error.condition, error.text), (Condition::InternalServerError, None), "{body}");
        assert_eq!(say(&two, "fine").await, Ok(None), "after {body}");
    }
    say(&one, "background panic").await.unwrap();
    assert_eq!(say(&two, "fine").await, Ok(None));
}

#[tokio::test]
async fn panics_in_connect_and_login_are_errors_of_their_user() {
    let gateway = gateway(1).await;
    let with = |what: &str| {
        let mut user = user("u");
        user.data.insert(what.into(), "panic".into());
        user
    };
    let error = gateway.connect(&with("connect"), FakeHost::silent()).await.err().unwrap();
    assert!(error.panicked, "{error}");
    let session = gateway.connect(&with("login"), FakeHost::silent()).await.unwrap();
    assert!(session.login().await.unwrap_err().panicked);
    assert_eq!(say(&session, "fine").await, Ok(None));
}

#[tokio::test]
async fn a_panic_while_a_session_is_dropped_hurts_nobody() {
    let gateway = gateway(1).await;
    let (host, mut sent) = FakeHost::telling();
    let mut user = user("u");
    user.data.insert("drop".into(), "panic".into());
    let dropped = gateway.connect(&user, host).await.unwrap();
    let other = session(&gateway, "other").await;
    drop(dropped);
    // Its host goes with it.
    assert_eq!(next(&mut sent).await, None);
    assert_eq!(say(&other, "fine").await, Ok(None));
}

#[tokio::test]
async fn a_gateway_that_cannot_start_is_an_error() {
    let plugin = Plugin::load(stress()).unwrap();
    for (how, panicked) in [("some reason", false), ("panic", true)] {
        let mut start = start(1);
        start.options.insert("start".into(), how.into());
        let error = plugin.start(&start, FakeHost::silent()).await.err().unwrap();
        assert_eq!(error.panicked, panicked, "{error}");
    }
}

// The clock jumps to the end of the limit as soon as there is nothing to do but wait.
#[tokio::test(start_paused = true)]
async fn a_gateway_that_never_starts_is_given_up() {
    let plugin = Plugin::load(stress()).unwrap();
    let mut start = start(1);
    start.options.insert("start".into(), "block".into());
    let error = plugin.start(&start, FakeHost::silent()).await.err().unwrap();
    assert_eq!(error.condition, Condition::RemoteServerTimeout);
}

#[tokio::test]
async fn errors_of_libraries_never_reach_users() {
    let session = session(&gateway(1).await, "u").await;
    let error = say(&session, "error").await.unwrap_err();
    assert!(!error.user_text().contains("1234"), "{}", error.user_text());
    assert!(error.detail.unwrap().contains("1234"));
    let error = session.on_leave_group("g".into()).await.unwrap_err();
    assert!(error.is_unsupported());
}

#[tokio::test]
async fn garbage_is_an_error_of_its_call() {
    let session = session(&gateway(1).await, "u").await;
    for body in ["garbage", "garbage error", "nothing", "wrong type"] {
        let error = say(&session, body).await.unwrap_err();
        assert_eq!((error.condition, error.text), (Condition::InternalServerError, None), "{body}");
        assert_eq!(say(&session, "fine").await, Ok(None));
    }
}

#[tokio::test]
async fn dropping_a_call_cancels_it() {
    let session = session(&gateway(1).await, "canceller").await;
    for (count, body) in ["never", "panic when cancelled"].into_iter().enumerate() {
        let (chat, message) = text(body);
        let answer = session.on_text(chat, message);
        // One thread: when this is answered, the other is waiting.
        assert_eq!(say(&session, "fine").await, Ok(None));
        drop(answer);
        cancelled(&session, count + 1).await;
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_an_error_in_the_end() {
    let session = session(&gateway(1).await, "waiter").await;
    let error = say(&session.within(Duration::from_millis(50)), "never").await.unwrap_err();
    assert_eq!(error.condition, Condition::RemoteServerTimeout);
    assert!(!error.panicked);
    cancelled(&session, 1).await;
}

#[tokio::test]
async fn a_blocked_thread_blocks_neither_the_daemon_nor_other_threads() {
    let gateway = gateway(2).await;
    let (stuck, other) = (session(&gateway, "stuck").await, session(&gateway, "other").await);
    let (chat, message) = text("block 5000");
    let mut blocked = stuck.on_text(chat, message);
    for _ in 0..100 {
        assert_eq!(say(&other, "fine").await, Ok(None));
    }
    let waited = tokio::time::timeout(Duration::ZERO, &mut blocked).await;
    assert!(waited.is_err(), "it is still blocked");
}

#[tokio::test]
async fn a_plugin_with_all_its_threads_blocked_only_times_out() {
    let gateway = gateway(1).await;
    let session = session(&gateway, "stuck").await;
    let limited = session.within(Duration::from_millis(50));
    let error = say(&limited, "block 500").await.unwrap_err();
    assert_eq!(error.condition, Condition::RemoteServerTimeout);
    assert_eq!(say(&session, "fine").await, Ok(None), "it is well again");
}

#[tokio::test]
async fn both_sides_may_wait_for_each_other() {
    let gateway = gateway(1).await;
    let (host, _sent) = FakeHost::telling();
    let session = gateway.connect(&user("u"), host.clone()).await.unwrap();
    *host.session.lock().unwrap() = Some(session.clone());
    assert_eq!(told(&session, "ask").await, "answer to ?");
    host.session.lock().unwrap().take();
}

#[tokio::test]
async fn a_flood_keeps_its_order() {
    let gateway = gateway(2).await;
    let (host, mut sent) = FakeHost::telling();
    let session = gateway.connect(&user("u"), host).await.unwrap();
    say(&session, "flood 10000").await.unwrap();
    for n in 0..10_000 {
        assert_eq!(next(&mut sent).await, Some(n.to_string()));
    }
    say(&session, "log flood 10000").await.unwrap();
}

#[tokio::test]
async fn io_runs_on_the_plugins_own_threads() {
    let session = session(&gateway(1).await, "u").await;
    assert_eq!(told(&session, "tcp").await, "pong");
    assert_eq!(told(&session, "thread").await, "stress");
    assert_eq!(told(&session, "child").await, "hi\n");
}

#[tokio::test]
async fn background_tasks_end_with_their_session() {
    let gateway = gateway(1).await;
    let (host, mut sent) = FakeHost::telling();
    let session = gateway.connect(&user("u"), host).await.unwrap();
    say(&session, "background").await.unwrap();
    assert_eq!(next(&mut sent).await.as_deref(), Some("tick 0"));
    drop(session);
    // They hold the host, so it only closes when they are gone.
    while next(&mut sent).await.is_some() {}
}

#[tokio::test]
async fn a_dropped_gateway_gives_its_threads_back() {
    fn threads() -> usize {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let named = |task: &std::fs::DirEntry| {
            std::fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim() == "short-lived")
        };
        tasks.flatten().filter(named).count()
    }
    async fn until(count: usize) {
        let reached = async {
            while threads() != count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LIMIT, reached).await.expect("in time");
    }
    let plugin = Plugin::load(stress()).unwrap();
    let mut start = start(3);
    start.name = "short-lived".into();
    let gateway = plugin.start(&start, FakeHost::silent()).await.unwrap();
    let session = session(&gateway, "u").await;
    say(&session, "background").await.unwrap();
    until(3).await;
    drop(gateway);
    assert_eq!(say(&session, "fine").await, Ok(None), "its sessions keep it running");
    drop(session);
    until(0).await;
}
