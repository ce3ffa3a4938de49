//! Parts of texts beside their words, both ways: formatting (XEP-0393, XEP-0394, XEP-0071), names
//! (XEP-0372), spoilers (XEP-0382), places (XEP-0080) and previews of links (XEP-0511): R19, K52,
//! K69.

use lab::stanza::escape;
use lab::{Pair, StanzaExt, World};
use minidom::Element;
use serde_json::{Value, json};

/// A picture.
const PNG: &[u8] = include_bytes!("../../slidged/src/media/qr.png");
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const OG: &str = "https://ogp.me/ns#";
const SPOILER: &str = "urn:xmpp:spoiler:0";
const OOB: &str = "jabber:x:oob";
const CORRECT: &str = "urn:xmpp:message-correct:0";
const RETRACT: &str = "urn:xmpp:message-retract:1";
const GEOLOC: &str = "http://jabber.org/protocol/geoloc";
const REFERENCE: &str = "urn:xmpp:reference:0";

fn span(style: &str, start: u32, end: u32) -> Value {
    json!({ "start": start, "end": end, "style": style })
}

#[tokio::test]
async fn formatting_of_the_user_reaches_the_network_as_spans_whichever_way_it_is_written() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let xhtml = "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>\
                 <p>so <strong>bold</strong></p></body></html>";
    let markup = "<markup xmlns='urn:xmpp:markup:0'><span start='3' end='7'><strong/></span></markup>";
    for (body, more) in [("so *bold*", ""), ("so bold", markup), ("so bold", xhtml)] {
        romeo.send(&format!("<message to='{contact}' type='chat'><body>{body}</body>{more}</message>")).await;
        let event = juliet.hear("romeo", "so bold").await;
        assert_eq!(event["message"]["spans"], json!([span("bold", 3, 7)]), "{body} {more}");
    }
    let code = "```\nlet x = *1*;\n```";
    romeo.send(&format!("<message to='{contact}' type='chat'><body>{code}</body></message>")).await;
    let event = juliet.hear("romeo", "let x = *1*;").await;
    assert_eq!(event["message"]["spans"], json!([span("code", 0, 12)]));
    // What is not meant as formatting is not taken for it.
    let unstyled = "<unstyled xmlns='urn:xmpp:styling:0'/>";
    romeo
        .send(&format!("<message to='{contact}' type='chat'><body>*as is*</body>{unstyled}</message>"))
        .await;
    assert!(juliet.hear("romeo", "*as is*").await["message"]["spans"].is_null());
    romeo
        .send(&format!("<message to='{contact}' type='chat'><body>the end</body><spoiler xmlns='{SPOILER}'>plot</spoiler></message>"))
        .await;
    let event = juliet.hear("romeo", "the end").await;
    assert_eq!(event["message"]["spans"], json!([span("spoiler", 0, 7)]));
}

#[tokio::test]
async fn formatting_of_contacts_is_shown_as_styling_and_names_are_found_in_it() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let chat = json!({ "user": "romeo" });
    let say = async |content: Value| {
        let mut ask = content;
        ask["chat"] = chat.clone();
        juliet.ask("send", ask).await;
    };
    say(json!({ "text": "hello juliet, bold", "spans": [span("bold", 0, 5), span("italic", 14, 18)],
                "mentions": [{ "user": "juliet", "start": 6, "end": 12 }] }))
    .await;
    let shown = romeo.hear(&contact, "*hello* juliet, _bold_").await;
    let mention = shown.find("reference", REFERENCE).expect("a reference");
    let uri = format!("xmpp:{contact}");
    assert_eq!(
        ["type", "begin", "end", "uri"].map(|name| mention.attr(name)),
        [Some("mention"), Some("8"), Some("14"), Some(&*uri)]
    );
    // Stars that mean nothing stay so.
    say(json!({ "text": "*not bold*" })).await;
    assert!(romeo.hear(&contact, "*not bold*").await.has("unstyled", "urn:xmpp:styling:0"));
    say(json!({ "text": "the end", "spans": [span("spoiler", 4, 7)] })).await;
    assert!(romeo.hear(&contact, "the end").await.has("spoiler", SPOILER));
}

#[tokio::test]
async fn k52_k69_previews_of_links_go_both_ways() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let link = "https://verona.example/balcony";
    romeo
        .send(&format!(
            "<message to='{contact}' type='chat'><body>{link}</body><rdf:Description xmlns:rdf='{RDF}' xmlns:og='{OG}' rdf:about='{link}'>\
             <og:title>The balcony</og:title><og:description>A view</og:description></rdf:Description></message>"
        ))
        .await;
    let event = juliet.hear("romeo", link).await;
    let previews = json!([{ "url": link, "title": "The balcony", "description": "A view" }]);
    assert_eq!(event["message"]["previews"], previews);
    juliet.ask("send", json!({ "chat": { "user": "romeo" }, "text": link, "previews": previews })).await;
    let shown = romeo.hear(&contact, link).await;
    let description = shown.find("Description", RDF).expect("a preview");
    let og = |name: &str| description.get_child(name, OG).map(Element::text);
    assert_eq!((og("title").as_deref(), og("description").as_deref()), (Some("The balcony"), Some("A view")));
    assert!(String::from(description).contains(&escape(link)), "{}", String::from(description));
}

#[tokio::test]
async fn what_is_on_the_networks_own_server_is_shown_without_an_address_there() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let picture = juliet.upload("rose.png", "image/png", PNG).await;
    let (link, chat) = ("https://verona.example/rose", json!({ "user": "romeo" }));
    let previews = json!([{ "url": link, "title": "A rose", "image": picture }]);
    juliet.ask("send", json!({ "chat": chat, "text": link, "previews": previews })).await;
    let shown = romeo.hear(&contact, link).await;
    let image = shown.find("image", OG).map(Element::text).expect("a picture");
    assert!(image.starts_with("data:image/jpeg;base64,"), "{image}");
    let no_picture = juliet.upload("rose.txt", "text/plain", b"a rose").await;
    let previews = json!([{ "url": link, "title": "A rose", "image": no_picture }]);
    juliet.ask("send", json!({ "chat": chat, "text": "another", "previews": previews })).await;
    let shown = romeo.hear(&contact, "another").await;
    assert!(shown.find("title", OG).is_some() && shown.find("image", OG).is_none(), "{shown:?}");

    let id = juliet.share("romeo", &[&picture], "look").await;
    romeo.hear(&contact, "look").await;
    juliet.ask("edit", json!({ "chat": chat, "id": id, "text": "look at it", "files": [picture] })).await;
    let edited = romeo.hear(&contact, "look at it\n📎 rose.png").await;
    assert!(edited.has("replace", "urn:xmpp:message-correct:0"), "{edited:?}");
}

#[tokio::test]
async fn a_text_that_is_given_to_a_picture_later_leaves_the_picture_where_it_is() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    let picture = juliet.upload("rose.png", "image/png", PNG).await;
    let id = juliet.share("romeo", &[&picture], "").await;
    let shown = romeo.expect("a picture", |s| s.sender().starts_with(&contact) && s.has("x", OOB)).await;

    let edit =
        |text: &str| json!({ "chat": { "user": "romeo" }, "id": id, "text": text, "files": [picture] });
    let replaced =
        |s: &Element| s.find("replace", CORRECT).map(|replace| replace.attr("id").map(str::to_owned));
    juliet.ask("edit", edit("a rose")).await;
    let first = romeo.hear(&contact, "a rose\n📎 rose.png").await;
    assert_eq!(replaced(&first), None, "the picture is not replaced: {first:?}");
    let about = first.find("reply", "urn:xmpp:reply:0").and_then(|reply| reply.attr("id"));
    assert_eq!(about, Some(shown.id()), "what it is about");

    juliet.ask("edit", edit("a red rose")).await;
    let second = romeo.hear(&contact, "a red rose\n📎 rose.png").await;
    assert_eq!(replaced(&second), Some(Some(first.id().to_owned())), "the text is replaced");

    // What is said of either is said of the message; taken back is all of it.
    juliet.ask("delete", json!({ "chat": { "user": "romeo" }, "id": id })).await;
    for stanza in [first.id(), shown.id()] {
        let taken =
            |s: &Element| s.find("retract", RETRACT).and_then(|retract| retract.attr("id")) == Some(stanza);
        romeo.expect("a retraction", taken).await;
    }
}

#[tokio::test]
async fn places_go_both_ways_and_have_a_name() {
    let world = World::start().await;
    let Pair { user: romeo, friend: juliet, contact, .. } = world.pair("romeo", "juliet").await;
    romeo.say(&contact, "geo:45.44,10.99").await;
    let event = juliet.expect("a place", |e| e["event"] == "message").await;
    assert_eq!(event["message"]["location"], json!({ "latitude": 45.44, "longitude": 10.99 }));
    let place = json!({ "latitude": 45.44, "longitude": 10.99, "name": "Verona" });
    juliet.ask("send", json!({ "chat": { "user": "romeo" }, "location": place })).await;
    let shown = romeo.hear(&contact, "Verona\ngeo:45.44,10.99").await;
    let geoloc = shown.find("geoloc", GEOLOC).expect("a place");
    let of = |name: &str| geoloc.get_child(name, GEOLOC).map(Element::text);
    assert_eq!(
        [of("lat"), of("lon"), of("text")].map(Option::unwrap_or_default),
        ["45.44", "10.99", "Verona"]
    );
}
