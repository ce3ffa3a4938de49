//! The plugin between a real server and a daemon that the test plays.

#![allow(clippy::result_large_err, reason = "a request that does not fit is handed back, once, in a test")]

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{Device, SOON, befriend, user};
use plugin_api::host::{BoxFuture, HostHandler, Plugin};
use plugin_api::{
    Availability, Chat, ChatState, Class, Condition, ContactId, Data, Error, Form, Friendship, LoginState,
    Marker, RemoteGateway, RemoteSession, Result, Sent, SessionRequest as Request, Start, User, UserText,
};
use superduper::plugin::Superduper;
use superduper::protocol::login::CreateAccount;
use superduper::protocol::message::{Activity, Read, Typing};
use superduper::protocol::person::{Befriend, SetPresence, Unfriend, Whois};
use superduper::protocol::{Event, Fault, FaultKind, Relation, Show};
use superduper::server::{Options, Server};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The daemon's end: what the plugin asks goes to the test.
struct Desk(mpsc::Sender<Request>);

impl HostHandler for Desk {
    fn call(&self, operation: &str, arguments: Vec<u8>) -> BoxFuture<Result<Vec<u8>>> {
        match Request::decode(operation, &arguments) {
            Ok((request, pending)) => {
                // Refused as by a daemon whose session is gone.
                let _ = self.0.try_send(request);
                Box::pin(pending)
            }
            Err(error) => Box::pin(async { Err(error) }),
        }
    }

    fn cast(&self, operation: &str, _: Vec<u8>) {
        panic!("there are no events yet: {operation}");
    }
}

/// A user's session, and what it asked.
struct Bridge {
    session: RemoteSession,
    requests: mpsc::Receiver<Request>,
}

async fn gateway(server: &Server) -> RemoteGateway {
    let options = [("server".to_owned(), server.listening().to_string())].into();
    let start = Start {
        name: "superduper".into(),
        jid: "sd.example".into(),
        threads: 1,
        options,
        ..Start::default()
    };
    let (nobody, _) = mpsc::channel(1);
    Plugin::builtin::<Superduper>("superduper").start(&start, Arc::new(Desk(nobody))).await.unwrap()
}

fn form(user: &str, password: &str) -> Form {
    Form::from([("username".into(), user.into()), ("password".into(), password.into())])
}

impl Bridge {
    /// Connects the user without logging in.
    async fn connect(gateway: &RemoteGateway, data: Data) -> Bridge {
        let (desk, requests) = mpsc::channel(1_000);
        let user = User { jid: "romeo@example.org".into(), data, ..User::default() };
        Bridge { session: gateway.connect(&user, Arc::new(Desk(desk))).await.unwrap(), requests }
    }

    /// A user who is logged in, whose contacts are filled in.
    async fn enter(gateway: &RemoteGateway, account: &str) -> Bridge {
        let bridge = Bridge::connect(gateway, form(account, "secret")).await;
        assert_eq!(bridge.session.login().await.unwrap(), Some(format!("Connected as {account}")));
        bridge.session.fill_contacts().await.unwrap();
        bridge
    }

    /// The next thing that the plugin asks and that fits; all others are granted.
    async fn until<T>(&mut self, fits: impl Fn(Request) -> std::result::Result<T, Request>) -> T {
        loop {
            let request =
                timeout(SOON, self.requests.recv()).await.expect("nothing came").expect("the session ended");
            match fits(request) {
                Ok(found) => return found,
                Err(request) => grant(request),
            }
        }
    }

    /// The next text, granted: who says it, whether it is the user, and what.
    async fn text(&mut self) -> (String, bool, String) {
        self.until(|request| match request {
            Request::SendText { from, text, reply } => {
                reply.send(Ok(Sent::default()));
                Ok((from.contact.unwrap().0, from.is_user, text.body))
            }
            other => Err(other),
        })
        .await
    }
}

/// Answers as a daemon does that can all that the spine can.
fn grant(request: Request) {
    match request {
        Request::SendText { reply, .. } | Request::Mark { reply, .. } => reply.send(Ok(Sent::default())),
        Request::ChatState { reply, .. }
        | Request::SetPresence { reply, .. }
        | Request::SetContacts { reply, .. }
        | Request::RemoveContact { reply, .. }
        | Request::SendFriendRequest { reply, .. }
        | Request::AcceptFriendRequest { reply, .. }
        | Request::RejectFriendRequest { reply, .. }
        | Request::Unsubscribe { reply, .. }
        | Request::Logged { reply, .. } => reply.send(Ok(())),
        other => {
            let name = other.operation();
            other.refuse(Error::unsupported(name));
        }
    }
}

fn text(stanza_id: &str, body: &str) -> UserText {
    UserText { stanza_id: stanza_id.into(), body: body.into(), ..UserText::default() }
}

async fn kept(folder: &Path, listen: Option<SocketAddr>) -> Server {
    let listen = listen.unwrap_or(([127, 0, 0, 1], 0).into());
    let state = Some(folder.to_owned());
    Server::start(Options { listen, state, faults: true, ..Options::default() }).await.unwrap()
}

#[tokio::test]
async fn a_registration_is_checked_with_the_network_and_leaves_no_device_behind() {
    let server = common::network().await;
    common::create(&server, "AbC").await;
    let gateway = gateway(&server).await;
    let check = |form| gateway.validate("romeo@example.org".into(), form, 0);
    let data = check(form(" AbC", "secret")).await.unwrap();
    assert_eq!(data, Some(form("AbC", "secret")));
    let wrong = check(form("AbC", "x")).await.unwrap_err();
    assert_eq!((wrong.condition, wrong.class), (Condition::NotAuthorized, Some(Class::Credentials)));
    assert_eq!(check(Form::new()).await.unwrap_err().condition, Condition::BadRequest);
    server.stop().await;
    let gone = check(form("AbC", "secret")).await.unwrap_err();
    assert_eq!(gone.class, Some(Class::Network));
}

#[tokio::test]
async fn a_second_factor_is_asked_once_and_a_token_kept() {
    let server = common::network().await;
    let (connection, _incoming) = common::stranger(&server).await;
    let (password, code) = ("secret".to_owned(), Some("42".to_owned()));
    connection.ask(CreateAccount { user: "ada".into(), password, name: String::new(), code }).await.unwrap();
    let gateway = gateway(&server).await;
    let mut form = form("ada", "secret");
    let missing = gateway.validate("romeo@example.org".into(), form.clone(), 0).await.unwrap_err();
    assert!(missing.user_text().contains("code"), "{}", missing.user_text());
    form.insert("code".into(), "42".into());
    let data = gateway.validate("romeo@example.org".into(), form, 0).await.unwrap().unwrap();
    assert!(!data.contains_key("password") && data.contains_key("token"));
    let bridge = Bridge::connect(&gateway, data.clone()).await;
    assert_eq!(bridge.session.login().await.unwrap(), Some("Connected as ada".into()));
    bridge.session.logout().await.unwrap();
    let user = User { jid: "romeo@example.org".into(), data: data.clone(), ..User::default() };
    gateway.unregister(user).await.unwrap();
    let after = Bridge::connect(&gateway, data).await.session.login().await.unwrap_err();
    assert_eq!(after.class, Some(Class::Credentials), "the token ended with the registration");
}

#[tokio::test]
async fn friends_come_with_their_names_and_presence_and_both_change() {
    let server = common::network().await;
    let juliet = Device::new(&server, "juliet").await;
    let romeo = Device::new(&server, "romeo").await;
    befriend(&romeo, &juliet).await;
    let gateway = gateway(&server).await;
    let mut bridge = Bridge::connect(&gateway, form("romeo", "secret")).await;
    bridge.session.login().await.unwrap();
    let contacts = bridge.session.fill_contacts().await.unwrap();
    let friend = &contacts[0];
    assert_eq!((friend.id.as_str(), friend.name.as_deref()), ("juliet", Some("juliet")));
    assert_eq!(friend.friendship, Some(Friendship::Friend));
    assert_eq!(friend.presence.as_ref().unwrap().availability, Availability::Online);

    juliet.ask(SetPresence { show: Show::Away, text: "On the balcony".into() }).await;
    let presence = bridge
        .until(|request| match request {
            Request::SetPresence { from, presence, reply } => {
                reply.send(Ok(()));
                Ok((from.contact.unwrap().0, presence))
            }
            other => Err(other),
        })
        .await;
    assert_eq!(presence.0, "juliet");
    assert_eq!(
        (presence.1.availability, presence.1.status.as_deref()),
        (Availability::Away, Some("On the balcony"))
    );
}

#[tokio::test]
async fn texts_receipts_typing_and_read_marks_cross_both_ways() {
    let server = common::network().await;
    let mut juliet = Device::new(&server, "juliet").await;
    let _romeo = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let mut bridge = Bridge::enter(&gateway, "romeo").await;
    let chat = || Chat::contact("juliet");

    let id = bridge.session.on_text(chat(), text("x1", "But soft!")).await.unwrap().unwrap();
    assert_eq!(juliet.text().await, "But soft!");
    let again = bridge.session.on_text(chat(), text("x1", "But soft!")).await.unwrap().unwrap();
    assert_eq!(again, id, "a repeat after a crash is the same message");
    bridge.session.on_composing(chat(), None).await.unwrap();
    let activity =
        juliet.until(|event| if let Event::Typing { activity, .. } = event { Some(activity) } else { None });
    assert_eq!(activity.await, Activity::Typing);

    juliet.ask(Read { chat: user("romeo"), id: id.0.clone() }).await;
    let marked = bridge
        .until(|request| match request {
            Request::Mark { from, marker, id, reply, .. } => {
                reply.send(Ok(Sent::default()));
                Ok((from.is_user, marker, id))
            }
            other => Err(other),
        })
        .await;
    assert_eq!(marked, (false, Marker::Displayed, id));
    juliet.ask(Typing { chat: user("romeo"), activity: Activity::Paused, thread: None }).await;
    let state = bridge.until(|request| match request {
        Request::ChatState { state, reply, .. } => {
            reply.send(Ok(()));
            Ok(state)
        }
        other => Err(other),
    });
    assert_eq!(state.await, ChatState::Paused);

    let sent = juliet.write(&user("romeo"), "Wherefore?").await;
    assert_eq!(bridge.text().await, ("juliet".into(), false, "Wherefore?".into()));
    bridge.session.on_displayed(chat(), sent.id.clone().into(), None).await.unwrap();
    let read = juliet
        .until(|event| if let Event::Read { id, by, .. } = event { Some((id, by)) } else { None })
        .await;
    assert_eq!(read, (sent.id, "romeo".into()));
    let nobody = bridge.session.on_text(Chat::contact("nobody"), text("x2", "?")).await.unwrap_err();
    assert_eq!((nobody.condition, nobody.class), (Condition::ItemNotFound, None));
}

#[tokio::test]
async fn what_the_user_does_on_another_device_is_told_as_theirs() {
    let server = common::network().await;
    let juliet = Device::new(&server, "juliet").await;
    let phone = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let mut bridge = Bridge::enter(&gateway, "romeo").await;
    phone.write(&user("juliet"), "from the phone").await;
    assert_eq!(bridge.text().await, ("juliet".into(), true, "from the phone".into()));
    let id = juliet.write(&user("romeo"), "heard").await.id;
    phone.ask(Read { chat: user("juliet"), id: id.clone() }).await;
    assert_eq!(bridge.text().await.2, "heard");
    let mark = bridge.until(|request| match request {
        Request::Mark { from, marker, id, reply, .. } => {
            reply.send(Ok(Sent::default()));
            Ok((from.contact.unwrap().0, from.is_user, marker, id.0))
        }
        other => Err(other),
    });
    assert_eq!(mark.await, ("juliet".into(), true, Marker::Displayed, id));
}

/// Takes the next text without answering, then answers `answer`.
async fn answer_text(bridge: &mut Bridge, answer: Result<Sent>) -> String {
    let (text, reply) = bridge
        .until(|request| match request {
            Request::SendText { text, reply, .. } => Ok((text, reply)),
            other => Err(other),
        })
        .await;
    reply.send(answer);
    text.body
}

#[tokio::test]
async fn what_the_daemon_did_not_take_comes_again_in_the_next_session_and_what_it_took_does_not() {
    let server = common::network().await;
    let juliet = Device::new(&server, "juliet").await;
    let _romeo = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let mut bridge = Bridge::enter(&gateway, "romeo").await;
    for line in ["one", "two", "three"] {
        juliet.write(&user("romeo"), line).await;
    }
    assert_eq!(answer_text(&mut bridge, Ok(Sent::default())).await, "one");
    // Both are under way at once; the second's answer is never given, as by a daemon that was
    // killed.
    let unanswered = bridge.until(|request| match request {
        Request::SendText { reply, .. } => Ok(reply),
        other => Err(other),
    });
    let unanswered = unanswered.await;
    assert_eq!(answer_text(&mut bridge, Ok(Sent::default())).await, "three");
    drop(bridge);
    drop(unanswered);

    let mut bridge = Bridge::enter(&gateway, "romeo").await;
    let mut again = vec![bridge.text().await.2];
    while again.last().is_some_and(|last| last != "three") {
        again.push(bridge.text().await.2);
    }
    // The acknowledgement of the first may or may not have been on its way; the second and all
    // after it come again, in order.
    assert!(again == ["one", "two", "three"] || again == ["two", "three"], "{again:?}");
}

#[tokio::test]
async fn what_the_daemon_has_no_room_for_comes_again_by_itself() {
    let server = common::network().await;
    let juliet = Device::new(&server, "juliet").await;
    let _romeo = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let mut bridge = Bridge::enter(&gateway, "romeo").await;
    juliet.write(&user("romeo"), "one").await;
    let full = Err(Error::new(Condition::ResourceConstraint, "full"));
    assert_eq!(answer_text(&mut bridge, full).await, "one");
    assert_eq!(answer_text(&mut bridge, Ok(Sent::default())).await, "one");
    // What it cannot do at all is not tried for ever.
    juliet.write(&user("romeo"), "two").await;
    assert_eq!(answer_text(&mut bridge, Err(Error::unsupported("texts"))).await, "two");
    juliet.write(&user("romeo"), "three").await;
    assert_eq!(answer_text(&mut bridge, Ok(Sent::default())).await, "three");
}

#[tokio::test]
async fn it_comes_back_by_itself_after_the_network_was_gone() {
    let folder = tempfile::tempdir().unwrap();
    let server = kept(folder.path(), None).await;
    let address = server.listening();
    let _juliet = Device::new(&server, "juliet").await;
    let _romeo = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let mut bridge = Bridge::enter(&gateway, "romeo").await;
    server.stop().await;
    let logged = |request| match request {
        Request::Logged { logged, reply } => {
            reply.send(Ok(()));
            Ok(logged)
        }
        other => Err(other),
    };
    let lost = bridge.until(logged).await;
    assert_eq!((lost.state, lost.class), (LoginState::Reconnecting, Class::Network));

    let (sent, server) = tokio::join!(
        bridge.session.on_text(Chat::contact("juliet"), text("x", "meanwhile")),
        kept(folder.path(), Some(address)),
    );
    sent.unwrap();
    let mut juliet = Device::enter(&server, "juliet", "phone").await;
    assert_eq!(juliet.text().await, "meanwhile");
    loop {
        let logged = bridge.until(logged).await;
        if logged.state == LoginState::LoggedIn {
            assert_eq!(logged.status.as_deref(), Some("Connected as romeo"));
            break;
        }
    }
    juliet.write(&user("romeo"), "afterwards").await;
    assert_eq!(bridge.text().await.2, "afterwards");
}

#[tokio::test]
async fn a_login_fails_with_its_class_and_a_lost_account_ends_the_session() {
    let server = common::network().await;
    let romeo = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let refuse = |refusal| Fault {
        fault: FaultKind::RefuseLogin,
        refusal: Some(refusal),
        ms: 250,
        ..Fault::default()
    };
    use superduper::protocol::Kind;
    for (kind, class) in [
        (Kind::Throttled, Class::RateLimit { retry_after: Some(Duration::from_millis(250)) }),
        (Kind::Unavailable, Class::Network),
        (Kind::BadCredentials, Class::Credentials),
    ] {
        romeo.ask(refuse(kind)).await;
        let error =
            Bridge::connect(&gateway, form("romeo", "secret")).await.session.login().await.unwrap_err();
        assert_eq!(error.class, Some(class));
    }
    let mut bridge = Bridge::enter(&gateway, "romeo").await;
    let secrets = superduper::protocol::login::SetSecrets {
        old: "secret".into(),
        password: Some("new".into()),
        code: None,
    };
    romeo.ask(secrets).await;
    loop {
        let logged = bridge.until(|request| match request {
            Request::Logged { logged, reply } => {
                reply.send(Ok(()));
                Ok(logged)
            }
            other => Err(other),
        });
        let logged = logged.await;
        if logged.state == LoginState::LoggedOut {
            assert_eq!(logged.class, Class::Credentials);
            return;
        }
    }
}

#[tokio::test]
async fn friendships_are_asked_for_answered_and_ended_across_the_bridge() {
    let server = common::network().await;
    let juliet = Device::new(&server, "juliet").await;
    let romeo = Device::new(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let mut bridge = Bridge::enter(&gateway, "romeo").await;

    juliet.ask(Befriend { user: "romeo".into(), text: "it's me".into() }).await;
    let asked = bridge.until(|request| match request {
        Request::SendFriendRequest { contact, text, reply } => {
            reply.send(Ok(()));
            Ok((contact.0, text))
        }
        other => Err(other),
    });
    assert_eq!(asked.await, ("juliet".into(), Some("it's me".into())));
    bridge.session.on_friend_accept(ContactId::from("juliet")).await.unwrap();
    let relation = || romeo.ask(Whois { user: "juliet".into() });
    assert_eq!(relation().await.relation, Relation::Friend);

    juliet.ask(Unfriend { user: "romeo".into() }).await;
    let ended = bridge.until(|request| match request {
        Request::Unsubscribe { contact, reply } => {
            reply.send(Ok(()));
            Ok(contact.0)
        }
        other => Err(other),
    });
    assert_eq!(ended.await, "juliet");

    bridge.session.on_friend_request(ContactId::from("juliet"), Some("again?".into())).await.unwrap();
    assert_eq!(relation().await.relation, Relation::Asked);
    juliet.ask(Befriend { user: "romeo".into(), text: String::new() }).await;
    let accepted = bridge.until(|request| match request {
        Request::AcceptFriendRequest { contact, reply, .. } => {
            reply.send(Ok(()));
            Ok(contact.0)
        }
        other => Err(other),
    });
    assert_eq!(accepted.await, "juliet");
    bridge.session.on_friend_delete(ContactId::from("juliet"), None).await.unwrap();
    assert_eq!(relation().await.relation, Relation::None);
}
