//! Fairness of the outbox: it serves all users who have something waiting in turn.

use std::time::{Duration, Instant};

use slidged::outbox::{Pump, PumpConfig};
use slidged::store::journal::CREDIT;
use slidged::store::{Entry, Journal, Lane, Outgoing, Store};

use crate::support::link::FakeLink;
use crate::support::slow::SlowLink;
use crate::support::{Database, TestClock, server_takes, spooled, stanza};

/// Longest time for a single message or answer, whatever other lanes do.
const SOON: Duration = Duration::from_secs(2);

fn pump(store: &Store, link: &SlowLink) -> Pump {
    Pump::spawn(store.outbox(), link.clone(), PumpConfig::new("gw.example.org"))
}

/// Journal of a user's lane.
fn somebody(store: &Store) -> Journal {
    store.journal().of(Lane::of(store.new_user_id()))
}

fn message(who: &str, number: u32) -> String {
    format!("<message id='{who}{number}' body='{}'/>", "x".repeat(200))
}

fn ephemeral(text: &str) -> Entry {
    Entry { stanzas: vec![Outgoing::ephemeral(text.to_owned())], ..Entry::default() }
}

async fn flood(journal: &Journal, who: &str, count: u32) {
    let answers: Vec<_> = (0..count).map(|n| journal.submit(stanza(&message(who, n)))).collect();
    for answer in answers {
        answer.await.unwrap();
    }
}

async fn one_users_backlog_delays_nobody_elses_messages_and_answers(db: Database) {
    let store = db.open().await;
    let (a, b, c) = (somebody(&store), somebody(&store), somebody(&store));
    let link = SlowLink::up(30);
    let _pump = pump(&store, &link);
    flood(&a, "a", 5000).await;
    // In the middle of it, several times.
    let mut worst = Duration::ZERO;
    for round in 0..3 {
        link.took(&message("a", 20 + 30 * round)).await;
        let asked = Instant::now();
        let iq = format!("<iq id='c{round}'/>");
        c.note(ephemeral(&iq));
        b.commit(stanza(&message("b", round))).await.unwrap();
        let took = [link.took(&message("b", round)).await - asked, link.took(&iq).await - asked];
        worst = worst.max(took[0]).max(took[1]);
    }
    eprintln!("{worst:?} at the worst");
    assert!(worst < SOON, "{worst:?}");
    assert!(link.on_its_way() < 60, "{} are on their way", link.on_its_way());
    let of_a: Vec<String> = link.taken().into_iter().filter(|text| text.contains("id='a")).collect();
    let expected: Vec<String> = (0..of_a.len()).map(|n| message("a", u32::try_from(n).unwrap())).collect();
    assert_eq!(of_a, expected);
}

/// Receipts, errors and results do not wait behind what others have said to the same user; all that
/// they have said keeps its order.
async fn a_backlog_of_ones_own_delays_no_answers(db: Database) {
    let store = db.open().await;
    let a = somebody(&store);
    let link = SlowLink::up(30);
    let _pump = pump(&store, &link);
    flood(&a, "a", 1000).await;
    let mut worst = Duration::ZERO;
    for round in 0..3 {
        link.took(&message("a", 20 + 30 * round)).await;
        let asked = Instant::now();
        let [iq, receipt] = ["iq", "receipt"].map(|what| format!("<{what} id='{round}'/>"));
        a.note(Entry { stanzas: vec![Outgoing::ephemeral(iq.clone()).answering()], ..Entry::default() });
        let answered = vec![
            Outgoing::durable(receipt.clone()).answering(),
            Outgoing::durable(message("a", 1000 + round)),
        ];
        a.commit(Entry { stanzas: answered, ..Entry::default() }).await.unwrap();
        let took = [link.took(&iq).await - asked, link.took(&receipt).await - asked];
        worst = worst.max(took[0]).max(took[1]);
    }
    eprintln!("{worst:?} at the worst");
    assert!(worst < SOON, "{worst:?}");
    let of_a: Vec<String> = link.taken().into_iter().filter(|text| text.contains("id='a")).collect();
    let expected: Vec<String> = (0..of_a.len()).map(|n| message("a", u32::try_from(n).unwrap())).collect();
    assert_eq!(of_a, expected);
}

async fn the_same_holds_right_after_a_start(db: Database) {
    let store = db.open().await;
    let [a, b, c] = [(); 3].map(|()| store.new_user_id()).map(Lane::of);
    flood(&store.journal().of(a), "a", 5000).await;
    store.journal().of(b).commit(stanza(&message("b", 0))).await.unwrap();
    store.close().await.unwrap();

    let store = db.open().await;
    let link = SlowLink::up(30);
    let started = Instant::now();
    let _pump = pump(&store, &link);
    store.outbox().feed().is_online(1).await;
    store.journal().of(c).note(ephemeral("<iq id='c'/>"));
    let took = [link.took(&message("b", 0)).await - started, link.took("<iq id='c'/>").await - started];
    eprintln!("{took:?}");
    assert!(took.iter().all(|took| *took < SOON), "{took:?}");
}

async fn answers_to_strangers_delay_no_users_message_and_have_their_bound(db: Database) {
    let store = db.open().await;
    let b = somebody(&store);
    let link = SlowLink::up(30);
    let _pump = pump(&store, &link);
    store.outbox().feed().is_online(1).await;
    // 200 accounts with 50 questions each, and one elsewhere with one.
    for n in 0..10_000 {
        let stranger = store.journal().to_stranger(&format!("u{}@a.example", n % 200));
        stranger.note(ephemeral(&format!("<iq id='form{n}' body='{}'/>", "x".repeat(1000))));
    }
    let (asked, modest) = (Instant::now(), "<iq id='modest'/>");
    store.journal().to_stranger("modest@b.example").note(ephemeral(modest));
    let took = link.took(modest).await - asked;
    assert!(took < SOON, "{took:?} for who asks once");
    let mut worst = Duration::ZERO;
    for round in 0..3 {
        let asked = Instant::now();
        b.commit(stanza(&message("b", round))).await.unwrap();
        worst = worst.max(link.took(&message("b", round)).await - asked);
    }
    eprintln!("{worst:?} at the worst");
    assert!(worst < SOON, "{worst:?}");
    let dropped = store.outbox().feed().dropped();
    assert!((8000..10_000).contains(&dropped), "{dropped} dropped");
    // The others are still answered.
    link.took(&format!("<iq id='form9999' body='{}'/>", "x".repeat(1000))).await;
}

fn number(text: &str) -> (char, u32) {
    let id = text.split('\'').nth(1).expect("an id");
    (id.chars().next().expect("a letter"), id[1..].parse().expect("a number"))
}

async fn cuts_at_any_instant_keep_each_lanes_order_and_lose_nothing(db: Database) {
    let store = db.open().await;
    let link = FakeLink::down();
    let mut config = PumpConfig::new("gw.example.org");
    config.barrier_linger = Duration::from_millis(1);
    let pump = Pump::spawn(store.outbox(), link.clone(), config);
    let lanes: Vec<_> = ["a", "b", "c", "d"].map(|who| (who, somebody(&store))).into();
    let mut dice = 0x2545_f491_4f6c_dd1d_u64;
    let mut roll = |sides: u64| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        usize::try_from(dice % sides).unwrap()
    };
    let mut sent = [0_u32; 4];
    for _ in 0..50 {
        let mut answers = Vec::new();
        link.cut_after(u32::try_from(roll(8)).unwrap(), roll(101));
        for part in 0..20 {
            if part == 15 {
                link.connect();
            }
            let lane = roll(4).min(roll(4));
            answers.push(lanes[lane].1.submit(stanza(&message(lanes[lane].0, sent[lane]))));
            sent[lane] += 1;
        }
        for answer in answers {
            answer.await.unwrap();
        }
        let all = sent.iter().sum::<u32>() as usize;
        link.until(|link| !link.is_up() || link.delivered_once().len() == all).await;
        link.cut();
    }
    link.connect();
    store.outbox().flushed().await;
    assert!(pump.counters().repeated.load(std::sync::atomic::Ordering::Relaxed) > 0, "the cuts hit nothing");
    for (index, (who, _)) in lanes.iter().enumerate() {
        let of = |texts: Vec<String>| -> Vec<u32> {
            let numbers = texts.iter().map(|text| number(text));
            numbers.filter(|(letter, _)| who.starts_with(*letter)).map(|(_, number)| number).collect()
        };
        assert!(of(link.delivered_once()).into_iter().eq(0..sent[index]), "lane {who}");
        let jumps = of(link.delivered()).windows(2).filter(|pair| pair[1] > pair[0] + 1).count();
        assert_eq!(jumps, 0, "lane {who}: something was sent before what belongs in front of it");
    }
    pump.stop().await;
    store.close().await.unwrap();
    assert_eq!(spooled(&db.open().await).await, [""; 0]);
}

async fn a_session_has_to_wait_while_much_of_its_users_is_unacknowledged_on_a_link(db: Database) {
    let store = db.open().await;
    let (a, b) = (somebody(&store), somebody(&store));
    let waits = async |journal: &Journal| {
        tokio::time::timeout(Duration::from_millis(50), journal.credit()).await.is_err()
    };
    let credit = u32::try_from(CREDIT).unwrap();
    flood(&a, "a", credit).await;
    assert!(!waits(&a).await, "without a link all goes to the outbox");
    store.outbox().feed().online(1);
    assert!(waits(&a).await && !waits(&b).await);
    let waiting = tokio::spawn({
        let a = a.clone();
        async move { a.credit().await }
    });
    tokio::task::yield_now().await;
    server_takes(&store, 1).await;
    waiting.await.unwrap();
    a.commit(stanza(&message("a", credit))).await.unwrap();
    assert!(waits(&a).await);
    store.outbox().feed().offline();
    assert!(!waits(&a).await);
}

async fn one_lane_fills_a_part_of_the_outbox_and_the_others_go_on(db: Database) {
    let mut config = db.config();
    config.outbox.messages = 400;
    let store = Store::open(config).await.unwrap();
    let (a, b) = (somebody(&store), somebody(&store));
    let answers: Vec<_> = (0..300).map(|n| a.submit(stanza(&message("a", n)))).collect();
    let mut answers = answers.into_iter();
    for answer in answers.by_ref().take(100) {
        answer.await.unwrap();
    }
    for n in 0..90 {
        b.commit(stanza(&message("b", n))).await.unwrap();
    }
    assert_eq!((store.journal().queued(), store.outbox().waiting().messages), (200, 190));
    // When there is room again, they come in their order.
    let link = FakeLink::up();
    let _pump = Pump::spawn(store.outbox(), link.clone(), PumpConfig::new("gw.example.org"));
    for answer in answers {
        answer.await.unwrap();
    }
    store.outbox().flushed().await;
    let of_a: Vec<_> = link.delivered().into_iter().filter(|text| text.contains("id='a")).collect();
    assert_eq!(of_a, (0..300).map(|n| message("a", n)).collect::<Vec<_>>());
}

async fn a_clock_that_jumps_gives_nothing_up_and_makes_nothing_late(db: Database) {
    let clock = TestClock::at(1_700_000_000_000);
    let mut config = db.config();
    config.clock = clock.clock();
    let store = Store::open(config).await.unwrap();
    let link = FakeLink::down();
    let pump = Pump::spawn(store.outbox(), link.clone(), PumpConfig::new("gw.example.org"));
    store.journal().commit(stanza("<message id='1'/>")).await.unwrap();
    // The computer learns what day it is.
    clock.set(1_700_000_000_000 + 8 * 86_400_000);
    // The pump looks for what is too old whenever a link has gone.
    link.connect();
    link.cut();
    store.outbox().expire();
    link.connect();
    store.outbox().flushed().await;
    assert_eq!(link.delivered_once(), ["<message id='1'/>"]);
    assert_eq!(pump.counters().expired.load(std::sync::atomic::Ordering::Relaxed), 0);
}

async fn a_large_row_is_written_in_parts_and_not_repeated_whole(db: Database) {
    let store = db.open().await;
    let a = somebody(&store);
    // One transaction, one row.
    let stanzas = (0..400).map(|n| Outgoing::durable(message("a", n))).collect();
    a.commit(Entry { stanzas, ..Entry::default() }).await.unwrap();
    store.outbox().feed().online(1);
    server_takes(&store, 250).await;
    assert_eq!(store.outbox().waiting().messages, 150);
    store.outbox().feed().offline();
    let link = FakeLink::up();
    let _pump = Pump::spawn(store.outbox(), link.clone(), PumpConfig::new("gw.example.org"));
    store.outbox().flushed().await;
    assert_eq!(link.delivered(), (250..400).map(|n| message("a", n)).collect::<Vec<_>>());
}

async fn a_row_that_cannot_be_read_is_no_obstacle_to_others(db: Database) {
    let store = db.open().await;
    let (a, b) = (somebody(&store), somebody(&store));
    for n in 0..3 {
        a.commit(stanza(&message("a", n))).await.unwrap();
        b.commit(stanza(&message("b", n))).await.unwrap();
    }
    db.raw("UPDATE outbox SET stanzas = lengths WHERE seq = 3").await;
    let link = FakeLink::up();
    let _pump = Pump::spawn(store.outbox(), link.clone(), PumpConfig::new("gw.example.org"));
    store.outbox().flushed().await;
    let mut delivered = link.delivered();
    delivered.sort();
    assert_eq!(
        delivered,
        [message("a", 0), message("a", 2), message("b", 0), message("b", 1), message("b", 2)]
    );
}

async fn rows_from_before_there_were_lanes_are_sent_in_their_order(db: Database) {
    let mut texts = vec![
        "CREATE TABLE schema_migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL);"
            .to_owned(),
    ];
    for text in [
        include_str!("../../src/store/schema/0001_initial.sql"),
        include_str!("../../src/store/schema/0002_access.sql"),
        include_str!("../../src/store/schema/0003_conversations.sql"),
        include_str!("../../src/store/schema/0004_files.sql"),
        include_str!("../../src/store/schema/0005_avatars.sql"),
        include_str!("../../src/store/schema/0006_rooms.sql"),
    ] {
        texts.push(db.ddl(text));
    }
    texts.extend(
        (1..=6).map(|version| format!("INSERT INTO schema_migrations VALUES ({version}, 'old', 0);")),
    );
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    // Two stanzas each, of 17 bytes.
    let lengths = "11000000".repeat(2);
    let hex = |text: String| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for row in 1..=9 {
        let stanzas = hex(format!("<message id='{row}'/><message id='{row}'/>"));
        let (lengths, stanzas) = (db.blob(&lengths), db.blob(&stanzas));
        let row = 40 + row;
        texts.push(format!("INSERT INTO outbox (seq, created_at, count, size, lengths, stanzas) VALUES ({row}, {now}, 2, 34, {lengths}, {stanzas});"));
    }
    db.script(&texts.concat()).await;
    let store = db.open().await;
    assert_eq!(store.outbox().waiting().messages, 18);
    store.journal().commit(stanza("<message id='new'/>")).await.unwrap();
    let link = FakeLink::up();
    let _pump = Pump::spawn(store.outbox(), link.clone(), PumpConfig::new("gw.example.org"));
    store.outbox().flushed().await;
    let old = (1..=9).flat_map(|row| [format!("<message id='{row}'/>"), format!("<message id='{row}'/>")]);
    let expected: Vec<String> = old.chain(["<message id='new'/>".to_owned()]).collect();
    assert_eq!(link.delivered(), expected);
}

on_both_engines!(
    one_users_backlog_delays_nobody_elses_messages_and_answers,
    a_backlog_of_ones_own_delays_no_answers,
    the_same_holds_right_after_a_start,
    answers_to_strangers_delay_no_users_message_and_have_their_bound,
    cuts_at_any_instant_keep_each_lanes_order_and_lose_nothing,
    a_session_has_to_wait_while_much_of_its_users_is_unacknowledged_on_a_link,
    one_lane_fills_a_part_of_the_outbox_and_the_others_go_on,
    a_clock_that_jumps_gives_nothing_up_and_makes_nothing_late,
    a_large_row_is_written_in_parts_and_not_repeated_whole,
    a_row_that_cannot_be_read_is_no_obstacle_to_others,
    rows_from_before_there_were_lanes_are_sent_in_their_order,
);
