//! A tiny interface of each kind, talking through the real binary interface.

#![allow(unreachable_pub)]

use super::{BoxFuture, Executor, HostHandler, Remote, Reply, Server, Tasks, serve};
use crate::{
    error::{Condition, Result},
    ffi::{self, Peer, Peer_TO, PeerBox},
    interface,
};
use abi_stable::{
    sabi_trait::TD_Opaque,
    std_types::{RErr, RStr, RVec},
};
use async_ffi::{FfiFuture, FutureExt};
use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{runtime::Handle, sync::mpsc};

/// Longer than anything here takes, so that a test which would hang fails instead.
const LIMIT: Duration = Duration::from_secs(20);

interface! {
    /// A network of one.
    pub trait Net, remote RemoteNet, server NetServer;
    opens connect;
    requests {
        /// Says it back.
        fn say(text: String) -> String;
        /// Has a default.
        fn optional(text: String, #[serde(default)] more: Option<String>) -> Option<String> = Ok(Some(text));
        /// Callback that no handler implements.
        fn nobody();
    }
}

interface! {
    /// The daemon.
    pub enum Request, remote RemoteHost;
    requests {
        /// Asks.
        Ask: fn ask(question: String) -> String;
    }
    sends {
        /// Sends.
        Send: fn send(text: String);
    }
    events Event {
        /// Tells.
        Tell: fn tell(text: String);
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Name(String);

async fn connect<N: Net>(net: &N, Name(name): Name, host: PeerBox, executor: Executor) -> Result<PeerBox> {
    let _ = net;
    let tasks = Tasks::on(&executor);
    let host = RemoteHost(Remote::patient(host, &tasks));
    Ok(Server::start(NetServer(Session { name, host, bomb: None }), executor, tasks))
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("in a drop");
    }
}

struct Session {
    name: String,
    host: RemoteHost,
    bomb: Option<PanicsOnDrop>,
}

impl Net for Session {
    // Not an `async fn`, so that something can panic before the future is there.
    fn say(&self, text: String) -> impl Future<Output = Result<String>> + Send {
        assert_ne!(text, "panic at once");
        async move {
            match text.as_str() {
                "panic" => panic!("as asked"),
                "panic oddly" => std::panic::panic_any(PanicsOnDrop),
                "never" => {
                    let _told = TellsOnDrop::new(&self.host);
                    pending().await
                }
                "never, and panic" => {
                    let _bombs = (TellsOnDrop::new(&self.host), PanicsOnDrop);
                    pending().await
                }
                "name" => Ok(self.name.clone()),
                "ask" => self.host.ask("why?".to_owned()).await,
                "send" => {
                    for n in 0..100 {
                        drop(self.host.send(n.to_string()));
                        self.host.tell(n.to_string());
                    }
                    Ok(String::new())
                }
                "ask panic" => self.host.ask("panic".to_owned()).await,
                "tell panic" => {
                    self.host.tell("panic".to_owned());
                    Ok("told".to_owned())
                }
                "lost" => self.host.send(text).await.map(|()| String::new()),
                "durable" => self.host.send("kept".to_owned()).await.map(|()| "kept".to_owned()),
                "background" => {
                    let told = TellsOnDrop::new(&self.host);
                    self.host.0.spawn(async move {
                        let _told = told;
                        pending::<()>().await;
                    });
                    Ok(String::new())
                }
                _ => Ok(text),
            }
        }
    }
}

struct TellsOnDrop(RemoteHost);

impl TellsOnDrop {
    fn new(host: &RemoteHost) -> Self {
        host.tell("begun".to_owned());
        TellsOnDrop(host.clone())
    }
}

impl Drop for TellsOnDrop {
    fn drop(&mut self) {
        self.0.tell("ended".to_owned());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.host.tell("dropped".to_owned());
        drop(self.bomb.take());
    }
}

/// Answers a question, keeps what is sent and told.
#[derive(Default)]
struct FakeHost {
    seen: Mutex<Vec<String>>,
    told: Option<mpsc::UnboundedSender<String>>,
    replies: Mutex<Vec<Reply<()>>>,
}

impl HostHandler for FakeHost {
    fn call(&self, operation: &str, arguments: Vec<u8>) -> BoxFuture<Result<Vec<u8>>> {
        let (request, pending) = match Request::decode(operation, &arguments) {
            Ok(request) => request,
            Err(error) => return Box::pin(async { Err(error) }),
        };
        match request {
            Request::Ask { question, reply } => {
                assert_ne!(question, "panic", "as asked");
                // As the daemon does it: elsewhere.
                tokio::spawn(async move { reply.send(Ok(format!("because {question}"))) });
            }
            Request::Send { text, reply } => {
                self.seen.lock().unwrap().push(text.clone());
                match text.as_str() {
                    "lost" => drop(reply),
                    "kept" => {
                        self.replies.lock().unwrap().push(reply);
                        let _ = self.told.as_ref().map(|told| told.send(text));
                    }
                    _ => reply.send(Ok(())),
                }
            }
        }
        Box::pin(pending)
    }

    fn cast(&self, operation: &str, arguments: Vec<u8>) {
        let Ok(Event::Tell { text }) = Event::decode(operation, &arguments) else { return };
        assert_ne!(text, "panic", "as asked");
        self.seen.lock().unwrap().push(format!("told {text}"));
        if let Some(told) = &self.told {
            let _ = told.send(text);
        }
    }
}

struct Stage {
    session: RemoteNet,
    host: Arc<FakeHost>,
    told: mpsc::UnboundedReceiver<String>,
}

impl Stage {
    async fn open(bomb: Option<PanicsOnDrop>) -> Stage {
        let executor = Executor::owned("net", 1).unwrap();
        #[allow(clippy::disallowed_methods, reason = "a test reads all of it")]
        let (sender, told) = mpsc::unbounded_channel();
        let host = Arc::new(FakeHost { told: Some(sender), ..FakeHost::default() });
        let peer = serve(host.clone(), Handle::current());
        let tasks = Tasks::on(&executor);
        let remote = RemoteHost(Remote::patient(peer, &tasks));
        let session = Session { name: "joe".to_owned(), host: remote, bomb };
        let session = Server::start(NetServer(session), executor, tasks);
        Stage { session: RemoteNet(Remote::limited(session, LIMIT)), host, told }
    }

    async fn say(&self, text: &str) -> Result<String> {
        self.session.say(text.to_owned()).await
    }

    async fn heard(&mut self, text: &str) {
        loop {
            let told = tokio::time::timeout(LIMIT, self.told.recv()).await;
            if told.expect("in time").expect("open") == text {
                return;
            }
        }
    }
}

#[tokio::test]
async fn a_request_is_answered() {
    let stage = Stage::open(None).await;
    assert_eq!(stage.say("hi").await, Ok("hi".to_owned()));
    assert_eq!(stage.say("ask").await, Ok("because why?".to_owned()));
    assert_eq!(stage.session.optional("a".to_owned(), None).await, Ok(Some("a".to_owned())));
    let error = stage.session.nobody().await.unwrap_err();
    assert_eq!(error.condition, Condition::FeatureNotImplemented);
    assert_eq!(error.text, None);
}

#[tokio::test]
async fn what_is_opened_is_a_conversation_of_its_own() {
    let stage = Stage::open(None).await;
    let host = serve(Arc::new(FakeHost::default()), Handle::current());
    let other = RemoteNet(stage.session.0.open(&Name("jane".to_owned()), "jane", host).await.unwrap());
    assert_eq!(other.say("name".to_owned()).await, Ok("jane".to_owned()));
    assert_eq!(stage.say("name").await, Ok("joe".to_owned()));
}

#[tokio::test]
async fn a_panic_is_an_error_wherever_it_happens() {
    let stage = Stage::open(None).await;
    for text in ["panic at once", "panic", "panic oddly"] {
        let error = stage.say(text).await.unwrap_err();
        assert!(error.panicked, "{text}: {error}");
        assert_eq!((error.condition, error.text), (Condition::InternalServerError, None));
    }
    assert_eq!(stage.say("hi").await, Ok("hi".to_owned()));
}

#[tokio::test]
async fn dropping_an_answer_cancels_its_work_even_if_that_panics() {
    let mut stage = Stage::open(None).await;
    for text in ["never", "never, and panic"] {
        let answer = stage.session.say(text.to_owned());
        stage.heard("begun").await;
        drop(answer);
        stage.heard("ended").await;
    }
    assert_eq!(stage.say("hi").await, Ok("hi".to_owned()));
}

#[tokio::test]
async fn what_takes_too_long_is_an_error_and_cancelled() {
    let mut stage = Stage::open(None).await;
    let error = stage.session.within(Duration::from_millis(500)).say("never".to_owned()).await.unwrap_err();
    assert_eq!(error.condition, Condition::RemoteServerTimeout);
    stage.heard("ended").await;
}

#[tokio::test]
async fn what_is_sent_and_told_arrives_in_order_without_being_awaited() {
    let stage = Stage::open(None).await;
    stage.say("send").await.unwrap();
    let expected: Vec<_> = (0..100).flat_map(|n| [n.to_string(), format!("told {n}")]).collect();
    assert_eq!(*stage.host.seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn awaiting_what_was_sent_waits_for_the_reply() {
    let mut stage = Stage::open(None).await;
    let mut durable = std::pin::pin!(stage.session.say("durable".to_owned()));
    let kept = async { while stage.told.recv().await.unwrap() != "kept" {} };
    tokio::select! {
        biased;
        answer = &mut durable => panic!("too early: {answer:?}"),
        () = kept => {}
    }
    let reply = stage.host.replies.lock().unwrap().pop().unwrap();
    reply.send(Ok(()));
    assert_eq!(durable.await, Ok("kept".to_owned()));
}

#[tokio::test]
async fn a_dropped_reply_is_an_error() {
    let stage = Stage::open(None).await;
    let error = stage.say("lost").await.unwrap_err();
    assert_eq!(error.condition, Condition::ServiceUnavailable);
}

#[tokio::test]
async fn a_panic_of_the_daemon_is_an_error_of_the_one_request() {
    let stage = Stage::open(None).await;
    assert!(stage.say("ask panic").await.unwrap_err().panicked);
    assert_eq!(stage.say("tell panic").await, Ok("told".to_owned()));
    assert_eq!(stage.say("ask").await, Ok("because why?".to_owned()));
}

#[tokio::test]
async fn a_session_that_is_dropped_takes_its_tasks_along_even_if_it_panics() {
    for bomb in [None, Some(PanicsOnDrop)] {
        let mut stage = Stage::open(bomb).await;
        stage.say("background").await.unwrap();
        stage.heard("begun").await;
        drop(stage.session);
        // Whichever is first.
        let mut seen = Vec::new();
        while seen.len() < 2 {
            let told = tokio::time::timeout(LIMIT, stage.told.recv()).await;
            seen.push(told.expect("in time").expect("open"));
        }
        seen.sort();
        assert_eq!(seen, ["dropped", "ended"]);
    }
}

#[tokio::test]
async fn a_request_can_be_refused_whatever_it_is() {
    let arguments = super::encode(&std::collections::BTreeMap::from([("question", "why?")])).unwrap();
    let (request, pending) = Request::decode("ask", &arguments).unwrap();
    assert_eq!(format!("{request:?}"), "ask", "no words of a user's");
    request.refuse(Condition::Forbidden.into());
    assert_eq!(pending.await.unwrap_err().condition, Condition::Forbidden);
}

#[tokio::test]
async fn what_the_daemon_does_not_know_is_not_implemented() {
    let error = Request::decode("teleport", b"").unwrap_err();
    assert_eq!(error.condition, Condition::FeatureNotImplemented);
    assert_eq!(Event::decode("teleport", b"").unwrap_err().condition, Condition::FeatureNotImplemented);
    assert_eq!(Request::decode("ask", b"\xff").unwrap_err().condition, Condition::BadRequest);
}

/// Answers everything with these bytes.
struct Garbage(Result<Vec<u8>, Vec<u8>>);

impl Peer for Garbage {
    fn call(&self, _: RStr<'_>, _: RVec<u8>) -> FfiFuture<ffi::Reply> {
        let reply = self.0.clone().map(RVec::from).map_err(RVec::from).into();
        async move { reply }.into_ffi()
    }

    fn cast(&self, _: RStr<'_>, _: RVec<u8>) {}

    fn open(&self, _: RVec<u8>, _: PeerBox) -> FfiFuture<ffi::ReplyOf<PeerBox>> {
        async { RErr(RVec::new()) }.into_ffi()
    }
}

#[tokio::test]
async fn garbage_replies_are_errors_that_users_never_see() {
    for reply in [Ok(vec![]), Ok(vec![0xff; 9]), Err(vec![]), Err(vec![0x81; 9000]), Ok(vec![0xa0])] {
        let peer = Peer_TO::from_value(Garbage(reply.clone()), TD_Opaque);
        let session = RemoteNet(Remote::limited(peer, LIMIT));
        let error = session.say(String::new()).await.unwrap_err();
        assert_eq!((error.condition, &error.text), (Condition::InternalServerError, &None), "{reply:?}");
        let host = serve(Arc::new(FakeHost::default()), Handle::current());
        assert!(session.0.open(&Name(String::new()), "", host).await.is_err());
    }
}

#[tokio::test]
async fn nothing_keeps_a_session_alive_but_the_daemon() {
    let mut stage = Stage::open(None).await;
    let host = Arc::downgrade(&stage.host);
    stage.say("background").await.unwrap();
    drop((stage.session, stage.host));
    // The sender is in the host, so this ends when that is gone.
    while stage.told.recv().await.is_some() {}
    assert!(host.upgrade().is_none());
}
