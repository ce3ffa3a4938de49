//! Pictures and cards of contacts.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use slidged::store::{Avatar, Card, Contact, Entry, Room, Store, UserId, Write};

use crate::support::{Database, register, write};

fn avatar(hash: &str) -> Avatar {
    Avatar {
        hash: hash.into(),
        source: format!("source of {hash}").into(),
        width: 3,
        height: 2,
        png: Bytes::from(format!("\0PNG {hash}")),
    }
}

fn contact(user: UserId, legacy_id: &str, avatar: Option<&str>) -> Contact {
    Contact {
        user,
        legacy_id: legacy_id.into(),
        name: None,
        is_friend: legacy_id != "stranger",
        on_roster: false,
        client_type: "pc".into(),
        avatar: avatar.map(Into::into),
        avatar_version: avatar.map(Into::into),
        extra: "{}".into(),
    }
}

async fn commit(store: &Store, writes: Vec<Write>) {
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
}

async fn a_picture_is_kept_once_for_all_and_found_by_what_it_was_made_from(db: Database) {
    let store = db.open().await;
    let (romeo, juliet) =
        (register(&store, "romeo@example.org").await, register(&store, "juliet@example.org").await);
    for (user, id) in [(romeo, "a"), (romeo, "B"), (romeo, "stranger"), (juliet, "a")] {
        commit(&store, vec![Write::Avatar(avatar("h")), Write::Contact(contact(user, id, Some("h")))]).await;
    }
    commit(&store, vec![Write::Contact(contact(romeo, "without", None))]).await;
    assert_eq!(store.avatars().get("h").await.unwrap(), Some(avatar("h")));
    assert_eq!(store.avatars().made_from("source of h").await.unwrap(), Some(avatar("h")));
    assert_eq!(store.avatars().get("source of h").await.unwrap(), None);
    assert_eq!(store.avatars().made_from("h").await.unwrap(), None);
    let told = async |after: &str, limit| {
        let told = store.avatars().of_contacts(romeo, after, limit).await.unwrap();
        assert!(told.iter().all(|of| (&*of.hash, of.width, of.height, of.bytes) == ("h", 3, 2, 6)));
        told.iter().map(|of| of.legacy_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told("", 10).await, ["B", "a"], "friends with a picture");
    assert_eq!((told("", 1).await, told("B", 1).await), (vec!["B".to_owned()], vec!["a".to_owned()]));
    let row = store.contacts(romeo).get("a").await.unwrap().unwrap();
    assert_eq!(row, contact(romeo, "a", Some("h")));
}

async fn a_picture_that_nobody_has_is_forgotten(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let juliet = register(&store, "juliet@example.org").await;
    for (user, id, hash) in
        [(romeo, "a", "old"), (romeo, "b", "both"), (juliet, "b", "both"), (juliet, "c", "hers")]
    {
        commit(&store, vec![Write::Avatar(avatar(hash)), Write::Contact(contact(user, id, Some(hash)))])
            .await;
    }
    let square = Room {
        user: romeo,
        legacy_id: "square".into(),
        info: "{}".into(),
        joined: "[]".into(),
        avatar: Some("room's".into()),
        avatar_version: None,
    };
    commit(&store, vec![Write::Avatar(avatar("room's")), Write::Room(square)]).await;
    commit(&store, vec![Write::Contact(contact(romeo, "a", None)), Write::UserRemove(juliet)]).await;
    store.close().await.unwrap();

    let mut config = db.config();
    config.prune_after_start = Duration::ZERO;
    let store = Store::open(config).await.unwrap();
    for gone in ["old", "hers"] {
        while store.avatars().get(gone).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    for kept in ["both", "room's"] {
        assert!(store.avatars().get(kept).await.unwrap().is_some(), "{kept}");
    }
}

async fn cards_are_kept_with_their_contacts(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let card = |json: &str, hash| Card { fetched_at: None, hash, json: json.into() };
    let set = |id: &str, card| Write::Card(romeo, id.into(), card);
    let mut writes: Vec<Write> =
        ["a", "b", "stranger"].map(|id| Write::Contact(contact(romeo, id, None))).into();
    let fetched = Card { fetched_at: Some(7), ..card("{}", -1) };
    writes.extend([
        set("a", Some(card("old", 1))),
        set("a", Some(card("new", 2))),
        set("b", Some(fetched.clone())),
    ]);
    writes.push(set("stranger", Some(card("his", 3))));
    commit(&store, writes).await;
    let cards = store.cards(romeo);
    assert_eq!(cards.get("a").await.unwrap(), Some(card("new", 2)));
    assert_eq!(cards.get("b").await.unwrap(), Some(fetched.clone()));
    assert_eq!(cards.get("A").await.unwrap(), None);
    let mut hashes = cards.hashes().await.unwrap();
    hashes.sort();
    assert_eq!(hashes, [("a", 2), ("b", -1), ("stranger", 3)].map(|(id, hash)| (Arc::from(id), hash)));
    let first = cards.page("", 1).await.unwrap();
    assert_eq!(first, [(Arc::from("a"), card("new", 2))]);
    assert_eq!(cards.page("a", 9).await.unwrap(), [(Arc::from("b"), fetched)], "those of friends");

    store.journal().commit(write(Write::ContactRemove(romeo, "a".into()))).await.unwrap();
    assert_eq!(cards.get("a").await.unwrap(), None);
    store.journal().commit(write(set("b", None))).await.unwrap();
    assert_eq!(cards.get("b").await.unwrap(), None);
    store.journal().commit(write(Write::UserRemove(romeo))).await.unwrap();
    assert_eq!(cards.hashes().await.unwrap(), []);
}

on_both_engines!(
    a_picture_is_kept_once_for_all_and_found_by_what_it_was_made_from,
    a_picture_that_nobody_has_is_forgotten,
    cards_are_kept_with_their_contacts,
);
