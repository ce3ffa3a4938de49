//! Every command, as a form and in a chat, by everybody: who may run it sees it, and nobody else
//! does.

use lab::{Client, Server, StanzaExt, World, WorldOptions};

const OURS: &str = "urn:slidged:commands:";
const ADMIN: &str = "http://jabber.org/protocol/admin#";

/// Users who may run a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Stranger,
    User,
    Admin,
    Anybody,
}
use Who::{Admin, Anybody, Stranger, User};

/// The word, the node if it is not our own, who may run it, and what they see first, whatever the
/// face.
const COMMANDS: [(&str, &str, Who, &str); 30] = [
    ("register", "jabber:iq:register", Stranger, "User name on superduper"),
    ("register-1", "", Stranger, "Password, then code"),
    ("register-2", "", Stranger, "Scan this code"),
    ("register-3", "", Stranger, "Login token"),
    ("status", "", User, "Superduper: connected"),
    ("preferences", "", User, "whether I am online"),
    ("credentials", "", User, "How do you want to log in?"),
    ("unregister", "", User, "credentials are deleted"),
    ("contacts", "", User, "One contact:"),
    ("sync-contacts", "", User, "is read again"),
    ("groups", "", User, "You are in no groups."),
    ("find", "", User, "Find people on superduper"),
    ("export-data", "", User, "Your data: http"),
    ("delete-data", "", User, "everything that it keeps about you"),
    ("info", "", Anybody, "slidged 0."),
    ("users", "http://jabber.org/protocol/admin#get-registered-users-list", Admin, "One user:"),
    ("user", "http://jabber.org/protocol/admin#user-stats", Admin, "User (address)"),
    ("delete-user", "http://jabber.org/protocol/admin#delete-user", Admin, "Users (addresses)"),
    ("logout-user", "http://jabber.org/protocol/admin#end-user-session", Admin, "Users (addresses)"),
    ("login-user", "", Admin, "Users (addresses)"),
    ("announce", "http://jabber.org/protocol/admin#announce", Admin, "Announce"),
    ("approve", "", Admin, "Nobody waits to be let in."),
    ("invite", "", Admin, "For how many people"),
    ("bans", "", Admin, "Nobody is banned."),
    ("ban", "", Admin, "Address or domain"),
    ("unban", "", Admin, "Address or domain"),
    ("log-level", "", Admin, "This holds until the next restart."),
    ("ping-network", "urn:slidged:commands:superduper:ping-network", Anybody, "Superduper has answered in"),
    ("devices", "urn:slidged:commands:superduper:devices", User, "app"),
    ("logout-device", "urn:slidged:commands:superduper:logout-device", User, "app"),
];

/// Commands of groups: the word, the node, and the text that is seen first.
const ON_GROUPS: [(&str, &str, &str); 2] = [
    ("leave", "urn:slidged:commands:leave", "Are you sure?"),
    ("members", "urn:slidged:commands:superduper:members", "Members of the group"),
];

fn node(word: &str, node: &str) -> String {
    if node.is_empty() { format!("{OURS}{word}") } else { node.to_owned() }
}

async fn world() -> World {
    let slidged = "[registration]\nallow = [\"example.org\"]\nadmins = [\"admin@example.org\"]\n";
    World::with(WorldOptions { slidged: slidged.into(), ..WorldOptions::default() }).await
}

#[tokio::test]
async fn every_command_says_the_same_as_a_form_and_in_a_chat() {
    let world = world().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let (stranger, admin) = (world.prosody.client("paris").await, world.prosody.client("admin").await);
    for (word, at, who, shown) in COMMANDS {
        let client = match who {
            Stranger => &stranger,
            User | Anybody => &pair.user,
            Admin => &admin,
        };
        let stage = client.command(gateway, &node(word, at)).await;
        let stage = stage.unwrap_or_else(|error| panic!("{word} as a form: {error}"));
        let form = String::from(&stage.element);
        assert!(form.contains(shown), "{word} as a form: {form}");
        if stage.status() == "executing" {
            client.step(&stage, "cancel", &[]).await.unwrap_or_else(|error| panic!("{word}: {error}"));
        }
        client.chat(gateway, word, shown).await;
        client.chat(gateway, "cancel", "cancel").await;
    }
}

/// Words of the commands in an answer to `help`.
fn worded(help: &str) -> Vec<String> {
    let word = |line: &str| Some(line.split_once(" – ")?.0.to_owned());
    help.lines().filter_map(word).filter(|word| !matches!(word.as_str(), "contact" | "room")).collect()
}

/// Commands that end at once here and take words all the same.
const TAKE_WORDS: [&str; 2] = ["approve", "approve-device"];

#[tokio::test]
async fn words_behind_a_command_that_asks_nothing_are_refused_whichever_it_is() {
    let world = world().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let (stranger, admin) = (world.prosody.client("paris").await, world.prosody.client("admin").await);
    let mut refused = Vec::new();
    for client in [&stranger, &pair.user, &admin] {
        let mut lines = worded(&client.chat(gateway, "help", "info –").await);
        if client.jid() == pair.user.jid() {
            let about = client.chat(gateway, "contact", "then what to do: ").await;
            let on = about.split_once("then what to do: ").and_then(|(_, on)| on.split_once('.'));
            let on = on.expect("a list").0;
            lines.extend(on.split(", ").map(|word| format!("contact juliet {word}")));
        }
        for line in lines {
            let word = line.split(' ').next_back().unwrap_or_default().to_owned();
            if TAKE_WORDS.contains(&word.as_str()) {
                continue;
            }
            // What asks something can be cancelled.
            client.say(gateway, &line).await;
            client.say(gateway, "cancel").await;
            let over = |s: &minidom::Element| {
                let said = |text| s.body().is_some_and(|body| body.contains(text));
                s.is_message() && (said("is cancelled") || said("nothing to cancel"))
            };
            let over = client.expect("its end", over).await.body().unwrap_or_default();
            if over.contains("is cancelled") {
                continue;
            }
            let text = client.chat(gateway, &format!("{line} me@x.org of me"), "nothing more: ").await;
            assert!(text.ends_with(&format!("called like this: {word}")) || word == "doctor", "{text}");
            assert!(text.contains("of me"), "{text}");
            refused.push(word);
        }
    }
    for word in
        ["info", "contacts", "groups", "status", "export-data", "users", "bans", "last-seen", "devices"]
    {
        assert!(refused.iter().any(|refused| refused == word), "{word} is not among {refused:?}");
    }
}

#[tokio::test]
async fn every_command_of_a_group_says_the_same_as_a_form_and_in_a_chat() {
    let world = world().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let group = serde_json::json!({ "id": "tea", "kind": "private", "name": "Tea", "members": ["romeo"] });
    pair.friend.ask("create_group", group).await;
    let listed = async {
        loop {
            let groups = pair.user.command(gateway, "urn:slidged:commands:groups").await.expect("a list");
            if let Some(room) = groups.column("jid").pop() {
                return room;
            }
        }
    };
    let room = tokio::time::timeout(lab::wait::PATIENCE, listed).await.expect("a group");
    let local = room.split('@').next().unwrap_or_default();
    let mut commands = pair.user.commands(&room).await.expect("a list");
    commands.sort();
    assert_eq!(commands, ON_GROUPS.map(|(_, node, _)| node));
    for (word, node, shown) in ON_GROUPS {
        let stage = pair.user.command(&room, node).await.unwrap_or_else(|error| panic!("{word}: {error}"));
        let form = String::from(&stage.element);
        assert!(form.contains(shown), "{word} as a form: {form}");
        if stage.status() == "executing" {
            pair.user.step(&stage, "cancel", &[]).await.unwrap_or_else(|error| panic!("{word}: {error}"));
        }
        pair.user.chat(gateway, &format!("room {local} {word}"), shown).await;
        pair.user.chat(gateway, "cancel", "cancel").await;
    }
}

#[tokio::test]
async fn every_command_is_for_whom_it_is_and_for_nobody_else() {
    let world = world().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    world.person("paris", "Paris").await;
    let other = world.prosody.client("paris").await;
    world.register(&other, "paris").await;
    let (stranger, admin) = (world.prosody.client("tybalt").await, world.prosody.client("admin").await);
    let everybody: [(&Client, &[Who]); 4] = [
        (&stranger, &[Stranger, Anybody]),
        (&pair.user, &[User, Anybody]),
        (&other, &[User, Anybody]),
        (&admin, &[Stranger, Admin, Anybody]),
    ];
    for (client, may) in everybody {
        for (word, at, who, _) in COMMANDS {
            let who_is = client.jid();
            match client.command(gateway, &node(word, at)).await {
                Ok(stage) => {
                    assert!(may.contains(&who), "{who_is} runs {word}");
                    let shown = String::from(&stage.element);
                    let theirs = who_is.starts_with("romeo") || who_is.starts_with("admin");
                    assert!(theirs || !shown.contains("juliet"), "{who_is} sees romeo's contacts: {shown}");
                    if stage.status() == "executing" {
                        client.step(&stage, "cancel", &[]).await.expect("their own");
                    }
                }
                Err(error) => {
                    assert!(!may.contains(&who), "{who_is} may run {word}: {error}");
                    assert!(!error.text.is_empty(), "{who_is} is not told why not: {word}");
                }
            }
        }
    }
    // What is listed can be run; administrators see what is for them.
    for (client, _) in everybody {
        for node in client.commands(gateway).await.expect("a list") {
            let stage =
                client.command(gateway, &node).await.unwrap_or_else(|e| panic!("{node} is listed: {e}"));
            if stage.status() == "executing" {
                client.step(&stage, "cancel", &[]).await.expect("their own");
            }
        }
    }
    let category = admin.command(gateway, "urn:slidged:commands:category:admin").await.expect("a heading");
    assert!(category.options("command").contains(&format!("{ADMIN}announce")));
}

#[tokio::test]
async fn preferences_are_kept_and_told_to_the_network_and_the_users_data_is_theirs() {
    let world = world().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let romeo = &pair.user;
    let preferences = romeo.command(gateway, "urn:slidged:commands:preferences").await.expect("a form");
    assert_eq!(preferences.value("typing").as_deref(), Some("true"), "the plugin's own");
    let keep = [("sync_presence", "0"), ("last_seen_fallback", "1"), ("typing", "0"), ("announce", "0")];
    romeo.step(&preferences, "complete", &keep).await.expect("kept");
    // The network is not told any more when they type.
    let (contact, composing) = (&pair.contact, "<composing xmlns='http://jabber.org/protocol/chatstates'/>");
    romeo.send(&format!("<message to='{contact}' type='chat'>{composing}</message>")).await;
    pair.settled_there().await;
    assert_eq!(pair.friend.take(|event| event["event"] == "typing"), Vec::<serde_json::Value>::new());
    let again = romeo.command(gateway, "urn:slidged:commands:preferences").await.expect("a form");
    assert_eq!(again.value("typing").as_deref(), Some("false"));

    let exported = romeo.chat(gateway, "export-data", "Your data: ").await;
    let url = exported.split_whitespace().last().expect("an address");
    let data = lab::http::fetch(url).await.body;
    let data: serde_json::Value = serde_json::from_slice(&data).expect("JSON");
    let text = data.to_string();
    assert!(text.contains("juliet") && text.contains("romeo@example.org"), "{text}");
    assert!(!text.contains(&lab::Person::password("romeo")), "no secret is in it");

    let friend = world.person("benvolio", "Benvolio").await;
    pair.phone.befriend(&friend).await;
    romeo.see(&world.contact("benvolio"), "").await;
    let sync = romeo.command(gateway, "urn:slidged:commands:sync-contacts").await.expect("a question");
    let done = romeo.step(&sync, "complete", &[("confirm", "1")]).await.expect("synced");
    assert!(done.note().contains("2 contacts (0 added"), "{}", done.note());

    romeo.chat(gateway, "delete-data", "(yes or no)").await;
    romeo.chat(gateway, "yes", "You have left").await;
    romeo.see(gateway, "unsubscribed").await;
}
