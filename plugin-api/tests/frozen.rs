//! Old plugins on this daemon, and new ones: plugins that were built from frozen copies of other
//! versions of the messages.

mod common;

use common::{FakeHost, frozen, next, start, text, user};
use plugin_api::{
    Availability, Data, Form, Info, MessageId, Presence, RegistrationType, RemoteSession, UserPresence,
    host::Plugin,
};
use std::sync::Arc;

async fn connected(name: &str, host: Arc<FakeHost>) -> (Info, RemoteSession) {
    let plugin = Plugin::load(frozen(name)).unwrap_or_else(|error| panic!("{error}"));
    let gateway = plugin.start(&start(1), FakeHost::silent()).await.unwrap();
    (plugin.info().unwrap(), gateway.connect(&user("juliet"), host).await.unwrap())
}

#[tokio::test]
async fn an_older_plugin_talks_with_this_daemon() {
    let (host, mut sent) = FakeHost::telling();
    let (info, session) = connected("frozen_older", host).await;
    assert_eq!((info.component_name.as_str(), info.registration.fields.len()), ("Old", 0));
    assert_eq!(session.login().await, Ok(Some("juliet answer to old?".into())));
    // With many fields that it never heard of.
    let (chat, message) = text("hi");
    assert_eq!(session.on_text(chat, message).await, Ok(Some(MessageId::from("old id"))));
    assert_eq!(next(&mut sent).await.as_deref(), Some("hi, old friend"));
    let presence = Presence::new(Availability::ExtendedAway).status("gone");
    let presence = UserPresence { resource: "r".into(), presence, ..UserPresence::default() };
    assert_eq!(session.on_presence(presence).await, Ok(()));
    assert!(session.fill_rooms().await.unwrap_err().is_unsupported());
}

#[tokio::test]
async fn an_older_gateway_answers_what_it_has() {
    let plugin = Plugin::load(frozen("frozen_older")).unwrap();
    let gateway = plugin.start(&start(1), FakeHost::silent()).await.unwrap();
    let form = Form::from([("a".into(), "b".into())]);
    let data = gateway.validate("juliet".into(), form, 0).await.unwrap().unwrap();
    assert_eq!(data, Data::from([("a".into(), "b".into()), ("user".into(), "juliet".into())]));
    assert!(gateway.unregister(user("juliet")).await.unwrap_err().is_unsupported());
}

#[tokio::test]
async fn a_newer_plugin_talks_with_this_daemon() {
    let (host, mut sent) = FakeHost::telling();
    let (info, session) = connected("frozen_newer", host).await;
    assert_eq!((info.component_name.as_str(), info.registration.kind), ("New", RegistrationType::Unknown));
    assert_eq!(session.login().await, Ok(Some("on the ground".into())));
    assert_eq!(next(&mut sent).await.as_deref(), Some("event glow"));
    let (chat, message) = text("hi");
    assert_eq!(session.on_text(chat, message).await, Ok(Some(MessageId::from("new id"))));
    assert_eq!(next(&mut sent).await.as_deref(), Some("Unknown"));
    assert_eq!(next(&mut sent).await.as_deref(), Some("hi, new friend"));
}
