//! A plugin as an author may build it against a later version of the operations: more of them, with
//! more fields, arguments and variants. Whatever this daemon does not know of that must do no harm.

use plugin_api::{
    Condition, Result,
    ffi::{Entry, Handshake, LibHeader, PeerBox},
    interface,
    rpc::{self, Executor, Remote, Server, Tasks},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
pub struct Info {
    sparkles: Vec<Option<Sparkle>>,
    component_type: String,
    component_name: String,
    registration: Flow,
}

/// A kind that did not exist, in a struct that did.
#[derive(Serialize, Deserialize)]
pub struct Flow {
    kind: String,
    colour: u32,
}

#[derive(Serialize, Deserialize)]
pub struct Sparkle {
    hue: f32,
    names: BTreeMap<String, (u8, String)>,
}

#[derive(Serialize, Deserialize)]
pub struct Start {
    name: String,
    threads: u32,
    #[serde(default)]
    moon: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub struct User {
    jid: String,
    #[serde(default)]
    age: Option<u8>,
}

#[derive(Serialize, Deserialize)]
pub struct Chat {
    id: String,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Text {
    aroma: Option<Vec<u8>>,
    body: String,
    weight: f64,
}

#[derive(Serialize, Deserialize)]
pub struct Sender {
    contact: Option<String>,
    hologram: bool,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Sent {
    at: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChatState {
    Dancing,
}

interface! {
    /// A newer gateway.
    pub trait Gateway, remote RemoteGateway, server GatewayServer;
    opens connect;
    requests {
        /// A callback that the daemon does not know.
        fn teleport(to: String) -> String;
    }
}

interface! {
    /// A newer session.
    pub trait Session, remote RemoteSession, server SessionServer;
    requests {
        /// A callback with an argument that the daemon does not give.
        fn login(#[serde(default)] mood: Option<String>) -> Option<String>;
        /// A callback with an argument that the daemon does not give.
        fn on_text(chat: Chat, message: Text, #[serde(default)] urgency: u8) -> Option<String>;
    }
}

interface! {
    /// A newer daemon.
    pub enum Request, remote Host;
    requests {
        /// An operation that the daemon does not know.
        Levitate: fn levitate(height: f32) -> String;
    }
    sends {
        /// An operation with an argument that the daemon does not know.
        SendText: fn send_text(urgency: u8, from: Sender, text: Text) -> Sent;
        /// An operation with a variant that the daemon does not know.
        ChatState: fn chat_state(from: Sender, state: ChatState, thread: Option<String>);
    }
    events Event {
        /// An event that the daemon does not know.
        Glow: fn glow(lumen: u32);
    }
}

struct Net;

impl Gateway for Net {}

struct NetSession {
    user: User,
    host: Host,
}

impl Session for NetSession {
    async fn login(&self, mood: Option<String>) -> Result<Option<String>> {
        assert!(mood.is_none() && self.user.age.is_none(), "the daemon cannot know of them");
        self.host.glow(800);
        let error = self.host.levitate(1.5).await.unwrap_err();
        assert_eq!(error.condition, Condition::FeatureNotImplemented);
        Ok(Some("on the ground".into()))
    }

    async fn on_text(&self, chat: Chat, message: Text, urgency: u8) -> Result<Option<String>> {
        assert_eq!(urgency, 0);
        let from = || Sender { contact: Some(chat.id.clone()), hologram: true };
        self.host.chat_state(from(), ChatState::Dancing, None).await?;
        let text =
            Text { aroma: Some(vec![1, 2]), body: format!("{}, new friend", message.body), weight: 0.1 };
        let sent = self.host.send_text(9, from(), text).await?;
        assert!(sent.at.is_none());
        Ok(Some("new id".into()))
    }
}

async fn connect<G: Gateway>(_: &G, user: User, host: PeerBox, executor: Executor) -> Result<PeerBox> {
    let tasks = Tasks::on(&executor);
    let host = Host(Remote::patient(host, &tasks));
    Ok(Server::start(SessionServer(NetSession { user, host }), executor, tasks))
}

struct New;

impl Entry for New {
    fn info() -> Result<Vec<u8>> {
        let names = BTreeMap::from([("x".to_owned(), (1, "y".to_owned()))]);
        rpc::encode(&Info {
            sparkles: vec![None, Some(Sparkle { hue: 0.5, names })],
            component_type: "new".into(),
            component_name: "New".into(),
            registration: Flow { kind: "telepathy".into(), colour: 3 },
        })
    }

    fn threads(start: &[u8]) -> Result<(String, usize)> {
        let start: Start = rpc::decode(start)?;
        assert!(start.moon.is_none(), "the daemon cannot know of it");
        Ok((start.name, usize::try_from(start.threads)?))
    }

    async fn start(_: Vec<u8>, _: PeerBox, executor: Executor) -> Result<PeerBox> {
        let tasks = Tasks::on(&executor);
        Ok(Server::start(GatewayServer(Net), executor, tasks))
    }
}

#[unsafe(no_mangle)]
pub static SLIDGED_PLUGIN: Handshake = {
    let mut handshake = Handshake::new("newer", "9", true);
    handshake.api[1] += 1;
    handshake
};

#[unsafe(no_mangle)]
pub static SLIDGED_PLUGIN_ROOT: LibHeader = plugin_api::ffi::header::<New>();
