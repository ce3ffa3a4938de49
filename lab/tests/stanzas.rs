//! Every kind of stanza that clients send gets an effect or an answer: those in docs/stanzas.md,
//! sent to a running gateway behind Prosody and behind ejabberd.

use std::any::Any;
use std::time::Duration;

use lab::group_fixture::{GroupFixture, codes, group_with_friend, room_named};
use lab::raw::Raw;
use lab::stanza::{StanzaExt, escape};
use lab::{Ejabberd, Person, Server, Site, Slidged, SlidgedOptions, Superduperd};
use minidom::Element;
use serde_json::json;
use tokio::time::Instant;

const TABLES: &str = include_str!("../../docs/stanzas.md");
/// Heading of the section whose rows go otherwise there.
const EJABBERD: &str = "## Behind ejabberd";
/// Longer than anything here takes; reached only when something is missing.
const PATIENCE: Duration = Duration::from_secs(10);
const SID: &str = "urn:xmpp:sid:0";

/// A row of the tables.
#[derive(Debug)]
struct Row {
    from: String,
    to: String,
    stanza: String,
    /// Stanzas that come back, in alphabetical order.
    back: Vec<String>,
}

/// Texts in backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn rows(tables: &str) -> Vec<Row> {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let lines = tables.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| from "));
    let row = |line: &str| {
        let cells = cells(line);
        let [_, from, to, stanza, back, ..] = cells.as_slice() else { panic!("no row: {line}") };
        let mut back = quoted(back);
        back.retain(|told| told != "nothing");
        back.sort();
        let stanza = quoted(stanza).pop().unwrap_or_else(|| panic!("no stanza: {line}"));
        Row { from: from.clone(), to: to.clone(), stanza, back }
    };
    lines.map(row).collect()
}

/// The rows as they are behind Prosody, and as they are behind ejabberd.
fn both() -> (Vec<Row>, Vec<Row>) {
    let (usual, otherwise) = TABLES.split_once(EJABBERD).expect("a part about ejabberd");
    let (prosody, mut ejabberd) = (rows(usual), rows(usual));
    for row in rows(otherwise) {
        let same =
            |other: &&mut Row| (&other.from, &other.to, &other.stanza) == (&row.from, &row.to, &row.stanza);
        let other = ejabberd.iter_mut().find(same).unwrap_or_else(|| panic!("no such row above: {row:?}"));
        assert_ne!(other.back, row.back, "nothing differs: {row:?}");
        *other = row;
    }
    (prosody, ejabberd)
}

/// A stanza in the words of the tables; none for what comes anyway: who else is in a room, and how
/// contacts are.
fn told(stanza: &Element) -> Option<String> {
    let condition = stanza.condition().unwrap_or_default();
    Some(match (stanza.name(), stanza.kind()) {
        (name, "error") => format!("{name} error {condition}"),
        // The server tells of the roster.
        ("iq", "set") => return None,
        ("iq", kind) => format!("iq {kind}"),
        ("message", _) if stanza.has("received", "urn:xmpp:receipts") => "message receipt".into(),
        ("message", "groupchat") if stanza.body().is_none() && stanza.text_of("subject").is_some() => {
            "message subject".into()
        }
        ("message", "headline") => return None,
        ("message", kind) => format!("message {kind}"),
        ("presence", kind) => {
            let mut codes = codes(stanza);
            codes.sort();
            if codes.is_empty() && matches!(kind, "" | "unavailable") {
                return None;
            }
            let words = ["presence", kind].into_iter().chain(codes.iter().map(String::as_str));
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        }
        (name, kind) => format!("{name} {kind}"),
    })
}

/// An event of the network in the words of the tables.
fn happened(event: &serde_json::Value) -> Option<String> {
    let name = event["event"].as_str()?;
    let of_user =
        ["by", "from"].iter().any(|key| event[*key] == "romeo") || event["message"]["from"] == "romeo";
    match name {
        "message" if of_user => {
            let text = event["message"]["text"].as_str().unwrap_or_default();
            Some(format!("network message {}", text.replace('\n', "⏎")))
        }
        "reaction" if of_user => {
            let emojis: Vec<_> = event["emojis"].as_array()?.iter().filter_map(|e| e.as_str()).collect();
            Some(format!("network reaction {}", emojis.join(" ")))
        }
        "edited" | "deleted" | "read" | "typing" if of_user => Some(format!("network {name}")),
        "contact" => Some("network contact".into()),
        _ => None,
    }
}

/// All who take part in the rows.
struct Stage {
    site: Site,
    friend: Person,
    contact: String,
    room: String,
    user: Raw,
    stranger: Raw,
    /// The user's own nick in the room.
    me: String,
    count: u32,
    /// Others who have to be there.
    _others: Box<dyn Any>,
}

impl Stage {
    async fn behind_prosody() -> Self {
        let GroupFixture { world, pair, nurse, room } = group_with_friend().await;
        world.prosody.account("paris").await;
        let site = world.prosody.site().clone();
        let others = (pair.user, pair.phone, nurse, world.slidged, world.network, world.prosody);
        Self::set(site, (pair.friend, pair.contact, room), Box::new(others)).await
    }

    async fn behind_ejabberd() -> Self {
        let (ejabberd, network) = (Ejabberd::start().await, Superduperd::start().await);
        let site = ejabberd.site().clone();
        let options =
            SlidgedOptions { plugin_options: network.plugin_options(), ..SlidgedOptions::default() };
        let slidged = Slidged::start(&site, "superduper", options).await;
        let phone = Person::connect(network.address(), "romeo", "A User", "app").await;
        let nurse = Person::connect(network.address(), "nurse", "The Nurse", "app").await;
        let friend = Person::connect(network.address(), "juliet", "A Friend", "app").await;
        friend.set_presence("available", "").await;
        phone.befriend(&friend).await;
        let group = json!({ "id": "tea", "kind": "private", "name": "Tea", "members": ["romeo", "nurse"] });
        friend.ask("create_group", group).await;
        let romeo = ejabberd.client("romeo").await;
        let form = [("username", "romeo"), ("password", &*Person::password("romeo"))];
        romeo.register(site.gateway, &form).await.expect("right credentials");
        let contact = format!("juliet@{}", site.gateway);
        romeo.meet(site.gateway).await;
        romeo.meet(&contact).await;
        let room = room_named(&romeo, site.gateway, "Tea").await;
        ejabberd.account("paris").await;
        let others = (romeo, phone, nurse, slidged, network, ejabberd);
        Self::set(site, (friend, contact, room), Box::new(others)).await
    }

    async fn set(
        site: Site,
        (friend, contact, room): (Person, String, String),
        others: Box<dyn Any>,
    ) -> Self {
        let (user, stranger) =
            (Raw::client(&site, "romeo", "pw").await, Raw::client(&site, "paris", "pw").await);
        let mut stage = Stage {
            site,
            friend,
            contact,
            room,
            user,
            stranger,
            me: "romeo".into(),
            count: 0,
            _others: others,
        };
        for raw in [&mut stage.user, &mut stage.stranger] {
            // Above the other client of the user, so that what is for the user comes here.
            raw.send("<presence><priority>5</priority></presence>").await;
            raw.ask("get", "", "<query xmlns='jabber:iq:roster'/>").await;
        }
        stage.be_inside(true).await;
        stage
    }

    fn address(&self, to: &str) -> String {
        let (who, resource) = to.split_once('/').map_or((to, None), |(who, resource)| (who, Some(resource)));
        let bare = match who {
            "gateway" => self.site.gateway.to_owned(),
            "contact" => self.contact.clone(),
            "nobody" => format!("nobody@{}", self.site.gateway),
            "room" => self.room.clone(),
            "no-room" => self.room.replacen("tea", "nowhere", 1),
            other => panic!("who is {other}?"),
        };
        let resource = resource.map(|at| if at == "me" { &self.me } else { at });
        resource.map_or_else(|| bare.clone(), |resource| format!("{bare}/{resource}"))
    }

    fn raw(&mut self, from: &str) -> &mut Raw {
        if from == "stranger" { &mut self.stranger } else { &mut self.user }
    }

    /// All that has come for somebody until an answer of the gateway that is behind everything
    /// else.
    async fn fence(&mut self, from: &str) -> Vec<Element> {
        self.count += 1;
        let (id, to) = (format!("fence-{}", self.count), self.contact.clone());
        let raw = self.raw(from);
        raw.send(&format!("<iq type='get' id='{id}' to='{to}'><ping xmlns='urn:xmpp:ping'/></iq>")).await;
        let mut all = Vec::new();
        loop {
            let stanza = raw.next_within(PATIENCE).await.expect("the fence");
            if stanza.id() == id {
                return all;
            }
            all.push(stanza);
        }
    }

    /// Brings the user's client in or out, wherever it was.
    async fn be_inside(&mut self, inside: bool) {
        let own = escape(&self.address("room/me"));
        self.user.send(&format!("<presence to='{own}' type='unavailable'/>")).await;
        self.fence("user").await;
        if !inside {
            return;
        }
        let join = format!("<presence to='{own}'><x xmlns='http://jabber.org/protocol/muc'/></presence>");
        self.user.send(&join).await;
        let own = self.user.expect("to be in", |s| codes(s).contains(&"110".to_owned())).await;
        self.me = own.sender().split_once('/').map_or_else(String::new, |(_, nick)| nick.to_owned());
        self.user.expect("a subject", |s| s.text_of("subject").is_some()).await;
    }

    /// Puts the ids of fresh messages into a stanza.
    async fn filled(&mut self, stanza: &str) -> String {
        let mut filled = stanza.to_owned();
        self.count += 1;
        let n = self.count;
        if filled.contains("HEARD") {
            let text = format!("heard {n}");
            let id = self.friend.say("romeo", &text).await;
            self.user.expect("a message", |s| s.body().as_deref() == Some(&text)).await;
            filled = filled.replace("HEARD", &id);
        }
        if filled.contains("TOLD") {
            let text = format!("told {n}");
            let said = self.friend.ask("send", json!({ "chat": { "group": "tea" }, "text": text })).await;
            self.user.expect("a message", |s| s.body().as_deref() == Some(&text)).await;
            filled = filled.replace("TOLD", said["id"].as_str().expect("an id"));
        }
        if filled.contains("SAID") || filled.contains("ORIGIN") {
            let (text, to) = (format!("said {n}"), self.contact.clone());
            let (id, origin) = (format!("own-{n}"), format!("origin-{n}"));
            let message = format!(
                "<message to='{to}' id='{id}' type='chat'><body>{text}</body><origin-id xmlns='{SID}' id='{origin}'/><request xmlns='urn:xmpp:receipts'/></message>"
            );
            self.user.send(&message).await;
            self.user.expect("a receipt", |s| s.has("received", "urn:xmpp:receipts")).await;
            filled = filled.replace("SAID", &id).replace("ORIGIN", &origin);
        }
        filled
    }

    /// Plays a row, and returns the stanzas that come back.
    async fn play(&mut self, row: &Row) -> Vec<String> {
        if row.from != "stranger" {
            self.be_inside(row.from == "inside").await;
        }
        let stanza = self.filled(&row.stanza).await;
        self.fence("user").await;
        drop(self.friend.take(|_| true));
        self.count += 1;
        let (to, id) = (escape(&self.address(&row.to)), format!("row-{}", self.count));
        let name = stanza.split([' ', '>', '/']).next().unwrap_or_default();
        let sent = stanza.replacen(name, &format!("{name} to='{to}' id='{id}'"), 1);
        self.raw(&row.from).send(&sent).await;
        let (mut back, since) = (Vec::new(), Instant::now());
        loop {
            back.extend(self.fence(&row.from).await.iter().filter_map(told));
            back.extend(self.friend.take(|_| true).iter().filter_map(happened));
            back.sort();
            // What is missing may still come; what is too much is there once the rest is.
            if back == row.back || back.len() >= row.back.len().max(1) || since.elapsed() > PATIENCE {
                return back;
            }
        }
    }
}

async fn all_go(rows: &[Row], mut stage: Stage) {
    assert!(rows.len() > 80, "the tables are read");
    let mut wrong = Vec::new();
    for row in rows {
        let back = stage.play(row).await;
        if back != row.back {
            let Row { from, to, stanza, back: expected } = row;
            wrong.push(format!("{from} to {to}: {stanza}\n  expected {expected:?}\n  came     {back:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    // Friends to the end, whatever was ended here.
    let (user, to) = (&mut stage.user, &stage.contact);
    user.send(&format!("<message to='{to}' id='last' type='chat'><body>still friends</body></message>"))
        .await;
    stage.friend.hear("romeo", "still friends").await;
}

#[tokio::test]
async fn every_kind_of_stanza_has_the_effect_or_the_answer_that_the_tables_tell_behind_prosody() {
    all_go(&both().0, Stage::behind_prosody().await).await;
}

#[tokio::test]
async fn every_kind_of_stanza_has_the_effect_or_the_answer_that_the_tables_tell_behind_ejabberd() {
    all_go(&both().1, Stage::behind_ejabberd().await).await;
}
