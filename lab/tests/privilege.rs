//! What the server lets the gateway do (XEP-0356), told when it likes.

use lab::{Person, Server, StanzaExt, World, WorldOptions};

const CARBONS: &str = "urn:xmpp:carbons:2";

/// Prosody that says nothing of privileges until somebody says "tell" to it: ejabberd tells at a time of its own.
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
