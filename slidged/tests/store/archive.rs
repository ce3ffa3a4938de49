//! Archives of rooms are read page by page, in order, and go with their user.

use std::time::Duration;

use slidged::store::{ArchivePage, ArchiveQuery, Archived, Entry, Store, UserId, Write};

use crate::support::{Database, TestClock, register, write};

fn message(user: UserId, id: &str, at: i64) -> Archived {
    Archived {
        user,
        room: "tea".into(),
        id: id.into(),
        at,
        stamp: at,
        sender: "Juliet".into(),
        author: "cjuliet".into(),
        xmpp_id: id.into(),
        payload: format!("<body>{id}</body>").into(),
    }
}

/// A user whose room has the messages 0 to 9, all but the first two of the same time.
async fn with_ten(db: &Database) -> (Store, UserId) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let messages = (0..10).map(|n| Write::Archive(message(romeo, &n.to_string(), n.min(2))));
    let entry = Entry { writes: messages.collect(), ..Entry::default() };
    store.journal().commit(entry).await.unwrap();
    (store, romeo)
}

async fn page(store: &Store, user: UserId, query: ArchiveQuery) -> ArchivePage {
    store.archive(user).page("tea", &query).await.unwrap().expect("the bounds are there")
}

fn ids(page: &ArchivePage) -> String {
    page.messages.iter().map(|message| &*message.id).collect()
}

fn strings(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

async fn k113_pages_have_every_message_once_also_those_of_the_same_time(db: Database) {
    let (store, romeo) = with_ten(&db).await;
    for backward in [false, true] {
        let (mut all, mut bound) = (Vec::new(), Vec::new());
        loop {
            let query = ArchiveQuery { limit: 3, backward, ..ArchiveQuery::default() };
            let query = match backward {
                false => ArchiveQuery { after: bound, ..query },
                true => ArchiveQuery { before: bound, ..query },
            };
            let page = page(&store, romeo, query).await;
            assert_eq!(page.count, Some(10), "of the whole result");
            assert_eq!(page.index, page.messages.first().map(|first| first.id.parse().unwrap()));
            let end = if backward { page.messages.first() } else { page.messages.last() };
            bound = vec![end.expect("no empty page").id.to_string()];
            all.push(ids(&page));
            if page.complete {
                break;
            }
        }
        let expected = if backward { ["789", "456", "123", "0"] } else { ["012", "345", "678", "9"] };
        assert_eq!(all, expected);
    }
}

async fn filters_choose_what_is_counted_and_read(db: Database) {
    let (store, romeo) = with_ten(&db).await;
    let own = Archived { author: "u".into(), sender: "me".into(), ..message(romeo, "own", 1) };
    let other = Archived { room: "coffee".into(), ..message(romeo, "0", 1) };
    for message in [own, other, message(romeo, "5", 100)] {
        store.journal().commit(write(Write::Archive(message))).await.unwrap();
    }
    let all = ArchiveQuery { limit: 100, ..ArchiveQuery::default() };
    for (query, found, count) in [
        (all.clone(), "01own23456789", 11),
        (ArchiveQuery { start: Some(1), end: Some(1), ..all.clone() }, "1own", 2),
        (ArchiveQuery { author: Some("u".into()), ..all.clone() }, "own", 1),
        (ArchiveQuery { sender: Some("nobody".into()), ..all.clone() }, "", 0),
        (ArchiveQuery { ids: strings(&["7", "3", "x"]), ..all.clone() }, "37", 2),
        (ArchiveQuery { after: strings(&["2", "4"]), before: strings(&["8"]), ..all.clone() }, "567", 11),
        (ArchiveQuery { after: strings(&["9"]), ..all.clone() }, "", 11),
        (ArchiveQuery { limit: 0, ..all.clone() }, "", 11),
    ] {
        let page = page(&store, romeo, query.clone()).await;
        assert_eq!((ids(&page).as_str(), page.count), (found, Some(count)), "{query:?}");
        assert_eq!(page.complete, query.limit > 0, "{query:?}");
    }
    let unknown = ArchiveQuery { after: strings(&["x"]), ..all };
    assert_eq!(store.archive(romeo).page("tea", &unknown).await.unwrap(), None);
    let archive = store.archive(romeo);
    assert!(archive.has_all("tea", &strings(&["7", "3", "7"])).await.unwrap());
    assert!(!archive.has_all("tea", &strings(&["7", "x"])).await.unwrap());
    let last = archive.last("tea", Some(2), 3).await.unwrap();
    assert_eq!(last.iter().map(|message| &*message.id).collect::<String>(), "789");
    let (first, last) = store.archive(romeo).ends("tea").await.unwrap().unwrap();
    assert_eq!((&*first.id, &*last.id, last.at), ("0", "9", 2), "a second message of an id is not kept");
    assert_eq!(store.archive(romeo).ends("nowhere").await.unwrap(), None);
}

async fn archives_are_of_one_user_go_with_them_and_outlive_the_room(db: Database) {
    let (store, romeo) = with_ten(&db).await;
    let juliet = register(&store, "juliet@example.org").await;
    store.journal().commit(write(Write::Archive(message(juliet, "j", 1)))).await.unwrap();
    let all = ArchiveQuery { limit: 100, ..ArchiveQuery::default() };
    assert_eq!(ids(&page(&store, juliet, all.clone()).await), "j");

    let export = store.export(&"juliet@example.org".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(export["archive"]["items"][0]["xml"], "<body>j</body>");

    // A network in trouble may forget rooms, and tell of them again.
    store.journal().commit(write(Write::RoomRemove(romeo, "tea".into()))).await.unwrap();
    assert_eq!(ids(&page(&store, romeo, all.clone()).await), "0123456789");

    store.journal().commit(write(Write::UserRemove(juliet))).await.unwrap();
    store.journal().commit(write(Write::Archive(message(juliet, "k", 1)))).await.unwrap();
    assert_eq!(ids(&page(&store, juliet, all).await), "");
}

async fn what_is_old_or_too_much_is_deleted(db: Database) {
    let clock = TestClock::at(1_000_000);
    let mut config = db.config();
    config.clock = clock.clock();
    config.archive = Duration::from_secs(10);
    config.archive_messages = 5;
    config.prune_after_start = Duration::ZERO;
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    // The last one was filled in, and is old.
    let times = [980_000, 995_000, 995_001, 995_002, 995_003, 995_004, 995_005, 980_001];
    let messages = times.iter().map(|at| Write::Archive(message(romeo, &at.to_string(), *at)));
    store.journal().commit(Entry { writes: messages.collect(), ..Entry::default() }).await.unwrap();
    store.close().await.unwrap();

    let store = Store::open(config).await.unwrap();
    let all = ArchiveQuery { limit: 100, ..ArchiveQuery::default() };
    let expected = "995002995003995004995005";
    while ids(&page(&store, romeo, all.clone()).await) != expected {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

on_both_engines!(
    k113_pages_have_every_message_once_also_those_of_the_same_time,
    filters_choose_what_is_counted_and_read,
    archives_are_of_one_user_go_with_them_and_outlive_the_room,
    what_is_old_or_too_much_is_deleted,
);
