//! Everything keeps the order in which it was done, whatever has to be looked up for it: each way, in chats and in rooms.

use super::{PATIENCE, World};
use crate::model::rate::Rate;
use plugin_api::prelude::*;
use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};
use tokio::{sync::Notify, time::timeout};

/// Bursts in each of the four directions.
const ROUNDS: u64 = 1000;
/// Things done in one.
const STEPS: usize = 8;
/// Messages that can be answered, corrected and so on, of each side.
const BASE: u64 = 6;

/// What the network heard, by chat.
static HEARD: LazyLock<Mutex<BTreeMap<String, Vec<String>>>> = LazyLock::new(Default::default);
static NEWS: Notify = Notify::const_new();

fn heard(chat: &Chat, what: String) {
    HEARD.lock().unwrap().entry(chat.id.clone()).or_default().push(what);
    NEWS.notify_one();
}

/// SplitMix64: the same dice for the same seed, in the test and in the plugin.
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

/// One thing done: what, its number, and the message that it may be about.
type Step = (Kind, usize, u64);

fn burst(seed: u64) -> Vec<Step> {
    let mut dice = Dice(seed);
    let mut step = |n| (KINDS[usize::try_from(dice.roll(11)).unwrap()], n, dice.roll(BASE));
    (0..STEPS).map(&mut step).collect()
}

/// A network in which much happens at once.
struct Busy;

struct BusySession(Host);

fn all() -> Features {
    Features {
        marks: true,
        chat_states: true,
        correction: true,
        reaction: true,
        retraction: true,
        replies: true,
        ..Features::default()
    }
}

impl Gateway for Busy {
    type Session = BusySession;

    fn info() -> Info {
        Info { groups: true, threads: true, contact_features: all(), ..Info::new("busy", "Busy") }
    }

    fn new(_: Start, _: GatewayHost) -> Result<Self> {
        Ok(Busy)
    }

    async fn validate(&self, _: String, form: Form, _: u32) -> Result<Option<Data>> {
        Ok(Some(form))
    }

    async fn connect(&self, _: User, host: Host) -> Result<BusySession> {
        Ok(BusySession(host))
    }
}

impl BusySession {
    /// All at once: nothing is awaited.
    fn act(&self, chat: &Chat, seed: u64) {
        let room = chat.as_room().map(|room| self.0.room(room).participant("ada"));
        let friend = self.0.contact("friend");
        macro_rules! speaker {
            ($call:ident($($argument:expr),*)) => {
                match &room {
                    Some(ada) => drop(ada.$call($($argument),*)),
                    None => drop(friend.$call($($argument),*)),
                }
            };
        }
        for (kind, n, about) in burst(seed) {
            let (theirs, users) = (format!("b{about}"), format!("n-o{about}"));
            let text = Text::new(format!("t{n}"));
            match kind {
                Kind::Text => speaker!(send_text(text)),
                Kind::Answer => {
                    let reply_to =
                        MessageReference { id: theirs.into(), author: None, body: Some("b".into()) };
                    speaker!(send_text(Text { reply_to: Some(reply_to), ..text }));
                }
                Kind::React => speaker!(react(theirs, vec!["👍".into()])),
                Kind::Correct => speaker!(correct(theirs, text)),
                Kind::Retract => speaker!(retract(theirs)),
                Kind::Displayed => speaker!(displayed(users)),
                // Rooms have none.
                Kind::Received if room.is_some() => {}
                Kind::Received => drop(friend.received(users)),
                Kind::File => {
                    let data = Some(Blob(b"x".to_vec()));
                    let file = Attachment { data, name: Some(format!("t{n}")), ..Attachment::default() };
                    speaker!(send_file(file, Text::default()));
                }
                Kind::Thread => {
                    speaker!(send_text(Text { thread: Some(format!("{seed}-{n}").into()), ..text }));
                }
                Kind::State => speaker!(chat_state(ChatState::Composing)),
                Kind::Preview => {
                    let image = Some(Blob(vec![0; 1000]));
                    let preview =
                        LinkPreview { about: "https://example.org/".into(), image, ..LinkPreview::default() };
                    speaker!(send_text(Text { link_previews: vec![preview], ..text }));
                }
            }
        }
        speaker!(send_text(Text::new("end")));
    }
}

impl Session for BusySession {
    async fn login(&self) -> Result<Option<String>> {
        Ok(Some("me".into()))
    }

    async fn logout(&self) -> Result<()> {
        Ok(())
    }

    async fn fill_contacts(&self) -> Result<Vec<ContactInfo>> {
        let presence = Presence::new(Availability::Online);
        Ok(vec![ContactInfo::friend("friend", "Friend").presence(presence)])
    }

    async fn update_room_info(&self, _: RoomId) -> Result<RoomInfo> {
        let kind = Some(RoomType::Group);
        Ok(RoomInfo { kind, features: Some(all()), user_nick: Some("me".into()), ..RoomInfo::default() })
    }

    async fn fill_participants(&self, _: RoomId) -> Result<Vec<ParticipantInfo>> {
        let nickname = "Ada".to_owned();
        Ok(vec![ParticipantInfo { contact: Some("ada".into()), nickname, ..ParticipantInfo::default() }])
    }

    async fn on_text(&self, chat: Chat, message: UserText) -> Result<Option<MessageId>> {
        if let Some(seed) = message.body.strip_prefix("burst ") {
            self.act(&chat, seed.parse().unwrap());
        } else if message.body == "base" {
            for n in 0..BASE {
                let text = Text::new("base").id(format!("b{n}"));
                match chat.as_room() {
                    Some(room) => drop(self.0.room(room).participant("ada").send_text(text).await?),
                    None => drop(self.0.contact("friend").send_text(text).await?),
                }
            }
        } else {
            // Of a file, the last part of its address.
            let said = message.body.rsplit('/').next().unwrap_or_default().to_owned();
            heard(&chat, said);
        }
        Ok(Some(format!("n-{}", message.stanza_id).as_str().into()))
    }

    async fn on_correct(&self, chat: Chat, id: MessageId, message: UserText) -> Result<Option<MessageId>> {
        heard(&chat, format!("correct {id} {}", message.body));
        Ok(None)
    }

    async fn on_react(&self, chat: Chat, id: MessageId, _: Vec<String>, _: Option<ThreadId>) -> Result<()> {
        heard(&chat, format!("react {id}"));
        Ok(())
    }

    async fn on_retract(&self, chat: Chat, id: MessageId, _: Option<ThreadId>) -> Result<()> {
        heard(&chat, format!("retract {id}"));
        Ok(())
    }

    async fn on_displayed(&self, chat: Chat, id: MessageId, _: Option<ThreadId>) -> Result<()> {
        heard(&chat, format!("displayed {id}"));
        Ok(())
    }

    async fn on_composing(&self, chat: Chat, _: Option<ThreadId>) -> Result<()> {
        heard(&chat, "composing".into());
        Ok(())
    }
}

/// What a stanza of a contact says, in short; none of what is not looked at.
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
    // Of a file, the last part of its address.
    let said = said.rsplit('/').next()?;
    Some(match about("replace") {
        Some(id) => format!("correct {id} {said}"),
        None => said.to_owned(),
    })
}

/// How the user's clients should see a burst of the network.
fn expected_here(seed: u64, room: bool) -> Vec<String> {
    let mut all = Vec::new();
    for (kind, n, about) in burst(seed) {
        // The user's own messages have the room's id in a room.
        let own = if room { format!("n-o{about}") } else { format!("o{about}") };
        match kind {
            Kind::Text | Kind::Answer | Kind::File | Kind::Thread | Kind::Preview => {
                all.push(format!("t{n}"))
            }
            Kind::React => all.push(format!("react b{about}")),
            Kind::Correct => all.push(format!("correct b{about} t{n}")),
            Kind::Retract => all.push(format!("retract b{about}")),
            Kind::Displayed => all.push(format!("displayed {own}")),
            Kind::Received if room => {}
            // A receipt and a marker.
            Kind::Received => all.extend([format!("received {own}"), format!("received {own}")]),
            Kind::State => all.push("composing".into()),
        }
    }
    all.push("end".into());
    all
}

/// What the user's client sends for it, how the network should hear it, and the stanzas that a room shows the user's clients of it.
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
    /// What the network heard in a chat up to the end of a burst.
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
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| u64::from(std::process::id()) << 20);
    println!("SEED={seed}");
    let rate = Rate { burst: 0, per_second: 0 };
    let mut world = World::with_files::<Busy>(|settings| settings.messages = rate).await;
    world.prepare().await;
    for round in seed..seed + ROUNDS {
        let [chat, room] = [false, true].map(|room| sent(round, room));
        // In one go: what the network does, and what the user does.
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
