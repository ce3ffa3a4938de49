//! Changes to messages after they were sent, both ways: corrections, reactions, retractions,
//! replies and threads. K37, K39, K41, K43, K44, K54, K59 to K62.

use lab::stanza::{STANZAS, escape};
use lab::{Client, Pair, Person, StanzaExt, World};
use minidom::Element;
use serde_json::{Value, json};

const CORRECT: &str = "urn:xmpp:message-correct:0";
const REACTIONS: &str = "urn:xmpp:reactions:0";
const RETRACT: &str = "urn:xmpp:message-retract:1";
const REPLY: &str = "urn:xmpp:reply:0";
const FALLBACK: &str = "urn:xmpp:fallback:0";
const RECEIPTS: &str = "urn:xmpp:receipts";
const CARBONS: &str = "urn:xmpp:carbons:2";

/// Sends a message with these payloads, and gives its id once the gateway has taken it.
async fn do_it(user: &Client, to: &str, payloads: &str) -> String {
    let id = user.new_id();
    let request = format!("<request xmlns='{RECEIPTS}'/>");
    user.send(&format!("<message to='{to}' type='chat' id='{id}'>{payloads}{request}</message>")).await;
    user.receipt(to, &id).await;
    id
}

fn replace(id: &str) -> String {
    format!("<replace xmlns='{CORRECT}' id='{id}'/>")
}

fn react(id: &str, emojis: &[&str]) -> String {
    let each: String = emojis.iter().map(|emoji| format!("<reaction>{emoji}</reaction>")).collect();
    format!("<reactions xmlns='{REACTIONS}' id='{id}'>{each}</reactions>")
}

/// The network's id of the message that somebody hears.
async fn heard(person: &Person, from: &str, text: &str) -> String {
    let event = person.hear(from, text).await;
    event["message"]["id"].as_str().expect("an id").to_owned()
}

async fn event(person: &Person, name: &str) -> Value {
    person.expect(name, |event| event["event"] == name).await
}

fn target(stanza: &Element, name: &str, namespace: &str) -> Option<String> {
    stanza.find(name, namespace).and_then(|element| element.attr("id")).map(str::to_owned)
}

/// The emojis of the next reaction, and what it is about.
async fn reaction(user: &Client, from: &str) -> (Vec<String>, Option<String>, Element) {
    let stanza =
        user.expect("a reaction", |s| s.sender_bare() == from && s.has("reactions", REACTIONS)).await;
    let reactions = stanza.find("reactions", REACTIONS).expect("it is there");
    let emojis = reactions.children().map(Element::text).collect();
    (emojis, target(&stanza, "reactions", REACTIONS), stanza)
}

#[tokio::test]
async fn k37_k39_k41_what_the_user_does_to_their_messages_reaches_the_network() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;

    let id = romeo.say(contact, "helo").await;
    let message = heard(juliet, "romeo", "helo").await;
    // Twice: clients name the message or its last correction.
    let edit = do_it(romeo, contact, &format!("<body>hello</body>{}", replace(&id))).await;
    let edited = event(juliet, "edited").await;
    assert_eq!((&edited["id"], &edited["content"]["text"]), (&json!(message), &json!("hello")));
    do_it(romeo, contact, &format!("<body>hello!</body>{}", replace(&edit))).await;
    let edited = event(juliet, "edited").await;
    assert_eq!((&edited["id"], &edited["content"]["text"]), (&json!(message), &json!("hello!")));

    // The body is for older clients.
    do_it(romeo, contact, &format!("<body>❤️</body>{}", react(&edit, &["❤️", "👍", "👍"]))).await;
    let reaction = event(juliet, "reaction").await;
    assert_eq!((&reaction["id"], &reaction["emojis"]), (&json!(message), &json!(["❤️", "👍"])));
    do_it(romeo, contact, &react(&id, &[])).await;
    assert_eq!(event(juliet, "reaction").await["emojis"], json!([]));
    // To hers as well, whose ids are the network's.
    let hers = juliet.say("romeo", "hi").await;
    romeo.hear(contact, "hi").await;
    do_it(romeo, contact, &react(&hers, &["🌹"])).await;
    assert_eq!(event(juliet, "reaction").await["id"], json!(hers));

    do_it(romeo, contact, &format!("<body>/me retracted</body><retract xmlns='{RETRACT}' id='{id}'/>")).await;
    assert_eq!(event(juliet, "deleted").await["id"], json!(message));
    // A correction that leaves nothing takes the message back.
    let id = romeo.say(contact, "oops").await;
    let message = heard(juliet, "romeo", "oops").await;
    do_it(romeo, contact, &format!("<body/>{}", replace(&id))).await;
    assert_eq!(event(juliet, "deleted").await["id"], json!(message));

    pair.settled_there().await;
    assert_eq!(juliet.take(|e| e["event"] == "message").len(), 0, "a fallback was sent as a message");
    // What others wrote cannot be changed: the network says so.
    romeo
        .send(&format!(
            "<message to='{contact}' type='chat' id='no'><body>x</body>{}</message>",
            replace(&hers)
        ))
        .await;
    let error = romeo.expect("an error", |s| s.kind() == "error" && s.id() == "no").await;
    assert_eq!(error.condition().as_deref(), Some("forbidden"));
    assert!(error.find("text", STANZAS).is_some());
}

#[tokio::test]
async fn k59_k60_k61_what_contacts_do_to_their_messages_is_shown() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let chat = json!({ "user": "romeo" });
    let id = juliet.say("romeo", "helo").await;
    romeo.hear(&contact, "helo").await;

    juliet.ask("edit", json!({ "chat": chat, "id": id, "text": "hello" })).await;
    let edited = romeo.hear(&contact, "hello").await;
    assert_eq!(target(&edited, "replace", CORRECT).as_deref(), Some(&*id));
    // It has an id of its own, by which clients mark what they have shown: then all before it is
    // read.
    let marker = |id: &str| {
        format!(
            "<message to='{contact}' type='chat' id='read-{id}'><displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/></message>"
        )
    };
    romeo.send(&marker(edited.id())).await;
    let read = juliet.expect("that it is read", |e| e["event"] == "read").await;
    assert_eq!((&read["id"], &read["by"]), (&json!(id), &json!("romeo")));

    juliet.ask("react", json!({ "chat": chat, "id": id, "emojis": ["❤️", "❤", "👍"] })).await;
    let (emojis, of, stanza) = reaction(&romeo, &contact).await;
    // The heart in colour, as it came, and once.
    assert_eq!((emojis, of), (vec!["❤️".to_owned(), "👍".to_owned()], Some(id.clone())));
    assert!(stanza.body().is_none() && stanza.has("store", "urn:xmpp:hints"));
    juliet.ask("react", json!({ "chat": chat, "id": id, "emojis": [] })).await;
    assert_eq!(reaction(&romeo, &contact).await.0, [""; 0]);

    // To what the user wrote, by the id that the user's client knows.
    let own = romeo.say(&contact, "my words").await;
    let message = heard(&juliet, "romeo", "my words").await;
    juliet.ask("react", json!({ "chat": chat, "id": message, "emojis": ["🌹"] })).await;
    assert_eq!(reaction(&romeo, &contact).await.1, Some(own));

    let last = juliet.say("romeo", "never mind").await;
    romeo.hear(&contact, "never mind").await;
    juliet.ask("delete", json!({ "chat": chat, "id": id })).await;
    let gone = romeo.expect("a retraction", |s| s.has("retract", RETRACT)).await;
    assert_eq!(target(&gone, "retract", RETRACT).as_deref(), Some(&*id));
    assert_eq!(target(&gone, "replace", CORRECT).as_deref(), Some(&*id), "K60: older clients replace it");
    assert!(gone.body().is_some_and(|body| body.starts_with("/me ")));
    // Who has seen that has seen what came before it, and not what is gone.
    romeo.send(&marker(gone.id())).await;
    let read = juliet.expect("that it is read", |e| e["event"] == "read").await;
    assert_eq!(read["id"], json!(last));
    assert_eq!(gone.find("fallback", FALLBACK).and_then(|f| f.attr("for")), Some(RETRACT));
}

#[tokio::test]
async fn k62_reactions_are_shown_as_text_to_who_wants_that() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let set = "preferences reaction_fallback=yes";
    romeo.say(world.gateway(), set).await;
    romeo
        .expect("the answer", |s| s.is_message() && s.sender() == world.gateway() && s.body().is_some())
        .await;
    let id = juliet.say("romeo", "hello").await;
    romeo.hear(&contact, "hello").await;
    let emojis = json!(["❤", "👍"]);
    juliet.ask("react", json!({ "chat": { "user": "romeo" }, "id": id, "emojis": emojis })).await;
    let (_, _, stanza) = reaction(&romeo, &contact).await;
    assert_eq!(stanza.body().as_deref(), Some("❤ 👍"));
    assert_eq!(stanza.find("fallback", FALLBACK).and_then(|f| f.attr("for")), Some(REACTIONS));
}

#[tokio::test]
async fn k43_k44_answers_name_what_they_answer_both_ways() {
    let world = World::start().await;
    let Pair { user: romeo, phone, friend: juliet, contact } = world.pair("romeo", "juliet").await;
    let hers = juliet.say("romeo", "Shall we?").await;
    romeo.hear(&contact, "Shall we?").await;
    let quote = "> Juliet:\n> Shall we?\n";
    let answer = |id: &str, quote: &str, text: &str, to: &str| {
        let length = quote.chars().count();
        format!(
            "<body>{}{text}</body><reply xmlns='{REPLY}' id='{id}' to='{to}'/>\
             <fallback xmlns='{FALLBACK}' for='{REPLY}'><body start='0' end='{length}'/></fallback>",
            escape(quote)
        )
    };
    let own = do_it(&romeo, &contact, &answer(&hers, quote, "Yes", &contact)).await;
    let event = juliet.hear("romeo", "Yes").await;
    assert_eq!(event["message"]["reply_to"], json!(hers));
    assert_eq!(event["message"]["quote"]["from"], "juliet");
    let his = event["message"]["id"].as_str().expect("an id").to_owned();
    // K44: to one's own.
    do_it(&romeo, &contact, &answer(&own, "> Yes\n", "but when", "romeo@example.org")).await;
    let event = juliet.hear("romeo", "but when").await;
    assert_eq!(
        (&event["message"]["reply_to"], &event["message"]["quote"]["from"]),
        (&json!(his), &json!("romeo"))
    );
    // To something that the network does not know: the quote is all that there is, and stays.
    do_it(&romeo, &contact, &answer("long-ago", "> earlier\n", "and then", &contact)).await;
    assert!(juliet.hear("romeo", "> earlier\nand then").await["message"]["reply_to"].is_null());

    // From there: to the user's message, by the id that the client gave it, with a quote for older
    // clients.
    let chat = json!({ "user": "romeo" });
    juliet.ask("send", json!({ "chat": chat, "text": "now", "reply_to": his })).await;
    let shown = romeo.hear(&contact, "> romeo:\n> Yes\nnow").await;
    let reply = shown.find("reply", REPLY).expect("a reply");
    assert_eq!((reply.attr("id"), reply.attr("to")), (Some(&*own), Some("romeo@example.org")));
    let range = shown.find("fallback", FALLBACK).and_then(|f| f.children().next()).expect("a range");
    assert_eq!((range.attr("start"), range.attr("end")), (Some("0"), Some("15")));
    // To her own, with a quote in it that is not repeated.
    let id = juliet.ask("send", json!({ "chat": chat, "text": "> old\nnew" })).await["id"].clone();
    romeo.hear(&contact, "> old\nnew").await;
    juliet.ask("send", json!({ "chat": chat, "text": "newer", "reply_to": id })).await;
    let shown = romeo.hear(&contact, "> A Friend:\n> new\nnewer").await;
    let full = format!("{contact}/slidge");
    assert_eq!(shown.find("reply", REPLY).and_then(|r| r.attr("to")), Some(&*full));
    drop(phone);
}

#[tokio::test]
async fn k54_threads_have_a_name_on_each_side_and_keep_it() {
    let mut world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    do_it(&romeo, &contact, "<body>one</body><thread>client-thread</thread>").await;
    let thread = juliet.hear("romeo", "one").await["message"]["thread"].clone();
    let chat = json!({ "user": "romeo" });
    juliet.ask("send", json!({ "chat": chat, "text": "two", "thread": thread })).await;
    assert_eq!(romeo.hear(&contact, "two").await.text_of("thread").as_deref(), Some("client-thread"));
    juliet.ask("send", json!({ "chat": chat, "text": "three", "thread": "hers" })).await;
    let hers = romeo.hear(&contact, "three").await.text_of("thread").expect("a thread");
    // After a restart too.
    world.slidged.stop().await;
    world.slidged.resume().await;
    world.connected(&romeo).await;
    do_it(&romeo, &contact, &format!("<body>four</body><thread>{hers}</thread>")).await;
    assert_eq!(juliet.hear("romeo", "four").await["message"]["thread"], "hers");
    do_it(&romeo, &contact, "<body>five</body><thread>client-thread</thread>").await;
    assert_eq!(juliet.hear("romeo", "five").await["message"]["thread"], thread);
}

#[tokio::test]
async fn what_comes_before_its_message_waits_for_it() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    // The network delivers the message after its edit.
    juliet.ask("fault", json!({ "fault": "reorder", "user": "romeo", "event": "message" })).await;
    let id = juliet.say("romeo", "helo").await;
    juliet.ask("edit", json!({ "chat": { "user": "romeo" }, "id": id, "text": "hello" })).await;
    let first = romeo.expect("a text", |s| s.sender_bare() == contact && s.body().is_some()).await;
    assert_eq!((first.body().as_deref(), first.has("replace", CORRECT)), (Some("helo"), false));
    let second = romeo.hear(&contact, "hello").await;
    assert_eq!(target(&second, "replace", CORRECT).as_deref(), Some(&*id));
}

#[tokio::test]
async fn k56_what_the_user_does_in_the_official_app_is_shown_whatever_it_is_and_goes_nowhere_else() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, phone, friend: juliet, contact } = &pair;
    romeo.ask("set", "", &format!("<enable xmlns='{CARBONS}'/>")).await.expect("carbons");
    let chat = json!({ "user": "juliet" });
    let id = phone.say("juliet", "helo").await;
    let sent = async |what: &str, name: &str, namespace: &str| {
        let carbon = romeo.expect(what, |s| s.find(name, namespace).is_some()).await;
        assert!(carbon.has("sent", CARBONS), "{}", String::from(&carbon));
        target(&carbon, name, namespace)
    };
    phone.ask("edit", json!({ "chat": chat, "id": id, "text": "hello" })).await;
    assert_eq!(sent("a correction", "replace", CORRECT).await.as_deref(), Some(&*id));
    let hers = juliet.say("romeo", "hi").await;
    romeo.hear(contact, "hi").await;
    phone.ask("react", json!({ "chat": chat, "id": hers, "emojis": ["🌹"] })).await;
    assert_eq!(sent("a reaction", "reactions", REACTIONS).await, Some(hers));
    phone.ask("delete", json!({ "chat": chat, "id": id })).await;
    assert_eq!(sent("a retraction", "retract", RETRACT).await, Some(id));
    // Nothing of it goes back to the network (K56).
    drop(juliet.take(|_| true));
    pair.settled_there().await;
    for echo in ["message", "edited", "reaction", "deleted"] {
        assert_eq!(juliet.take(|e| e["event"] == echo).len(), 0, "{echo}");
    }
}
