//! Rooms: joining clients see the occupants, get the messages, and get them in order.

mod asked;
mod enter;
mod flood;
mod history;
mod leave;
mod rule;
mod shown;

use super::{PATIENCE, World, gate};
use plugin_api::{
    Affiliation, Condition, Error, Features, Host, Mention, MessageReference, ParticipantInfo, Result, Room,
    RoomId, RoomInfo, RoomType, Text, UserText,
};

use std::sync::Mutex;

const TEA: &str = "tea@gw.example.org";

/// Decisions of the user about members, as the network got them.
pub(super) static RULED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Returns the network's information about a room.
pub(super) fn info(room: &RoomId) -> Result<RoomInfo> {
    let kind = match room.as_str() {
        "tea" | "crowd" | "slow" => RoomType::Group,
        "square" => RoomType::Channel,
        _ => return Err(Error::new(Condition::ItemNotFound, "No such group.")),
    };
    Ok(RoomInfo {
        kind: Some(kind),
        name: Some("Tea".into()),
        subject: Some("Cake".into()),
        user_nick: Some("me".into()),
        features: Some(Features {
            replies: true,
            reaction: true,
            reactions_single_emoji: kind == RoomType::Channel,
            ..Features::messages()
        }),
        ..RoomInfo::default()
    })
}

fn member(id: &str, nickname: &str) -> ParticipantInfo {
    ParticipantInfo { contact: Some(id.into()), nickname: nickname.into(), ..ParticipantInfo::default() }
}

/// Lists the members of a room.
pub(super) fn participants(room: &RoomId) -> Result<Vec<ParticipantInfo>> {
    if room.as_str() == "crowd" {
        return Ok((0..10_000).map(|n| member(&format!("c{n}"), &format!("Member {n}"))).collect());
    }
    let owner = ParticipantInfo { affiliation: Some(Affiliation::Owner), ..member("ada", "Ada") };
    Ok(vec![owner.clone(), owner, member("bob", "me"), member("friend", "weirdguy🎉")])
}

/// Sends more operations on a room than may be outstanding while its members are being read, and
/// awaits none before the last is sent. Reports how many were refused.
pub(super) async fn flood(host: Host) {
    gate("slow asked").acquire().await.unwrap().forget();
    let room = host.room("slow");
    let sendings: Vec<_> = (0..5000).map(|_| room.set_participants(vec![member("eve", "Eve")])).collect();
    gate("slow told").add_permits(1);
    let mut refused = 0;
    for sending in sendings {
        refused += usize::from(sending.await.is_err());
    }
    drop(host.contact("friend").send_text(Text::new(format!("{refused} refused"))).await);
}

/// Carries out the order in a message of the user to the room.
pub(super) async fn hear(room: &Room, message: &UserText) -> Result<()> {
    let (verb, rest) = message.body.split_once(' ').unwrap_or((&message.body, ""));
    match verb {
        "rules?" => {
            let ruled = RULED.lock().unwrap().join("; ");
            drop(room.participant("ada").send_text(Text::new(ruled)).await?);
        }
        "whom?" => {
            let whom = message.reply.clone().and_then(|reply| reply.to).and_then(|to| to.contact);
            let text = format!("you answer {}", whom.unwrap_or_default());
            drop(room.participant("ada").send_text(Text::new(text)).await?);
        }
        "answer" => {
            let id = format!("n-{rest}").as_str().into();
            let reply_to = Some(MessageReference { id, author: None, body: Some("hi".into()) });
            let answer = Text { reply_to, ..Text::new("well") };
            drop(room.participant("ada").send_text(answer).await?);
        }
        "name" => {
            let me = Mention { is_user: true, contact: Some("u".into()), end: 2, ..Mention::default() };
            let bob = Mention { contact: Some("bob".into()), start: 3, end: 6, ..Mention::default() };
            let nobody = Mention { contact: Some("nobody".into()), start: 3, end: 6, ..Mention::default() };
            let named = Text { mentions: vec![me, bob, nobody], ..Text::new(rest) };
            drop(room.participant("ada").send_text(named).await?);
        }
        "refuse" => return Err(Error::new(Condition::NotAcceptable, "Too rude.")),
        "ada" => drop(room.participant("ada").send_text(Text::new(rest).id("a1")).await?),
        "new" => drop(room.participant("eve").send_text(Text::new(rest)).await?),
        "me" => drop(room.user().send_text(Text::new(rest).id("elsewhere")).await?),
        "fix" => drop(room.participant("ada").correct("a1", Text::new(rest)).await?),
        "like" => drop(room.participant("bob").react(format!("n-{rest}"), vec!["👍".into()]).await?),
        "rename" => room.participant("ada").rename(rest).await?,
        "kick" => room.participant("ada").kick(Some(rest.to_owned())).await?,
        "promote" => {
            let owner = ParticipantInfo { affiliation: Some(Affiliation::Owner), ..member("bob", "me") };
            room.set_participants(vec![owner.clone(), owner]).await?;
        }
        "call" => room.update(RoomInfo { name: Some(rest.to_owned()), ..RoomInfo::default() }).await?,
        "close" => room.remove(plugin_api::Departure::Kicked, Some(rest.to_owned())).await?,
        _ => history::hear(room, verb, rest).await?,
    }
    Ok(())
}

impl World {
    fn join(&self, room: &str, client: &str, nick: &str) {
        self.send(&format!(
            "<presence xmlns='jabber:client' from='u@example.org/{client}' to='{room}/{nick}' id='join'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
        ));
    }

    /// Joins a room, and returns all that the client is sent until it is in.
    pub(super) async fn joined(&mut self, room: &str, client: &str, nick: &str) -> Vec<String> {
        self.join(room, client, nick);
        self.all_until(&["<subject>", &format!("to='u@example.org/{client}'")]).await
    }

    /// Returns the next stanza of the room; stanzas of the gateway itself are skipped.
    async fn here(&mut self) -> String {
        self.until(&[TEA]).await
    }

    fn say_in(&self, room: &str, client: &str, id: &str, body: &str) {
        self.send(&format!(
            "<message xmlns='jabber:client' from='u@example.org/{client}' to='{room}' id='{id}' type='groupchat'><body>{body}</body><origin-id xmlns='urn:xmpp:sid:0' id='{id}'/></message>"
        ));
    }

    pub(super) async fn iq(&mut self, to: &str, client: &str, payload: &str) -> String {
        self.iq_of("get", to, client, payload).await
    }

    async fn iq_of(&mut self, kind: &str, to: &str, client: &str, payload: &str) -> String {
        self.send(&format!(
            "<iq xmlns='jabber:client' from='u@example.org/{client}' to='{to}' id='asked' type='{kind}'>{payload}</iq>"
        ));
        self.until(&["<iq", "id='asked'"]).await
    }
}

const PING: &str = "<ping xmlns='urn:xmpp:ping'/>";

async fn tea() -> World {
    let mut world = World::new().await;
    world.log_in().await;
    world.joined(TEA, "r", "me").await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn k80_k83_a_join_shows_everybody_once_then_oneself_then_the_subject() {
    let mut world = World::new().await;
    world.log_in().await;
    let all = world.joined(TEA, "r", "Romeo").await;
    let told: Vec<_> = all.iter().filter(|stanza| stanza.contains(TEA)).collect();
    let from = |stanza: &str| stanza.split("from='").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let order: Vec<_> = told.iter().map(|stanza| from(stanza)).collect();
    // A member with the user's nick gets another one, each member is announced once, and characters
    // that no server takes are left out of an address.
    let expected = ["Ada", "me (bob)", "weirdguy", "me"].map(|nick| format!("{TEA}/{nick}"));
    assert_eq!(order[..4], expected);
    assert_eq!(order[4..], [TEA]);
    assert!(
        told[0].contains("affiliation='owner' role='moderator' jid='ada@gw.example.org/slidge'"),
        "{}",
        told[0]
    );
    assert!(
        told[2].contains("<nick xmlns='http://jabber.org/protocol/nick'>weirdguy🎉</nick>"),
        "{}",
        told[2]
    );
    let own = told[3];
    assert!(own.contains("id='join'") && own.contains("jid='u@example.org/r'"), "{own}");
    for code in ["100", "110", "210"] {
        assert!(own.contains(&format!("<status code='{code}'/>")), "{code} in {own}");
    }
    assert!(told[4].contains("<subject>Cake</subject>"), "{}", told[4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r10_in_a_semi_anonymous_room_nobody_is_given_away() {
    let mut world = World::new().await;
    world.log_in().await;
    let all = world.joined("square@gw.example.org", "r", "me").await;
    let told: Vec<_> = all.iter().filter(|stanza| stanza.contains("from='square@")).collect();
    assert_eq!(told.len(), 5);
    for stanza in &told {
        assert!(!stanza.contains("jid=") && !stanza.contains("code='100'"), "{stanza}");
    }
    let id =
        |stanza: &str| stanza.split("urn:xmpp:occupant-id:0' id='").nth(1).map(|rest| rest[..26].to_owned());
    let tea = world.joined(TEA, "r", "me").await;
    let there = tea.iter().find(|stanza| stanza.contains("/Ada'")).and_then(|stanza| id(stanza)).unwrap();
    let here = told.iter().find(|stanza| stanza.contains("/Ada'")).and_then(|stanza| id(stanza)).unwrap();
    assert_ne!(here, there, "nobody is known by it in another room");
}

#[tokio::test(flavor = "multi_thread")]
async fn k81_who_cannot_come_in_is_told_why_by_the_room() {
    let mut world = World::new().await;
    world.log_in().await;
    world.send(&format!(
        "<presence xmlns='jabber:client' from='u@example.org/r' to='{TEA}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    ));
    let error = world.until(&["<presence type='error'"]).await;
    assert!(error.contains(&format!("by='{TEA}'")) && error.contains("<jid-malformed"), "{error}");
    world.join("nowhere@gw.example.org", "r", "me");
    let error = world.until(&["<presence type='error'"]).await;
    assert!(error.contains("<item-not-found") && error.contains("No such group."), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k84_k85_what_is_said_comes_back_to_all_who_are_in_and_to_nobody_else() {
    let mut world = tea().await;
    world.joined(TEA, "other", "me").await;
    world.say_in(TEA, "r", "m1", "hello");
    for client in ["r", "other"] {
        let copy = world.here().await;
        assert!(
            copy.contains(&format!("type='groupchat' from='{TEA}/me' to='u@example.org/{client}' id='m1'")),
            "{copy}"
        );
        assert!(copy.contains("<body>hello</body><origin-id xmlns='urn:xmpp:sid:0' id='m1'/>"), "{copy}");
        assert!(
            copy.contains(&format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{TEA}' id='n-m1'/>")),
            "{copy}"
        );
        assert!(copy.contains("<occupant-id"), "{copy}");
    }
    world.say_in(TEA, "r", "m2", "refuse");
    let error = world.here().await;
    assert!(error.contains(&format!("type='error' from='{TEA}' to='u@example.org/r' id='m2'")), "{error}");
    assert!(error.contains("Too rude."), "{error}");
    world.say_in(TEA, "third", "m3", "hello?");
    assert!(world.here().await.contains("<not-acceptable"));
    let out = world.here().await;
    assert!(out.contains("to='u@example.org/third'") && out.contains("type='unavailable'"), "{out}");
    assert!(out.contains("code='333'") && out.contains("code='110'"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k86_k96_what_others_say_comes_with_ids_and_strangers_come_in_first() {
    let mut world = tea().await;
    world.say_in(TEA, "r", "m1", "ada hi there");
    let said = world.here().await;
    assert!(
        said.contains(&format!("type='groupchat' from='{TEA}/Ada' to='u@example.org/r' id='a1'")),
        "{said}"
    );
    for part in
        ["<body>hi there</body>", "<active", "<markable", "by='tea@gw.example.org' id='a1'", "<occupant-id"]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("<store"), "{said}");
    world.until(&["id='m1'"]).await;

    world.say_in(TEA, "r", "m2", "fix hi here");
    let fixed = world.here().await;
    assert!(fixed.contains("<replace xmlns='urn:xmpp:message-correct:0' id='a1'/>"), "{fixed}");
    world.until(&["id='m2'"]).await;

    world.say_in(TEA, "r", "m3", "like m1");
    let liked = world.here().await;
    assert!(liked.contains(&format!("from='{TEA}/me (bob)'")) && liked.contains("id='n-m1'"), "{liked}");
    world.until(&["id='m3'"]).await;

    world.say_in(TEA, "r", "m4", "new I am Eve");
    let came = world.here().await;
    assert!(came.starts_with("<presence") && came.contains(&format!("from='{TEA}/eve'")), "{came}");
    assert!(world.here().await.contains("<body>I am Eve</body>"));
    world.until(&["id='m4'"]).await;

    // The user speaks from the network's own app.
    world.say_in(TEA, "r", "m5", "me from elsewhere");
    let own = world.here().await;
    assert!(
        own.contains(&format!("from='{TEA}/me'")) && own.contains("<body>from elsewhere</body>"),
        "{own}"
    );
    world.until(&["id='m5'"]).await;

    // The network tells this twice, and it is shown once.
    world.say_in(TEA, "r", "m6", "promote");
    let promoted = world.here().await;
    assert!(promoted.contains("affiliation='owner' role='moderator'"), "{promoted}");
    assert!(world.here().await.contains("id='m6'"));
}

#[tokio::test(flavor = "multi_thread")]
async fn k94_who_is_renamed_or_thrown_out_leaves_their_place() {
    let mut world = tea().await;
    world.say_in(TEA, "r", "m1", "rename Countess");
    let gone = world.here().await;
    assert!(gone.contains("type='unavailable'") && gone.contains("nick='Countess'"), "{gone}");
    assert!(gone.contains(&format!("from='{TEA}/Ada'")) && gone.contains("code='303'"), "{gone}");
    let back = world.here().await;
    assert!(back.contains(&format!("from='{TEA}/Countess'")) && !back.contains("unavailable"), "{back}");
    world.until(&["id='m1'"]).await;
    world.say_in(TEA, "r", "m2", "kick noise");
    let gone = world.here().await;
    assert!(
        gone.contains(&format!("from='{TEA}/Countess'")) && gone.contains("<reason>noise</reason>"),
        "{gone}"
    );
    assert!(gone.contains("code='307'") && gone.contains("affiliation='none' role='none'"), "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k107_k110_the_room_changes_and_ends() {
    let mut world = tea().await;
    world.send(&format!(
        "<message xmlns='jabber:client' from='u@example.org/r' to='{TEA}' id='s' type='groupchat'><subject>Biscuits</subject></message>"
    ));
    let refused = world.here().await;
    assert!(
        refused.contains("<feature-not-implemented"),
        "this network's rooms have no subject to set: {refused}"
    );
    world.say_in(TEA, "r", "m1", "call Coffee");
    assert!(world.here().await.contains("<status code='104'/>"));
    world.until(&["id='m1'"]).await;
    let rooms =
        world.iq("gw.example.org", "r", "<query xmlns='http://jabber.org/protocol/disco#items'/>").await;
    assert!(rooms.contains(&format!("<item jid='{TEA}' name='Coffee'/>")), "{rooms}");
    world.say_in(TEA, "r", "m2", "close for today");
    let out = world.here().await;
    assert!(
        out.contains("type='unavailable'") && out.contains("code='307'") && out.contains("code='110'"),
        "{out}"
    );
    assert!(out.contains("<reason>for today</reason>"), "{out}");
    let rooms =
        world.iq("gw.example.org", "r", "<query xmlns='http://jabber.org/protocol/disco#items'/>").await;
    assert!(!rooms.contains(TEA), "{rooms}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k15_k18_k19_rooms_and_those_in_them_say_what_they_are() {
    let mut world = World::new().await;
    world.log_in().await;
    let info = "<query xmlns='http://jabber.org/protocol/disco#info'/>";
    // The network has not told anything of the room yet.
    let told = world.iq(TEA, "r", info).await;
    assert!(told.contains("<identity category='conference' type='text' name='Tea'/>"), "{told}");
    assert!(told.contains("muc_membersonly") && told.contains("urn:xmpp:mam:2"), "{told}");
    // R8: nobody can set the subject.
    let subject = told.split("muc#roominfo_subjectmod").nth(1).and_then(|rest| rest.split("</field>").next());
    assert!(subject.is_some_and(|field| field.contains("<value>0</value>")), "{told}");
    let told = world.iq("nobody@gw.example.org", "r", info).await;
    assert!(told.contains("<item-not-found") && told.contains("No such person."), "{told}");
    assert!(world.iq(&format!("{TEA}/Ada"), "r", info).await.contains("<not-acceptable"));
    world.joined(TEA, "r", "me").await;
    assert!(world.iq(&format!("{TEA}/Ada"), "r", info).await.contains("category='client' type='pc'"));
    assert!(world.iq(&format!("{TEA}/nobody"), "r", info).await.contains("<item-not-found"));
    let items = world.iq(TEA, "r", "<query xmlns='http://jabber.org/protocol/disco#items'/>").await;
    assert!(items.contains(&format!("<item jid='{TEA}/Ada'/>")), "{items}");
    let owners = "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='owner'/></query>";
    let owners = world.iq(TEA, "r", owners).await;
    assert!(owners.contains("<item affiliation='owner' jid='ada@gw.example.org' nick='Ada'/>"), "{owners}");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_joining_a_crowd_holds_up_nobody_and_misses_nothing() {
    const CROWD: &str = "crowd@gw.example.org";
    let mut world = World::new().await;
    world.log_in().await;
    world.joined(TEA, "r", "me").await;
    world.joined(CROWD, "first", "me").await;
    world.join(CROWD, "second", "me");
    world.say_in(TEA, "r", "m1", "between");
    // The first client is in while the other is still being sent the occupants; messages in the
    // crowd come behind these.
    world.say_in(CROWD, "first", "m2", "new I am new");
    let all = tokio::time::timeout(PATIENCE, world.all_until(&["<body>I am new</body>", "/second'"])).await;
    let all = all.expect("all of it");
    let to_second = |stanza: &&String| stanza.contains("to='u@example.org/second'") && stanza.contains(CROWD);
    let second: Vec<_> = all.iter().filter(to_second).collect();
    assert_eq!(second.len(), 10_000 + 4, "everybody, oneself, the subject, the new one and what they say");
    assert!(second[10_000].contains("code='110'") && second[10_001].contains("<subject>"));
    assert!(second[10_002].contains("/eve'") && second[10_003].contains("I am new"));
    let between = all.iter().position(|stanza| stanza.contains("<body>between</body>")).expect("it is said");
    let last = all.iter().rposition(|stanza| to_second(&stanza)).expect("it is there");
    assert!(between < last, "it did not wait for the crowd");
}
