//! A plugin as an author may have built it against an older version of the operations: fewer of
//! them, with fewer fields. A copy: it does not change when the interface does.

use plugin_api::{
    Error, Result,
    ffi::{Entry, PeerBox},
    interface,
    rpc::{self, Executor, Remote, Server, Tasks},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
pub struct Info {
    component_type: String,
    component_name: String,
}

#[derive(Serialize, Deserialize)]
pub struct Start {
    name: String,
    threads: u32,
}

#[derive(Serialize, Deserialize)]
pub struct User {
    jid: String,
}

/// Before there were rooms.
#[derive(Serialize, Deserialize)]
pub struct Chat {
    id: String,
}

#[derive(Serialize, Deserialize)]
pub struct Text {
    body: String,
}

#[derive(Serialize, Deserialize)]
pub struct Sender {
    contact: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub struct Sent {
    stanza_ids: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Availability {
    Online,
    #[serde(other)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
pub struct Presence {
    availability: Availability,
}

#[derive(Serialize, Deserialize)]
pub struct UserPresence {
    presence: Presence,
}

interface! {
    /// An older gateway.
    pub trait Gateway, remote RemoteGateway, server GatewayServer;
    opens connect;
    requests {
        /// Had no `flow`.
        fn validate(user_jid: String, form: BTreeMap<String, String>) -> Option<BTreeMap<String, String>>;
    }
}

interface! {
    /// An older session.
    pub trait Session, remote RemoteSession, server SessionServer;
    requests {
        /// The original callback.
        fn login() -> Option<String>;
        /// The original callback.
        fn on_text(chat: Chat, message: Text) -> Option<String>;
        /// The original callback.
        fn on_presence(presence: UserPresence);
    }
}

interface! {
    /// An older daemon.
    pub enum Request, remote Host;
    requests {
        /// The original operation.
        Input: fn input(prompt: String, timeout_seconds: u32) -> String;
    }
    sends {
        /// The original operation.
        SendText: fn send_text(from: Sender, text: Text) -> Sent;
    }
}

struct Net;

impl Gateway for Net {
    async fn validate(
        &self,
        user_jid: String,
        mut form: BTreeMap<String, String>,
    ) -> Result<Option<BTreeMap<String, String>>> {
        form.insert("user".into(), user_jid);
        Ok(Some(form))
    }
}

struct NetSession {
    user: User,
    host: Host,
}

impl Session for NetSession {
    async fn login(&self) -> Result<Option<String>> {
        let answer = self.host.input("old?".into(), 9).await?;
        Ok(Some(format!("{} {answer}", self.user.jid)))
    }

    async fn on_text(&self, chat: Chat, message: Text) -> Result<Option<String>> {
        let text = Text { body: format!("{}, old friend", message.body) };
        self.host.send_text(Sender { contact: Some(chat.id) }, text).await?;
        Ok(Some("old id".into()))
    }

    async fn on_presence(&self, presence: UserPresence) -> Result<()> {
        match presence.presence.availability {
            Availability::Unknown => Ok(()),
            Availability::Online => Err(Error::internal("that one it knows")),
        }
    }
}

async fn connect<G: Gateway>(_: &G, user: User, host: PeerBox, executor: Executor) -> Result<PeerBox> {
    let tasks = Tasks::on(&executor);
    let host = Host(Remote::patient(host, &tasks));
    Ok(Server::start(SessionServer(NetSession { user, host }), executor, tasks))
}

impl Entry for Net {
    fn info() -> Result<Vec<u8>> {
        rpc::encode(&Info { component_type: "old".into(), component_name: "Old".into() })
    }

    fn threads(start: &[u8]) -> Result<(String, usize)> {
        let start: Start = rpc::decode(start)?;
        Ok((start.name, usize::try_from(start.threads)?))
    }

    async fn start(_: Vec<u8>, _: PeerBox, executor: Executor) -> Result<PeerBox> {
        let tasks = Tasks::on(&executor);
        Ok(Server::start(GatewayServer(Net), executor, tasks))
    }
}

plugin_api::export_entry!(Net);
