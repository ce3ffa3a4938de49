//! Requests of clients for features and commands, and the answers.

use super::World;

const INFO: &str = "<query xmlns='http://jabber.org/protocol/disco#info'/>";

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_ask_before_they_add_somebody_learn_that_it_is_a_person() {
    let mut world = World::new().await;
    world.log_in().await;
    let somebody = world.iq("somebody@gw.example.org", "r", INFO).await;
    assert!(somebody.contains("<identity category='account' type='registered'"), "{somebody}");
    let nobody = world.iq("nobody@gw.example.org", "r", INFO).await;
    assert!(nobody.contains("<item-not-found") && nobody.contains("No such person."), "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_is_drawn_as_one_and_no_client_makes_new_rooms_there() {
    let mut world = World::new().await;
    let told = world.iq("gw.example.org", "r", INFO).await;
    let first = told.split("<identity ").nth(1).unwrap_or_default();
    assert!(first.starts_with("category='gateway' type='net'"), "{told}");
    assert!(!told.contains("category='account'") && !told.contains("category='conference'"), "{told}");
    assert!(told.contains("<feature var='http://jabber.org/protocol/muc'/>"), "{told}");
}

impl World {
    /// Sends a command to the gateway in its chat, and returns the answer.
    async fn command(&mut self, line: &str) -> String {
        self.send(&format!(
            "<message xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' type='chat'><body>{line}</body></message>"
        ));
        // Notices about missing privileges may come at any time, to administrators too.
        loop {
            let told = self.until(&["<message", "from='gw.example.org' to='u@example.org", "<body>"]).await;
            if !told.contains("privileged_entities") {
                return told;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_named_as_people_would_and_nobody_is_asked_what_cannot_be_done() {
    let mut world = World::new().await;
    world.log_in().await;
    world.joined("tea@gw.example.org", "r", "me").await;
    for line in [
        "room tea leave",
        "room TEA leave",
        "room tea@gw.example.org leave",
        "room xmpp:tea@gw.example.org?join leave",
    ] {
        let told = world.command(line).await;
        assert!(told.contains("You leave this group on Net"), "{line}: {told}");
        world.until(&["<body>Do you want that?"]).await;
        assert!(world.command("no").await.contains("Nothing"), "{line}");
    }
    for (line, answer) in [
        ("room nowhere leave", "There is no group “nowhere” here."),
        ("contact nobody leave", "“nobody” is not a contact here."),
        ("room tea", "For example: room tea leave"),
        ("help room", "For example: room tea leave"),
    ] {
        let told = world.command(line).await;
        assert!(told.contains(answer) && !told.contains("(Error"), "{line}: {told}");
    }
    // The room exists, and the user is not in it.
    assert!(world.iq("square@gw.example.org", "r", INFO).await.contains("category='conference'"));
    assert!(world.command("room square leave").await.contains("You are not in this group."));
    assert!(world.command("room tea leave").await.contains("You leave this group on Net"));
    world.until(&["<body>Do you want that?"]).await;
    assert!(world.command("yes").await.contains("You have left this group."));
    // The session does not know the room any more, but the network has it.
    assert!(world.command("room tea leave").await.contains("You are not in this group."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_not_there_is_not_called_a_contact() {
    let mut world = World::new().await;
    world.log_in().await;
    for (to, answer) in [("nope", "There is no such group."), ("friend", "This is a contact, not a group.")] {
        world.send(&format!(
            "<message xmlns='jabber:client' from='u@example.org/r' to='{to}@gw.example.org' id='g' type='groupchat'><body>hi</body></message>"
        ));
        let error = world.until(&["id='g'", "type='error'"]).await;
        assert!(error.contains(answer), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_that_is_connected_is_plainly_available() {
    let mut world = World::new().await;
    world.register("me").await;
    let connected = world.until(&["<presence", "<status>me</status>"]).await;
    assert!(!connected.contains("<show>"), "{connected}");
}
