//! Groups of the bench network, as a load generator uses them.

use benchnet::Benchnet;
use plugin_api::testkit::{TestGateway, TestUser};
use plugin_api::{Chat, Condition, RoomType, SessionRequest as Request};

async fn user(gateway: &TestGateway, jid: &str, query: &str) -> TestUser {
    let user = gateway.register(jid, [("username", query), ("password", "x")]).await.unwrap();
    user.login().await.unwrap();
    user.fill_rooms().await.unwrap();
    user
}

#[tokio::test]
async fn groups_have_as_many_members_as_their_name_says() {
    let gateway = TestGateway::start::<Benchnet>().await.unwrap();
    let mut ada = user(&gateway, "ada@example.org", "contacts=2&groups=g3,a2").await;
    ada.callbacks().on_ready().await.unwrap();
    let bookmarked = |request: &Request| match request {
        Request::AddToBookmarks { room, bookmark, .. } if bookmark.auto_join => Some(room.0.clone()),
        _ => None,
    };
    assert_eq!(ada.until("a bookmark", bookmarked).await, "g3");
    assert_eq!(ada.until("a bookmark", bookmarked).await, "a2");
    assert_eq!(ada.room("g3").unwrap().kind, Some(RoomType::Group));
    ada.join("g3").await.unwrap();
    ada.join("a2").await.unwrap();
    let (known, masked) = (ada.participants("g3"), ada.participants("a2"));
    assert_eq!((known.len(), masked.len()), (4, 3));
    assert_eq!(known[1].contact.as_ref().unwrap().as_str(), "p0");
    assert!(masked.iter().all(|one| one.contact.is_none()));
    assert_eq!(ada.join("g4").await.unwrap_err().condition, Condition::ItemNotFound);
}

#[tokio::test]
async fn a_flood_comes_from_the_members_in_turn_to_every_session_that_has_the_group() {
    let gateway = TestGateway::start::<Benchnet>().await.unwrap();
    let mut ada = user(&gateway, "ada@example.org", "groups=g3").await;
    let mut bob = user(&gateway, "bob@example.org", "groups=a1,g3").await;
    let mut eve = user(&gateway, "eve@example.org", "groups=g4").await;
    ada.say(Chat::room("g3"), "!flood 4 0 100").await.unwrap();
    for user in [&mut ada, &mut bob] {
        for (n, speaker) in ["p0", "p1", "p2", "p0"].into_iter().enumerate() {
            let (from, text) = user.text_in("g3").await;
            assert_eq!(from.contact.unwrap().as_str(), speaker);
            assert!(text.body.starts_with(&format!("F {n} ")) && text.body.len() == 100);
        }
    }
    assert!(eve.so_far().is_empty());
    ada.say(Chat::contact("c0"), "hello").await.unwrap();
    assert_eq!(ada.text_from("c0").await.body, "hello");
}

#[tokio::test]
async fn what_is_for_the_archive_is_not_shown_as_new() {
    let gateway = TestGateway::start::<Benchnet>().await.unwrap();
    let mut ada = user(&gateway, "ada@example.org", "groups=a2").await;
    ada.say(Chat::room("a2"), "!archive 3").await.unwrap();
    for n in 0..3 {
        let (from, text) = ada.text_in("a2").await;
        assert_eq!(from.occupant.unwrap().0, format!("n{}", n % 2));
        assert!(text.archive_only && text.id.is_some());
    }
    let (_, end) = ada.text_in("a2").await;
    assert_eq!((end.body.as_str(), end.archive_only), ("ARCHIVED 3", false));
}
