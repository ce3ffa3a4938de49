//! A network and people on it, over real sockets.
#![allow(dead_code, reason = "each test file uses its part")]

use std::time::Duration;

use plugin_api::Start;
use plugin_api::testkit::{TestGateway, TestUser};
use superduper::client::{Connection, Error, Incoming};
use superduper::plugin::Superduper;
use superduper::protocol::group::{CreateGroup, SetRole};
use superduper::protocol::login::{CreateAccount, Ping};
use superduper::protocol::message::{Activity, Send, Typing};
use superduper::protocol::person::Befriend;
use superduper::protocol::{Arrival, Ask, Chat, Content, Event, GroupKind, Kind, Login, Role, Sent, Welcome};
use superduper::server::{Options, Server};
use tokio::time::timeout;

/// Time limit of any wait here. Only a failing test waits for it.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// A network that takes faults.
pub(crate) async fn network() -> Server {
    Server::start(Options { faults: true, ..Options::default() }).await.unwrap()
}

/// One device of somebody.
pub(crate) struct Device {
    pub(crate) connection: Connection,
    pub(crate) incoming: Incoming,
    pub(crate) welcome: Welcome,
}

/// A connection that is not logged in.
pub(crate) async fn stranger(server: &Server) -> (Connection, Incoming) {
    Connection::open(&server.listening().to_string()).await.unwrap()
}

pub(crate) async fn create(server: &Server, user: &str) {
    let (connection, _incoming) = stranger(server).await;
    let account = CreateAccount { user: user.into(), password: "secret".into(), ..CreateAccount::default() };
    connection.ask(account).await.unwrap();
}

pub(crate) fn login(user: &str, device: &str) -> Login {
    Login { user: user.into(), password: "secret".into(), device: device.into(), ..Login::default() }
}

impl Device {
    /// Logs a device in.
    pub(crate) async fn enter(server: &Server, user: &str, device: &str) -> Device {
        Device::enter_as(server, login(user, device)).await
    }

    pub(crate) async fn enter_as(server: &Server, login: Login) -> Device {
        let (connection, incoming) = stranger(server).await;
        let welcome = connection.ask(login).await.unwrap();
        Device { connection, incoming, welcome }
    }

    /// Creates an account and logs its first device in.
    pub(crate) async fn new(server: &Server, user: &str) -> Device {
        create(server, user).await;
        Device::enter(server, user, "phone").await
    }

    pub(crate) async fn ask<A: Ask>(&self, ask: A) -> A::Answer {
        timeout(SOON, self.connection.ask(ask)).await.unwrap().unwrap()
    }

    /// Asks for something that must be refused, and how.
    pub(crate) async fn refused<A: Ask>(&self, ask: A) -> Kind
    where
        A::Answer: std::fmt::Debug,
    {
        match self.connection.ask(ask).await {
            Err(Error::Refused(refusal)) => refusal.kind,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) async fn write(&self, chat: &Chat, text: &str) -> Sent {
        self.ask(Send { chat: chat.clone(), content: Content::text(text), nonce: None }).await
    }

    /// The next thing that comes, whatever it is.
    pub(crate) async fn next(&mut self) -> Arrival {
        timeout(SOON, self.incoming.recv()).await.expect("nothing came").expect("the connection is over")
    }

    /// The next durable event.
    pub(crate) async fn durable(&mut self) -> (u64, Event) {
        loop {
            if let Arrival { seq: Some(seq), event } = self.next().await {
                return (seq, event);
            }
        }
    }

    /// The next event that fits; others are passed over.
    pub(crate) async fn until<T>(&mut self, fits: impl Fn(Event) -> Option<T>) -> T {
        loop {
            if let Some(found) = fits(self.next().await.event) {
                return found;
            }
        }
    }

    /// The text of the next message.
    pub(crate) async fn text(&mut self) -> String {
        self.until(|event| match event {
            Event::Message { message, .. } => Some(message.content.text),
            _ => None,
        })
        .await
    }

    /// Returns all durable events so far: up to a live event that is caused now.
    pub(crate) async fn told(&mut self, by: &Device) -> Vec<Event> {
        let chat = Chat::User(self.welcome.user.clone());
        by.ask(Typing { chat, activity: Activity::Gone, thread: None }).await;
        self.connection.ask(Ping {}).await.unwrap();
        let mut told = Vec::new();
        loop {
            match self.next().await {
                Arrival { event: Event::Typing { activity: Activity::Gone, .. }, .. } => return told,
                Arrival { seq: Some(_), event } => told.push(event),
                Arrival { seq: None, .. } => {}
            }
        }
    }
}

pub(crate) fn user(user: &str) -> Chat {
    Chat::User(user.into())
}

/// Two people become friends.
pub(crate) async fn befriend(one: &Device, other: &Device) {
    for (from, to) in [(one, other), (other, one)] {
        from.ask(Befriend { user: to.welcome.user.clone(), text: String::new() }).await;
    }
}

/// The group "tea".
pub(crate) fn tea() -> Chat {
    Chat::Group("tea".into())
}

/// Founds a group.
pub(crate) fn group(id: &str, kind: GroupKind, members: &[&str]) -> CreateGroup {
    let members = members.iter().map(ToString::to_string).collect();
    CreateGroup { id: Some(id.into()), kind, name: "Tea".into(), members, space: None }
}

/// Ranks somebody in the group "tea".
pub(crate) fn role(user: &str, role: Role) -> SetRole {
    SetRole { group: "tea".into(), user: user.into(), role, reason: "because".into() }
}

/// The address of the group "tea" at the gateway.
pub(crate) const TEA: &str = "#tea";

/// The network, juliet's device, romeo's phone, and romeo at the gateway. Juliet owns the group
/// "tea", with romeo.
pub(crate) async fn scene() -> (Server, Device, Device, TestUser) {
    let server = network().await;
    let juliet = Device::new(&server, "juliet").await;
    let phone = Device::new(&server, "romeo").await;
    juliet.ask(group("tea", GroupKind::Private, &["romeo"])).await;
    let romeo = enter(&server).await;
    (server, juliet, phone, romeo)
}

/// Romeo at the gateway of the testkit, with all groups and contacts, and in the group "tea" if he
/// is a member.
pub(crate) async fn enter(server: &Server) -> TestUser {
    let options = [("server".to_owned(), server.listening().to_string())].into();
    let gateway = TestGateway::start_with::<Superduper>(Start { options, ..Start::default() }).await.unwrap();
    let form = [("username", "romeo"), ("password", "secret")];
    let romeo = gateway.register("romeo@example.org", form).await.unwrap();
    romeo.login().await.unwrap();
    romeo.fill_rooms().await.unwrap();
    romeo.callbacks().fill_contacts().await.unwrap();
    if romeo.room(TEA).is_some() {
        romeo.join(TEA).await.unwrap();
    }
    romeo
}
