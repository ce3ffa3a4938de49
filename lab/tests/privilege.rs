//! Privileges that the server grants the gateway (XEP-0356), told when it likes.

use lab::{Person, Server, StanzaExt, World, WorldOptions};

const CARBONS: &str = "urn:xmpp:carbons:2";

/// Prosody that says nothing of privileges until somebody says "tell" to it: ejabberd tells at a
/// time of its own.
const TELLS_LATE: &str = r#"
prosody.events.add_handler("server-started", function ()
	local gateway, authenticated, told = prosody.hosts["gw.example.org"].events, nil, false
	gateway.add_handler("component-authenticated", function (event)
		authenticated = event
		if not told then return true end
	end, 100)
	prosody.hosts["example.org"].events.add_handler("message/host", function (event)
		if event.stanza:get_child_text("body") ~= "tell" then return end
		told = true
		gateway.fire_event("component-authenticated", authenticated)
		return true
	end, 100)
end)
"#;

#[tokio::test]
async fn a_privilege_that_is_told_late_is_used_from_then_on() {
    let world = World::with(WorldOptions { prosody: TELLS_LATE.into(), ..WorldOptions::default() }).await;
    let juliet = world.person("juliet", "Juliet").await;
    let phone = world.person("romeo", "Romeo").await;
    phone.befriend(&juliet).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.ask("set", "", &format!("<enable xmlns='{CARBONS}'/>")).await.expect("carbons");
    let password = Person::password("romeo");
    romeo
        .register(world.gateway(), &[("username", "romeo"), ("password", &password)])
        .await
        .expect("right credentials");
    // Not yet: the contact can only ask.
    let contact = world.contact("juliet");
    romeo.see(&contact, "subscribe").await;

    romeo.send("<message to='example.org'><body>tell</body></message>").await;
    let item = romeo.on_roster(&contact, "both").await;
    assert_eq!(item.name, "Juliet");
    phone.say("juliet", "written elsewhere").await;
    let carbon = romeo.expect("a carbon", |s| s.has("sent", CARBONS)).await;
    let body = carbon.find("body", "jabber:client").map(minidom::Element::text);
    assert_eq!(body.as_deref(), Some("written elsewhere"));
}

/// Prosody that grants this.
fn granting(what: &str) -> WorldOptions {
    let entities =
        if what.is_empty() { String::new() } else { format!("[\"gw.example.org\"] = {{ {what} }}") };
    let prosody = format!("VirtualHost \"example.org\"\n\tprivileged_entities = {{ {entities} }}\n");
    let slidged = "[registration]\nadmins = [\"admin@example.org\"]".into();
    WorldOptions { prosody, slidged, ..WorldOptions::default() }
}

/// Checks that all works that a server grants, and that the rest is told once to the user and to
/// the administrator, with the lines to add.
async fn works(grants: &str, roster: bool, message: bool) {
    let mut world = World::with(granting(grants)).await;
    let gateway = world.gateway();
    let juliet = world.person("juliet", "Juliet").await;
    let phone = world.person("romeo", "Romeo").await;
    phone.befriend(&juliet).await;
    let admin = world.prosody.client("admin").await;
    let romeo = world.prosody.client("romeo").await;
    romeo.ask("set", "", &format!("<enable xmlns='{CARBONS}'/>")).await.expect("carbons");
    let password = Person::password("romeo");
    romeo
        .register(gateway, &[("username", "romeo"), ("password", &password)])
        .await
        .expect("right credentials");
    let contact = world.contact("juliet");
    if roster {
        assert_eq!(romeo.on_roster(&contact, "both").await.name, "Juliet", "{grants}");
    } else {
        for who in [gateway, &contact] {
            romeo.see(who, "subscribe").await;
            romeo.send(&format!("<presence type='subscribed' to='{who}'/>")).await;
            romeo.send(&format!("<presence type='subscribe' to='{who}'/>")).await;
            romeo.on_roster(who, "both").await;
        }
    }
    romeo.see(&contact, "").await;
    let id = romeo.say(&contact, "good day").await;
    romeo.receipt(&contact, &id).await;
    juliet.say("romeo", "good night").await;
    romeo.hear(&contact, "good night").await;
    phone.say("juliet", "written elsewhere").await;
    if message {
        romeo.expect("a carbon", |s| s.has("sent", CARBONS)).await;
    }
    juliet.say("romeo", "the last").await;
    romeo.hear(&contact, "the last").await;

    // Each of the two once, also after a restart.
    let line = "privileged_entities = { [\"gw.example.org\"] = { roster = \"both\", message = \"outgoing\",";
    let told = |s: &minidom::Element| s.sender() == gateway && s.body().is_some_and(|b| b.contains(line));
    let missing = usize::from(!roster) + usize::from(!message);
    for client in [&romeo, &admin] {
        for _ in 0..missing {
            client.expect("the lines to add", told).await;
        }
    }
    world.slidged.stop().await;
    world.slidged.resume().await;
    romeo.see(&contact, "").await;
    phone.say("juliet", "elsewhere again").await;
    juliet.say("romeo", "the very last").await;
    romeo.hear(&contact, "the very last").await;
    for client in [&romeo, &admin] {
        client.never("a line said twice", gateway, told).await;
    }
}

#[tokio::test]
async fn with_no_privilege_what_can_work_does() {
    works("", false, false).await;
}

#[tokio::test]
async fn with_the_roster_privilege_only_what_can_work_does() {
    works("roster = \"both\"", true, false).await;
}

#[tokio::test]
async fn with_the_message_privilege_only_what_can_work_does() {
    works("message = \"outgoing\"", false, true).await;
}

#[tokio::test]
async fn with_the_privilege_for_iqs_only_what_can_work_does() {
    works(
        "iq = { [\"urn:xmpp:http:upload:0\"] = \"get\", [\"http://jabber.org/protocol/pubsub\"] = \"both\" }",
        false,
        false,
    )
    .await;
}
