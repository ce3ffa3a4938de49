//! Memory of operations that wait in front of a journal that takes nothing: bounded in all, however
//! many sessions there are. Alone in its process, because it looks at the memory of the process.

use plugin_api::{
    Condition, Sender, SessionRequest, Text,
    host::{BoxFuture, HostHandler, encode},
};
use slidged::host::{Budget, Mailbox, SessionOperation, mailbox};
use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};
use tokio::sync::mpsc::UnboundedReceiver;

const SESSIONS: usize = 100;
/// A text.
const TEXT: usize = 1000;
/// A quarter of what the service may have, for half of the sessions' bytes and all that goes with
/// them.
const MOST_GROWTH: u64 = 256 << 20;

/// Bytes of memory that the process has now.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line for it");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") << 10
}

type Session = (Arc<Mailbox<SessionRequest>>, UnboundedReceiver<SessionOperation>);
type Answer = BoxFuture<plugin_api::Result<Vec<u8>>>;

#[derive(serde::Serialize)]
struct SendText {
    from: Sender,
    text: Text,
}

fn say(session: &Session, text: &str) -> Answer {
    let text = Text::new(text);
    let from = Sender { contact: Some("friend".into()), ..Sender::default() };
    session.0.call("send_text", encode(&SendText { from, text }).expect("a message"))
}

/// Whether it waits to be taken.
fn waits(mut answer: Answer) -> bool {
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => true,
        Poll::Ready(refused) => {
            assert_eq!(refused.expect_err("nobody answers").condition, Condition::ResourceConstraint);
            false
        }
    }
}

#[test]
fn a_hundred_plugins_sessions_that_wait_for_nothing_have_bounded_memory_and_hold_up_no_other() {
    let budget = Budget::default();
    let sessions: Vec<Session> = (0..SESSIONS).map(|_| mailbox(SessionRequest::decode, &budget)).collect();
    let text = "x".repeat(TEXT);
    let before = memory();
    let mut waiting = 0_u64;
    for session in &sessions {
        while waits(say(session, &text)) {
            waiting += 1;
        }
    }
    let growth = memory() - before;
    eprintln!("{waiting} wait, {} KiB more, {} bytes each", growth >> 10, growth / waiting);
    assert!(growth < MOST_GROWTH, "{waiting} wait, {} MiB more", growth >> 20);
    // Who has nothing outstanding is not refused for it.
    let other = mailbox(SessionRequest::decode, &budget);
    assert!(waits(say(&other, &text)));
}
