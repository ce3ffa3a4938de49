//! Scheduler against a simple model: whatever happens to the link, the database and memory, each
//! lane's stanzas arrive in order and complete, and no row is given up before the server has all of
//! it.

use std::collections::{BTreeMap, HashMap, VecDeque};

use proptest::prelude::*;

use super::batch::Batch;
use super::scheduler::Scheduler;
use super::{Budget, Lane, Outgoing, Piece, Receipt, Stored};
use crate::store::clock::Age;

#[derive(Clone, Debug)]
enum Act {
    /// A transaction of one lane: `true` is a durable stanza; with so many bytes each.
    Commit(i64, Vec<bool>, usize),
    /// Pump writes as much as it may.
    Write {
        room: usize,
        strangers: usize,
        most: usize,
    },
    /// Server takes so many pieces.
    Answer(usize),
    /// Pump asks for rows.
    Ask,
    /// Rows come, or not.
    Read(bool),
    /// Link is cut after the server has taken so many pieces of those in flight, and comes up
    /// again.
    Cut(usize),
    /// Link is cut and stays down for some commits.
    Down,
    Up,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (-1..5i64, prop::collection::vec(prop::bool::weighted(0.7), 1..6), prop_oneof![4 => 10..400usize, 1 => Just(300_000)])
            .prop_map(|(lane, kinds, size)| Act::Commit(lane, kinds, size)),
        6 => (0..5000usize, 0..1500usize, 1..3000usize)
            .prop_map(|(room, strangers, most)| Act::Write { room, strangers, most }),
        4 => (0..8usize).prop_map(Act::Answer),
        4 => Just(Act::Ask),
        4 => prop::bool::weighted(0.8).prop_map(Act::Read),
        1 => (0..8usize).prop_map(Act::Cut),
        1 => Just(Act::Down),
        2 => Just(Act::Up),
    ]
}

/// Surroundings of the scheduler, with the stanzas that each lane should deliver.
struct World {
    lanes: Scheduler,
    age: Age,
    up: bool,
    /// Rows of the database.
    rows: BTreeMap<i64, (i64, Vec<Outgoing>)>,
    next: i64,
    asked: Vec<i64>,
    /// Written, not answered.
    flight: VecDeque<Piece>,
    /// Numbers of durable stanzas, by lane: what was committed, and what arrived.
    committed: HashMap<i64, u64>,
    arrived: HashMap<i64, Vec<u64>>,
}

/// Returns a stanza that names its lane and its number in it.
fn stanza(lane: i64, number: u64, durable: bool, size: usize) -> Outgoing {
    let mut text = format!("{lane} {number} ");
    text.push_str(&"x".repeat(size));
    Outgoing { bytes: text.into(), durable, answer: false, stranger: None }
}

fn number(stanza: &Outgoing) -> u64 {
    let text = std::str::from_utf8(&stanza.bytes).unwrap();
    text.split(' ').nth(1).unwrap().parse().unwrap()
}

impl World {
    fn new() -> World {
        let mut lanes = Scheduler::default();
        lanes.online();
        World {
            lanes,
            age: Age::new(std::sync::Arc::new(|| 0)),
            up: true,
            rows: BTreeMap::new(),
            next: 1,
            asked: Vec::new(),
            flight: VecDeque::new(),
            committed: HashMap::new(),
            arrived: HashMap::new(),
        }
    }

    fn commit(&mut self, lane: i64, kinds: &[bool], size: usize) {
        let count = self.committed.entry(lane).or_default();
        let stanzas: Vec<Outgoing> = kinds
            .iter()
            .map(|durable| {
                *count += u64::from(*durable);
                // An ephemeral one has the number of the last durable one.
                stanza(lane, *count, *durable, size)
            })
            .collect();
        let durable: Vec<Outgoing> = stanzas.iter().filter(|stanza| stanza.durable).cloned().collect();
        let seq = (!durable.is_empty()).then_some(self.next);
        if let Some(seq) = seq {
            self.rows.insert(seq, (lane, durable));
            self.next += 1;
        }
        self.lanes.push(Batch { lane: Lane::stored(lane), seq, noted: self.age.note(), stanzas });
    }

    fn write(&mut self, budget: Budget) {
        if self.up {
            let taken = self.lanes.take(budget);
            self.flight.extend(taken.pieces);
        }
    }

    fn answer(&mut self, count: usize) {
        for _ in 0..count {
            let Some(piece) = self.flight.pop_front() else { return };
            self.arrives(&piece);
            self.acknowledged(&piece.receipt());
        }
    }

    fn arrives(&mut self, piece: &Piece) {
        let arrived = self.arrived.entry(piece.lane.get()).or_default();
        for stanza in &piece.stanzas {
            let last = arrived.last().copied().unwrap_or(0);
            if stanza.durable {
                assert!(number(stanza) <= last + 1, "{} before what belongs in front of it", number(stanza));
                arrived.push(number(stanza));
            } else if piece.lane != Lane::STRANGERS_LOOSE {
                // Those have an order of their own.
                assert!(number(stanza) <= last, "an ephemeral stanza before what belongs in front of it");
            }
        }
    }

    fn acknowledged(&mut self, receipt: &Receipt) {
        let (rows, _) = self.lanes.acknowledge(&[*receipt]);
        for row in rows {
            let (lane, stanzas) = self.rows.remove(&row).expect("each row once");
            let arrived = &self.arrived[&lane];
            assert!(
                stanzas.iter().all(|stanza| arrived.contains(&number(stanza))),
                "row {row} is not done with"
            );
        }
    }

    fn ask(&mut self) {
        if self.up && self.asked.is_empty() {
            self.asked = self.lanes.wanted();
        }
    }

    fn read(&mut self, well: bool) {
        let asked = std::mem::take(&mut self.asked);
        if asked.is_empty() {
            return;
        }
        if !well {
            return self.lanes.unfilled();
        }
        let rows = asked.iter().map(|seq| Stored { seq: *seq, stanzas: self.rows[seq].1.clone() });
        let lost = self.lanes.filled(rows.collect());
        assert_eq!(lost.messages, 0);
    }

    fn down(&mut self, arrived: usize) {
        for piece in std::mem::take(&mut self.flight).into_iter().take(arrived) {
            self.arrives(&piece);
        }
        self.asked.clear();
        self.lanes.offline();
        self.up = false;
    }

    fn up(&mut self) {
        if !self.up {
            self.up = true;
            self.lanes.online();
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Commit(lane, kinds, size) => self.commit(lane, &kinds, size),
            Act::Write { room, strangers, most } => self.write(Budget { room, strangers, most }),
            Act::Answer(count) => self.answer(count),
            Act::Ask => self.ask(),
            Act::Read(well) => self.read(well),
            Act::Cut(arrived) => {
                self.down(arrived);
                self.up();
            }
            Act::Down => self.down(0),
            Act::Up => self.up(),
        }
        let waiting: usize = self.rows.values().map(|(_, stanzas)| stanzas.len()).sum();
        assert!(self.lanes.waiting().messages <= waiting as u64);
        let (rows, loose) = self.lanes.memory();
        // A single row or answer may be larger than all of it, here 1.5 MB.
        assert!(rows <= (3 << 20) + 1_600_000 && loose <= (4 << 20) + 1_600_000, "{rows} {loose}");
    }

    /// Lets everything arrive.
    fn finish(&mut self) {
        self.up();
        for _ in 0..100_000 {
            self.ask();
            self.read(true);
            self.write(Budget { room: 4096, strangers: 1024, most: 2000 });
            self.answer(usize::MAX);
            if self.lanes.is_empty() && self.asked.is_empty() {
                break;
            }
        }
        assert!(self.lanes.is_empty() && self.rows.is_empty(), "{:?}", self.lanes);
        assert_eq!((self.lanes.waiting().messages, self.lanes.memory()), (0, (0, 0)));
        for (lane, count) in &self.committed {
            let mut first: Vec<u64> = Vec::new();
            for number in self.arrived.get(lane).into_iter().flatten() {
                if first.last().is_none_or(|last| last < number) {
                    first.push(*number);
                }
            }
            assert_eq!(first, (1..=*count).collect::<Vec<_>>(), "lane {lane}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_each_lane_arrives_whole_and_in_order(acts in prop::collection::vec(act(), 1..120)) {
        let mut world = World::new();
        for act in acts {
            world.act(act);
        }
        world.finish();
    }
}

#[test]
fn who_had_nothing_waiting_comes_before_all_who_had() {
    let mut world = World::new();
    for lane in 1..=200 {
        for _ in 0..10 {
            world.commit(lane, &[true; 5], 300);
        }
    }
    let budget = Budget { room: 4096, strangers: 1024, most: 4096 };
    // Everybody has had a turn.
    for _ in 0..100 {
        world.write(budget);
    }
    world.commit(500, &[true], 300);
    let written = world.flight.len();
    world.write(budget);
    assert_eq!(world.flight[written].lane, Lane::stored(500));
    // But not by sending one after the other: then the others come first once.
    world.commit(500, &[true], 300);
    world.write(budget);
    let late = world.flight.iter().skip(written + 1).filter(|piece| piece.lane == Lane::stored(500)).count();
    assert_eq!(late, 0);
}

/// Weight of answers: without it a client that asks a dozen questions would wait as long as if each
/// were a message of a backlog.
#[test]
fn a_dozen_answers_of_one_lane_wait_for_one_round_of_backlogs_at_most() {
    let mut world = World::new();
    for lane in 1..=20 {
        for _ in 0..50 {
            world.commit(lane, &[true; 5], 300);
        }
    }
    let budget = Budget { room: 4096, strangers: 1024, most: 4096 };
    for _ in 0..20 {
        world.write(budget);
    }
    let noted = world.age.note();
    let asker = Lane::stored(99);
    let answers = (0..12).map(|n| stanza(99, n, false, 1000)).map(Outgoing::answering);
    for answer in answers {
        world.lanes.push(Batch { lane: asker, seq: None, noted, stanzas: vec![answer] });
    }
    let (mut answered, mut others) = (0, 0);
    while answered < 12 {
        for piece in world.lanes.take(budget).pieces {
            let bytes: usize = piece.stanzas.iter().map(|stanza| stanza.bytes.len()).sum();
            if piece.lane == asker { answered += piece.stanzas.len() } else { others += bytes }
        }
    }
    assert!(others <= 2 * 20 * 1024, "{others} bytes of others came before");
}

#[test]
fn a_presence_storm_is_bounded_and_an_answer_outlives_it() {
    let mut world = World::new();
    let lane = Lane::stored(1);
    let noted = world.age.note();
    let loose = |text: String| Batch { lane, seq: None, noted, stanzas: vec![Outgoing::ephemeral(text)] };
    world.lanes.push(loose("<iq id='1'/>".to_owned()));
    for n in 0..40_000 {
        world.lanes.push(loose(format!("<presence n='{n}' x='{}'/>", "x".repeat(200))));
    }
    assert!(world.lanes.memory().1 <= 4 << 20, "{:?}", world.lanes.memory());
    assert!(world.lanes.dropped() > 20_000, "{}", world.lanes.dropped());
    // Of somebody else nothing is dropped.
    world.commit(2, &[false], 100);
    let taken = world.lanes.take(Budget { room: 1, strangers: 0, most: 1 });
    assert_eq!(&taken.pieces[0].stanzas[0].bytes[..], b"<iq id='1'/>");
    let taken = world.lanes.take(Budget { room: 2000, strangers: 0, most: 2000 });
    assert!(taken.pieces.iter().any(|piece| piece.lane == Lane::stored(2)));
}

#[test]
fn twenty_thousand_rows_of_one_lane_cost_no_more_than_their_heads() {
    let mut world = World::new();
    for _ in 0..20_000 {
        world.commit(1, &[true], 1000);
    }
    assert!(world.lanes.memory().0 <= 2 << 20);
    assert_eq!(world.lanes.waiting().messages, 20_000);
}

/// Rows behind the newest are looked up on a new connection: one that is taken for new would be
/// sent twice.
#[test]
fn the_newest_row_is_known_in_whatever_order_the_lanes_of_a_transaction_come() {
    let (feed, age) = (super::feed::Feed::new(), Age::new(std::sync::Arc::new(|| 0)));
    let batch = |lane, seq| {
        let stanzas = vec![stanza(lane, 0, true, 1)];
        Batch { lane: Lane::stored(lane), seq: Some(seq), noted: age.note(), stanzas }
    };
    feed.push(vec![batch(1, 2), batch(2, 1)]);
    assert_eq!(feed.newest(), 2);
}

/// Errors are all that tells a user of a message that went nowhere.
#[test]
fn an_error_of_a_message_outlives_the_link_until_the_server_has_taken_it() {
    let mut world = World::new();
    let noted = world.age.note();
    let error = |lane, n: usize| {
        let answer = format!("<message n='{n}' type='error'/>");
        let stanzas = vec![Outgoing::ephemeral(answer).answering(), Outgoing::ephemeral("<presence/>")];
        Batch { lane, seq: None, noted, stanzas }
    };
    let (user, budget) = (Lane::stored(1), Budget { room: 4096, strangers: 1024, most: 4096 });
    let texts = |pieces: &[Piece]| {
        let stanzas = pieces.iter().flat_map(|piece| &piece.stanzas);
        stanzas.map(|stanza| String::from_utf8_lossy(&stanza.bytes).into_owned()).collect::<Vec<_>>()
    };
    let told = |numbers: &[usize]| {
        numbers.iter().map(|n| format!("<message n='{n}' type='error'/>")).collect::<Vec<_>>()
    };

    world.lanes.push(error(user, 1));
    world.lanes.push(error(Lane::STRANGERS, 2));
    assert_eq!(world.lanes.take(budget).pieces.len(), 3);
    world.lanes.offline();
    world.lanes.push(error(user, 3));
    world.lanes.push(error(Lane::STRANGERS, 4));
    world.lanes.online();
    let taken = world.lanes.take(budget).pieces;
    assert_eq!(
        texts(&taken),
        told(&[1, 3]),
        "neither what was taken of it is known, nor is it worth nothing later"
    );
    world.lanes.acknowledge(&[taken[0].receipt()]);
    world.lanes.offline();
    world.lanes.online();
    assert!(world.lanes.is_empty() && world.lanes.memory().1 == 0, "{:?}", world.lanes);
}
