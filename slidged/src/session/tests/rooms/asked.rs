//! Requests of clients to the gateway, of contacts, of rooms and of those in them.

use super::*;

/// Questions that have answers somewhere, and are no orders.
const QUESTIONS: [&str; 12] = [
    PING,
    "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    "<query xmlns='http://jabber.org/protocol/disco#items'/>",
    "<query xmlns='http://jabber.org/protocol/disco#info' node='http://jabber.org/protocol/commands'/>",
    "<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>",
    "<query xmlns='jabber:iq:version'/>",
    "<time xmlns='urn:xmpp:time'/>",
    "<query xmlns='jabber:iq:last'/>",
    "<vCard xmlns='vcard-temp'/>",
    "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>",
    "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:metadata'/></pubsub>",
    "<data xmlns='urn:xmpp:bob' cid='sha1+0000000000000000000000000000000000000000@bob.xmpp.org'/>",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_asked_as_an_order_is_refused_by_everybody() {
    let mut world = tea().await;
    let addressees = [
        "gw.example.org".to_owned(),
        "friend@gw.example.org".to_owned(),
        "friend@gw.example.org/slidge".to_owned(),
        "nobody@gw.example.org".to_owned(),
        "nobody@gw.example.org/slidge".to_owned(),
        TEA.to_owned(),
        format!("{TEA}/Ada"),
        format!("{TEA}/me"),
        format!("{TEA}/who is not there"),
    ];
    let mut wrong = Vec::new();
    for to in &addressees {
        for question in QUESTIONS {
            let answer = world.iq_of("set", to, "r", question).await;
            let conditions = ["<bad-request", "<feature-not-implemented", "<item-not-found", "<not-allowed"];
            let refused = conditions.iter().any(|condition| answer.contains(condition));
            if !answer.contains("type='error'") || !refused {
                wrong.push(format!("{to}: {question}: {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_in_a_room_is_told_a_page_at_a_time_to_who_asks_so() {
    let mut world = tea().await;
    let items = "http://jabber.org/protocol/disco#items";
    let page = |set: &str| {
        format!("<query xmlns='{items}'><set xmlns='http://jabber.org/protocol/rsm'>{set}</set></query>")
    };
    let first = world.iq(TEA, "r", &page("<max>3</max>")).await;
    assert_eq!(first.matches("<item ").count(), 3, "{first}");
    let last = first.split("<last>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(first.contains("<count>4</count>"), "{first}");
    let rest = world.iq(TEA, "r", &page(&format!("<max>3</max><after>{last}</after>"))).await;
    assert!(rest.matches("<item ").count() == 1 && rest.contains("<first index='3'>"), "{rest}");
    let all = world.iq(TEA, "r", &format!("<query xmlns='{items}'/>")).await;
    assert!(all.matches("<item ").count() == 4 && !all.contains("<set"), "{all}");
    let rooms = world.iq("gw.example.org", "r", &page("<max>0</max>")).await;
    assert!(rooms.contains("type='result'") && rooms.contains("<count>"), "{rooms}");
    let wrong = world.iq(TEA, "r", &page("<max>few</max>")).await;
    assert!(wrong.contains("<bad-request"), "{wrong}");
}
