//! Accounts, lists, presence, profiles, search.

mod common;

use common::{Device, befriend, network, user};
use superduper::protocol::message::Send;
use superduper::protocol::person::{
    Befriend, Block, Contacts, Rename, Search, SetPresence, SetProfile, Unfriend, Whois,
};
use superduper::protocol::{Content, Event, Kind, Presence, Relation, Show};

async fn presence_of(device: &mut Device, whose: &str) -> Presence {
    let whose = whose.to_owned();
    device
        .until(move |event| match event {
            Event::Presence { user, presence } if user == whose => Some(presence),
            _ => None,
        })
        .await
}

async fn change(device: &mut Device) -> (Relation, Relation, String) {
    let (_, Event::Contact { contact, was, text, .. }) = device.durable().await else { panic!("no contact") };
    (was, contact.relation, text)
}

#[tokio::test]
async fn friendship_is_asked_for_accepted_and_ended_on_both_lists() {
    let server = network().await;
    let mut ada = Device::new(&server, "ada").await;
    let mut tablet = Device::enter(&server, "ada", "tablet").await;
    let mut bob = Device::new(&server, "bob").await;

    let asked = ada.ask(Befriend { user: "bob".into(), text: "it's me".into() }).await;
    assert_eq!((asked.relation, asked.presence.show), (Relation::Asked, Show::Offline));
    assert_eq!(change(&mut bob).await, (Relation::None, Relation::Asking, "it's me".into()));
    assert_eq!(change(&mut tablet).await, (Relation::None, Relation::Asked, "it's me".into()));

    let friend = bob.ask(Befriend { user: "ada".into(), text: String::new() }).await;
    assert_eq!((friend.relation, friend.presence.show), (Relation::Friend, Show::Available));
    assert_eq!(change(&mut ada).await, (Relation::Asked, Relation::Friend, String::new()));
    assert_eq!(presence_of(&mut ada, "bob").await.show, Show::Available);

    bob.ask(Unfriend { user: "ada".into() }).await;
    assert_eq!(change(&mut ada).await, (Relation::Friend, Relation::None, String::new()));
    assert!(ada.ask(Contacts::default()).await.contacts.is_empty());
}

#[tokio::test]
async fn friends_see_presence_and_last_seen_and_strangers_do_not() {
    let server = network().await;
    let mut ada = Device::new(&server, "ada").await;
    let bob = Device::new(&server, "bob").await;
    let eve = Device::new(&server, "eve").await;
    befriend(&ada, &bob).await;
    assert_eq!(presence_of(&mut ada, "bob").await.show, Show::Available);
    bob.ask(SetPresence { show: Show::Away, text: "at lunch".into() }).await;
    let away = presence_of(&mut ada, "bob").await;
    assert_eq!((away.show, away.text.as_str()), (Show::Away, "at lunch"));
    let whois = || Whois { user: "bob".into() };
    assert_eq!(eve.ask(whois()).await.presence, Presence::default());

    drop(bob);
    let gone = presence_of(&mut ada, "bob").await;
    assert_eq!(gone.show, Show::Offline);
    assert!(gone.last_seen.is_some());
    assert_eq!(ada.ask(whois()).await.presence, gone);
    assert_eq!(eve.ask(whois()).await.presence, Presence::default());

    let _bob = Device::enter(&server, "bob", "desk").await;
    assert_eq!(presence_of(&mut ada, "bob").await, away, "the choice outlives the connection");
}

#[tokio::test]
async fn a_blocked_friend_sees_nothing_and_cannot_write() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut bob = Device::new(&server, "bob").await;
    befriend(&ada, &bob).await;
    ada.ask(Block { user: "bob".into(), blocked: true }).await;
    bob.until(|event| match event {
        Event::Presence { user, presence } if user == "ada" && presence.show == Show::Offline => Some(()),
        _ => None,
    })
    .await;
    let write = || Send { chat: user("ada"), content: Content::text("?"), nonce: None };
    assert_eq!(bob.refused(write()).await, Kind::Forbidden);
    assert_eq!(bob.ask(Whois { user: "ada".into() }).await.presence, Presence::default());
    assert!(bob.ask(Search { name: Some("ada".into()), ..Search::default() }).await.people.is_empty());
    ada.ask(Block { user: "bob".into(), blocked: false }).await;
    bob.ask(write()).await;
}

#[tokio::test]
async fn names_given_and_profiles_changed_reach_devices_and_friends() {
    let server = network().await;
    let ada = Device::new(&server, "ada").await;
    let mut tablet = Device::enter(&server, "ada", "tablet").await;
    let mut bob = Device::new(&server, "bob").await;
    ada.ask(Rename { user: "bob".into(), name: "Robert".into() }).await;
    let (_, Event::Contact { contact, .. }) = tablet.durable().await else { panic!("no contact") };
    assert_eq!((contact.display_name(), contact.relation), ("Robert", Relation::None));
    befriend(&ada, &bob).await;
    let profile =
        SetProfile { name: Some("Ada L.".into()), phone: Some("+43 1".into()), ..SetProfile::default() };
    let set = ada.ask(profile).await;
    assert_eq!((set.name.as_str(), set.phone.as_str(), set.email.as_str()), ("Ada L.", "+43 1", ""));
    for device in [&mut bob, &mut tablet] {
        let told = device
            .until(|event| if let Event::Profile { profile, .. } = event { Some(profile) } else { None });
        assert_eq!(told.await, set);
    }
    assert_eq!(bob.ask(Whois { user: "ada".into() }).await.display_name(), "Ada L.");
    let found = bob.ask(Search { phone: Some("43".into()), ..Search::default() }).await;
    assert_eq!(found.people.iter().map(|found| found.user.as_str()).collect::<Vec<_>>(), ["ada"]);
    assert_eq!(bob.refused(Search::default()).await, Kind::BadRequest);
}

#[tokio::test]
async fn ids_are_kept_exactly_however_odd_they_are() {
    let server = network().await;
    let odd = ["AbC", "abc", "a b ", "Ünï/cöde@x", "🦀\u{1}\n\"\\"];
    let writer = Device::new(&server, "writer").await;
    for name in odd {
        let mut device = Device::new(&server, name).await;
        writer.write(&user(name), name).await;
        assert_eq!(device.text().await, name);
    }
    let (connection, _incoming) = common::stranger(&server).await;
    let again = superduper::protocol::login::CreateAccount {
        user: "AbC".into(),
        password: "x".into(),
        ..Default::default()
    };
    assert!(connection.ask(again).await.is_err());
}
