//! Mistakes of strangers, users and their servers: however often they come, they do not fill the
//! log, and are no error of ours.

use lab::{Client, Server as _, StanzaExt, World, WorldOptions, http};

/// Lines of a log that warn, and those that tell of errors.
fn loud(log: &str) -> (Vec<&str>, Vec<&str>) {
    let of =
        |level: &str| log.lines().filter(|line| line.split_whitespace().any(|word| word == level)).collect();
    (of("WARN"), of("ERROR"))
}

/// Sends many stanzas, and waits until all have been dealt with.
async fn send_all(client: &Client, gateway: &str, stanzas: impl Iterator<Item = String>) {
    for stanza in stanzas {
        client.send(&stanza).await;
    }
    // Behind them all.
    client.ask("get", gateway, "<ping xmlns='urn:xmpp:ping'/>").await.expect("an answer");
}

#[tokio::test]
async fn a_thousand_things_that_are_wrong_lead_to_a_handful_of_lines_and_no_error() {
    let listen = lab::free_port();
    let slidged = format!(
        "[media]\nlisten = \"{listen}\"\nurl = \"http://{listen}\"\noriginal_urls = \"never\"\n\n[limits]\nmessages_per_second = 0\n\n[registration]\nmode = \"invitation\"\nallow = [\"example.org\"]\nadmins = [\"admin@example.org\"]\n"
    );
    let world =
        World::with(WorldOptions { plugin: Some("stress"), slidged, ..WorldOptions::default() }).await;
    let gateway = world.gateway();
    let admin = world.prosody.client("admin").await;
    let before = world.slidged.log().len();

    // A stranger's stanzas.
    let stranger = world.prosody.client("stranger").await;
    let each = 100;
    for stanza in [
        format!("<message to='a\\00b@{gateway}' id='x' type='chat'><body>hi</body></message>"),
        format!("<presence to='a\\00b@{gateway}' type='subscribe'/>"),
        format!("<iq to='a\\00b@{gateway}' id='x' type='get'><vCard xmlns='vcard-temp'/></iq>"),
        format!(
            "<iq to='{gateway}' id='x' type='set'><query xmlns='jabber:iq:register'><username/></query></iq>"
        ),
        format!(
            "<iq to='{gateway}' id='x' type='set'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='invitation'><value>wrong</value></field></x></query></iq>"
        ),
        format!(
            "<iq to='{gateway}' id='x' type='set'><command xmlns='http://jabber.org/protocol/commands' node='none'/></iq>"
        ),
        format!("<message to='{gateway}' id='x' type='chat'><body>register wrong</body></message>"),
    ] {
        send_all(&stranger, gateway, (0..each).map(|_| stanza.clone())).await;
    }

    // A user's.
    let romeo = &admin;
    romeo.register(gateway, &[("connect", "")]).await.expect("administrators need no invitation");
    world.connected(romeo).await;
    let contact = world.contact("echo");
    for stanza in [
        format!("<message to='a\\00b@{gateway}' id='x' type='chat'><body>hi</body></message>"),
        format!(
            "<message to='a\\00b@{gateway}' id='x' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='y'/></message>"
        ),
        format!("<presence to='a\\00b@{gateway}' type='subscribe'/>"),
        format!(
            "<presence to='a\\00b@{gateway}/nick'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
        ),
        format!("<iq to='a\\00b@{gateway}' id='x' type='get'><vCard xmlns='vcard-temp'/></iq>"),
    ] {
        send_all(romeo, gateway, (0..each).map(|_| stanza.clone())).await;
    }
    // Files that cannot be had, and a plugin that fails: a few at a time, since what a user may
    // send at once is limited.
    for text in
        ["attach url http://127.0.0.1:1/x", "attach path /etc/passwd", "error", "picture path /etc/passwd"]
    {
        for n in 0..40 {
            romeo.say(&contact, text).await;
            if n % 10 == 9 {
                romeo.say(&contact, &format!("so far {n} {text:?}")).await;
                romeo.hear(&contact, &format!("so far {n} {text:?}")).await;
            }
        }
    }

    // Whoever reaches the media server.
    for n in 0..each {
        for (method, path) in [("GET", "/x/y"), ("PUT", "/x/y"), ("GET", "/%00/..%2f..")] {
            let answer = http::request(method, &format!("http://{listen}{path}{n}"), &[], &[]).await;
            assert!(answer.status >= 400);
        }
    }

    let log = world.slidged.log().split_off(before);
    let (warnings, errors) = loud(&log);
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(warnings.len() <= 40, "{} lines: {warnings:#?}", warnings.len());
    // What a user is told of a failure is there to be looked up.
    let told = romeo.take(|s| s.is_message() && s.kind() == "error");
    let ids: Vec<String> = told
        .iter()
        .filter_map(|error| error.find("text", lab::stanza::STANZAS).map(minidom::Element::text))
        .filter_map(|text| Some(text.split_once("(Error ")?.1.split(',').next()?.to_owned()))
        .collect();
    assert!(!ids.is_empty(), "no error with an id");
    for id in ids {
        assert!(log.contains(&id), "{id} cannot be looked up");
    }
}
