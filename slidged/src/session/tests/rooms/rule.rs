//! Decisions of the user in a room, and requests that rooms refuse.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn k105_r8_decisions_are_asked_of_the_network_or_refused() {
    let mut world = tea().await;
    let mut rule = async |item: &str| {
        world.send(&format!(
            "<iq xmlns='jabber:client' from='u@example.org/r' to='{TEA}' id='asked' type='set'><query xmlns='http://jabber.org/protocol/muc#admin'>{item}</query></iq>"
        ));
        world.until(&["<iq", "id='asked'"]).await
    };
    let two = "<item nick='Ada' role='none'><reason>noise</reason></item><item jid='bob@gw.example.org' affiliation='outcast'><reason>rude</reason></item>";
    let done = rule(two).await;
    assert!(done.contains("type='result'"), "{done}");
    for (item, why) in [
        ("<item nick='nobody' role='none'/>", "<item-not-found"),
        ("<item nick='Ada' role='visitor'/>", "<feature-not-implemented"),
        ("<item jid='bob@elsewhere' affiliation='member'/>", "<item-not-found"),
        ("<item jid='friend@gw.example.org' affiliation='owner'/>", "Not that one."),
        ("", "<bad-request"),
    ] {
        let refused = rule(item).await;
        assert!(refused.contains("type='error'") && refused.contains(why), "{item}: {refused}");
    }
    world.say_in(TEA, "r", "m1", "rules?");
    assert!(world.until(&["<body>", "/Ada'"]).await.contains("kick ada noise; bob outcast rude"));
}

#[tokio::test(flavor = "multi_thread")]
async fn k109_who_leaves_for_good_is_out_with_all_clients() {
    let mut world = tea().await;
    world.send(&format!(
        "<iq xmlns='jabber:client' from='u@example.org/other' to='{TEA}' id='asked' type='set'><query xmlns='jabber:iq:register'><remove/></query></iq>"
    ));
    let out = world.until(&["type='unavailable'", TEA]).await;
    assert!(
        out.contains("to='u@example.org/r'") && out.contains("code='321'") && out.contains("code='110'"),
        "{out}"
    );
    assert!(world.here().await.contains("id='asked' type='result'"));
    let rooms =
        world.iq("gw.example.org", "r", "<query xmlns='http://jabber.org/protocol/disco#items'/>").await;
    assert!(!rooms.contains(TEA), "{rooms}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k109_nobody_registers_with_a_room() {
    let mut world = tea().await;
    for (type_, payload) in [("get", ""), ("set", "<x xmlns='jabber:x:data' type='submit'/>")] {
        world.send(&format!(
            "<iq xmlns='jabber:client' from='u@example.org/r' to='{TEA}' id='asked' type='{type_}'><query xmlns='jabber:iq:register'>{payload}</query></iq>"
        ));
        let refused = world.until(&["<iq", "id='asked'"]).await;
        assert!(
            refused.contains("type='error'") && refused.contains("<feature-not-implemented"),
            "{refused}"
        );
    }
    assert!(world.iq(&format!("{TEA}/me"), "r", PING).await.contains("type='result'"), "still inside");
}

#[tokio::test(flavor = "multi_thread")]
async fn k93_another_nick_is_the_networks_to_give_and_the_same_is_nothing() {
    let mut world = tea().await;
    let presence = |nick: &str| {
        format!(
            "<presence xmlns='jabber:client' from='u@example.org/r' to='{TEA}/{nick}' id='n'><show>away</show></presence>"
        )
    };
    world.send(&presence("me"));
    world.send(&presence("Romeo"));
    // The presence with the nick that the user has already gets no answer.
    let refused = world.here().await;
    assert!(refused.contains(&format!("type='error' from='{TEA}/Romeo'")), "{refused}");
    assert!(refused.contains("<x xmlns='http://jabber.org/protocol/muc'/>"), "{refused}");
    assert!(refused.contains("<error type='cancel'") && refused.contains("<not-acceptable"), "{refused}");
    world.send(&presence("Montague"));
    let gone = world.here().await;
    assert!(gone.contains("code='303'") && gone.contains("nick='Montague'"), "{gone}");
    let back = world.here().await;
    assert!(back.contains(&format!("from='{TEA}/Montague'")) && back.contains("code='110'"), "{back}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rooms_do_not_have_is_refused_in_words() {
    let mut world = tea().await;
    // A client that only types is not answered.
    world.send(&format!(
        "<message xmlns='jabber:client' from='u@example.org/r' to='{TEA}/Ada' id='w' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/><x xmlns='http://jabber.org/protocol/muc#user'/></message>"
    ));
    for (to, type_, payload, why) in [
        (format!("{TEA}/Ada"), "chat", "<body>psst</body>", "Private messages"),
        (
            format!("{TEA}/Ada"),
            "chat",
            "<body>psst</body><x xmlns='http://jabber.org/protocol/muc#user'/>",
            "Private messages",
        ),
        (
            format!("{TEA}/Ada"),
            "chat",
            "<body>no</body><x xmlns='http://jabber.org/protocol/muc#user'><decline to='a@b'/></x>",
            "cannot be invited",
        ),
        (TEA.to_owned(), "chat", "<body>hi</body>", "This is a group"),
        (
            TEA.to_owned(),
            "normal",
            "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='a@b'/></x>",
            "cannot be invited",
        ),
        (
            TEA.to_owned(),
            "groupchat",
            "<body>x</body><encrypted xmlns='eu.siacs.conversations.axolotl'/>",
            "encrypted",
        ),
    ] {
        world.send(&format!(
            "<message xmlns='jabber:client' from='u@example.org/r' to='{to}' id='w' type='{type_}'>{payload}</message>"
        ));
        let refused = world.until(&["type='error'", "id='w'"]).await;
        assert!(refused.contains(why), "{payload}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rooms_cannot_do_yet_is_answered_with_an_error() {
    let mut world = tea().await;
    for (type_, payload) in [
        ("get", "<query xmlns='http://jabber.org/protocol/muc#owner'/>"),
        ("set", "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>"),
        (
            "set",
            "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>AQI=</BINVAL></PHOTO></vCard>",
        ),
        (
            "set",
            "<moderate xmlns='urn:xmpp:message-moderate:1' id='n-m1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>",
        ),
    ] {
        world.send(&format!(
            "<iq xmlns='jabber:client' from='u@example.org/r' to='{TEA}' id='asked' type='{type_}'>{payload}</iq>"
        ));
        let refused = world.until(&["<iq", "id='asked'"]).await;
        assert!(
            refused.contains("type='error'") && refused.contains("<feature-not-implemented"),
            "{refused}"
        );
    }
}
