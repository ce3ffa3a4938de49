//! 1,000 random walks through the commands: any action, any order, any form, other people's sessions. Nobody sees what is not theirs,
//! and in the end everything is as it should be.

use lab::{Client, Person, Server, World};
use minidom::Element;

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

/// One step, whatever comes of it; the session of what was answered.
async fn step(
    client: &Client,
    gateway: &str,
    numbers: &mut Numbers,
    sessions: &[(String, String)],
) -> Option<(String, String)> {
    let node = numbers.one(&NODES).to_owned();
    let (node, session) = match numbers.below(4) {
        0 => (node, String::new()),
        1 => (node, "sessionid='guess'".to_owned()),
        _ if sessions.is_empty() => (node, String::new()),
        _ => {
            let (node, session) = &sessions[numbers.below(sessions.len())];
            (node.clone(), format!("sessionid='{session}'"))
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

#[tokio::test]
async fn a_thousand_random_walks_do_no_harm() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let stranger = world.prosody.client("paris").await;
    let mut numbers = Numbers(0x5eed_0f51_1d6e);
    // Everybody knows everybody's sessions, and tries them.
    let mut sessions: Vec<(String, String)> = Vec::new();
    for _ in 0..WALKS {
        let client = if numbers.below(2) == 0 { &pair.user } else { &stranger };
        if let Some(session) = step(client, gateway, &mut numbers, &sessions).await {
            if sessions.len() >= 20 {
                sessions.remove(0);
            }
            sessions.push(session);
        }
    }
    let leaked = |client: &Client, secret: &str| {
        client.take(|s| String::from(s).contains(secret)).into_iter().next().map(|s| String::from(&s))
    };
    assert_eq!(leaked(&stranger, "juliet"), None, "romeo's contacts are his");
    assert_eq!(leaked(&stranger, &Person::password("romeo")), None);
    pair.settled_there().await;
    pair.settled_here().await;
    stranger.registration_form(gateway).await.expect("paris may still register, and has not");
    let refused = stranger.command(gateway, "urn:slidged:commands:status").await.expect_err("not registered");
    assert_eq!(refused.condition, "registration-required");
}
