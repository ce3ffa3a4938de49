//! Delivery contract, network → XMPP: at least once, in order, whatever happens to the link.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use slidged::outbox::{Pump, PumpConfig};
use slidged::store::{Entry, Outgoing, Store, Waiting};

use crate::support::link::FakeLink;
use crate::support::{Database, TestClock, spooled, stanza};

fn pump(store: &Store, link: &FakeLink) -> Pump {
    let mut config = PumpConfig::new("gw.example.org");
    config.barrier_linger = Duration::from_millis(1);
    Pump::spawn(store.outbox(), link.clone(), config)
}

fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn numbered(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| format!("<message id='{n}'/>")).collect()
}

async fn submit_all(store: &Store, stanzas: &[String]) {
    for text in stanzas {
        store.journal().commit(stanza(text)).await.unwrap();
    }
}

async fn everything_arrives_in_order_and_is_deleted(db: Database) {
    let store = db.open().await;
    let link = FakeLink::up();
    let pump = pump(&store, &link);
    let expected = numbered(0..2000);
    let answers: Vec<_> = expected.iter().map(|text| store.journal().submit(stanza(text))).collect();
    for answer in answers {
        answer.await.unwrap();
    }
    store.outbox().flushed().await;
    assert_eq!(link.delivered(), expected);
    assert_eq!(load(&pump.counters().acknowledged), 2000);
    assert_eq!(load(&pump.counters().repeated), 0);
    pump.stop().await;
    store.close().await.unwrap();
    assert_eq!(db.open().await.outbox().waiting(), Waiting::default());
}

/// Isolation of a stanza at which the server ends the connection: all other stanzas wait behind it.
async fn a_stanza_at_which_the_server_ends_the_connection_is_given_up_and_no_other(db: Database) {
    let store = db.open().await;
    let link = FakeLink::down();
    link.reject("id='150'");
    let pump = pump(&store, &link);
    let all = numbered(0..300);
    submit_all(&store, &all).await;
    link.connect();
    let outbox = store.outbox();
    let flushed = tokio::time::timeout(Duration::from_secs(60), outbox.flushed());
    flushed.await.expect("the others arrive");
    let expected: Vec<_> = all.into_iter().filter(|stanza| !stanza.contains("id='150'")).collect();
    assert_eq!(link.delivered_once(), expected);
    // Everybody is served as before.
    submit_all(&store, &numbered(300..1500)).await;
    store.outbox().flushed().await;
    assert_eq!(link.delivered_once().len(), 1499);
    pump.stop().await;
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_pump_with_nothing_to_write_notices_that_its_connection_was_replaced() {
    let db = Database::sqlite();
    let store = db.open().await;
    let link = FakeLink::up();
    let _pump = pump(&store, &link);
    store.outbox().feed().is_online(1).await;
    link.cut();
    link.connect();
    let online = tokio::time::timeout(Duration::from_secs(10), async {
        store.outbox().feed().is_online(2).await;
    });
    online.await.expect("the pump works on the new connection");
}

/// Small generator, so that a failing run can be repeated.
fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

async fn cuts_at_any_instant_lose_nothing_and_keep_the_order(db: Database) {
    let store = db.open().await;
    let link = FakeLink::down();
    let pump = pump(&store, &link);
    let mut seed = 0x9e37_79b9_7f4a_7c15;
    let mut expected = Vec::new();
    for round in 0..60 {
        let stanzas = numbered(round * 20..round * 20 + 20);
        let mut answers: Vec<_> =
            stanzas[..15].iter().map(|text| store.journal().submit(stanza(text))).collect();
        let calls = u32::try_from(random(&mut seed) % 8).unwrap();
        let luck = usize::try_from(random(&mut seed) % 101).unwrap();
        link.cut_after(calls, luck);
        link.connect();
        answers.extend(stanzas[15..].iter().map(|text| store.journal().submit(stanza(text))));
        for answer in answers {
            answer.await.unwrap();
        }
        expected.extend(stanzas);
        // Every now and then all is delivered before the cut comes.
        let all = expected.len();
        link.until(|link| !link.is_up() || link.delivered_once().len() == all).await;
        link.cut();
    }
    link.connect();
    store.outbox().flushed().await;
    assert_eq!(link.delivered_once(), expected);
    assert!(load(&pump.counters().repeated) > 0, "the cuts hit nothing");
    // Repeats come in order, too: from the last barrier on, all once more.
    let order: Vec<usize> = link
        .delivered()
        .iter()
        .map(|text| expected.iter().position(|other| other == text).unwrap())
        .collect();
    let jumps = order.windows(2).filter(|pair| pair[1] > pair[0] + 1).count();
    assert_eq!(jumps, 0, "something was sent before what belongs in front of it");
}

async fn without_an_answer_nothing_is_deleted_and_only_so_much_is_written(db: Database) {
    let store = db.open().await;
    let link = FakeLink::up();
    link.answer(false);
    let pump = pump(&store, &link);
    let expected: Vec<String> =
        (0..60).map(|n| format!("<message id='{n}' body='{}'/>", "x".repeat(50 << 10))).collect();
    submit_all(&store, &expected).await;
    // A server of which nothing is known gets no more than one of these.
    link.until(|link| !link.on_its_way().is_empty()).await;
    while load(&pump.counters().barriers) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(store.outbox().waiting().messages, 60);
    assert_eq!((load(&pump.counters().barriers), link.on_its_way().len()), (1, 1));
    // The link notices at last; the next connection is well.
    link.cut();
    link.answer(true);
    link.connect();
    store.outbox().flushed().await;
    assert_eq!(link.delivered(), expected);
    assert!(link.most_bytes() < (256 << 10) + (300 << 10), "{} bytes", link.most_bytes());
    assert!(load(&pump.counters().repeated) >= 1);
}

async fn a_backlog_larger_than_the_window_is_sent_whole_to_a_server_that_takes_its_time(db: Database) {
    let store = db.open().await;
    let link = FakeLink::down();
    let _pump = pump(&store, &link);
    let expected: Vec<String> =
        (0..60).map(|n| format!("<message id='{n}' body='{}'/>", "x".repeat(20 << 10))).collect();
    for stanza in &expected {
        // A row each, so that the window is full in the middle of what was read at once.
        submit_all(&store, std::slice::from_ref(stanza)).await;
    }
    link.answer(false);
    link.connect();
    link.until(|link| !link.on_its_way().is_empty()).await;
    link.answer(true);
    store.outbox().flushed().await;
    assert_eq!(link.delivered(), expected);
}

async fn what_a_crash_left_is_sent_by_the_next_process(db: Database) {
    let store = db.open().await;
    let link = FakeLink::up();
    link.answer(false);
    let first = pump(&store, &link);
    let expected = numbered(0..100);
    submit_all(&store, &expected[..60]).await;
    link.until(|link| link.on_its_way().len() == 60).await;
    first.stop().await;
    submit_all(&store, &expected[60..]).await;
    store.close().await.unwrap();

    let store = db.open().await;
    assert_eq!(store.outbox().waiting().messages, 100);
    let link = FakeLink::up();
    let _second = pump(&store, &link);
    store.outbox().flushed().await;
    assert_eq!(link.delivered(), expected);
}

async fn ephemeral_stanzas_keep_their_place_and_do_not_outlive_the_link(db: Database) {
    let store = db.open().await;
    let link = FakeLink::up();
    let _pump = pump(&store, &link);
    // The first makes sure that the pump is with us.
    submit_all(&store, &numbered(0..1)).await;
    store.outbox().flushed().await;
    let mixed = |n: u32| Entry {
        stanzas: vec![
            Outgoing::ephemeral(format!("<composing n='{n}'/>")),
            Outgoing::durable(format!("<message n='{n}'/>")),
            Outgoing::ephemeral(format!("<active n='{n}'/>")),
        ],
        ..Entry::default()
    };
    let mut expected = numbered(0..1);
    for n in 0..50 {
        let alone =
            Entry { stanzas: vec![Outgoing::ephemeral(format!("<typing n='{n}'/>"))], ..Entry::default() };
        let (a, b) = (store.journal().submit(mixed(n)), store.journal().submit(alone));
        a.await.unwrap();
        b.await.unwrap();
        expected
            .extend(["composing", "message", "active", "typing"].map(|name| format!("<{name} n='{n}'/>")));
    }
    store.outbox().flushed().await;
    link.until(|link| link.delivered().len() + link.on_its_way().len() == 201).await;
    let got: Vec<String> = link.delivered().into_iter().chain(link.on_its_way()).collect();
    assert_eq!(got, expected);

    link.cut();
    let before = link.delivered().len();
    // The pump learns of it with the first write, at the latest.
    submit_all(&store, &["<message id='notice'/>".to_owned()]).await;
    store.journal().commit(mixed(99)).await.unwrap();
    link.connect();
    store.outbox().flushed().await;
    assert_eq!(link.delivered()[before..], ["<message id='notice'/>", "<message n='99'/>"]);
}

async fn a_slow_server_sends_the_pump_to_the_database_and_back(db: Database) {
    let store = db.open().await;
    let link = FakeLink::up();
    let pump = pump(&store, &link);
    submit_all(&store, &numbered(0..1)).await;
    store.outbox().flushed().await;
    // Twice what fits into memory.
    link.accept(false);
    let large: Vec<String> =
        (0..400).map(|n| format!("<message n='{n}' body='{}'/>", "x".repeat(20 << 10))).collect();
    submit_all(&store, &large).await;
    link.accept(true);
    store.outbox().flushed().await;
    let small = numbered(1..100);
    submit_all(&store, &small).await;
    store.outbox().flushed().await;
    let expected: Vec<String> = numbered(0..1).into_iter().chain(large).chain(small).collect();
    assert_eq!(link.delivered(), expected);
    assert_eq!(load(&pump.counters().repeated), 0);
}

async fn late_stanzas_say_so(db: Database) {
    let clock = TestClock::at(1_700_000_000_000);
    let mut config = db.config();
    config.clock = clock.clock();
    let store = Store::open(config.clone()).await.unwrap();
    let early = Entry {
        stanzas: ["<message id='1'/>", "<presence id='2'/>", "<iq id='3'/>"].map(Outgoing::durable).into(),
        ..Entry::default()
    };
    store.journal().commit(early).await.unwrap();
    clock.set(1_700_000_000_000 + 2_000);
    submit_all(&store, &["<message id='4'/>".to_owned()]).await;
    store.close().await.unwrap();
    // The next process finds them.
    clock.set(1_700_000_000_000 + 301_000);
    let store = Store::open(config).await.unwrap();
    let link = FakeLink::up();
    let _pump = pump(&store, &link);
    store.outbox().flushed().await;
    let delay = "<delay xmlns='urn:xmpp:delay' from='gw.example.org' stamp='2023-11-14T22:13:20.000Z'/>";
    let expected = format!(
        "<message id='1'>{delay}</message><presence id='2'>{delay}</presence><iq id='3'/><message id='4'/>"
    );
    assert_eq!(link.delivered().concat(), expected);
}

async fn too_old_is_given_up_counted_and_makes_room(db: Database) {
    let clock = TestClock::at(1_000_000);
    let mut config = db.config();
    config.clock = clock.clock();
    config.outbox.age = Duration::from_secs(100);
    let store = Store::open(config.clone()).await.unwrap();
    submit_all(&store, &numbered(0..700)).await;
    clock.set(1_050_000);
    submit_all(&store, &numbered(700..710)).await;
    store.close().await.unwrap();
    // The next process finds them.
    clock.set(1_100_001);
    let store = Store::open(config).await.unwrap();
    let link = FakeLink::up();
    let pump = pump(&store, &link);
    store.outbox().flushed().await;
    assert_eq!(link.delivered(), numbered(700..710));
    assert_eq!(load(&pump.counters().expired), 700);
    assert_eq!(load(&pump.counters().acknowledged), 10);
}

async fn a_full_outbox_goes_on_when_the_link_comes_back(db: Database) {
    let mut config = db.config();
    config.outbox.messages = 100;
    let store = Store::open(config).await.unwrap();
    let link = FakeLink::down();
    let _pump = pump(&store, &link);
    let expected = numbered(0..1000);
    let answers: Vec<_> = expected.iter().map(|text| store.journal().submit(stanza(text))).collect();
    let mut first_hundred = answers.into_iter();
    for answer in first_hundred.by_ref().take(100) {
        answer.await.unwrap();
    }
    assert_eq!(spooled(&store).await.len(), 100);
    assert_eq!(store.journal().queued(), 900);
    link.connect();
    for answer in first_hundred {
        answer.await.unwrap();
    }
    store.outbox().flushed().await;
    assert_eq!(link.delivered(), expected);
}

on_both_engines!(
    everything_arrives_in_order_and_is_deleted,
    a_stanza_at_which_the_server_ends_the_connection_is_given_up_and_no_other,
    cuts_at_any_instant_lose_nothing_and_keep_the_order,
    without_an_answer_nothing_is_deleted_and_only_so_much_is_written,
    a_backlog_larger_than_the_window_is_sent_whole_to_a_server_that_takes_its_time,
    what_a_crash_left_is_sent_by_the_next_process,
    ephemeral_stanzas_keep_their_place_and_do_not_outlive_the_link,
    a_slow_server_sends_the_pump_to_the_database_and_back,
    late_stanzas_say_so,
    too_old_is_given_up_counted_and_makes_room,
    a_full_outbox_goes_on_when_the_link_comes_back,
);
