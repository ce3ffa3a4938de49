//! Order of events, whatever has to be looked up for them: each way, in chats and in rooms.

mod net;

use super::{PATIENCE, World};
use crate::model::rate::Rate;
use net::{Busy, HEARD, NEWS};
use tokio::time::timeout;

/// Rounds of four bursts each: in a chat and in a room, of the network and of the user. The
/// environment variable `ROUNDS` makes more.
const ROUNDS: u64 = 250;
/// Steps in one burst.
const STEPS: usize = 8;
/// Messages of each side that steps can refer to.
const BASE: u64 = 6;

/// SplitMix64 generator: equal numbers for equal seeds, in the test and in the plugin.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Answer,
    React,
    Correct,
    Retract,
    Displayed,
    Received,
    File,
    Thread,
    State,
    Preview,
}

const KINDS: [Kind; 11] = [
    Kind::Text,
    Kind::Answer,
    Kind::React,
    Kind::Correct,
    Kind::Retract,
    Kind::Displayed,
    Kind::Received,
    Kind::File,
    Kind::Thread,
    Kind::State,
    Kind::Preview,
];

/// Step of a burst: its kind, its number, and the message that it may be about.
type Step = (Kind, usize, u64);

/// Returns the message to be retracted: the network retracts even ones only.
fn taken_back(about: u64) -> u64 {
    about & !1
}

fn burst(seed: u64) -> Vec<Step> {
    let mut dice = Dice(seed);
    let mut step = |n| (KINDS[usize::try_from(dice.roll(11)).unwrap()], n, dice.roll(BASE));
    (0..STEPS).map(&mut step).collect()
}

/// Summarises the stanza of a contact; none for one that the test does not look at.
fn shown(stanza: &str) -> Option<String> {
    let about = |element: &str| {
        let rest = stanza.split_once(&format!("<{element} "))?.1.split('>').next()?;
        Some(rest.split_once("id='")?.1.split('\'').next()?.to_owned())
    };
    for (element, verb) in
        [("reactions", "react"), ("retract", "retract"), ("displayed", "displayed"), ("received", "received")]
    {
        if let Some(id) = about(element) {
            return Some(format!("{verb} {id}"));
        }
    }
    if stanza.contains("<composing ") {
        return Some("composing".into());
    }
    let body = stanza.split_once("<body>")?.1.split("</body>").next()?;
    let said = body.lines().last()?;
    // Only the last part of a file's address counts.
    let said = said.rsplit('/').next()?;
    Some(match about("replace") {
        Some(id) => format!("correct {id} {said}"),
        None => said.to_owned(),
    })
}

/// Lists how the user's clients should see a burst of the network.
fn expected_here(seed: u64, room: bool) -> Vec<String> {
    let mut all = Vec::new();
    for (kind, n, about) in burst(seed) {
        // In a room, the user's own messages have the id that the room gave them.
        let own = if room { format!("n-o{about}") } else { format!("o{about}") };
        match kind {
            Kind::Text | Kind::Answer | Kind::File | Kind::Thread | Kind::Preview => {
                all.push(format!("t{n}"));
            }
            Kind::React => all.push(format!("react b{about}")),
            Kind::Correct => all.push(format!("correct b{about} t{n}")),
            Kind::Retract => all.push(format!("retract b{}", taken_back(about))),
            Kind::Displayed => all.push(format!("displayed {own}")),
            Kind::Received if room => {}
            // A receipt and a marker are sent.
            Kind::Received => all.extend([format!("received {own}"), format!("received {own}")]),
            Kind::State => all.push("composing".into()),
        }
    }
    all.push("end".into());
    all
}

/// Makes the stanzas that the user's client sends for a burst, the list of what the network should
/// hear, and the stanzas that a room reflects to the user's clients.
fn sent(seed: u64, room: bool) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut stanzas, mut heard, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    let (to, type_) =
        if room { ("tea@gw.example.org", "groupchat") } else { ("friend@gw.example.org", "chat") };
    let mut send = |id: &str, payload: &str| {
        stanzas.push(format!(
            "<message xmlns='jabber:client' from='u@example.org/r' to='{to}' id='{id}' type='{type_}'>{payload}</message>"
        ));
    };
    for (kind, n, about) in burst(seed) {
        let id = format!("{seed}-{n}");
        let body = format!("<body>t{n}</body>");
        let mut seen = true;
        let payload = match kind {
            Kind::Text | Kind::Preview | Kind::Received => {
                heard.push(format!("t{n}"));
                body
            }
            Kind::Answer => {
                heard.push(format!("t{n}"));
                format!("{body}<reply xmlns='urn:xmpp:reply:0' id='b{about}'/>")
            }
            Kind::Thread => {
                heard.push(format!("t{n}"));
                format!("{body}<thread>{id}</thread>")
            }
            Kind::File => {
                heard.push(format!("t{n}"));
                let url = format!("https://example.org/t{n}");
                format!("<body>{url}</body><x xmlns='jabber:x:oob'><url>{url}</url></x>")
            }
            Kind::React => {
                heard.push(format!("react b{about}"));
                format!(
                    "<reactions xmlns='urn:xmpp:reactions:0' id='b{about}'><reaction>👍</reaction></reactions>"
                )
            }
            Kind::Correct => {
                heard.push(format!("correct n-o{about} t{n}"));
                format!("{body}<replace xmlns='urn:xmpp:message-correct:0' id='o{about}'/>")
            }
            Kind::Retract => {
                heard.push(format!("retract n-o{about}"));
                let own = if room { "n-o" } else { "o" };
                format!("<retract xmlns='urn:xmpp:message-retract:1' id='{own}{about}'/>")
            }
            Kind::Displayed => {
                // A retracted message is not marked any more.
                let about = about | 1;
                heard.push(format!("displayed b{about}"));
                format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='b{about}'/>")
            }
            Kind::State => {
                heard.push("composing".into());
                seen = false;
                "<composing xmlns='http://jabber.org/protocol/chatstates'/>".into()
            }
        };
        send(&id, &payload);
        if seen && room {
            shown.push(id);
        }
    }
    send(&format!("{seed}-end"), "<body>end</body>");
    heard.push("end".into());
    if room {
        shown.push(format!("{seed}-end"));
    }
    (stanzas, heard, shown)
}

impl World {
    /// Returns what the network heard in a chat up to the end of a burst.
    async fn heard(&self, chat: &str) -> Vec<String> {
        loop {
            let news = NEWS.notified();
            if let Some(all) =
                HEARD.lock().unwrap().get_mut(chat).filter(|all| all.last().is_some_and(|last| last == "end"))
            {
                return std::mem::take(all);
            }
            timeout(PATIENCE, news).await.expect("something for the network");
        }
    }

    async fn prepare(&mut self) {
        self.log_in().await;
        self.come_online();
        self.send(
            "<presence xmlns='jabber:client' from='u@example.org/r' to='tea@gw.example.org/me'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
        );
        self.until(&["<subject"]).await;
        for (to, type_) in [("tea@gw.example.org", "groupchat"), ("friend@gw.example.org", "chat")] {
            for n in 0..BASE {
                self.send(&format!(
                    "<message xmlns='jabber:client' from='u@example.org/r' to='{to}' id='o{n}' type='{type_}'><body>own</body></message>"
                ));
            }
            self.send(&format!(
                "<message xmlns='jabber:client' from='u@example.org/r' to='{to}' id='base' type='{type_}'><body>base</body></message>"
            ));
            self.until(&[&format!("id='b{}'", BASE - 1)]).await;
        }
        HEARD.lock().unwrap().clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_keeps_its_order_each_way_in_chats_and_in_rooms() {
    let given = |name| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let seed = given("SEED").unwrap_or_else(|| u64::from(std::process::id()) << 20);
    let rounds = given("ROUNDS").unwrap_or(ROUNDS);
    println!("SEED={seed}");
    let rate = Rate { burst: 0, per_second: 0 };
    let mut world = World::with_files::<Busy>(|settings| settings.messages = rate).await;
    world.prepare().await;
    for round in seed..seed + rounds {
        let [chat, room] = [false, true].map(|room| sent(round, room));
        // The network's and the user's bursts run at the same time.
        for (to, type_) in [("tea@gw.example.org", "groupchat"), ("friend@gw.example.org", "chat")] {
            world.send(&format!(
                "<message xmlns='jabber:client' from='u@example.org/r' to='{to}' id='{round}-go' type='{type_}'><body>burst {round}</body></message>"
            ));
        }
        let mut both = chat.0.iter().zip(&room.0);
        both.by_ref().for_each(|(chat, room)| {
            world.send(chat);
            world.send(room);
        });
        let (mut here, mut there, mut own) = (Vec::new(), Vec::new(), Vec::new());
        let ended = |all: &[String], end: &str| all.last().is_some_and(|last| last.ends_with(end));
        while !(ended(&here, "end") && ended(&there, "end") && ended(&own, "end")) {
            let stanza = world.next().await;
            assert!(!stanza.contains("type='error'"), "round {round}: {stanza}");
            let (seen, list) = if stanza.contains("from='tea@gw.example.org/me'") {
                let id = stanza.split(" id='").nth(1).and_then(|rest| rest.split('\'').next());
                (id.filter(|id| !id.ends_with("go")).map(str::to_owned), &mut own)
            } else if stanza.contains("from='tea@gw.example.org/Ada'") {
                (shown(&stanza), &mut there)
            } else if stanza.contains("from='friend@gw.example.org/slidge'") {
                (shown(&stanza), &mut here)
            } else {
                continue;
            };
            list.extend(seen.filter(|_| stanza.starts_with("<message")));
        }
        let told = format!("SEED={seed}, round {round}");
        assert_eq!(here, expected_here(round, false), "{told}: the network in a chat");
        assert_eq!(there, expected_here(round, true), "{told}: the network in a room");
        assert_eq!(own, room.2, "{told}: the user in a room, as the room shows it");
        assert_eq!(world.heard("friend").await, chat.1, "{told}: the user in a chat");
        assert_eq!(world.heard("tea").await, room.1, "{told}: the user in a room");
    }
}
