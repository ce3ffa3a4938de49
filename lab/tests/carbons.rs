//! Messages that the user writes in the network's own app: R21, R22, K66.

use lab::{Pair, StanzaExt, World, WorldOptions};
use minidom::Element;
use serde_json::json;

const CARBONS: &str = "urn:xmpp:carbons:2";
const MARKERS: &str = "urn:xmpp:chat-markers:0";

#[tokio::test]
async fn k66_what_the_user_wrote_elsewhere_is_shown_and_archived_and_goes_nowhere_else() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, phone, friend: juliet, contact } = &pair;
    romeo.ask("set", "", &format!("<enable xmlns='{CARBONS}'/>")).await.expect("carbons");

    let id = phone.say("juliet", "written elsewhere").await;
    juliet.hear("romeo", "written elsewhere").await;
    let shown = romeo
        .expect("a carbon", |s| {
            s.find("body", "jabber:client").is_some_and(|b| b.text() == "written elsewhere")
        })
        .await;
    let sent =
        shown.get_child("sent", CARBONS).unwrap_or_else(|| panic!("not sent: {}", String::from(&shown)));
    let message = sent.find("message", "jabber:client").expect("the message");
    assert_eq!(
        (message.attr("from"), message.attr("to"), message.id()),
        (Some("romeo@example.org"), Some(contact.as_str()), id.as_str())
    );

    // In the archive it stands between what was said before and after.
    pair.settled_here().await;
    let archive = romeo.archive(Some(contact)).await;
    let own: Vec<_> =
        archive.iter().filter(|a| a.message.body().as_deref() == Some("written elsewhere")).collect();
    assert_eq!(own.len(), 1);
    assert_eq!((own[0].message.sender_bare(), own[0].message.id()), ("romeo@example.org", id.as_str()));

    // The server sends it on to the gateway as the user's message: it is no new one for the
    // network.
    pair.settled_there().await;
    assert_eq!(juliet.take(|e| e["event"] == "message").len(), 0, "the echo came back to the network");
    romeo
        .never("an error or a receipt for it", contact, |s| {
            s.kind() == "error" || s.has("received", "urn:xmpp:receipts")
        })
        .await;

    // What was read elsewhere is read here.
    let id = juliet.say("romeo", "read this elsewhere").await;
    romeo.hear(contact, "read this elsewhere").await;
    phone.hear("juliet", "read this elsewhere").await;
    phone.ask("read", json!({ "chat": { "user": "juliet" }, "id": id })).await;
    let read = romeo.expect("a marker", |s| s.find("displayed", MARKERS).is_some()).await;
    assert_eq!(read.find("displayed", MARKERS).and_then(|d| d.attr("id")), Some(id.as_str()));
    assert!(read.has("sent", CARBONS));

    // A message of the user's own XMPP client is told to the phone, and to nobody twice.
    let id = romeo.say(contact, "written here").await;
    romeo.receipt(contact, &id).await;
    phone.expect("it", |e| e["event"] == "message" && e["message"]["text"] == "written here").await;
    pair.settled_here().await;
    let archive = romeo.archive(Some(contact)).await;
    assert_eq!(archive.iter().filter(|a| a.message.body().as_deref() == Some("written here")).count(), 1);
}

#[tokio::test]
async fn k56_a_carbon_with_more_than_its_text_is_no_new_message_either() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, phone, friend: juliet, contact } = &pair;
    romeo.ask("set", "", &format!("<enable xmlns='{CARBONS}'/>")).await.expect("carbons");
    let hers = juliet.say("romeo", "well?").await;
    romeo.hear(contact, "well?").await;
    let chat = json!({ "user": "juliet" });
    // In a stanza the quote of what is answered stands in front, and what is bold is between stars.
    phone.ask("send", json!({ "chat": chat, "text": "an answer", "reply_to": hers })).await;
    let bold = json!([{ "start": 0, "end": 1, "style": "bold" }]);
    phone.ask("send", json!({ "chat": chat, "text": "a bold one", "spans": bold })).await;
    for text in ["an answer", "a bold one"] {
        juliet.hear("romeo", text).await;
    }
    for text in ["> well?\nan answer", "*a* bold one"] {
        let fits = |body: String| body.ends_with(text);
        romeo.expect("a carbon", |s| s.find("body", "jabber:client").is_some_and(|b| fits(b.text()))).await;
    }
    pair.settled_there().await;
    assert_eq!(juliet.take(|e| e["event"] == "message").len(), 0, "an echo came back to the network");
}

#[tokio::test]
async fn what_was_written_elsewhere_while_the_server_was_away_is_shown_and_goes_nowhere_else() {
    // More than the user may send in one go.
    const MANY: usize = 600;
    let mut world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, phone, friend: juliet, contact } = &pair;
    let logins = romeo.logins();
    world.prosody.stop().await;
    for n in 0..MANY {
        phone.say("juliet", &format!("written elsewhere {n}")).await;
    }
    juliet.hear("romeo", &format!("written elsewhere {}", MANY - 1)).await;
    assert_eq!(juliet.take(|e| e["event"] == "message").len(), MANY - 1);
    // What is on its way outlives the gateway as well.
    world.slidged.stop().await;
    world.slidged.launch();
    world.prosody.resume().await;
    world.slidged.ready().await;
    romeo.relogin_after(logins).await;
    world.connected(romeo).await;
    pair.settled_there().await;
    pair.settled_here().await;
    assert_eq!(juliet.take(|e| e["event"] == "message").len(), 0, "an echo came back to the network");
    let archive = romeo.archive(Some(contact)).await;
    let own = archive.iter().filter_map(|a| a.message.body());
    assert_eq!(own.filter(|body| body.starts_with("written elsewhere ")).count(), MANY);
    let errors = romeo.take(|s| s.is_message() && s.kind() == "error");
    assert_eq!(errors.len(), 0, "{}", String::from(&errors[0]));
}

#[tokio::test]
async fn r21_without_the_privilege_the_user_is_told_once_what_to_add() {
    let prosody = "VirtualHost \"example.org\"\n\tprivileged_entities = { [\"gw.example.org\"] = { roster = \"both\" } }\n";
    let world = World::with(WorldOptions { prosody: prosody.into(), ..WorldOptions::default() }).await;
    let gateway = world.gateway();
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, phone, friend: juliet, .. } = &pair;
    drop(romeo.take(StanzaExt::is_message));
    for n in 0..3 {
        let text = format!("written elsewhere {n}");
        phone.say("juliet", &text).await;
        juliet.hear("romeo", &text).await;
    }
    let says = |s: &Element| s.is_message() && s.sender() == gateway && s.body().is_some();
    let notice = romeo.expect("a notice", says).await;
    let text = notice.body().expect("a text");
    for line in ["privileged_entities", "\"gw.example.org\"", "message = \"outgoing\"", "mod_privilege"] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    pair.settled_here().await;
    romeo.never("a second notice", gateway, says).await;
    assert!(
        world.slidged.process().log().contains("message = \"outgoing\""),
        "the administrator reads it in the log"
    );
}
