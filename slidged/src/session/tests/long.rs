//! Texts that are longer than a stanza may be.

use super::World;
use crate::stanza::MAX_STANZA;

fn body(stanza: &str) -> &str {
    stanza.split("<body>").nth(1).and_then(|rest| rest.split("</body>").next()).unwrap_or_default()
}

fn id(stanza: &str) -> &str {
    stanza.split(" id='").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_longer_than_a_stanza_is_shown_in_several_that_are_one() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "long 60000");
    let all = world.all_until(&["<body>re: long"]).await;
    let shown: Vec<_> = all.iter().filter(|stanza| body(stanza).contains("&amp;")).collect();
    let text: String = shown.iter().map(|stanza| body(stanza)).collect();
    assert_eq!((text.len(), shown.len() > 1), (60_000 * "&amp;".len(), true), "all of it");
    assert!(shown.iter().all(|stanza| stanza.len() <= MAX_STANZA));
    assert_eq!(id(shown[0]), "long");
    // The network retracts the message, and with it all of its stanzas.
    world.say("m2", "take back long");
    let all = world.all_until(&["<body>re: take back"]).await;
    for stanza in shown {
        let gone = format!("<retract xmlns='urn:xmpp:message-retract:1' id='{}'/>", id(stanza));
        assert!(all.iter().any(|stanza| stanza.contains(&gone)), "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_is_longer_than_a_stanza_is_cut_with_a_mark() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "long 1");
    world.until(&["<body>re: long"]).await;
    world.say("m2", "longer 60000");
    let all = world.all_until(&["<body>re: longer"]).await;
    let shown: Vec<_> = all.iter().filter(|stanza| body(stanza).contains("&amp;")).collect();
    let [correction] = shown.as_slice() else { panic!("{}", shown.len()) };
    assert!(correction.contains("<replace xmlns='urn:xmpp:message-correct:0' id='long'/>"));
    assert!(body(correction).ends_with("… (the rest is too long to be shown here)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_says_at_length_comes_in_several_messages() {
    let mut world = World::new().await;
    world.log_in().await;
    world.say("m1", "gateway at length 60000");
    let all = world.all_until(&["<body>re: gateway"]).await;
    let shown: Vec<_> = all.iter().filter(|stanza| body(stanza).contains("&amp;")).collect();
    let text: String = shown.iter().map(|stanza| body(stanza)).collect();
    assert_eq!(text.len(), 60_000 * "&amp;".len());
    assert!(
        shown.iter().all(|stanza| stanza.len() <= MAX_STANZA && stanza.contains("from='gw.example.org'"))
    );
}
