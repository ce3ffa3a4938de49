//! Messages in a room, as clients see them.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_is_named_by_the_address_that_is_known_there() {
    let named = |at: &str, end: u32, uri: &str| {
        format!(
            "<reference xmlns='urn:xmpp:reference:0' type='mention' begin='{at}' end='{end}' uri='{uri}'/>"
        )
    };
    let mut world = tea().await;
    world.say_in(TEA, "r", "m1", "name me bob");
    let said = world.until(&["<body>me bob</body>"]).await;
    assert!(said.contains(&named("0", 2, "xmpp:u@example.org")), "{said}");
    assert!(said.contains(&named("3", 6, "xmpp:bob@gw.example.org")), "{said}");
    // In a room whose occupants are all anonymous, a mention gives nobody away.
    world.joined("square@gw.example.org", "r", "me").await;
    world.say_in("square@gw.example.org", "r", "m2", "name me bob");
    let said = world.until(&["<body>me bob</body>"]).await;
    assert!(said.contains(&named("0", 2, "xmpp:square@gw.example.org/me")), "{said}");
    assert!(said.contains(&named("3", 6, "xmpp:square@gw.example.org/me%20(bob)")), "{said}");
    assert!(!said.contains("u@example.org'/>") && !said.contains("nobody"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_shows_what_it_does_not_understand_and_not_what_passes() {
    let mut world = tea().await;
    world.joined(TEA, "other", "me").await;
    let send = |world: &World, id: &str, payload: &str| {
        world.send(&format!(
            "<message xmlns='jabber:client' from='u@example.org/r' to='{TEA}' id='{id}' type='groupchat'>{payload}</message>"
        ));
    };
    send(
        &world,
        "t",
        "<composing xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/>",
    );
    send(
        &world,
        "x",
        "<thing xmlns='urn:nobody-knows'/><store xmlns='urn:xmpp:hints'/><stanza-id xmlns='urn:xmpp:sid:0' by='x' id='forged'/>",
    );
    for client in ["r", "other"] {
        let shown = world.until(&["type='groupchat'", TEA]).await;
        assert!(
            shown.contains("id='x'") && shown.contains(&format!("to='u@example.org/{client}'")),
            "{shown}"
        );
        assert!(shown.contains("urn:nobody-knows") && !shown.contains("forged"), "{shown}");
        assert!(shown.contains(&format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{TEA}' id='")), "{shown}");
    }
    send(&world, "l", &format!("<thing xmlns='urn:nobody-knows'>{}</thing>", "x".repeat(300_000)));
    let refused = world.until(&["id='l'"]).await;
    assert!(refused.contains("type='error'") && refused.len() < 10_000, "it is too long");
}

#[tokio::test(flavor = "multi_thread")]
async fn k89_whom_an_answer_answers_is_told_both_ways() {
    let mut world = tea().await;
    world.say_in(TEA, "r", "m1", "ada hi there");
    world.until(&["id='m1'"]).await;
    world.send(&format!(
        "<message xmlns='jabber:client' from='u@example.org/r' to='{TEA}' id='m2' type='groupchat'><body>whom?</body><reply xmlns='urn:xmpp:reply:0' id='a1' to='{TEA}/Ada'/></message>"
    ));
    assert!(world.until(&["<body>", "/Ada'"]).await.contains("you answer ada"));
    let copy = world.until(&["id='m2'"]).await;
    assert!(copy.contains(&format!("<reply xmlns='urn:xmpp:reply:0' id='a1' to='{TEA}/Ada'/>")), "{copy}");
    world.say_in(TEA, "r", "m3", "answer m1");
    let answer = world.until(&["<body>", "<reply"]).await;
    assert!(
        answer.contains(&format!("<reply xmlns='urn:xmpp:reply:0' id='n-m1' to='{TEA}/me'/>")),
        "{answer}"
    );
    assert!(answer.contains("<body>&gt; me:"), "{answer}");
}
