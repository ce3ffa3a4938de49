//! Conversations, as both sides and all devices see them.

mod common;

use common::{Device, network, user};
use superduper::protocol::message::{
    Activity, Delete, Delivered, Edit, Fetch, History, NameThread, React, Read, Send, Typing,
};
use superduper::protocol::{Content, Event, Kind, Location, Mention, Preview, Quote, Span};

#[tokio::test]
async fn a_message_reaches_the_other_and_the_own_other_device_but_not_the_one_that_wrote_it() {
    let server = network().await;
    let mut ada = Device::new(&server, "Ada").await;
    let mut tablet = Device::enter(&server, "Ada", "tablet").await;
    let mut bob = Device::new(&server, "bob").await;

    let sent = ada.write(&user("bob"), "hello").await;
    let (seq, Event::Message { chat, message }) = bob.durable().await else { panic!("no message") };
    assert_eq!((seq, chat, &message.from, &message.id), (1, user("Ada"), &"Ada".into(), &sent.id));
    assert_eq!((message.at, message.content), (sent.at, Content::text("hello")));
    let (_, Event::Message { chat, message }) = tablet.durable().await else { panic!("no message") };
    assert_eq!((chat, message.from, message.id), (user("bob"), "Ada".into(), sent.id));
    assert!(ada.told(&bob).await.is_empty());
}

#[tokio::test]
async fn replies_threads_and_rich_content_arrive_as_they_were_sent() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let question = ada.write(&user("bob"), "where?").await;
    assert_eq!(bob.text().await, "where?");
    let content = Content {
        text: "ada: here".into(),
        reply_to: Some(question.id.clone()),
        thread: Some("plans 🗺".into()),
        location: Some(Location { latitude: 48.2, longitude: 16.37, name: "Vienna".into() }),
        previews: vec![Preview { url: "http://x.example/".into(), title: "X".into(), ..Preview::default() }],
        mentions: vec![Mention { user: "ada".into(), start: 0, end: 3 }],
        spans: vec![Span { start: 5, end: 9, style: "bold".into(), url: String::new() }],
        ..Content::default()
    };
    ada.ask(Send { chat: user("bob"), content: content.clone(), nonce: None }).await;
    let message = bob
        .until(|event| match event {
            Event::Message { message, .. } => Some(message),
            _ => None,
        })
        .await;
    assert_eq!(message.content, content);
    assert_eq!(message.quote, Some(Quote { from: "ada".into(), text: "where?".into() }));

    let name = NameThread { chat: user("bob"), thread: "plans 🗺".into(), name: "Plans".into() };
    ada.ask(name).await;
    let (_, Event::Thread { name, by, .. }) = bob.durable().await else { panic!("no thread") };
    assert_eq!((name.as_str(), by.as_str()), ("Plans", "ada"));
}

#[tokio::test]
async fn edits_reactions_and_deletions_reach_everybody_and_the_history() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let id = ada.write(&user("bob"), "helo").await.id;
    bob.text().await;

    ada.ask(Edit { chat: user("bob"), id: id.clone(), content: Content::text("hello") }).await;
    let (_, Event::Edited { content, by, .. }) = bob.durable().await else { panic!("no edit") };
    assert_eq!((content.text.as_str(), by.as_str()), ("hello", "ada"));
    let edit = Edit { chat: user("ada"), id: id.clone(), content: Content::text("mine") };
    assert_eq!(bob.refused(edit).await, Kind::Forbidden);

    let react = |emojis: &[&str]| React {
        chat: user("ada"),
        id: id.clone(),
        emojis: emojis.iter().map(ToString::to_string).collect(),
    };
    let mut tablet = Device::enter(&server, "ada", "tablet").await;
    bob.ask(react(&["👍", "🎉", "👍"])).await;
    let (_, Event::Reaction { chat, emojis, by, .. }) = tablet.durable().await else { panic!("no reaction") };
    assert_eq!((chat, emojis, by.as_str()), (user("bob"), vec!["👍".to_string(), "🎉".into()], "bob"));
    let message = ada.ask(Fetch { chat: user("bob"), id: id.clone() }).await;
    assert_eq!(message.reactions["bob"], ["👍", "🎉"]);
    assert!(message.edited.is_some());
    bob.ask(react(&[])).await;
    assert!(ada.ask(Fetch { chat: user("bob"), id: id.clone() }).await.reactions.is_empty());

    let delete = |chat| Delete { chat, id: id.clone(), reason: String::new() };
    assert_eq!(bob.refused(delete(user("ada"))).await, Kind::Forbidden);
    ada.ask(delete(user("bob"))).await;
    let (_, Event::Deleted { by, .. }) = bob.durable().await else { panic!("no deletion") };
    assert_eq!(by, "ada");
    assert_eq!(ada.refused(Fetch { chat: user("bob"), id: id.clone() }).await, Kind::NotFound);
    assert!(bob.ask(History { chat: user("ada"), ..History::default() }).await.messages.is_empty());
}

#[tokio::test]
async fn receipts_and_typing_go_to_the_author_and_read_marks_to_the_own_devices_too() {
    let server = network().await;
    let mut ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    let mut desk = Device::enter(&server, "bob", "desk").await;
    let first = ada.write(&user("bob"), "one").await.id;
    let second = ada.write(&user("bob"), "two").await.id;
    assert_eq!((bob.text().await, bob.text().await), ("one".into(), "two".into()));

    bob.ask(Typing { chat: user("ada"), activity: Activity::Typing, thread: None }).await;
    bob.ask(Delivered { chat: user("ada"), id: second.clone() }).await;
    bob.ask(Read { chat: user("ada"), id: second.clone() }).await;
    bob.ask(Read { chat: user("ada"), id: first.clone() }).await;
    let mut names = Vec::new();
    for _ in 0..3 {
        names.push(ada.next().await.event.name());
    }
    names.sort_unstable();
    assert_eq!(names, ["delivered", "read", "typing"]);
    let told: Vec<_> = desk.told(&ada).await.iter().map(Event::name).collect();
    assert_eq!(told, ["message", "message", "read"]);
    assert!(ada.told(&bob).await.is_empty(), "reading backwards is no news");
    let page = ada.ask(History { chat: user("bob"), ..History::default() }).await;
    assert_eq!(page.read["bob"], second);
}

#[tokio::test]
async fn history_is_paged_in_both_directions_and_searched() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let _bob = Device::new(&server, "bob").await;
    let mut ids = Vec::new();
    for number in 0..10 {
        ids.push(ada.write(&user("bob"), &format!("Number {number}")).await.id);
    }
    let page = |before: Option<usize>, after: Option<usize>, limit, containing: Option<&str>| {
        let (before, after) = (before.map(|at| ids[at].clone()), after.map(|at| ids[at].clone()));
        let containing = containing.map(String::from);
        ada.ask(History { chat: user("bob"), before, after, limit: Some(limit), containing })
    };
    let texts = |page: superduper::protocol::message::HistoryPage| {
        let numbers = page.messages.iter().map(|message| message.content.text[7..].to_owned());
        (numbers.collect::<String>(), page.more)
    };
    assert_eq!(texts(page(None, None, 3, None).await), ("789".into(), true));
    assert_eq!(texts(page(Some(7), None, 3, None).await), ("456".into(), true));
    assert_eq!(texts(page(None, Some(3), 3, None).await), ("456".into(), true));
    assert_eq!(texts(page(Some(6), Some(3), 9, None).await), ("45".into(), false));
    assert_eq!(texts(page(None, None, 9, Some("number 4")).await), ("4".into(), false));
}

#[tokio::test]
async fn what_says_nothing_or_too_much_or_names_what_is_not_there_is_refused() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let send = |chat, content| ada.refused(Send { chat, content, nonce: None });
    assert_eq!(send(user("ada"), Content::default()).await, Kind::BadRequest);
    assert_eq!(send(user("nobody"), Content::text("x")).await, Kind::NotFound);
    assert_eq!(send(superduper::protocol::Chat::Group("g".into()), Content::text("x")).await, Kind::NotFound);
    assert_eq!(send(user("ada"), Content::text("x".repeat(70_000))).await, Kind::TooLarge);
    let reply = Content { reply_to: Some("m".into()), ..Content::text("x") };
    assert_eq!(send(user("ada"), reply).await, Kind::NotFound);
    let nowhere = Location { latitude: f64::MAX, ..Location::default() };
    assert_eq!(
        send(user("ada"), Content { location: Some(nowhere), ..Content::default() }).await,
        Kind::BadRequest
    );
}
