//! Rows are read as they were written, and go with their owner.

use std::sync::Arc;

use bytes::Bytes;
use secrecy::{ExposeSecret as _, SecretSlice};
use slidged::store::{
    Contact, Entry, MessageIds, MessagePart, Pending, Room, Scope, SentFile, Store, StoreError, ThreadIds,
    UserId, Write,
};

use crate::support::{Database, file, ids, register, user, write};

/// Ids as networks have them: case-sensitive, empty, long, of any script, hostile.
fn odd_ids() -> Vec<String> {
    let mut ids: Vec<String> = [
        "",
        "a",
        "A",
        "ä",
        "a\u{308}",
        "😀",
        "'; DROP TABLE users; --",
        "\\",
        "%_",
        " x ",
        "1",
        "01",
        "\t\n",
    ]
    .map(str::to_owned)
    .into();
    ids.push("x".repeat(512));
    ids
}

fn contact(user: UserId, legacy_id: &str) -> Contact {
    Contact {
        user,
        legacy_id: legacy_id.into(),
        name: Some("Julia".into()),
        is_friend: true,
        on_roster: false,
        client_type: "phone".into(),
        avatar: None,
        avatar_version: None,
        extra: r#"{"avatar":"x"}"#.into(),
    }
}

fn room(user: UserId, legacy_id: &str) -> Room {
    Room {
        user,
        legacy_id: legacy_id.into(),
        info: r#"{"name":"Balcony"}"#.into(),
        joined: r#"["phone"]"#.into(),
        avatar: Some("0a".into()),
        avatar_version: Some("0b".into()),
    }
}

fn pending(store: &Store, user: UserId, chat: &str) -> Pending {
    Pending {
        id: store.new_pending_id(),
        user,
        chat: chat.into(),
        sender: "romeo@example.org/phone".into(),
        xmpp_id: Some("m1".into()),
        kind: "chat".into(),
        created_at: 5,
        operation: Bytes::from_static(b"\0\xffcall"),
    }
}

async fn k118_a_file_is_found_by_its_id_until_its_end_and_goes_with_its_user(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let juliet = register(&store, "juliet@example.org").await;
    let plain = SentFile { id: "p".into(), pixels: None, thumbhash: None, good_until: 100, ..file(romeo) };
    for file in [file(romeo), plain.clone()] {
        store.journal().commit(write(Write::File { file, now: 1 })).await.unwrap();
    }
    let files = store.files(romeo);
    assert_eq!(files.get("f", 8).await.unwrap(), Some(file(romeo)));
    assert_eq!(files.get("p", 8).await.unwrap(), Some(plain.clone()));
    assert_eq!(files.get("f", 9).await.unwrap(), None, "not good any more");
    assert_eq!(store.files(juliet).get("f", 8).await.unwrap(), None, "somebody else's");

    let anew = SentFile { url: "https://up/2".into(), good_until: 50, ..file(romeo) };
    store.journal().commit(write(Write::File { file: anew.clone(), now: 10 })).await.unwrap();
    assert_eq!(files.get("f", 10).await.unwrap(), Some(anew));

    store.journal().commit(write(Write::UserRemove(romeo))).await.unwrap();
    store.journal().commit(write(Write::File { file: plain, now: 10 })).await.unwrap();
    assert_eq!(files.get("p", 10).await.unwrap(), None, "nothing is kept of who has left");
}

async fn a_user_is_found_again_with_sealed_credentials(db: Database) {
    let store = db.open().await;
    let jid = "romeo@example.org";
    let sealed = store.seal(jid, &SecretSlice::from(b"hunter2".to_vec())).unwrap();
    let mut romeo = user(store.new_user_id(), jid);
    romeo.credentials = Some(sealed);
    store.journal().commit(write(Write::UserAdd(romeo.clone()))).await.unwrap();
    let changes = vec![
        Write::UserState(romeo.id, r#"{"cursor":1}"#.to_owned()),
        Write::UserPreferences(romeo.id, r#"{"sync":true}"#.to_owned()),
    ];
    store.journal().commit(Entry { writes: changes, ..Entry::default() }).await.unwrap();
    store.close().await.unwrap();

    let store = db.open().await;
    let found = store.users().by_jid(jid).await.unwrap().expect("he is there");
    let secret = store.unseal(jid, found.credentials.as_ref().unwrap()).unwrap();
    assert_eq!(secret.expose_secret(), b"hunter2");
    assert!(matches!(store.unseal("x@y", found.credentials.as_ref().unwrap()), Err(StoreError::Unseal)));
    romeo.state = r#"{"cursor":1}"#.to_owned();
    romeo.preferences = r#"{"sync":true}"#.to_owned();
    assert_eq!(store.users().all().await.unwrap(), [romeo.clone()]);
    assert!(store.new_user_id() > romeo.id);

    store.journal().commit(write(Write::UserCredentials(romeo.id, None))).await.unwrap();
    assert_eq!(store.users().by_jid(jid).await.unwrap().unwrap().credentials, None);
    assert_eq!(store.users().by_jid("nobody@example.org").await.unwrap(), None);
}

async fn a_jid_registers_once(db: Database) {
    let store = db.open().await;
    let first = register(&store, "romeo@example.org").await;
    let again = write(Write::UserAdd(user(store.new_user_id(), "romeo@example.org")));
    assert!(matches!(store.journal().commit(again).await, Err(StoreError::AlreadyThere(_))));
    assert_eq!(store.users().all().await.unwrap().len(), 1);
    // Unregistering and registering again in one go works.
    let writes =
        vec![Write::UserRemove(first), Write::UserAdd(user(store.new_user_id(), "romeo@example.org"))];
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    assert_ne!(store.users().by_jid("romeo@example.org").await.unwrap().unwrap().id, first);
}

async fn contacts_with_odd_ids_stay_apart(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let mut expected: Vec<Contact> = odd_ids().iter().map(|id| contact(romeo, id)).collect();
    let writes = expected.iter().cloned().map(Write::Contact).collect();
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    expected.sort_by(|a, b| a.legacy_id.cmp(&b.legacy_id));
    assert_eq!(store.contacts(romeo).all().await.unwrap(), expected);
    for one in &expected {
        assert_eq!(store.contacts(romeo).get(&one.legacy_id).await.unwrap().as_ref(), Some(one));
    }
    store.journal().commit(write(Write::ContactRemove(romeo, "a".into()))).await.unwrap();
    assert_eq!(store.contacts(romeo).get("a").await.unwrap(), None);
    assert!(store.contacts(romeo).get("A").await.unwrap().is_some());
}

async fn rooms_with_odd_ids_stay_apart_and_the_last_write_stands(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let mut expected: Vec<Room> = odd_ids().iter().map(|id| room(romeo, id)).collect();
    let writes = expected.iter().cloned().map(Write::Room).collect();
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    expected.sort_by(|a, b| a.legacy_id.cmp(&b.legacy_id));
    assert_eq!(store.rooms(romeo).all().await.unwrap(), expected);
    let empty = Room { joined: "[]".into(), ..room(romeo, "a") };
    let writes = vec![Write::Room(empty.clone()), Write::RoomRemove(romeo, "A".into())];
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    let left = store.rooms(romeo).all().await.unwrap();
    assert!(left.contains(&empty) && left.len() == expected.len() - 1);
}

async fn messages_are_found_by_both_ids(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let juliet = register(&store, "juliet@example.org").await;
    let mut entry = Entry::default();
    for id in odd_ids() {
        entry.writes.push(Write::Message(ids(romeo, "chat", &id)));
        let other =
            MessageIds { xmpp_id: format!("xmpp-{id}").into(), from_user: true, ..ids(romeo, "Chat", &id) };
        entry.writes.push(Write::Message(other));
    }
    store.journal().commit(entry).await.unwrap();
    let messages = store.messages(romeo);
    for id in odd_ids() {
        let same = messages.by_legacy_id("chat", &id).await.unwrap().expect("noted");
        assert_eq!(same, ids(romeo, "chat", &id));
        assert_eq!(messages.by_xmpp_id("chat", &id).await.unwrap(), Some(same));
        let other = messages.by_xmpp_id("Chat", &format!("xmpp-{id}")).await.unwrap().expect("noted");
        assert_eq!((&*other.legacy_id, other.from_user), (&*id, true));
        // Another's id, another chat, another user.
        assert_eq!(messages.by_xmpp_id("Chat", &id).await.unwrap(), None);
        assert_eq!(messages.by_legacy_id("CHAT", &id).await.unwrap(), None);
        assert_eq!(store.messages(juliet).by_legacy_id("chat", &id).await.unwrap(), None);
    }
}

async fn all_stanzas_of_a_message_are_found_and_lead_back_to_it(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let part = |xmpp_id: &str, part| {
        Write::MessagePart(MessagePart {
            user: romeo,
            chat: "chat".into(),
            legacy_id: "1".into(),
            xmpp_id: xmpp_id.into(),
            part,
            at: 1,
        })
    };
    let mut entry = write(Write::Message(ids(romeo, "chat", "1")));
    entry.writes.extend([part("b", 2), part("a", 1), part("edit", 0)]);
    store.journal().commit(entry).await.unwrap();
    let messages = store.messages(romeo);
    let stanzas = messages.stanzas("chat", "1").await.unwrap();
    assert_eq!(stanzas.iter().map(|id| &**id).collect::<Vec<_>>(), ["1", "a", "b"]);
    for id in ["1", "a", "b", "edit"] {
        let found = messages.by_xmpp_id("chat", id).await.unwrap().expect("noted");
        assert_eq!(&*found.legacy_id, "1");
    }
    assert!(messages.stanzas("chat", "a").await.unwrap().is_empty());
    assert_eq!(messages.by_xmpp_id("Chat", "a").await.unwrap(), None);
    // For somebody who has left.
    store.journal().commit(write(Write::UserRemove(romeo))).await.unwrap();
    store.journal().commit(write(part("late", 3))).await.unwrap();
    assert_eq!(messages.by_xmpp_id("chat", "a").await.unwrap(), None);
}

async fn all_messages_that_a_stanza_is_are_found_in_order(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let file = |legacy_id: &str, at| MessageIds { xmpp_id: "x".into(), at, ..ids(romeo, "chat", legacy_id) };
    // The one whose ids are equal comes first; of ids that were used twice, the later message
    // counts.
    for (legacy_id, at) in [("old", 1), ("x", 2), ("c", 2), ("a", 2)] {
        store.journal().commit(write(Write::Message(file(legacy_id, at)))).await.unwrap();
    }
    let messages = store.messages(romeo);
    let all = messages.all_by_xmpp_id("chat", "x").await.unwrap();
    assert_eq!(all.iter().map(|ids| &*ids.legacy_id).collect::<Vec<_>>(), ["x", "c", "a"]);
    // Noted again, it keeps its place.
    store.journal().commit(write(Write::Message(MessageIds { body_hash: 7, ..file("c", 2) }))).await.unwrap();
    assert_eq!(messages.all_by_xmpp_id("chat", "x").await.unwrap()[1].body_hash, 7);
    store.journal().commit(write(Write::Message(file("b", 3)))).await.unwrap();
    assert_eq!(&*messages.by_xmpp_id("chat", "x").await.unwrap().expect("noted").legacy_id, "b");
}

async fn threads_have_an_id_on_each_side(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    for id in odd_ids() {
        let ids = ThreadIds {
            user: romeo,
            chat: "chat".into(),
            xmpp_id: format!("x{id}").into(),
            legacy_id: id.as_str().into(),
        };
        store.journal().commit(write(Write::Thread(ids))).await.unwrap();
    }
    let threads = store.threads(romeo);
    for id in odd_ids() {
        let xmpp = format!("x{id}");
        assert_eq!(threads.legacy_id("chat", &xmpp).await.unwrap().as_deref(), Some(&*id));
        assert_eq!(threads.xmpp_id("chat", &id).await.unwrap(), Some(xmpp));
        assert_eq!(threads.xmpp_id("other", &id).await.unwrap(), None);
    }
}

async fn pending_operations_survive_until_they_are_done(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let operations: Vec<Pending> = (0..100).map(|n| pending(&store, romeo, &format!("c{n}@gw"))).collect();
    // Nobody waits for the answers: closing commits them all the same.
    for operation in &operations {
        drop(store.journal().submit(write(Write::PendingAdd(operation.clone()))));
    }
    for operation in &operations[..60] {
        drop(store.journal().submit(write(Write::PendingDone(operation.id))));
    }
    store.close().await.unwrap();

    let store = db.open().await;
    assert_eq!(store.pending().of(romeo).await.unwrap(), operations[60..]);
    assert!(store.new_pending_id() > operations[99].id);
    // One that comes and goes in one entry leaves nothing.
    let operation = pending(&store, romeo, "c@gw");
    let writes = vec![Write::PendingAdd(operation.clone()), Write::PendingDone(operation.id)];
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    assert_eq!(store.pending().of(romeo).await.unwrap().len(), 40);
}

async fn values_are_kept_per_scope_and_the_last_write_stands(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let (gateway, his) = (Scope::gateway("plugin"), Scope::user(romeo, "plugin"));
    let set = |scope: &Scope, key: &str, value: &'static str| {
        Write::Kv(scope.clone(), key.into(), Bytes::from_static(value.as_bytes()))
    };
    let writes = vec![
        set(&gateway, "k", "gone"),
        Write::KvClear(gateway.clone()),
        set(&gateway, "k", "old"),
        set(&gateway, "k", "new"),
        set(&his, "k", "his"),
        set(&his, "l", ""),
        set(&his, "m", "x"),
        Write::KvRemove(his.clone(), "m".into()),
        set(&Scope::user(romeo, "core"), "k", "core"),
    ];
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    assert_eq!(store.kv(gateway.clone()).get("k").await.unwrap().as_deref(), Some(&b"new"[..]));
    let all = store.kv(his.clone()).all().await.unwrap();
    assert_eq!(all, [("k".to_owned(), Bytes::from_static(b"his")), ("l".to_owned(), Bytes::new())]);
    store.journal().commit(write(Write::KvRemove(his.clone(), "k".into()))).await.unwrap();
    assert_eq!(store.kv(his.clone()).get("k").await.unwrap(), None);
    store.journal().commit(write(Write::KvClear(his.clone()))).await.unwrap();
    assert_eq!(store.kv(his).all().await.unwrap(), []);
    assert!(store.kv(Scope::user(romeo, "core")).get("k").await.unwrap().is_some());
}

async fn whatever_belongs_to_a_user_goes_with_them(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let juliet = register(&store, "juliet@example.org").await;
    for owner in [romeo, juliet] {
        let writes = vec![
            Write::Contact(contact(owner, "c")),
            Write::Message(ids(owner, "c", "1")),
            Write::PendingAdd(pending(&store, owner, "c@gw")),
            Write::Kv(Scope::user(owner, "plugin"), "k".into(), Bytes::from_static(b"v")),
            Write::Room(room(owner, "r")),
        ];
        store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    }
    // What still comes for him in the same transaction finds nobody, and hurts nobody.
    let late = Arc::<str>::from("late");
    let writes =
        vec![Write::Contact(Contact { legacy_id: late, ..contact(romeo, "") }), Write::UserRemove(romeo)];
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    store.journal().commit(write(Write::Room(room(romeo, "later still")))).await.unwrap();
    let counts = async |owner| {
        (
            store.contacts(owner).all().await.unwrap().len(),
            usize::from(store.messages(owner).by_legacy_id("c", "1").await.unwrap().is_some()),
            store.pending().of(owner).await.unwrap().len(),
            store.kv(Scope::user(owner, "plugin")).all().await.unwrap().len(),
            store.rooms(owner).all().await.unwrap().len(),
        )
    };
    assert_eq!(counts(romeo).await, (0, 0, 0, 0, 0));
    assert_eq!(counts(juliet).await, (1, 1, 1, 1, 1));
}

on_both_engines!(
    a_user_is_found_again_with_sealed_credentials,
    a_jid_registers_once,
    k118_a_file_is_found_by_its_id_until_its_end_and_goes_with_its_user,
    contacts_with_odd_ids_stay_apart,
    rooms_with_odd_ids_stay_apart_and_the_last_write_stands,
    messages_are_found_by_both_ids,
    all_stanzas_of_a_message_are_found_and_lead_back_to_it,
    all_messages_that_a_stanza_is_are_found_in_order,
    threads_have_an_id_on_each_side,
    pending_operations_survive_until_they_are_done,
    values_are_kept_per_scope_and_the_last_write_stands,
    whatever_belongs_to_a_user_goes_with_them,
);
