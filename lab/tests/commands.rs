//! The gateway's ad-hoc commands: XEP-0050, R2, K20 to K25.

use lab::client::Refused;
use lab::stanza::{StanzaExt, escape};
use lab::{Client, Person, Server, World, WorldOptions};
use minidom::Element;

const COMMANDS: &str = "http://jabber.org/protocol/commands";
const ITEMS: &str = "http://jabber.org/protocol/disco#items";
const DATA: &str = "jabber:x:data";
const REGISTER: &str = "jabber:iq:register";
const RELOGIN: &str = "urn:slidged:commands:re-login";
const INFO: &str = "urn:slidged:commands:info";
const ADMINISTRATION: &str = "urn:slidged:commands:category:admin";
const UNREGISTER: &str = "urn:slidged:commands:unregister";

/// One step of a command: its answer's `<command/>`.
async fn step(client: &Client, to: &str, attrs: &str, values: &[(&str, &str)]) -> Result<Element, Refused> {
    let fields: String = values
        .iter()
        .map(|(var, value)| format!("<field var='{var}'><value>{}</value></field>", escape(value)))
        .collect();
    let form = if values.is_empty() {
        String::new()
    } else {
        format!("<x xmlns='{DATA}' type='submit'>{fields}</x>")
    };
    let answer =
        client.ask("set", to, &format!("<command xmlns='{COMMANDS}' {attrs}>{form}</command>")).await?;
    Ok(answer.get_child("command", COMMANDS).expect("a command in the answer").clone())
}

/// Begins a command: the session that the gateway gave it.
async fn begin(client: &Client, to: &str, node: &str) -> String {
    let command =
        step(client, to, &format!("node='{node}' action='execute'"), &[]).await.expect("the first step");
    assert_eq!(command.attr("status"), Some("executing"));
    assert!(command.has("x", DATA), "a form: {}", String::from(&command));
    let session = command.attr("sessionid").expect("a session").to_owned();
    assert!(session.len() >= 16, "R2: {session:?} is easy to guess");
    session
}

fn note(command: &Element) -> String {
    command.get_child("note", COMMANDS).map(Element::text).unwrap_or_default()
}

async fn listed(client: &Client, to: &str) -> Vec<String> {
    let items =
        client.get(to, &format!("<query xmlns='{ITEMS}' node='{COMMANDS}'/>")).await.expect("the commands");
    items.children().filter_map(|i| i.attr("node").map(str::to_owned)).collect()
}

/// The application's condition beside the defined one.
fn detail(refused: &Refused) -> Option<String> {
    let error = refused.stanza.get_child("error", lab::stanza::CLIENT)?;
    error.children().find(|c| c.ns() == COMMANDS).map(|c| c.name().to_owned())
}

#[tokio::test]
async fn k20_register_is_for_strangers_and_the_rest_for_users() {
    let world = World::start().await;
    let gateway = world.gateway();
    let stranger = world.prosody.client("stranger").await;
    let nodes = listed(&stranger, gateway).await;
    assert!(nodes.contains(&REGISTER.to_owned()) && nodes.contains(&INFO.to_owned()), "{nodes:?}");
    assert!(
        !nodes.contains(&UNREGISTER.to_owned()) && !nodes.contains(&ADMINISTRATION.to_owned()),
        "{nodes:?}"
    );
    let refused = step(&stranger, gateway, &format!("node='{UNREGISTER}'"), &[]).await.expect_err("no user");
    assert!(!refused.text.is_empty());

    let pair = world.pair("romeo", "juliet").await;
    let nodes = listed(&pair.user, gateway).await;
    assert!(nodes.contains(&UNREGISTER.to_owned()) && !nodes.contains(&REGISTER.to_owned()), "{nodes:?}");
    let refused =
        step(&pair.user, gateway, &format!("node='{REGISTER}'"), &[]).await.expect_err("a user already");
    assert!(!refused.text.is_empty());

    // R15: the nodes can be discovered.
    for (node, kind) in [(COMMANDS, "command-list"), (UNREGISTER, "command-node")] {
        let info = format!("<query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/>");
        let info = pair.user.get(gateway, &info).await.expect("a node");
        let identity = info.children().find(|c| c.name() == "identity").expect("an identity");
        assert_eq!((identity.attr("category"), identity.attr("type")), (Some("automation"), Some(kind)));
        assert_eq!(info.attr("node"), Some(node));
    }
    let unknown = "<query xmlns='http://jabber.org/protocol/disco#info' node='urn:nothing'/>";
    assert_eq!(pair.user.get(gateway, unknown).await.expect_err("no such node").condition, "item-not-found");
}

#[tokio::test]
async fn registering_by_command_asks_again_for_what_is_wrong() {
    let world = World::start().await;
    let gateway = world.gateway();
    world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;
    let session = begin(&romeo, gateway, REGISTER).await;
    let next = format!("node='{REGISTER}' sessionid='{session}' action='complete'");

    // What is refused is asked again, with the reason: Converse shows no errors of steps.
    for (values, why) in [
        (&[("username", "romeo")][..], "“Password” is missing."),
        (&[("username", "romeo"), ("password", "wrong")], "Unknown user or wrong password."),
    ] {
        let again = step(&romeo, gateway, &next, values).await.expect("the form again");
        assert_eq!(again.attr("status"), Some("executing"));
        let reason = again.find("note", COMMANDS).expect("a reason");
        assert_eq!((reason.attr("type"), reason.text().as_str()), (Some("error"), why));
        let shown: Vec<_> = again.get_child("x", "jabber:x:data").expect("a form").children().collect();
        let told: Vec<_> = shown.iter().filter(|child| child.name() == "instructions").collect();
        assert_eq!(told.len(), 1, "Converse shows only one: {told:?}");
        assert!(told[0].text().starts_with(&format!("{why}\n")), "and no notes: {told:?}");
        let shown = String::from(&again);
        assert!(shown.contains("<value>romeo</value>") && !shown.contains("<value>wrong"), "{shown}");
    }
    let values = [("username", "romeo"), ("password", &Person::password("romeo"))];
    let preferences = step(&romeo, gateway, &next, &values).await.expect("the session is still open");
    assert_eq!(preferences.attr("status"), Some("executing"), "preferences are offered then");
    assert!(note(&preferences).contains("registered"), "{}", note(&preferences));
    world.connected(&romeo).await;
    let done = step(&romeo, gateway, &next, &[("sync_presence", "0")]).await.expect("the preferences");
    assert_eq!(done.attr("status"), Some("completed"));
    assert!(!note(&done).is_empty());

    let refused = step(&romeo, gateway, &next, &values).await.expect_err("it is over");
    assert!(matches!(refused.condition.as_str(), "item-not-found" | "not-allowed"), "{refused}");
}

#[tokio::test]
async fn r2_sessions_belong_to_one_client_and_end_when_told() {
    let world = World::start().await;
    let gateway = world.gateway();
    let (romeo, mallory) = (world.prosody.client("romeo").await, world.prosody.client("mallory").await);
    let session = begin(&romeo, gateway, REGISTER).await;
    let attrs = |action: &str| format!("node='{REGISTER}' sessionid='{session}' action='{action}'");

    let other_client = world.prosody.client("romeo").await;
    for thief in [&mallory, &other_client] {
        for action in ["complete", "cancel", "prev"] {
            let refused = step(thief, gateway, &attrs(action), &[]).await.expect_err("not theirs");
            assert_eq!(refused.condition, "item-not-found");
            assert_eq!(detail(&refused).as_deref(), Some("bad-sessionid"));
        }
    }
    let refused = step(&romeo, gateway, &attrs("prev"), &[]).await.expect_err("there is no step before");
    assert_eq!(
        (refused.condition.as_str(), detail(&refused).as_deref()),
        ("bad-request", Some("bad-action"))
    );
    let refused = step(&romeo, gateway, &attrs("jump"), &[]).await.expect_err("no action");
    assert_eq!(
        (refused.condition.as_str(), detail(&refused).as_deref()),
        ("bad-request", Some("malformed-action"))
    );
    let canceled = step(&romeo, gateway, &attrs("cancel"), &[]).await.expect("its own");
    assert_eq!(canceled.attr("status"), Some("canceled"));
    for (attrs, action) in [
        (attrs("complete"), "a cancelled session"),
        (format!("node='{REGISTER}' sessionid='x' action='cancel'"), "an unknown one"),
    ] {
        let refused = step(&romeo, gateway, &attrs, &[]).await.expect_err(action);
        assert_eq!(
            (refused.condition.as_str(), detail(&refused).as_deref()),
            ("item-not-found", Some("bad-sessionid"))
        );
    }
}

#[tokio::test]
async fn k22_nonsense_is_refused_and_five_open_forms_are_enough() {
    let world = World::start().await;
    let gateway = world.gateway();
    let romeo = world.prosody.client("romeo").await;
    let refused = step(&romeo, gateway, "node='urn:nothing'", &[]).await.expect_err("no such command");
    assert_eq!(refused.condition, "item-not-found");
    assert_eq!(step(&romeo, gateway, "", &[]).await.expect_err("no node").condition, "bad-request");
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(begin(&romeo, gateway, REGISTER).await);
    }
    let refused = step(&romeo, gateway, &format!("node='{REGISTER}'"), &[]).await.expect_err("a sixth");
    assert_eq!(refused.condition, "resource-constraint");
    let cancel = format!("node='{REGISTER}' sessionid='{}' action='cancel'", sessions[0]);
    step(&romeo, gateway, &cancel, &[]).await.expect("its own");
    begin(&romeo, gateway, REGISTER).await;
}

#[tokio::test]
async fn a_form_that_is_cancelled_is_no_submission() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let session = begin(&pair.user, gateway, UNREGISTER).await;
    let form = format!(
        "<command xmlns='{COMMANDS}' node='{UNREGISTER}' sessionid='{session}'><x xmlns='{DATA}' type='cancel'>\
         <field var='confirm'><value>1</value></field></x></command>"
    );
    let answer = pair.user.ask("set", gateway, &form).await.expect("cancelling is fine");
    assert_eq!(answer.get_child("command", COMMANDS).and_then(|c| c.attr("status")), Some("canceled"));
    pair.settled_there().await;
}

#[tokio::test]
async fn k24_leaving_by_command_needs_a_yes() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let romeo = &pair.user;
    let session = begin(romeo, gateway, UNREGISTER).await;
    let no = step(romeo, gateway, &format!("node='{UNREGISTER}' sessionid='{session}'"), &[("confirm", "0")])
        .await
        .expect("an answer");
    assert_eq!(no.attr("status"), Some("completed"));
    assert!(note(&no).contains("Nothing"), "{}", note(&no));
    pair.settled_there().await;

    let session = begin(romeo, gateway, UNREGISTER).await;
    let yes = step(
        romeo,
        gateway,
        &format!("node='{UNREGISTER}' sessionid='{session}' action='complete'"),
        &[("confirm", "1")],
    )
    .await
    .expect("an answer");
    assert_eq!(yes.attr("status"), Some("completed"));
    romeo.see(gateway, "unsubscribed").await;
    romeo.see(&pair.contact, "unavailable").await;
}

#[tokio::test]
async fn logging_in_again_is_for_those_who_are_not_connected() {
    let world = World::start().await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let (romeo, phone) = (&pair.user, &pair.phone);
    let relogin = format!("node='{RELOGIN}'");
    let refused = step(romeo, gateway, &relogin, &[]).await.expect_err("connected already");
    assert!(refused.text.contains("connected already"), "{refused}");
    assert!(
        !listed(romeo, gateway).await.contains(&RELOGIN.to_owned()),
        "K20: re-login is for those who are not connected"
    );

    // Another password parks the session; the old one again lets it in.
    let secrets = |old: &str, new: &str| serde_json::json!({ "old": old, "password": new });
    phone.ask("set_secrets", secrets(&Person::password("romeo"), "new")).await;
    romeo.expect("a notice", |s| s.is_message() && s.body().is_some_and(|b| b.contains("re-login"))).await;
    assert!(listed(romeo, gateway).await.contains(&RELOGIN.to_owned()));
    romeo.say(&pair.contact, "lost?").await;
    let error = romeo.expect("an error", |s| s.is_message() && s.kind() == "error").await;
    assert_eq!(error.condition().as_deref(), Some("recipient-unavailable"));
    assert!(error.find("text", lab::stanza::STANZAS).is_some_and(|t| t.text().contains("re-login")));

    phone.ask("set_secrets", secrets("new", &Person::password("romeo"))).await;
    let done = step(romeo, gateway, &relogin, &[]).await.expect("it tries");
    assert_eq!(done.attr("status"), Some("completed"));
    world.connected(romeo).await;
    romeo.see(&pair.contact, "").await;
    pair.settled_there().await;
    pair.settled_here().await;
}

#[tokio::test]
async fn k21_administration_is_for_administrators_and_info_for_everybody() {
    let world = World::start().await;
    let gateway = world.gateway();
    let romeo = world.prosody.client("romeo").await;
    let help = romeo.chat(gateway, "help", "info –").await;
    assert!(!help.contains("Administration"), "{help}");
    let refused = romeo.command(gateway, ADMINISTRATION).await.expect_err("nothing in it for them");
    assert_eq!(refused.condition, "forbidden");
    let info = romeo.command(gateway, INFO).await.expect("info");
    assert_eq!(info.status(), "completed");
    assert!(info.note().contains("slidged") && !info.note().contains("user"), "no figures: {}", info.note());
    let users = "http://jabber.org/protocol/admin#get-registered-users-list";
    romeo.command(gateway, users).await.expect_err("not for them");
}

#[tokio::test]
async fn k23_k25_what_is_filled_in_is_checked_and_results_are_tables() {
    let slidged = "[registration]\nallow = [\"example.org\"]\nadmins = [\"admin@example.org\"]\n".to_owned();
    let world = World::with(WorldOptions { slidged, ..WorldOptions::default() }).await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let admin = world.prosody.client("admin").await;

    let level = admin.command(gateway, "urn:slidged:commands:log-level").await.expect("a form");
    let again = admin.step(&level, "complete", &[("level", "loud")]).await.expect("the form again");
    let choices = "“Level” is not one of the choices: error, warn, info, debug, trace.";
    assert_eq!(again.error().as_deref(), Some(choices));
    let ban = admin.command(gateway, "urn:slidged:commands:ban").await.expect("a form");
    let again = admin.step(&ban, "complete", &[("accountjid", "a@@b")]).await.expect("the form again");
    assert!(again.error().is_some_and(|why| why.contains("is not an address")));
    assert_eq!(again.value("accountjid").as_deref(), Some("a@@b"), "it need not be typed again");
    // Several values of a field reach the command.
    let logout =
        admin.command(gateway, "http://jabber.org/protocol/admin#end-user-session").await.expect("a form");
    let several = [("accountjids", "romeo@example.org\nnobody@example.org")];
    let again = admin.step(&logout, "complete", &several).await.expect("one of them is nobody");
    assert!(again.error().is_some_and(|why| why.contains("nobody@example.org is not registered")));

    let contacts = pair.user.command(gateway, "urn:slidged:commands:contacts").await.expect("a table");
    assert_eq!(contacts.status(), "completed");
    assert_eq!(contacts.form().and_then(|form| form.attr("type")), Some("result"));
    assert!(contacts.form().is_some_and(|form| form.has_child("reported", DATA)));
    assert_eq!(
        (contacts.column("jid"), contacts.column("name")),
        (vec![pair.contact.clone()], vec!["A Friend".into()])
    );
    let same = format!("A Friend – Address: xmpp:{}", pair.contact);
    assert!(contacts.note().contains(&same), "for clients without tables: {}", contacts.note());
}
