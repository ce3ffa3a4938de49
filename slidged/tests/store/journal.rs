//! Group commit: order, durability, duplicates, isolation, back-pressure.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jid::BareJid;
use slidged::store::{
    Committed, Entry, MessageIds, MessagePart, OutboxLimits, Outgoing, Scope, Store, StoreError, Waiting,
    Write,
};

use crate::support::{Database, TestClock, ids, register, server_takes, spooled, stanza, write};

const DUPLICATE: Committed = Committed { duplicate: true };
const NEW: Committed = Committed { duplicate: false };

async fn entries_are_committed_in_the_order_of_their_submission(db: Database) {
    let store = db.open().await;
    let expected: Vec<String> = (0..5000).map(|n| format!("<message id='{n}'/>")).collect();
    let answers: Vec<_> = expected.iter().map(|text| store.journal().submit(stanza(text))).collect();
    for answer in answers {
        assert_eq!(answer.await.unwrap(), NEW);
    }
    assert_eq!(spooled(&store).await, expected);
    let bytes = expected.iter().map(|text| text.len() as u64).sum();
    assert_eq!(store.outbox().waiting(), Waiting { messages: 5000, bytes });
    // They were grouped: nothing near one row per stanza.
    let rows = store.outbox().page(0).await.unwrap().len();
    assert!(rows < 500, "{rows} rows");
}

async fn what_was_committed_is_there_after_reopening(db: Database) {
    let store = db.open().await;
    store.journal().commit(stanza("<message id='1'/>")).await.unwrap();
    store.close().await.unwrap();
    let store = db.open().await;
    assert_eq!(spooled(&store).await, ["<message id='1'/>"]);
    assert_eq!(store.outbox().waiting(), Waiting { messages: 1, bytes: 17 });
    store.journal().commit(stanza("<message id='2'/>")).await.unwrap();
    assert_eq!(spooled(&store).await, ["<message id='1'/>", "<message id='2'/>"]);
}

async fn closing_commits_all_that_was_submitted_and_refuses_the_rest(db: Database) {
    let mut config = db.config();
    // Even when the outbox is full: what was submitted is not thrown away.
    config.outbox.messages = 10;
    let store = Store::open(config).await.unwrap();
    let answers: Vec<_> =
        (0..1000).map(|n| store.journal().submit(stanza(&format!("<m id='{n}'/>")))).collect();
    store.close().await.unwrap();
    for answer in answers {
        assert_eq!(answer.await.unwrap(), NEW);
    }
    assert!(matches!(store.journal().commit(stanza("<m/>")).await, Err(StoreError::Closed)));
    store.journal().ready().await;
    let store = db.open().await;
    assert_eq!(spooled(&store).await.len(), 1000);
}

fn event(message: MessageIds, text: &str) -> Entry {
    Entry { dedup: Some(message), ..stanza(text) }
}

async fn an_event_that_the_network_repeats_is_shown_once(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let mut first = event(ids(romeo, "c", "1"), "<first/>");
    first.writes.push(Write::Kv(Scope::gateway("t"), "k".into(), Bytes::from_static(b"first")));
    assert_eq!(store.journal().commit(first).await.unwrap(), NEW);
    let mut again = event(ids(romeo, "c", "1"), "<again/>");
    again.writes.push(Write::Kv(Scope::gateway("t"), "k".into(), Bytes::from_static(b"again")));
    assert_eq!(store.journal().commit(again).await.unwrap(), DUPLICATE);
    // Nothing of it was done.
    assert_eq!(store.kv(Scope::gateway("t")).get("k").await.unwrap().as_deref(), Some(&b"first"[..]));

    // Among many in one transaction, twice in the same one, and in another chat.
    let mut expected = vec!["<first/>".to_owned()];
    let mut answers = Vec::new();
    for n in 0..200 {
        let id = (n / 2).to_string();
        let text = format!("<message n='{n}'/>");
        let new = n % 2 == 0 && n != 2;
        if new {
            expected.push(text.clone());
        }
        answers.push((new, store.journal().submit(event(ids(romeo, "c", &id), &text))));
    }
    answers.push((true, store.journal().submit(event(ids(romeo, "d", "1"), "<other/>"))));
    expected.push("<other/>".to_owned());
    for (index, (new, answer)) in answers.into_iter().enumerate() {
        assert_eq!(answer.await.unwrap().duplicate, !new, "entry {index}");
    }
    assert_eq!(spooled(&store).await, expected);
}

async fn the_echo_of_a_message_noted_just_before_is_a_duplicate(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    // All in one transaction: the first keeps the writer busy.
    let mut answers = vec![store.journal().submit(stanza("<busy/>"))];
    let noted = MessageIds { xmpp_id: "x1".into(), from_user: true, ..ids(romeo, "c", "1") };
    answers.push(store.journal().submit(write(Write::Message(noted.clone()))));
    let echo = store.journal().submit(event(ids(romeo, "c", "1"), "<echo/>"));
    for answer in answers {
        answer.await.unwrap();
    }
    assert_eq!(echo.await.unwrap(), DUPLICATE);
    assert_eq!(store.messages(romeo).by_legacy_id("c", "1").await.unwrap(), Some(noted));
    assert_eq!(spooled(&store).await, ["<busy/>"]);
}

async fn an_entry_that_the_database_refuses_fails_alone(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let nobody = store.new_user_id();
    let answers: Vec<_> = (0..50)
        .map(|n| {
            let owner = if n == 30 { nobody } else { romeo };
            store.journal().submit(event(ids(owner, "c", &n.to_string()), &format!("<m n='{n}'/>")))
        })
        .collect();
    for (n, answer) in answers.into_iter().enumerate() {
        match answer.await {
            Ok(committed) => assert!(n != 30 && committed == NEW, "entry {n}"),
            Err(error) => assert!(n == 30 && matches!(error, StoreError::NoSuchUser), "entry {n}: {error}"),
        }
    }
    let expected: Vec<String> = (0..50).filter(|n| *n != 30).map(|n| format!("<m n='{n}'/>")).collect();
    assert_eq!(spooled(&store).await, expected);
}

async fn text_that_one_engine_cannot_hold_is_refused_on_both(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let refused = store.journal().commit(write(Write::Message(ids(romeo, "c", "a\0b")))).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    let refused = store.journal().commit(event(ids(romeo, "a\0", "b"), "<m/>")).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
}

async fn ephemeral_stanzas_are_not_written(db: Database) {
    let store = db.open().await;
    let entry = Entry {
        stanzas: vec![
            Outgoing::ephemeral("<composing/>"),
            Outgoing::durable("<message/>"),
            Outgoing::ephemeral("<active/>"),
        ],
        ..Entry::default()
    };
    store.journal().commit(entry).await.unwrap();
    let alone = Entry { stanzas: vec![Outgoing::ephemeral("<paused/>")], ..Entry::default() };
    store.journal().commit(alone).await.unwrap();
    assert_eq!(spooled(&store).await, ["<message/>"]);
    assert_eq!(store.outbox().waiting(), Waiting { messages: 1, bytes: 10 });
}

async fn a_full_outbox_holds_back_until_the_server_has_taken_something(db: Database) {
    let mut config = db.config();
    config.outbox = OutboxLimits { messages: 10, bytes: 1 << 20, ..OutboxLimits::default() };
    let store = Store::open(config).await.unwrap();
    for n in 0..10 {
        store.journal().commit(stanza(&format!("<m id='{n}'/>"))).await.unwrap();
    }
    let mut eleventh = store.journal().submit(stanza("<m id='10'/>"));
    // It waits, for nothing is lost; the writer has seen it when it answers another's question.
    let waits = tokio::time::timeout(Duration::from_millis(300), &mut eleventh).await;
    assert!(waits.is_err(), "{waits:?}");
    assert_eq!(spooled(&store).await.len(), 10);
    store.outbox().feed().online(1);
    server_takes(&store, 1).await;
    assert_eq!(eleventh.await.unwrap(), NEW);
    assert_eq!(spooled(&store).await.len(), 10);
    assert_eq!(spooled(&store).await.last().map(String::as_str), Some("<m id='10'/>"));
}

async fn a_stanza_larger_than_the_whole_outbox_goes_through_an_empty_one(db: Database) {
    let mut config = db.config();
    config.outbox.bytes = 1000;
    let store = Store::open(config).await.unwrap();
    let large = "x".repeat(5000);
    store.journal().commit(stanza(&large)).await.unwrap();
    assert_eq!(spooled(&store).await, [large]);
}

async fn callers_wait_while_the_queue_is_long(db: Database) {
    let mut config = db.config();
    config.outbox.messages = 1;
    let store = Store::open(config).await.unwrap();
    store.journal().ready().await;
    store.journal().commit(stanza("<m/>")).await.unwrap();
    let text = "x".repeat(100 << 10);
    let answers: Vec<_> = (0..30).map(|_| store.journal().submit(stanza(&text))).collect();
    let held = tokio::time::timeout(Duration::from_millis(100), store.journal().ready()).await;
    assert!(held.is_err());
    assert_eq!(store.journal().queued(), 30);
    let journal = store.journal().clone();
    let waiter = tokio::spawn(async move { journal.ready().await });
    store.close().await.unwrap();
    waiter.await.unwrap();
    for answer in answers {
        assert_eq!(answer.await.unwrap(), NEW);
    }
}

async fn released_rows_are_deleted_soon_and_at_the_latest_on_closing(db: Database) {
    let store = db.open().await;
    store.journal().commit(stanza("<m id='1'/>")).await.unwrap();
    store.journal().commit(stanza("<m id='2'/>")).await.unwrap();
    store.outbox().feed().online(1);
    server_takes(&store, 1).await;
    // With the next transaction:
    store.journal().commit(stanza("<m id='3'/>")).await.unwrap();
    assert_eq!(spooled(&store).await, ["<m id='2'/>", "<m id='3'/>"]);
    server_takes(&store, 1).await;
    // In one of its own:
    while spooled(&store).await.len() > 1 {
        tokio::task::yield_now().await;
    }
    server_takes(&store, 1).await;
    store.outbox().flushed().await;
    store.close().await.unwrap();
    let store = db.open().await;
    assert_eq!(spooled(&store).await, [""; 0]);
    assert_eq!(store.outbox().waiting(), Waiting::default());
}

async fn old_message_ids_are_forgotten(db: Database) {
    let clock = TestClock::at(1_000_000);
    let mut config = db.config();
    config.clock = clock.clock();
    config.retention = Duration::from_secs(10);
    config.prune_after_start = Duration::ZERO;
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let at = |at: i64, id: i64| MessageIds { at, ..ids(romeo, "c", &id.to_string()) };
    let mut entry = Entry::default();
    entry.writes.extend((0..1200).map(|id| Write::Message(at(980_000, id))));
    store.journal().commit(entry).await.unwrap();
    store.journal().commit(write(Write::Message(at(995_000, 5000)))).await.unwrap();
    let part = |at: i64, legacy_id: i64| MessagePart {
        user: romeo,
        chat: "c".into(),
        legacy_id: legacy_id.to_string().into(),
        xmpp_id: format!("part of {legacy_id}").into(),
        part: 1,
        at,
    };
    let parts = (0..600).map(|id| part(980_000, id)).chain([part(995_000, 5000)]).map(Write::MessagePart);
    store.journal().commit(Entry { writes: parts.collect(), ..Entry::default() }).await.unwrap();
    store.close().await.unwrap();

    let store = Store::open(config).await.unwrap();
    let messages = store.messages(romeo);
    while messages.by_legacy_id("c", "1199").await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(messages.by_legacy_id("c", "0").await.unwrap(), None);
    assert_eq!(messages.stanzas("c", "5000").await.unwrap().len(), 2);
    let parts = async || {
        let export = store.export(&BareJid::new("romeo@example.org").unwrap()).await.unwrap();
        export.expect("he is there")["message_parts"]["count"].as_u64()
    };
    while parts().await != Some(1) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(messages.by_legacy_id("c", "5000").await.unwrap().is_some());
}

async fn ids_behind_renewed_ones_are_forgotten_as_well(db: Database) {
    let clock = TestClock::at(1_000_000);
    let mut config = db.config();
    config.clock = clock.clock();
    config.retention = Duration::from_secs(10);
    config.prune_after_start = Duration::ZERO;
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    // The lowest ids are of messages that were renewed just now, or written by a clock that was
    // ahead.
    let message = |n: u32| MessageIds {
        at: if n < 600 { 2_000_000 } else { 980_000 },
        ..ids(romeo, "c", &n.to_string())
    };
    let writes = (0..1200).map(|n| Write::Message(message(n))).collect();
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    store.close().await.unwrap();

    let store = Store::open(config).await.unwrap();
    let messages = store.messages(romeo);
    while messages.by_legacy_id("c", "1199").await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(messages.by_legacy_id("c", "0").await.unwrap().is_some());
}

async fn a_clock_that_is_set_forward_makes_nothing_old(db: Database) {
    let clock = TestClock::at(1_000_000);
    let mut config = db.config();
    config.clock = clock.clock();
    config.retention = Duration::from_secs(10);
    config.prune_after_start = Duration::from_millis(50);
    let store = Store::open(config).await.unwrap();
    let romeo = register(&store, "romeo@example.org").await;
    let old = MessageIds { at: 980_000, ..ids(romeo, "c", "old") };
    let young = MessageIds { at: 999_000, ..ids(romeo, "c", "young") };
    let writes = vec![Write::Message(old), Write::Message(young)];
    store.journal().commit(Entry { writes, ..Entry::default() }).await.unwrap();
    clock.set(1_000_000 + 30 * 86_400_000);
    let messages = store.messages(romeo);
    while messages.by_legacy_id("c", "old").await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(messages.by_legacy_id("c", "young").await.unwrap().is_some());
}

async fn many_writers_at_once_lose_nothing(db: Database) {
    let store = db.open().await;
    let romeo = register(&store, "romeo@example.org").await;
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..200 {
                    let chat: Arc<str> = format!("chat{task}").into();
                    let entry = event(ids(romeo, &chat, &n.to_string()), &format!("<m c='{task}' n='{n}'/>"));
                    store.journal().commit(entry).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let all = spooled(&store).await;
    assert_eq!(all.len(), 1600);
    for task in 0..8 {
        let of: Vec<_> = all.iter().filter(|text| text.starts_with(&format!("<m c='{task}'"))).collect();
        let expected: Vec<String> = (0..200).map(|n| format!("<m c='{task}' n='{n}'/>")).collect();
        assert!(of.into_iter().eq(expected.iter()), "order of conversation {task}");
    }
}

on_both_engines!(
    entries_are_committed_in_the_order_of_their_submission,
    what_was_committed_is_there_after_reopening,
    closing_commits_all_that_was_submitted_and_refuses_the_rest,
    an_event_that_the_network_repeats_is_shown_once,
    the_echo_of_a_message_noted_just_before_is_a_duplicate,
    an_entry_that_the_database_refuses_fails_alone,
    text_that_one_engine_cannot_hold_is_refused_on_both,
    ephemeral_stanzas_are_not_written,
    a_full_outbox_holds_back_until_the_server_has_taken_something,
    a_stanza_larger_than_the_whole_outbox_goes_through_an_empty_one,
    callers_wait_while_the_queue_is_long,
    released_rows_are_deleted_soon_and_at_the_latest_on_closing,
    old_message_ids_are_forgotten,
    ids_behind_renewed_ones_are_forgotten_as_well,
    a_clock_that_is_set_forward_makes_nothing_old,
    many_writers_at_once_lose_nothing,
);
