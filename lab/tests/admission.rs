//! Admission: closed gateways, invitations, administrators who approve, bans; and administrators'
//! commands.

use lab::{Person, Server, StanzaExt, World, WorldOptions};
use minidom::Element;

const REGISTER: &str = "jabber:iq:register";

async fn world(mode: &str) -> World {
    let slidged = format!(
        "[registration]\nallow = [\"example.org\"]\nadmins = [\"admin@example.org\"]\nmode = \"{mode}\"\n"
    );
    let world = World::with(WorldOptions { slidged, ..WorldOptions::default() }).await;
    world.person("romeo", "Romeo").await;
    world
}

fn account() -> [(&'static str, String); 2] {
    [("username", "romeo".to_owned()), ("password", Person::password("romeo"))]
}

#[tokio::test]
async fn a_closed_gateway_takes_nobody_new() {
    let world = world("closed").await;
    let romeo = world.prosody.client("romeo").await;
    let refused = romeo.registration_form(world.gateway()).await.expect_err("closed");
    assert_eq!(
        (refused.condition.as_str(), refused.text.as_str()),
        ("not-allowed", "This gateway takes no new users.")
    );
    romeo.chat(world.gateway(), "register", "takes no new users").await;
}

#[tokio::test]
async fn an_administrator_approves_once() {
    let world = world("approval").await;
    let gateway = world.gateway();
    let (romeo, admin) = (world.prosody.client("romeo").await, world.prosody.client("admin").await);
    let ask = format!("<message to='{gateway}' type='chat' xml:lang='fr'><body>register</body></message>");
    romeo.send(&ask).await;
    romeo.told(gateway, "il a été prévenu").await;
    admin.told(gateway, "romeo@example.org wants to register").await;
    romeo.send(&ask).await;
    romeo.told(gateway, "Patientez").await;

    let who = admin.command(gateway, "urn:slidged:commands:approve").await.expect("who waits");
    assert_eq!(who.options("accountjids"), ["romeo@example.org"]);
    let values = [("accountjids", "romeo@example.org"), ("decision", "approve")];
    admin.step(&who, "complete", &values).await.expect("approved");
    romeo.told(gateway, "vous a accepté").await;
    let [user, password] = account();
    romeo.register(gateway, &[(user.0, &user.1), (password.0, &password.1)]).await.expect("let in");
    world.connected(&romeo).await;
    admin.chat(gateway, "approve", "Nobody waits").await;
}

#[tokio::test]
async fn an_invitation_lets_one_person_in() {
    let world = world("invitation").await;
    let gateway = world.gateway();
    let (romeo, admin) = (world.prosody.client("romeo").await, world.prosody.client("admin").await);
    let made = admin.chat(gateway, "invite 1 7 for Romeo", "Invitation code:").await;
    let token = made.split_whitespace().nth(2).expect("a code").to_owned();

    let (_, fields) = romeo.registration_form(gateway).await.expect("a form");
    assert_eq!(fields[0].var, "invitation");
    let [user, password] = account();
    let with = |token: &str| [("invitation", token.to_owned()), user.clone(), password.clone()];
    let register = async |client: &lab::Client, token: &str| {
        let values = with(token);
        let values: Vec<_> = values.iter().map(|(var, value)| (*var, value.as_str())).collect();
        client.register(gateway, &values).await
    };
    let refused = register(&romeo, "wrong").await.expect_err("no such code");
    assert!(refused.text.contains("wrong, used up or expired"), "{refused}");
    register(&romeo, &token).await.expect("invited");
    world.connected(&romeo).await;
    let paris = world.prosody.client("paris").await;
    let refused = register(&paris, &token).await.expect_err("used up");
    assert!(refused.text.contains("used up"), "{refused}");
}

#[tokio::test]
async fn a_wrong_invitation_is_told_at_once_and_a_right_one_is_asked_for_once() {
    let world = world("invitation").await;
    let gateway = world.gateway();
    let (romeo, admin) = (world.prosody.client("romeo").await, world.prosody.client("admin").await);
    let made = admin.chat(gateway, "invite 1 7 for Romeo", "Invitation code:").await;
    let token = made.split_whitespace().nth(2).expect("a code").to_owned();

    romeo.chat(gateway, "register", "Invitation code").await;
    romeo.chat(gateway, "wrong", "wrong, used up or expired").await;
    romeo.chat(gateway, &token, "User name").await;
    romeo.chat(gateway, "romeo", "Password").await;
    romeo.chat(gateway, "wrong", "Code").await;
    romeo.chat(gateway, ".", "Unknown user or wrong password.").await;
    // What was right need not be typed again.
    romeo.told(gateway, "Now: romeo").await;
    romeo.chat(gateway, ".", "Password").await;
    romeo.chat(gateway, &Person::password("romeo"), "Code").await;
    romeo.chat(gateway, ".", "You are registered with Superduper").await;

    let paris = world.prosody.client("paris").await;
    let form = paris.command(gateway, REGISTER).await.expect("a form");
    let again = paris.step(&form, "next", &[("invitation", &token)]).await.expect("the form again");
    assert!(again.error().is_some_and(|why| why.contains("used up")), "{again:?}");
}

#[tokio::test]
async fn administrators_list_log_out_announce_ban_and_delete() {
    let world = world("open").await;
    let gateway = world.gateway();
    let admin = world.prosody.client("admin").await;
    let pair = world.pair("romeo", "juliet").await;
    let romeo = &pair.user;

    let users = admin.command(gateway, "http://jabber.org/protocol/admin#get-registered-users-list").await;
    let users = users.expect("a table");
    assert_eq!(
        (users.column("jid"), users.column("state")),
        (vec!["romeo@example.org".into()], vec!["connected".into()])
    );
    admin.chat(gateway, "user romeo@example.org", "romeo@example.org: connected").await;
    admin.chat(gateway, "user nobody@example.org", "nobody@example.org is not registered").await;
    admin.chat(gateway, "cancel", "is cancelled").await;
    admin.chat(gateway, "info", "One user, 1 connected").await;

    admin.chat(gateway, "announce Party at the Capulets'", "Sent to one user").await;
    romeo.told(gateway, "Party at the Capulets'").await;
    admin.chat(gateway, "logout-user romeo@example.org", "One user is logged out").await;
    romeo.told(gateway, "An administrator has logged you out").await;
    admin.chat(gateway, "user romeo@example.org", "waiting for a new login").await;
    admin.chat(gateway, "login-user romeo@example.org", "is being connected").await;
    world.connected(romeo).await;
    admin.chat(gateway, "log-level debug slidged::session", "The log level is debug now").await;

    admin.chat(gateway, "ban romeo@example.org spam", "Registrations that end: 1").await;
    admin.chat(gateway, "yes", "is banned. Registrations ended: 1").await;
    romeo.see(gateway, "unsubscribed").await;
    let refused = romeo.registration_form(gateway).await.expect_err("banned");
    assert!(refused.text.contains("banned from this gateway: spam"), "{refused}");
    admin.chat(gateway, "bans", "romeo@example.org").await;
    admin.chat(gateway, "unban romeo@example.org", "may use the gateway again").await;
    let [user, password] = account();
    romeo.register(gateway, &[(user.0, &user.1), (password.0, &password.1)]).await.expect("let in");
    admin.chat(gateway, "delete-user romeo@example.org", "(yes or no)").await;
    admin.chat(gateway, "yes", "One user is deleted").await;
    romeo.told(gateway, "An administrator has ended your registration").await;

    let stranger = world.prosody.client("stranger").await;
    for word in ["users", "user", "delete-user", "announce x", "ban a@b", "invite", "approve", "log-level"] {
        stranger.chat(gateway, word, "This is for administrators.").await;
    }
    let nodes = stranger.commands(gateway).await.expect("some");
    assert!(nodes.contains(&REGISTER.to_owned()));
    assert!(!nodes.iter().any(|node| node.contains("admin")), "{nodes:?}");
}

#[tokio::test]
async fn what_an_administrator_does_is_told_in_the_users_own_language_after_a_restart_too() {
    let mut world = world("open").await;
    let gateway = world.gateway().to_owned();
    let admin = world.prosody.client("admin").await;
    let pair = world.pair("romeo", "juliet").await;
    let help = format!("<message to='{gateway}' type='chat' xml:lang='de'><body>help</body></message>");
    pair.user.send(&help).await;
    pair.user.told(&gateway, "Schreib").await;

    world.slidged.stop().await;
    world.slidged.resume().await;
    let connecting = |s: &Element| {
        s.is_presence()
            && s.sender() == gateway
            && s.text_of("status").is_some_and(|t| t.contains("Verbinde"))
    };
    pair.user.expect("the gateway in German", connecting).await;
    world.connected(&pair.user).await;
    // The server has told the presence of a client that speaks English otherwise.
    pair.user.send(&help).await;
    pair.user.told(&gateway, "Schreib").await;
    admin.chat(&gateway, "logout-user romeo@example.org", "One user is logged out").await;
    pair.user.told(&gateway, "Ein Administrator hat dich abgemeldet").await;
    admin.chat(&gateway, "delete-user romeo@example.org", "(yes or no)").await;
    admin.chat(&gateway, "yes", "One user is deleted").await;
    pair.user.told(&gateway, "Ein Administrator hat deine Registrierung").await;
}

#[tokio::test]
async fn the_control_socket_does_what_administrators_do() {
    let world = world("open").await;
    let pair = world.pair("romeo", "juliet").await;
    let ctl = async |words: &[&str]| world.slidged.ctl(words).await;
    let users = ctl(&["users"]).await;
    assert!(users.0 && users.1.contains("romeo@example.org  connected"), "{users:?}");
    let json = ctl(&["--json", "users"]).await;
    let json: serde_json::Value = serde_json::from_str(&json.1).expect("JSON");
    assert_eq!(json["done"]["table"]["rows"][0][0], "romeo@example.org");
    let unsure = ctl(&["delete-user", "romeo@example.org"]).await;
    assert!(!unsure.0 && unsure.1.contains("--yes"), "{unsure:?}");
    let missing = ctl(&["user"]).await;
    assert!(!missing.0 && missing.1.contains("Usage: slidged ctl user ADDRESS"), "{missing:?}");
    let unknown = ctl(&["dance"]).await;
    assert!(!unknown.0 && unknown.1.contains("There is no command “dance”"), "{unknown:?}");
    assert!(ctl(&["help"]).await.1.contains("announce"));
    for about in [["announce", "--help"], ["users", "-h"]] {
        let help = ctl(&about).await;
        assert!(help.0 && help.1.starts_with(about[0]) && !help.1.contains("romeo"), "{help:?}");
    }
    for more in [&["users", "foo"][..], &["unban", "a@example.org", "foo"]] {
        let refused = ctl(more).await;
        assert!(!refused.0 && refused.1.contains("takes nothing more: foo"), "{refused:?}");
    }
    let done = ctl(&["--yes", "delete-user", "romeo@example.org"]).await;
    assert!(done.0 && done.1.contains("One user is deleted"), "{done:?}");
    pair.user.see(world.gateway(), "unsubscribed").await;
}
