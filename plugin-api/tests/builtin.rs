//! A whole conversation in one process, through the binary interface.

use plugin_api::{
    SessionRequest,
    host::{BoxFuture, HostHandler, Plugin, encode},
    prelude::*,
};
use std::sync::Arc;
use tokio::sync::mpsc;

struct Net;

struct NetSession {
    user: User,
    host: Host,
}

impl Gateway for Net {
    type Session = NetSession;

    fn info() -> Info {
        Info::new("net", "Net")
    }

    fn new(start: Start, _: GatewayHost) -> Result<Self> {
        match start.options.get("fail").map(String::as_str) {
            Some("panic") => panic!("in new"),
            Some(text) => Err(Error::internal(text)),
            None => Ok(Net),
        }
    }

    async fn connect(&self, user: User, host: Host) -> Result<NetSession> {
        Ok(NetSession { user, host })
    }

    async fn validate(&self, _: String, form: Form, _: u32) -> Result<Option<Data>> {
        Ok(Some(form))
    }
}

impl Session for NetSession {
    async fn login(&self) -> Result<Option<String>> {
        let code = self.host.ask("code?").await?;
        Ok(Some(format!("{} {code}", self.user.jid)))
    }

    async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
        let friend = self.host.contact(chat.id);
        friend.composing();
        for n in 0..3 {
            friend.send_text(Text::new(format!("{} {n}", message.body)));
        }
        friend.send_text(Text::new("last")).await?;
        Ok(Some(MessageId::from("1")))
    }
}

/// Answers what is asked, and tells the test what is sent.
struct FakeHost(mpsc::UnboundedSender<String>);

impl HostHandler for FakeHost {
    fn call(&self, operation: &str, arguments: Vec<u8>) -> BoxFuture<Result<Vec<u8>>> {
        match SessionRequest::decode(operation, &arguments) {
            Ok((SessionRequest::Input { prompt, reply, .. }, pending)) => {
                reply.send(Ok(format!("no {prompt}")));
                Box::pin(pending)
            }
            Ok((SessionRequest::SendText { from, text, reply }, pending)) => {
                let contact = from.contact.unwrap_or_default();
                self.0.send(format!("{contact}: {}", text.body)).unwrap();
                reply.send(Ok(Sent::default()));
                Box::pin(pending)
            }
            // Without the typed reply.
            Ok((SessionRequest::ChatState { state, .. }, _)) => {
                self.0.send(format!("{state:?}")).unwrap();
                Box::pin(async { encode(&()) })
            }
            Ok((request, pending)) => {
                let error = Error::unsupported(request.operation());
                request.refuse(error);
                Box::pin(pending)
            }
            Err(error) => Box::pin(async { Err(error) }),
        }
    }
}

fn host() -> (Arc<FakeHost>, mpsc::UnboundedReceiver<String>) {
    #[allow(clippy::disallowed_methods, reason = "a test reads all of it")]
    let (sender, receiver) = mpsc::unbounded_channel();
    (Arc::new(FakeHost(sender)), receiver)
}

fn start() -> Start {
    Start { name: "net".into(), threads: 1, ..Start::default() }
}

#[tokio::test]
async fn a_conversation() {
    let plugin = Plugin::builtin::<Net>("net");
    assert_eq!(plugin.info().unwrap(), Net::info());
    let gateway = plugin.start(&start(), host().0).await.unwrap();
    let form = Form::from([("a".into(), "b".into())]);
    assert_eq!(gateway.validate("u".into(), form.clone(), 0).await, Ok(Some(form)));
    let (host, mut sent) = host();
    let user = User { jid: "u".into(), ..User::default() };
    let session = gateway.connect(&user, host).await.unwrap();
    assert_eq!(session.login().await, Ok(Some("u no code?".into())));
    let text = UserText { body: "hi".into(), ..UserText::default() };
    assert_eq!(session.on_text(Chat::contact("joe"), text).await, Ok(Some("1".into())));
    assert!(session.on_search(Form::new()).await.unwrap_err().is_unsupported());
    drop(session);
    let mut seen = Vec::new();
    while let Some(text) = sent.recv().await {
        seen.push(text);
    }
    assert_eq!(seen, ["Composing", "joe: hi 0", "joe: hi 1", "joe: hi 2", "joe: last"]);
}

#[tokio::test]
async fn a_gateway_that_cannot_start_is_an_error() {
    let plugin = Plugin::builtin::<Net>("net");
    for (how, panicked) in [("no network", false), ("panic", true)] {
        let start = Start { options: [("fail".into(), how.into())].into(), ..start() };
        let error = plugin.start(&start, host().0).await.err().unwrap();
        assert_eq!(error.panicked, panicked, "{error}");
        assert_eq!(error.text, None);
    }
}
