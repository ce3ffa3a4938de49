//! Export of everything that is kept about a user.

use bytes::Bytes;
use jid::{BareJid, Jid};
use secrecy::SecretSlice;
use serde_json::json;
use slidged::store::{
    Ban, Contact, EXPORT_BYTES, Entry, MessageIds, Pending, Room, Scope, Store, User, UserId, Write,
};

use crate::support::{Database, file, ids, register, user, write};

const ROMEO: &str = "romeo@example.org";

fn romeo() -> BareJid {
    BareJid::new(ROMEO).unwrap()
}

fn contact(user: UserId, legacy_id: &str, extra: &str) -> Write {
    Write::Contact(Contact {
        user,
        legacy_id: legacy_id.into(),
        name: None,
        is_friend: true,
        on_roster: false,
        client_type: "phone".into(),
        avatar: None,
        avatar_version: None,
        extra: extra.into(),
    })
}

async fn commit(store: &Store, writes: Vec<Write>) {
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
}

async fn a_user_gets_all_that_is_kept_but_no_password(db: Database) {
    let store = db.open().await;
    let sealed =
        store.seal(ROMEO, &SecretSlice::from(br#"{"user":"r","password":"hunter2"}"#.to_vec())).unwrap();
    let id = store.new_user_id();
    let him = User { credentials: Some(sealed), preferences: r#"{"sync":"1"}"#.into(), ..user(id, ROMEO) };
    let juliet = register(&store, "juliet@example.org").await;
    commit(&store, vec![Write::UserAdd(him)]).await;
    commit(
        &store,
        vec![
            contact(id, "j", r#"{"avatar":"x"}"#),
            contact(juliet, "her nurse", "{}"),
            Write::Message(ids(id, "j", "1")),
            Write::Message(MessageIds { xmpp_id: "m2".into(), from_user: true, ..ids(id, "j", "2") }),
            Write::Message(ids(juliet, "r", "hers")),
            Write::File { file: file(id), now: 1 },
            Write::PendingAdd(Pending {
                id: store.new_pending_id(),
                user: id,
                chat: "j@gw".into(),
                sender: "romeo@example.org/phone".into(),
                xmpp_id: None,
                kind: "chat".into(),
                created_at: 5,
                operation: Bytes::from_static(b"\0\xff"),
            }),
            Write::Room(Room {
                user: id,
                legacy_id: "balcony".into(),
                info: r#"{"name":"Balcony"}"#.into(),
                joined: r#"["phone"]"#.into(),
                avatar: Some("0a".into()),
                avatar_version: Some("0b".into()),
            }),
            Write::Kv(Scope::user(id, "plugin"), "k".into(), Bytes::from_static(b"value")),
            Write::Kv(Scope::user(juliet, "plugin"), "k".into(), Bytes::from_static(b"hers")),
            Write::Kv(Scope::gateway("plugin"), "k".into(), Bytes::from_static(b"ours")),
            Write::ApplicantAdd { jid: romeo(), full: Jid::new("romeo@example.org/phone").unwrap(), at: 7 },
            Write::BanAdd(Ban {
                subject: romeo(),
                reason: "banished".into(),
                by: BareJid::new("escalus@example.org").unwrap(),
                at: 8,
            }),
        ],
    )
    .await;
    let export = store.export(&romeo()).await.unwrap().expect("he is there");
    assert_eq!(
        export,
        json!({
            "jid": ROMEO,
            "registered_at": 1_700_000_000_000_i64,
            "credential_fields": ["password", "user"],
            "preferences": { "sync": "1" },
            "state": {},
            "application": { "asked_at": 7, "asked_from": "romeo@example.org/phone", "state": "waiting" },
            "bans": [{ "subject": ROMEO, "reason": "banished", "at": 8 }],
            "contacts": { "count": 1, "items": [{
                "id": "j", "name": null, "is_friend": true, "on_roster": false, "client_type": "phone",
                "avatar_sha1": null, "extra": { "avatar": "x" }, "card": null,
            }] },
            "rooms": { "count": 1, "items": [{
                "id": "balcony", "info": { "name": "Balcony" }, "joined": ["phone"], "avatar_sha1": "0a",
            }] },
            "files": { "count": 1, "items": [{
                "id": "f", "url": "https://up/f", "name": "f.png", "content_type": "image/png", "size": 7, "good_until": 9,
            }] },
            "pending": { "count": 1, "items": [{
                "chat": "j@gw", "sender": "romeo@example.org/phone", "xmpp_id": null, "kind": "chat",
                "created_at": 5, "operation_base64": "AP8=",
            }] },
            "values": { "count": 1, "items": [{ "scope": "plugin", "key": "k", "value_base64": "dmFsdWU=" }] },
            "threads": { "count": 0, "items": [] },
            "message_parts": { "count": 0, "items": [] },
            "archive": { "count": 0, "items": [] },
            "messages": { "count": 2, "items": [
                { "chat": "j", "id": "2", "xmpp_id": "m2", "outgoing": true, "at": 1 },
                { "chat": "j", "id": "1", "xmpp_id": "1", "outgoing": false, "at": 1 },
            ] },
        })
    );
    commit(&store, vec![Write::UserRemove(id)]).await;
    assert_eq!(store.export(&romeo()).await.unwrap(), None);
    let hers = store.export(&BareJid::new("juliet@example.org").unwrap()).await.unwrap().unwrap().to_string();
    assert!(hers.contains("her nurse") && !hers.contains("romeo"), "{hers}");
}

async fn an_export_of_very_much_is_cut_and_says_so(db: Database) {
    let store = db.open().await;
    let id = register(&store, ROMEO).await;
    for n in 0..1_200 {
        let ids = ids(id, "chat", &format!("{n:05}"));
        drop(store.journal().submit(write(Write::Message(ids))));
    }
    for n in 0..250 {
        drop(store.journal().submit(write(contact(id, &format!("{n:03}"), "{}"))));
    }
    // Base64 makes eleven of these more than there is room for.
    let large = Bytes::from(vec![b'x'; EXPORT_BYTES / 14]);
    let value = |key: usize| Write::Kv(Scope::user(id, "plugin"), format!("{key:02}").into(), large.clone());
    commit(&store, (0..8).map(value).collect()).await;
    let export = store.export(&romeo()).await.unwrap().unwrap();
    let listed = |export: &serde_json::Value, name: &str| {
        let list = &export[name];
        (list["count"].as_u64().unwrap(), list["items"].as_array().unwrap().len())
    };
    // Over the pages' borders, in order, none twice.
    assert_eq!(listed(&export, "contacts"), (250, 250));
    assert_eq!(listed(&export, "values"), (8, 8));
    assert_eq!(listed(&export, "messages"), (1_200, 1_200));
    for (n, item) in export["messages"]["items"].as_array().unwrap().iter().rev().enumerate() {
        assert_eq!(item["id"], format!("{n:05}"));
    }

    commit(&store, (8..12).map(value).collect()).await;
    let export = store.export(&romeo()).await.unwrap().unwrap();
    assert_eq!(listed(&export, "contacts"), (250, 250));
    assert_eq!(listed(&export, "values"), (12, 10));
    assert_eq!(listed(&export, "messages"), (1_200, 0));
    assert!(export.to_string().len() < EXPORT_BYTES + 4096);
}

on_both_engines!(a_user_gets_all_that_is_kept_but_no_password, an_export_of_very_much_is_cut_and_says_so);
