//! Commands, search and preferences: against a real server, with the daemon of the testkit.

mod common;

use common::{Device, befriend, network, user};
use plugin_api::testkit::{TestGateway, TestUser};
use plugin_api::{Chat, Condition, Error, Form, Friendship, SessionRequest as Request, Start};
use superduper::plugin::Superduper;
use superduper::protocol::group::CreateGroup;
use superduper::protocol::login::QrLogin;
use superduper::protocol::message::{Activity, Typing};
use superduper::protocol::person::{Befriend, SetProfile, Whois};
use superduper::protocol::{Event, Relation};
use superduper::server::Server;

const ROMEO: &str = "romeo@example.org";

async fn gateway(server: &Server) -> TestGateway {
    let options = [("server".to_owned(), server.listening().to_string())].into();
    TestGateway::start_with::<Superduper>(Start { options, ..Start::default() }).await.unwrap()
}

/// The user romeo, who is logged in and has the contacts filled in.
async fn romeo(server: &Server) -> TestUser {
    let gateway = gateway(server).await;
    let romeo = gateway.register(ROMEO, [("username", "romeo"), ("password", "secret")]).await.unwrap();
    romeo.login().await.unwrap();
    romeo.callbacks().fill_contacts().await.unwrap();
    romeo
}

fn juliet() -> Option<Chat> {
    Some(Chat::contact("juliet"))
}

fn column(items: &[Form], var: &str) -> Vec<String> {
    items.iter().map(|item| item[var].clone()).collect()
}

/// The next thing that the gateway says in its own chat.
async fn said(romeo: &mut TestUser) -> String {
    let said = |request: &Request| match request {
        Request::SendGatewayMessage { text, .. } => Some(text.clone()),
        _ => None,
    };
    romeo.until("a message from the gateway", said).await
}

#[tokio::test]
async fn whoever_has_no_account_creates_one_and_registers_with_it() {
    let server = network().await;
    common::create(&server, "juliet").await;
    let gateway = gateway(&server).await;
    let mut command = gateway.command(ROMEO, "create-account", &["romeo"]).await.unwrap();
    assert_eq!(command.form().fields[0].value, "romeo", "as it was typed");
    let taken = command.submit([("username", "juliet"), ("password", "secret")]).await.unwrap_err();
    let text = "Somebody else is called juliet. Choose another user name.";
    assert_eq!((taken.condition, taken.user_text()), (Condition::NotAcceptable, text), "the form stays open");
    let missing = command.submit([("username", "romeo"), ("password", "")]).await.unwrap_err();
    assert_eq!(missing.user_text(), "Password is missing.");
    command
        .submit([("username", "romeo"), ("password", "secret"), ("name", "Romeo M."), ("code", "")])
        .await
        .unwrap();
    assert_eq!(command.text(), "The account romeo is yours. You can register with it now.");
    gateway.register(ROMEO, [("username", "romeo"), ("password", "secret")]).await.unwrap();
}

#[tokio::test]
async fn whoever_types_more_than_a_user_name_for_a_new_account_is_told_what_is_too_much() {
    let server = network().await;
    let gateway = gateway(&server).await;
    let refused = gateway.command(ROMEO, "create-account", &["romeo", "my", "secret"]).await.err();
    let refused = refused.expect("words that nobody reads are refused");
    assert_eq!(refused.condition, Condition::BadRequest);
    assert!(refused.user_text().contains("create-account romeo"), "{}", refused.user_text());
    assert!(refused.user_text().ends_with("my secret"), "{}", refused.user_text());
}

#[tokio::test]
async fn the_network_is_pinged_by_users_and_strangers() {
    let server = network().await;
    common::create(&server, "romeo").await;
    let gateway = gateway(&server).await;
    let ping = gateway.command(ROMEO, "ping-network", &[]).await.unwrap();
    assert!(ping.text().starts_with("Superduper has answered in "), "{}", ping.text());
    let romeo = romeo(&server).await;
    romeo.command("ping-network", None, &[]).await.unwrap();
    server.stop().await;
    let gone = romeo.command("ping-network", None, &[]).await.err().unwrap();
    assert_eq!(gone.user_text(), "Superduper cannot be reached.");
}

#[tokio::test]
async fn devices_are_listed_and_logged_out_after_a_question() {
    let server = network().await;
    let phone = Device::new(&server, "romeo").await;
    let romeo = romeo(&server).await;
    let list = romeo.command("devices", None, &[]).await.unwrap();
    assert_eq!(column(&list.table().items, "device")[0], "phone");
    assert_eq!(column(&list.table().items, "state"), ["connected", "this gateway"]);

    let mut command = romeo.command("logout-device", None, &[]).await.unwrap();
    assert_eq!(command.form().fields[0].options.len(), 1, "this gateway logs out by itself");
    let unknown = command.submit([("device", "tablet")]).await.unwrap_err();
    assert_eq!(unknown.user_text(), "No other device is called tablet.");
    command.submit([("device", "phone")]).await.unwrap();
    assert_eq!(command.question(), "Log phone out?");
    assert!(!phone.connection.is_over(), "nothing happens before the answer");
    command.confirm().await.unwrap();
    assert_eq!(command.text(), "phone is logged out.");
    phone.connection.closed().await;

    let none = romeo.command("logout-device", None, &[]).await.unwrap();
    assert_eq!(none.text(), "No other device is logged in.");
    let gone = romeo.command("logout-device", None, &["phone"]).await.err().unwrap();
    assert_eq!(gone.condition, Condition::ItemNotFound);
}

#[tokio::test]
async fn a_device_is_linked_by_a_qr_code_whose_text_is_a_way_to_register() {
    let server = network().await;
    common::create(&server, "romeo").await;
    let mut romeo = romeo(&server).await;
    let mut command = romeo.command("link-device", None, &[]).await.unwrap();
    command.submit([("device", "second gateway")]).await.unwrap();
    let shown = |request: &Request| match request {
        Request::SendQr { text, .. } => Some(text.clone()),
        _ => None,
    };
    let token = romeo.until("a QR code", shown).await;
    assert!(command.text().contains(&token), "for those who cannot scan");
    let second = gateway(&server).await.begin("romeo@example.net", 3, [("token", token)]).await.unwrap();
    assert_eq!(second.data()["username"], "romeo");
    let again = romeo.command("link-device", None, &["second", "gateway"]).await.err().unwrap();
    assert_eq!(again.condition, Condition::NotAcceptable, "there is one of that name");
    // A picture that cannot be shown is no reason to fail.
    romeo.will_fail("send_qr", Error::unsupported("send_qr"));
    romeo.command("link-device", None, &["third"]).await.unwrap();
}

#[tokio::test]
async fn a_device_is_approved_by_a_code_that_is_asked_for_in_the_chat() {
    let server = network().await;
    common::create(&server, "romeo").await;
    let mut romeo = romeo(&server).await;
    let (tablet, _incoming) = common::stranger(&server).await;
    let shown = tablet.ask(QrLogin { device: "tablet".into() }).await.unwrap();

    let wrong = romeo.command("approve-device", None, &["xyz"]).await.err().unwrap();
    assert!(wrong.user_text().starts_with("No device shows this code."), "{}", wrong.user_text());
    romeo.will_answer(format!(" {}\n", shown.code));
    let command = romeo.command("approve-device", None, &[]).await.unwrap();
    assert_eq!(command.text(), "You are asked for the code in the chat with this gateway.");
    assert_eq!(said(&mut romeo).await, "The device is logged in.");
    let list = romeo.command("devices", None, &[]).await.unwrap();
    assert!(column(&list.table().items, "device").contains(&"tablet".to_owned()));
    // Nobody answers.
    romeo.command("approve-device", None, &[]).await.unwrap();
    assert_eq!(said(&mut romeo).await, "No device was approved: there was no code in time.");
}

#[tokio::test]
async fn a_contact_gets_a_nickname_and_loses_it() {
    let server = network().await;
    let phone = Device::new(&server, "romeo").await;
    befriend(&phone, &Device::new(&server, "juliet").await).await;
    let romeo = romeo(&server).await;
    let command = romeo.command("nickname", juliet(), &["My", "sun"]).await.unwrap();
    assert_eq!(command.text(), "juliet is now shown as My sun.");
    assert_eq!(romeo.contact("juliet").unwrap().name.as_deref(), Some("My sun"));

    let mut command = romeo.command("nickname", juliet(), &[]).await.unwrap();
    assert_eq!(command.form().fields[0].value, "My sun");
    let long = command.submit([("name", "x".repeat(2_000))]).await.unwrap_err();
    assert_eq!((long.condition, long.user_text()), (Condition::NotAcceptable, "This name is too long."));
    command.submit([("name", "")]).await.unwrap();
    assert_eq!(command.text(), "juliet is now shown as juliet.");
    let nobody = romeo.command("nickname", Some(Chat::contact("nobody")), &["x"]).await.err().unwrap();
    assert_eq!(nobody.condition, Condition::ItemNotFound);
}

#[tokio::test]
async fn a_contact_is_forgotten_after_a_question() {
    let server = network().await;
    let phone = Device::new(&server, "romeo").await;
    befriend(&phone, &Device::new(&server, "juliet").await).await;
    let mut romeo = romeo(&server).await;
    romeo.command("nickname", juliet(), &["Sun"]).await.unwrap();
    let mut command = romeo.command("forget", juliet(), &[]).await.unwrap();
    assert!(command.question().starts_with("Forget Sun?"), "{}", command.question());
    let relation = || phone.ask(Whois { user: "juliet".into() });
    assert_eq!(relation().await.relation, Relation::Friend, "nothing happens before the answer");
    command.confirm().await.unwrap();
    assert_eq!(command.text(), "Sun is forgotten.");
    let after = relation().await;
    assert_eq!((after.relation, after.nickname.as_str()), (Relation::None, ""));
    let removed = |request: &Request| matches!(request, Request::RemoveContact { .. }).then_some(());
    romeo.until("the contact removed", removed).await;
}

#[tokio::test]
async fn friends_tell_when_they_were_here() {
    let server = network().await;
    let mut phone = Device::new(&server, "romeo").await;
    let phone_of_juliet = Device::new(&server, "juliet").await;
    common::create(&server, "paris").await;
    befriend(&phone, &phone_of_juliet).await;
    let romeo = romeo(&server).await;
    let seen = async |who: &str| {
        let command = romeo.command("last-seen", Some(Chat::contact(who)), &[]).await.unwrap();
        command.text().to_owned()
    };
    assert_eq!(seen("juliet").await, "juliet is here.");
    assert_eq!(seen("paris").await, "Only friends may know when paris was here.");
    drop(phone_of_juliet);
    phone
        .until(|event| match event {
            Event::Presence { user, presence } if user == "juliet" && presence.last_seen.is_some() => {
                Some(())
            }
            _ => None,
        })
        .await;
    assert_eq!(seen("juliet").await, "juliet was here just now.");
}

#[tokio::test]
async fn a_group_tells_its_members() {
    let server = network().await;
    let phone = Device::new(&server, "romeo").await;
    common::create(&server, "juliet").await;
    let (id, name, members) = (Some("tea".into()), "Tea".into(), vec!["juliet".into()]);
    phone.ask(CreateGroup { id, name, members, ..CreateGroup::default() }).await;
    let romeo = romeo(&server).await;
    let command = romeo.command("members", Some(Chat::room("#tea")), &[]).await.unwrap();
    assert_eq!(column(&command.table().items, "jid"), ["juliet", "romeo"]);
    assert_eq!(column(&command.table().items, "role"), ["member", "owner"]);
    let elsewhere = romeo.command("members", Some(Chat::room("#coffee")), &[]).await.err().unwrap();
    assert_eq!(elsewhere.condition, Condition::ItemNotFound);
}

#[tokio::test]
async fn people_are_found_by_what_is_known_of_them() {
    let server = network().await;
    common::create(&server, "romeo").await;
    let juliet = Device::new(&server, "juliet").await;
    let profile =
        SetProfile { name: Some("Juliet C.".into()), phone: Some("+39 045".into()), ..SetProfile::default() };
    juliet.ask(profile).await;
    let romeo = romeo(&server).await;
    for part in ["JULIET", " c. ", "045"] {
        let found = romeo.search([("name", part)]).await.unwrap().unwrap();
        assert_eq!(column(&found.items, "jid"), ["juliet"], "{part}");
        assert_eq!(column(&found.items, "name"), ["Juliet C."]);
    }
    let nobody = romeo.search([("name", "mercutio")]).await.unwrap().unwrap();
    assert!(nobody.items.is_empty());
    assert_eq!(romeo.search([("name", "  ")]).await.unwrap_err().user_text(), "Say whom to look for.");
}

#[tokio::test]
async fn typing_is_shown_to_others_as_the_user_prefers() {
    let server = network().await;
    let mut juliet = Device::new(&server, "juliet").await;
    common::create(&server, "romeo").await;
    let mut romeo = romeo(&server).await;
    let chat = || Chat::contact("juliet");
    romeo.prefer([("typing", "false")]).await.unwrap();
    romeo.callbacks().on_composing(chat(), None).await.unwrap();
    romeo.prefer([("typing", "true")]).await.unwrap();
    romeo.callbacks().on_paused(chat(), None).await.unwrap();
    let activity = |event| match event {
        Event::Typing { activity, .. } => Some(activity),
        _ => None,
    };
    assert_eq!(juliet.until(activity).await, Activity::Paused, "the first thing that she sees");
    // It is one-sided: others are seen all the same.
    romeo.prefer([("typing", "false")]).await.unwrap();
    juliet.ask(Typing { chat: user("romeo"), activity: Activity::Typing, thread: None }).await;
    romeo.until("typing", |request| matches!(request, Request::ChatState { .. }).then_some(())).await;
    // What was chosen outlives the session.
    let romeo = romeo.restart().await.unwrap();
    romeo.login().await.unwrap();
    romeo.callbacks().on_composing(chat(), None).await.unwrap();
    romeo
        .callbacks()
        .on_text(chat(), plugin_api::UserText { body: "hi".into(), ..Default::default() })
        .await
        .unwrap();
    let seen = |event| match event {
        Event::Typing { .. } => Some(String::new()),
        Event::Message { message, .. } => Some(message.content.text),
        _ => None,
    };
    assert_eq!(juliet.until(seen).await, "hi");
}

#[tokio::test]
async fn new_contacts_are_announced_to_those_who_want_that() {
    let server = network().await;
    let phone = Device::new(&server, "romeo").await;
    let mut romeo = romeo(&server).await;
    for (name, announce) in [("paris", "false"), ("juliet", "true")] {
        let friend = Device::new(&server, name).await;
        romeo.prefer([("announce", announce)]).await.unwrap();
        befriend(&phone, &friend).await;
        let known = |request: &Request| match request {
            Request::SetContacts { contacts, .. } => (contacts[0].id.as_str() == name
                && contacts[0].friendship == Some(Friendship::Friend))
            .then_some(()),
            Request::SendGatewayMessage { text, .. } => {
                assert_eq!((text.as_str(), announce), ("juliet is a new contact.", "true"));
                None
            }
            _ => None,
        };
        romeo.until("the new contact", known).await;
    }
    let stranger = Device::new(&server, "mercutio").await;
    stranger.ask(Befriend { user: "romeo".into(), text: String::new() }).await;
    phone.ask(Befriend { user: "mercutio".into(), text: String::new() }).await;
    assert_eq!(said(&mut romeo).await, "mercutio is a new contact.");
}
