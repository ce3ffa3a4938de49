//! Attacks by one user of the server that would break a gateway for everybody: each is sent through
//! a real server to a running slidged, whose stream must stay up, whose answer must be right, and
//! whose processor time must stay small.
//!
//! The servers repair or refuse some of these themselves, each its own; then there is nothing for
//! the gateway to answer.

use std::time::Duration;

use lab::raw::{End, Raw};
use lab::wait::PATIENCE;
use lab::{
    Client, Ejabberd, Person, Prosody, Proxy, Server, Slidged, SlidgedOptions, StanzaExt, Superduperd,
};
use minidom::Element;

/// Processor time that one stanza may cost. A release build is held to the limit; an unoptimised
/// one runs the very same code some ten times slower, and quadratic work (seconds, in all of these)
/// still shows.
const COST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 200 } else { 20 });

/// Answer that is due to the sender.
#[derive(Clone, Copy)]
enum Due {
    /// No answer: the stanza is dropped, or taken as what it meant.
    Nothing,
    /// An error stanza with one of these conditions.
    Error(&'static [&'static str]),
    /// An error stanza, which must not be answered (RFC 6120 section 8.3.1).
    Silence,
}

struct Attack {
    name: &'static str,
    stanza: String,
    due: Due,
}

fn attack(name: &'static str, due: Due, stanza: impl Into<String>) -> Attack {
    Attack { name, stanza: stanza.into(), due }
}

const BAD: Due = Due::Error(&["bad-request", "feature-not-implemented", "service-unavailable"]);
const TOO_MUCH: Due = Due::Error(&["policy-violation"]);
const NO_SUCH: Due = Due::Error(&["jid-malformed", "item-not-found"]);

/// Stanzas that are wrong in one place; `juliet@gw.example.org` is a contact of the sender.
fn malformed() -> Vec<Attack> {
    let c = "to='juliet@gw.example.org' id='x'";
    let g = "to='gw.example.org' id='x'";
    vec![
        attack(
            "an unknown message type",
            Due::Nothing,
            format!("<message {c} type='bogus'><body>hi</body></message>"),
        ),
        attack(
            "two threads",
            Due::Nothing,
            format!("<message {c} type='chat'><thread>a</thread><thread>b</thread><body>hi</body></message>"),
        ),
        attack(
            "text directly in a message",
            Due::Nothing,
            format!("<message {c} type='chat'>text<body>hi</body></message>"),
        ),
        attack(
            "two bodies",
            Due::Nothing,
            format!("<message {c} type='chat'><body>one</body><body>two</body></message>"),
        ),
        attack("an unknown show", Due::Nothing, format!("<presence {c}><show>busy</show></presence>")),
        attack(
            "a priority out of range",
            Due::Nothing,
            format!("<presence {c}><priority>999</priority></presence>"),
        ),
        attack("an unknown presence type", Due::Nothing, format!("<presence {c} type='bogus'/>")),
        attack("a request without a payload", BAD, format!("<iq {g} type='get'/>")),
        attack(
            "a request with two payloads",
            BAD,
            format!("<iq {g} type='get'><ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/></iq>"),
        ),
        attack("an error without an error", Due::Silence, format!("<iq {g} type='error'/>")),
        attack(
            "an error of before the RFC",
            Due::Silence,
            format!("<iq {g} type='error'><error code='404'>Not Found</error></iq>"),
        ),
        attack(
            "an error message",
            Due::Silence,
            format!(
                "<message {c} type='error'><body>hi</body><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
            ),
        ),
        attack(
            "a message to a crab",
            NO_SUCH,
            "<message to='\u{1f980}@gw.example.org' id='x' type='chat'><body>hi</body></message>",
        ),
        attack(
            "a request to a crab",
            NO_SUCH,
            "<iq to='\u{1f980}@gw.example.org' id='x' type='get'><ping xmlns='urn:xmpp:ping'/></iq>",
        ),
        attack(
            "a correction of nothing",
            Due::Nothing,
            format!(
                "<message {c} type='chat'><body>hi</body><replace xmlns='urn:xmpp:message-correct:0'/></message>"
            ),
        ),
        attack(
            "a receipt for nothing",
            Due::Nothing,
            format!("<message {c} type='chat'><received xmlns='urn:xmpp:receipts'/></message>"),
        ),
        attack(
            "a reply with a bad address",
            Due::Nothing,
            format!(
                "<message {c} type='chat'><body>hi</body><reply xmlns='urn:xmpp:reply:0' to='@@' id='1'/></message>"
            ),
        ),
        attack(
            "a fallback out of range",
            Due::Nothing,
            format!(
                "<message {c} type='chat'><body>hi</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='-3' end='99999999999999999999'/></fallback></message>"
            ),
        ),
        attack(
            "a delay that is no date",
            Due::Nothing,
            format!(
                "<message {c} type='chat'><body>hi</body><delay xmlns='urn:xmpp:delay' stamp='yesterday'/></message>"
            ),
        ),
        attack(
            "a form that is no form",
            BAD,
            format!(
                "<iq {g} type='set'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field/><field var='a' type='bogus'/></x></query></iq>"
            ),
        ),
        attack(
            "a command that is none",
            Due::Error(&["item-not-found", "bad-request", "feature-not-implemented"]),
            format!(
                "<iq {g} type='set'><command xmlns='http://jabber.org/protocol/commands' node='\u{1f980}' action='bogus' sessionid='1'/></iq>"
            ),
        ),
        attack(
            "avatar metadata that panics a parser",
            Due::Nothing,
            format!(
                "<message {c} type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:avatar:metadata'><item id='1'><metadata xmlns='urn:xmpp:avatar:metadata'><info id='a\u{e9}\u{e9}\u{e9}' bytes='1' type='image/png'/></metadata></item></items></event></message>"
            ),
        ),
        attack(
            "a photo hash that panics a parser",
            Due::Nothing,
            format!(
                "<presence {c}><x xmlns='vcard-temp:x:update'><photo>{}</photo></x></presence>",
                "\u{e9}".repeat(20)
            ),
        ),
        attack(
            "XHTML that panics a parser",
            Due::Nothing,
            format!(
                "<message {c} type='chat'><body>hi</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p style='bold'>hi</p></body></html></message>"
            ),
        ),
        attack(
            "bits of binary that panic a parser",
            NO_SUCH,
            format!("<iq {g} type='get'><data xmlns='urn:xmpp:bob' cid='md5+\u{e9}@bob.xmpp.org'/></iq>"),
        ),
    ]
}

/// Stanzas that are too long, too deep or too wide. `deepest` is what the server itself survives.
fn oversized(deepest: usize) -> Vec<Attack> {
    let c = "to='juliet@gw.example.org' id='x' type='chat'";
    let g = "to='gw.example.org' id='x' type='get'";
    let deep = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    let mut attacks = vec![
        attack(
            "an attribute of 9,000 bytes",
            Due::Nothing,
            format!("<message {c}><body>hi</body><x xmlns='urn:x' a='{}'/></message>", "a".repeat(9_000)),
        ),
        attack(
            "a namespace of 9,000 bytes",
            Due::Nothing,
            format!("<message {c}><body>hi</body><x xmlns='urn:{}'/></message>", "x".repeat(9_000)),
        ),
        attack(
            "an element's name of 9,000 bytes",
            Due::Nothing,
            format!("<message {c}><body>hi</body><{} xmlns='urn:x'/></message>", "x".repeat(9_000)),
        ),
        attack(
            "an attribute of 200,000 bytes",
            Due::Nothing,
            format!("<message {c}><body>hi</body><x xmlns='urn:x' a='{}'/></message>", "a".repeat(200_000)),
        ),
        attack(
            "500 attributes",
            Due::Nothing,
            format!(
                "<message {c}><body>hi</body><x xmlns='urn:x' {}/></message>",
                (0..500).map(|n| format!("a{n}='' ")).collect::<String>()
            ),
        ),
        attack(
            "5,000 children",
            TOO_MUCH,
            format!("<message {c}><body>hi</body><x xmlns='urn:x'>{}</x></message>", "<y/>".repeat(5_000)),
        ),
        attack(
            "50,000 children",
            TOO_MUCH,
            format!("<iq {g}><x xmlns='urn:x'>{}</x></iq>", "<y/>".repeat(50_000)),
        ),
        attack("65 levels", TOO_MUCH, format!("<iq {g}><x xmlns='urn:x'>{}</x></iq>", deep(65))),
    ];
    for levels in [2_000, 3_500, 4_500, 10_000, 30_000].into_iter().filter(|&n| n <= deepest) {
        attacks.push(attack(
            "a deep request",
            TOO_MUCH,
            format!("<iq {g}><x xmlns='urn:x'>{}</x></iq>", deep(levels)),
        ));
        attacks.push(attack(
            "a deep message",
            TOO_MUCH,
            format!("<message {c}><body>hi</body><x xmlns='urn:x'>{}</x></message>", deep(levels)),
        ));
    }
    attacks
}

struct Scene {
    slidged: Slidged,
    link: Proxy,
    juliet: Person,
    _network: Superduperd,
}

impl Scene {
    /// A gateway with one registered user, `mallory`, who has one contact.
    async fn on(server: &impl Server) -> Self {
        let network = Superduperd::start().await;
        let link = Proxy::to(server.site().component).await;
        let options = SlidgedOptions {
            server: Some(link.address()),
            plugin_options: network.plugin_options(),
            ..SlidgedOptions::default()
        };
        let slidged = Slidged::start(server.site(), "superduper", options).await;
        let juliet = Person::connect(network.address(), "juliet", "Juliet", "app").await;
        Person::connect(network.address(), "mallory", "Mallory", "app").await.befriend(&juliet).await;
        let mallory = server.client("mallory").await;
        let password = Person::password("mallory");
        mallory
            .register(server.site().gateway, &[("username", "mallory"), ("password", &password)])
            .await
            .expect("a registration");
        befriend(&mallory, "juliet@gw.example.org").await;
        mallory.leave().await;
        Scene { slidged, link, juliet, _network: network }
    }

    /// Sends one, and checks what comes back and what it cost.
    async fn survive(&self, server: &impl Server, raw: &mut Raw, attack: &Attack) {
        let Attack { name, stanza, due } = attack;
        let links = self.link.connections();
        let before = self.slidged.process().cpu().expect("slidged runs");
        let sent = raw.try_send(stanza).await;
        let ping = "<iq type='get' id='ping' to='gw.example.org'><ping xmlns='urn:xmpp:ping'/></iq>";
        let sent = if sent.is_ok() { raw.try_send(ping).await } else { sent };
        let answers = if sent.is_ok() { self.answers(raw, *due).await } else { Err(End::Closed) };
        match answers {
            Ok(answers) => check(name, *due, &answers),
            Err(End::Silent) => panic!("{name}: no answer from the gateway"),
            // The server ended the sender's own stream: the gateway must still be there for the
            // next one.
            Err(End::Closed) => {
                *raw = server.raw("mallory").await;
                assert_eq!(
                    raw.ask("get", "gw.example.org", "<ping xmlns='urn:xmpp:ping'/>").await.kind(),
                    "result",
                    "{name}"
                );
            }
        }
        let cost = self.slidged.process().cpu().expect("slidged runs") - before;
        println!("{name} ({} bytes): {cost:?}", stanza.len());
        assert!(cost < COST, "{name} ({} bytes) cost {cost:?} of processor time", stanza.len());
        assert_eq!(self.link.connections(), links, "{name}: the gateway's stream was lost");
    }

    /// Returns everything up to the answer to the ping, and further until an error that is due.
    async fn answers(&self, raw: &mut Raw, due: Due) -> Result<Vec<Element>, End> {
        let mut answers = Vec::new();
        let (mut pong, mut error) = (false, !matches!(due, Due::Error(_)));
        while !(pong && error) {
            let stanza = raw.next_within(PATIENCE).await?;
            pong |= stanza.id() == "ping" && stanza.kind() == "result";
            error |= stanza.id() == "x" && stanza.kind() == "error";
            answers.push(stanza);
        }
        Ok(answers)
    }
}

/// Waits until the user sees the contact, and accepts whoever asks until then: the roster privilege
/// of ejabberd 23.01 reads rosters and fails to write them (ejabberd issue 3942), so there the
/// gateway and its contacts have to ask.
async fn befriend(user: &Client, contact: &str) {
    let asks = |s: &Element| s.is_presence() && s.kind() == "subscribe";
    let there = |s: &Element| s.is_presence() && s.kind().is_empty() && s.sender_bare() == contact;
    loop {
        let next = user.expect("the contact, or a request", |s| asks(s) || there(s)).await;
        if there(&next) {
            return;
        }
        for kind in ["subscribed", "subscribe"] {
            user.send(&format!("<presence to='{}' type='{kind}'/>", next.sender_bare())).await;
        }
    }
}

fn check(name: &str, due: Due, answers: &[Element]) {
    let answered: Vec<_> = answers.iter().filter(|s| s.id() == "x" && s.sender() != "example.org").collect();
    match due {
        Due::Nothing => {}
        Due::Silence => assert!(answered.is_empty(), "{name} was answered: {}", String::from(answered[0])),
        Due::Error(conditions) => {
            let errors = answers.iter().filter(|s| s.id() == "x").filter_map(StanzaExt::condition);
            let errors: Vec<_> = errors.collect();
            // The server may have bounced it before us, with a condition of its own choice.
            let server =
                ["bad-request", "not-acceptable", "jid-malformed", "service-unavailable", "policy-violation"];
            let fits = |e: &String| conditions.contains(&e.as_str()) || server.contains(&e.as_str());
            assert!(
                !errors.is_empty() && errors.iter().all(fits),
                "{name} was answered with {errors:?}, not one of {conditions:?}"
            );
        }
    }
}

async fn the_gateway_survives(server: &impl Server, deepest: usize) {
    let scene = Scene::on(server).await;
    let mut raw = server.raw("mallory").await;
    for attack in malformed().iter().chain(&oversized(deepest)) {
        scene.survive(server, &mut raw, attack).await;
    }
    // And the other way: what XML forbids comes from the other network, and arrives without it.
    raw.send("<presence/>").await;
    scene.juliet.say("mallory", "\u{2}bold\u{2} \u{0}\u{fffe} plain").await;
    let cleaned =
        |s: &Element| s.is_message() && s.body().is_some_and(|b| b.contains("bold") && b.contains("plain"));
    let heard = raw.expect("the text without forbidden characters", cleaned).await;
    assert_eq!(heard.body().as_deref(), Some("\u{fffd}bold\u{fffd} \u{fffd}\u{fffd} plain"));
    assert_eq!(scene.link.connections(), 1, "the gateway's stream was lost on the way");
}

#[tokio::test]
async fn slidged_behind_prosody_survives_whatever_a_user_sends() {
    the_gateway_survives(&Prosody::start().await, 30_000).await;
}

#[tokio::test]
async fn slidged_behind_ejabberd_survives_whatever_a_user_sends() {
    // Deeper than this, ejabberd 23.01 itself may crash, even with larger stacks than usual.
    the_gateway_survives(&Ejabberd::start().await, 4_500).await;
}
