//! Common parts of the tests that load real libraries.

#![allow(dead_code, unreachable_pub)]

use plugin_api::{
    Chat, Error, MessageId, RemoteGateway, RemoteSession, Result, Sent, SessionRequest, Start, User,
    UserText,
    host::{BoxFuture, HostHandler, Plugin},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc;

/// Longer than anything here takes, so that a test which would hang fails instead.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Runs cargo and gives a copy of what it built: the original may be built anew at any time.
fn built(arguments: &[&str], file: &str) -> PathBuf {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(copy) = built.get(file) {
        return copy.clone();
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(["build", "--quiet"]).args(arguments).status().unwrap();
    assert!(status.success(), "cargo build {arguments:?}");
    let directory = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned();
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let name = Path::new(file).file_name().unwrap();
    // By rename, so that another test's process which has it open keeps its own.
    let (new, copy) = (copies.join(format!("{}.new", std::process::id())), copies.join(name));
    fs::copy(directory.join(file), &new).unwrap();
    fs::rename(&new, &copy).unwrap();
    built.insert(file.to_owned(), copy.clone());
    copy
}

/// The misbehaving plugin.
pub fn stress() -> PathBuf {
    built(&["-p", "stress"], "libstress.so")
}

/// One of those in `tests/frozen`.
pub fn frozen(name: &str) -> PathBuf {
    built(&["-p", "slidged-plugin-api", "--example", name], &format!("examples/lib{name}.so"))
}

/// The daemon's end of a session or gateway: tells the test what is sent, answers what is asked.
#[derive(Default)]
pub struct FakeHost {
    sent: Option<mpsc::UnboundedSender<String>>,
    /// Asked something while it asks us. Taken out at the end: it keeps a session that keeps this.
    pub session: Mutex<Option<RemoteSession>>,
}

impl FakeHost {
    pub fn silent() -> Arc<FakeHost> {
        Arc::default()
    }

    pub fn telling() -> (Arc<FakeHost>, mpsc::UnboundedReceiver<String>) {
        #[allow(
            clippy::disallowed_methods,
            reason = "a test's own host, whose plugin sends a known number of things"
        )]
        let (sender, receiver) = mpsc::unbounded_channel();
        (Arc::new(FakeHost { sent: Some(sender), ..FakeHost::default() }), receiver)
    }
}

impl HostHandler for FakeHost {
    fn call(&self, operation: &str, arguments: Vec<u8>) -> BoxFuture<Result<Vec<u8>>> {
        let (request, pending) = match SessionRequest::decode(operation, &arguments) {
            Ok(request) => request,
            Err(error) => return Box::pin(async { Err(error) }),
        };
        match request {
            SessionRequest::SendText { text, reply, .. } => {
                let _ = self.sent.as_ref().map(|sent| sent.send(text.body));
                reply.send(Ok(Sent::default()));
            }
            SessionRequest::ChatState { state, reply, .. } => {
                let _ = self.sent.as_ref().map(|sent| sent.send(format!("{state:?}")));
                reply.send(Ok(()));
            }
            SessionRequest::Input { prompt, reply, .. } => {
                let session = self.session.lock().unwrap().clone();
                tokio::spawn(async move {
                    if let Some(session) = session {
                        say(&session, "anything").await.unwrap();
                    }
                    reply.send(Ok(format!("answer to {prompt}")));
                });
            }
            other => {
                let error = Error::unsupported(other.operation());
                other.refuse(error);
            }
        }
        Box::pin(pending)
    }

    fn cast(&self, operation: &str, _: Vec<u8>) {
        let _ = self.sent.as_ref().map(|sent| sent.send(format!("event {operation}")));
    }
}

pub fn start(threads: u32) -> Start {
    Start { name: "stress".into(), threads, ..Start::default() }
}

pub async fn gateway(threads: u32) -> RemoteGateway {
    let plugin = Plugin::load(stress()).unwrap_or_else(|error| panic!("{error}"));
    plugin.start(&start(threads), FakeHost::silent()).await.unwrap().within(LIMIT)
}

pub fn user(jid: &str) -> User {
    User { jid: jid.into(), ..User::default() }
}

pub async fn session(gateway: &RemoteGateway, jid: &str) -> RemoteSession {
    gateway.connect(&user(jid), FakeHost::silent()).await.unwrap()
}

pub fn text(body: &str) -> (Chat, UserText) {
    (Chat::contact("friend"), UserText { body: body.into(), ..UserText::default() })
}

pub async fn say(session: &RemoteSession, body: &str) -> Result<Option<MessageId>> {
    let (chat, message) = text(body);
    session.on_text(chat, message).await
}

/// Returns the plugin's answer to a text, as a string.
pub async fn told(session: &RemoteSession, body: &str) -> String {
    say(session, body).await.unwrap().unwrap_or_default().0
}

/// The next thing that was sent, or none if the host is gone.
pub async fn next(sent: &mut mpsc::UnboundedReceiver<String>) -> Option<String> {
    tokio::time::timeout(LIMIT, sent.recv()).await.expect("in time")
}
