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
    // What older clients show in front, and where it ends.
    assert!(answer.contains("<body>&gt; me:\n&gt; hi\nwell</body>"), "{answer}");
    let end = "> me:\n> hi\n".len();
    assert!(answer.contains(&format!("<body start='0' end='{end}'/></fallback>")), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k62_reactions_in_a_room_are_shown_as_text_to_who_wants_that() {
    let mut world = tea().await;
    world.send("<message xmlns='jabber:client' from='u@example.org/r' to='gw.example.org' type='chat'><body>preferences reaction_fallback=yes</body></message>");
    world.until(&["from='gw.example.org' to='u@example.org", "<body>"]).await;
    world.say_in(TEA, "r", "m1", "hello");
    world.until(&["id='m1'"]).await;
    world.say_in(TEA, "r", "m2", "like m1");
    let liked = world.until(&["<reactions "]).await;
    assert!(
        liked.contains("<body>👍</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'>"),
        "{liked}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn k103_a_contact_in_a_room_has_their_card_for_those_who_are_inside_and_may_know_who_it_is() {
    const CARD: &str = "<vCard xmlns='vcard-temp'/>";
    const SQUARE: &str = "square@gw.example.org";
    let mut world = tea().await;
    let ada = format!("{TEA}/Ada");
    let card = world.iq(&ada, "r", CARD).await;
    assert!(card.contains(&format!("from='{ada}' to='u@example.org/r'")), "{card}");
    assert!(card.contains("type='result'") && card.contains("<FN>Somebody</FN>"), "{card}");
    assert!(world.iq(&ada, "other", CARD).await.contains("<not-acceptable"));
    assert!(world.iq(&format!("{TEA}/nobody"), "r", CARD).await.contains("<item-not-found"));
    assert!(world.iq(&format!("{TEA}/me"), "r", CARD).await.contains("<feature-not-implemented"));
    // A card would say who is behind the nick.
    world.joined(SQUARE, "r", "me").await;
    let refused = world.iq(&format!("{SQUARE}/Ada"), "r", CARD).await;
    assert!(refused.contains("<feature-not-implemented") && !refused.contains("Somebody"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k42_reactions_that_a_room_does_not_have_are_refused_before_anybody_sees_them() {
    const SQUARE: &str = "square@gw.example.org";
    let mut world = tea().await;
    for client in ["r", "other"] {
        world.joined(SQUARE, client, "me").await;
    }
    let react = |world: &World, id: &str, emojis: &[&str]| {
        let emojis: String = emojis.iter().map(|emoji| format!("<reaction>{emoji}</reaction>")).collect();
        world.send(&format!(
            "<message xmlns='jabber:client' from='u@example.org/r' to='{SQUARE}' id='{id}' type='groupchat'><reactions xmlns='urn:xmpp:reactions:0' id='m1'>{emojis}</reactions></message>"
        ));
    };
    react(&world, "many", &["👍", "💜"]);
    world.say_in(SQUARE, "r", "m2", "hello");
    let all = world.all_until(&["id='m2'", "to='u@example.org/other'"]).await;
    let told: Vec<_> = all.iter().filter(|stanza| stanza.contains("id='many'")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("type='error'") && told[0].contains("<policy-violation"), "{}", told[0]);
    assert!(!all.iter().any(|stanza| stanza.contains("💜")), "{all:?}");
}
