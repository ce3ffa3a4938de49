//! 1,000 random walks through the commands: any action, any order, any form, other people's
//! sessions. Nobody sees what is not theirs, and in the end everything is as it should be.

use std::sync::{Arc, Mutex};

use lab::{Client, Person, Server, World};
use minidom::Element;
use tokio::task::JoinSet;

const COMMANDS: &str = "http://jabber.org/protocol/commands";
const DATA: &str = "jabber:x:data";
const NODES: [&str; 9] = [
    "jabber:iq:register",
    "urn:slidged:commands:register-1",
    "urn:slidged:commands:status",
    "urn:slidged:commands:preferences",
    "urn:slidged:commands:contacts",
    "urn:slidged:commands:find",
    "urn:slidged:commands:category:admin",
    "http://jabber.org/protocol/admin#get-registered-users-list",
    "urn:slidged:commands:nothing",
];
const ACTIONS: [&str; 6] = ["execute", "next", "prev", "complete", "cancel", "dance"];
const VARS: [&str; 7] =
    ["username", "password", "name", "command", "sync_presence", "accountjids", "confirm"];
const WALKS: u32 = 1000;
/// Walkers at the same time: half of them are the user's own clients.
const WALKERS: u32 = 10;
const STEPS: u32 = 4;

/// Numbers that are the same in every run (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("below the limit")
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn text(&mut self) -> String {
        let texts = ["", "1", "true", "romeo", "urn:slidged:commands:info", "a@b", "\u{1F600}", "<x/>&'\""];
        let text = self.one(&texts);
        if self.below(20) == 0 { text.repeat(3000) } else { text.to_owned() }
    }

    fn form(&mut self) -> String {
        let type_ = self.one(&["submit", "submit", "submit", "cancel", "result", "form"]);
        let fields: String = (0..self.below(4))
            .map(|_| {
                let (var, value) = (self.one(&VARS), lab::stanza::escape(&self.text()));
                format!("<field var='{var}'><value>{value}</value></field>")
            })
            .collect();
        format!("<x xmlns='{DATA}' type='{type_}'>{fields}</x>")
    }
}

/// Nodes and sessions of all commands, known to all walkers.
type Sessions = Arc<Mutex<Vec<(String, String)>>>;

/// One step, whatever comes of it; the session of what was answered.
async fn step(
    client: &Client,
    gateway: &str,
    numbers: &mut Numbers,
    own: Option<&(String, String)>,
    sessions: &Sessions,
) -> Option<(String, String)> {
    let (node, session) = {
        let known = sessions.lock().expect("nobody panics with it");
        match (numbers.below(8), own) {
            (0, _) => (numbers.one(&NODES).to_owned(), "sessionid='guess'".to_owned()),
            (1, _) if !known.is_empty() => {
                let (node, session) = &known[numbers.below(known.len())];
                (node.clone(), format!("sessionid='{session}'"))
            }
            (_, Some((node, session))) => (node.clone(), format!("sessionid='{session}'")),
            _ => (numbers.one(&NODES).to_owned(), String::new()),
        }
    };
    let action = numbers.one(&ACTIONS);
    let form = if numbers.below(3) == 0 { String::new() } else { numbers.form() };
    let command =
        format!("<command xmlns='{COMMANDS}' node='{node}' action='{action}' {session}>{form}</command>");
    let answer = client.ask("set", gateway, &command).await.ok()?;
    let command: Element = answer.get_child("command", COMMANDS)?.clone();
    Some((node, command.attr("sessionid")?.to_owned()))
}

/// Walks one after the other, each a command with some steps.
async fn walks(client: Client, gateway: &'static str, seed: u64, sessions: Sessions) {
    let mut numbers = Numbers(seed);
    for _ in 0..WALKS / WALKERS {
        let mut own = None;
        for _ in 0..STEPS {
            if let Some(session) = step(&client, gateway, &mut numbers, own.as_ref(), &sessions).await {
                let mut known = sessions.lock().expect("nobody panics with it");
                if known.len() >= 20 {
                    known.remove(0);
                }
                known.push(session.clone());
                own = Some(session);
            }
        }
        // Room for the next: five at the same time are enough for anybody.
        if let Some((node, session)) = own {
            let cancel =
                format!("<command xmlns='{COMMANDS}' node='{node}' action='cancel' sessionid='{session}'/>");
            drop(client.ask("set", gateway, &cancel).await);
        }
    }
}

#[tokio::test]
async fn a_thousand_random_walks_do_no_harm() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let sessions = Sessions::default();
    let (mut walkers, mut strangers) = (JoinSet::new(), Vec::new());
    for number in 0..WALKERS {
        let client = if number % 2 == 0 {
            world.prosody.client("romeo").await
        } else {
            let stranger = world.prosody.client(&format!("paris{number}")).await;
            strangers.push(stranger.clone());
            stranger
        };
        walkers.spawn(walks(client, gateway, 0x5eed_0f51_1d6e + u64::from(number), sessions.clone()));
    }
    while let Some(walked) = walkers.join_next().await {
        walked.expect("a walker only asks");
    }
    let password = Person::password("romeo");
    for stranger in &strangers {
        let leaked = stranger
            .take(|s| [password.as_str(), "juliet"].iter().any(|secret| String::from(s).contains(secret)));
        assert!(leaked.is_empty(), "romeo's contacts and password are his: {leaked:?}");
        stranger.registration_form(gateway).await.expect("they may still register, and have not");
        let refused =
            stranger.command(gateway, "urn:slidged:commands:status").await.expect_err("not registered");
        assert_eq!(refused.condition, "registration-required");
    }
    pair.settled_there().await;
    pair.settled_here().await;
}
