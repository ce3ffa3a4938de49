//! A conversation across the gateway, from nothing: a real Prosody, the example network's server,
//! slidged between them, and people on both sides. Prints what happens as it happens. Every step
//! waits for what it says, so a step that is missing ends with a failure.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use lab::client::Field;
use lab::{Client, Person, Prosody, Server, Slidged, SlidgedOptions, StanzaExt, Superduperd, TempDir};
use minidom::Element;
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: demo [--once | --quiet]\n";

/// Messages before, during and after the restart of Prosody.
const BURST: usize = 5;

#[tokio::main]
async fn main() -> ExitCode {
    let arg = std::env::args().nth(1);
    let (talk, stay) = match arg.as_deref() {
        None => (true, true),
        Some("--once") => (true, false),
        Some("--quiet") => (false, true),
        Some(_) => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let told = Told(Instant::now());
    let mut servers = Servers::start(&told).await;
    if talk {
        conversation(&told, &mut servers).await;
    }
    if stay {
        servers.stay().await;
    }
    servers.slidged.stop().await;
    told.step("slidged ended in order.");
    ExitCode::SUCCESS
}

/// The transcript.
struct Told(Instant);

impl Told {
    fn step(&self, text: &str) {
        println!("\n{:6.2} s  {text}", self.0.elapsed().as_secs_f64());
    }

    fn line(&self, from: &str, to: &str, text: &str) {
        println!("{:6.2} s  {:>16} → {:<16}  {text}", self.0.elapsed().as_secs_f64(), from, to);
    }
}

struct Servers {
    // Dropped in this order: the gateway first.
    slidged: Slidged,
    prosody: Prosody,
    network: Superduperd,
}

impl Servers {
    async fn start(told: &Told) -> Self {
        let root = root();
        let root = root.path();
        told.step(&format!("Everything below lives in {}", root.display()));
        let prosody = Prosody::start_with(Some(root), "").await;
        told.step(&format!(
            "Prosody runs: example.org on {}, components on {}",
            prosody.site().c2s,
            prosody.site().component
        ));
        let network = Superduperd::start_below(Some(root)).await;
        told.step(&format!("The other network runs: superduperd on {}", network.address()));
        let options = SlidgedOptions {
            root: Some(root.to_owned()),
            plugin_options: network.plugin_options(),
            ..SlidgedOptions::default()
        };
        let slidged = Slidged::start(prosody.site(), "superduper", options).await;
        told.step(&format!("slidged runs with the plugin superduper, as {}", prosody.site().gateway));
        Servers { slidged, prosody, network }
    }

    /// Waits for an interrupt.
    async fn stay(&mut self) {
        self.prosody.account("you").await;
        let stranger = Person::connect(self.network.address(), "you", "You", "official app").await;
        let nurse = Person::connect(self.network.address(), "nurse", "Nurse", "official app").await;
        stranger.befriend(&nurse).await;
        drop(stranger);
        nurse.set_presence("available", "Here all day").await;
        let (c2s, gateway) = (self.prosody.site().c2s, self.prosody.site().gateway);
        println!(
            "\nEverything stays up until you press Ctrl-C. Try it with your own client:\n\n\
             \x20   account   you@example.org, password pw, server 127.0.0.1 port {}, without TLS\n\
             \x20   gateway   {gateway}: register with it as user \"you\", password \"{}\"\n\
             \x20   contact   nurse@{gateway} answers whatever you write\n\
             \x20   logs      {}\n",
            c2s.port(),
            Person::password("you"),
            self.slidged.config().with_file_name("slidged.log").display(),
        );
        let mut terminate = signal(SignalKind::terminate()).expect("a handler for SIGTERM");
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return,
                _ = terminate.recv() => return,
                heard = nurse.listen() => {
                    let (from, text) = (heard["message"]["from"].as_str(), heard["message"]["text"].as_str());
                    if let (Some(from), Some(text)) = (from, text) {
                        println!("           {from} wrote to nurse: {text}");
                        nurse.say(from, &format!("You said: {text}")).await;
                    }
                }
            }
        }
    }
}

/// `target/demo`, beside the build that this program comes from.
fn root() -> TempDir {
    let own = std::env::current_exe().expect("the path of this program");
    let target: PathBuf = own.parent().and_then(Path::parent).expect("target/debug/demo").to_owned();
    TempDir::at(&target.join("demo"))
}

async fn conversation(told: &Told, servers: &mut Servers) {
    let gateway = servers.prosody.site().gateway;
    let contact = format!("juliet@{gateway}");

    // On the other network: two friends, and Romeo's account is used through the gateway from here
    // on.
    let juliet = Person::connect(servers.network.address(), "juliet", "Juliet Capulet", "official app").await;
    let phone = Person::connect(servers.network.address(), "romeo", "Romeo Montague", "official app").await;
    phone.befriend(&juliet).await;
    drop(phone);
    juliet.set_presence("available", "On the balcony").await;
    told.line("juliet", "superduperd", "is online: \"On the balcony\"");

    let romeo = servers.prosody.client("romeo").await;
    told.line("romeo", "Prosody", &format!("logs in as {}", romeo.full_jid()));
    register(told, &romeo, gateway).await;

    let item = romeo.on_roster(&contact, "both").await;
    told.line(
        "slidged",
        "romeo",
        &format!("roster: {} ({:?}, group {:?})", item.jid, item.name, item.groups),
    );
    let presence = romeo.see(&contact, "").await;
    told.line("juliet", "romeo", &format!("presence: {}", described(&presence)));

    told.step("A message each way, with receipts.");
    there(told, &romeo, &juliet, &contact, "But soft! What light through yonder window breaks?").await;
    back(told, &romeo, &juliet, &contact, "O Romeo, Romeo! Wherefore art thou Romeo?").await;

    told.step("Typing, both ways.");
    juliet.types("romeo", "typing").await;
    romeo.expect("juliet typing", |s| s.sender_bare() == contact && s.has("composing", CHAT_STATES)).await;
    told.line("juliet", "romeo", "is typing…");
    romeo
        .send(&format!("<message to='{contact}' type='chat'><composing xmlns='{CHAT_STATES}'/></message>"))
        .await;
    juliet
        .expect("romeo typing", |e| e["event"] == "typing" && e["by"] == "romeo" && e["activity"] == "typing")
        .await;
    told.line("romeo", "juliet", "is typing…");

    told.step("Juliet's presence changes over there.");
    juliet.set_presence("away", "Nurse is calling").await;
    let away = |s: &Element| {
        s.is_presence() && s.sender_bare() == contact && s.text_of("show").as_deref() == Some("away")
    };
    let away = romeo.expect("juliet being away", away).await;
    let status = away.text_of("status").unwrap_or_default();
    assert!(status.contains("Nurse is calling"), "the status is lost: {}", String::from(&away));
    told.line("juliet", "romeo", &format!("presence: {}", described(&away)));

    restart(told, servers, &romeo, &juliet, &contact).await;
    told.step(
        "Done: registration, roster, presence, messages with receipts, typing, a restart, and nothing lost.",
    );
    romeo.leave().await;
}

const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";

/// Asks for the gateway's form, fills it in as a person would, and submits it (XEP-0077).
async fn register(told: &Told, romeo: &Client, gateway: &str) {
    let (instructions, fields) =
        romeo.registration_form(gateway).await.unwrap_or_else(|e| panic!("no registration form: {e}"));
    told.line("slidged", "romeo", &format!("form: {instructions}"));
    let password = Person::password("romeo");
    let fill = |field: &Field| match field.kind.as_str() {
        "text-private" => password.clone(),
        _ => "romeo".to_owned(),
    };
    let values: Vec<_> = fields.iter().filter(|f| f.required).map(|f| (f.var.clone(), fill(f))).collect();
    for field in &fields {
        let required = if field.required { "required" } else { "optional" };
        told.line("", "", &format!("  {} ({}, {required})", field.label, field.kind));
    }
    let values: Vec<_> = values.iter().map(|(var, value)| (var.as_str(), value.as_str())).collect();
    romeo.register(gateway, &values).await.unwrap_or_else(|e| panic!("the registration was refused: {e}"));
    told.line("romeo", "slidged", "submits the form, and is registered");
}

/// Sends a text from XMPP to the other network, and waits for its receipt (XEP-0184).
async fn there(told: &Told, romeo: &Client, juliet: &Person, contact: &str, text: &str) {
    let id = romeo.say(contact, text).await;
    told.line("romeo", "juliet", text);
    juliet.hear("romeo", text).await;
    told.line("juliet", "", "  has it");
    romeo.receipt(contact, &id).await;
    told.line("slidged", "romeo", "  receipt");
}

/// Sends a text from the other network to XMPP, and waits until it is read (XEP-0333).
async fn back(told: &Told, romeo: &Client, juliet: &Person, contact: &str, text: &str) {
    let id = juliet.say("romeo", text).await;
    told.line("juliet", "romeo", text);
    let heard = romeo.hear(contact, text).await;
    told.line("romeo", "", "  has it");
    let marker =
        format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='{}'/>", lab::stanza::escape(heard.id()));
    romeo.send(&format!("<message to='{contact}' type='chat'>{marker}</message>")).await;
    juliet
        .expect("that romeo has read it", |e| {
            e["event"] == "read" && e["by"] == "romeo" && e["id"] == id.as_str()
        })
        .await;
    told.line("romeo", "juliet", "  has read it");
}

/// Juliet goes on writing while Prosody is restarted; everything arrives, in order and once.
async fn restart(told: &Told, servers: &mut Servers, romeo: &Client, juliet: &Person, contact: &str) {
    told.step("Prosody is restarted while juliet goes on writing.");
    let lines: Vec<_> = (1..=3 * BURST).map(|n| format!("Parting is such sweet sorrow ({n})")).collect();
    let logins = romeo.logins();
    for (n, line) in lines.iter().enumerate() {
        if n == BURST {
            servers.prosody.stop().await;
            told.line("", "Prosody", "stops");
        }
        if n == 2 * BURST {
            servers.prosody.resume().await;
            told.line("", "Prosody", "runs again");
        }
        juliet.say("romeo", line).await;
        told.line("juliet", "slidged", line);
    }
    romeo.relogin_after(logins).await;
    told.line("romeo", "Prosody", "logs in again");
    romeo.hear(contact, lines.last().expect("a line")).await;

    // What clients show of the archive: a message that was under way when the stream broke may be
    // there twice, under one id.
    let archive = romeo.history(Some(contact)).await;
    let kept: Vec<_> =
        archive.iter().filter_map(|a| a.message.body()).filter(|b| b.starts_with("Parting")).collect();
    assert_eq!(kept, lines, "what romeo's archive holds is not what juliet wrote");
    told.line("Prosody", "romeo", &format!("archive: all {} messages, in order, each once", kept.len()));
    let presence = romeo.see(contact, "").await;
    told.line("juliet", "romeo", &format!("presence again: {}", described(&presence)));
}

fn described(presence: &Element) -> String {
    let show = presence.text_of("show").unwrap_or_else(|| "available".into());
    format!("{show} {:?}", presence.text_of("status").unwrap_or_default())
}
