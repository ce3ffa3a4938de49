//! The servers of Debian 13: Prosody 13 and ejabberd 24.12, in a tree of that release. Takes
//! minutes and root, so it is ignored but in `cargo xtask chaos`.

use std::time::{Duration, Instant};

use lab::{
    Client, Ejabberd, PASSWORD, Person, Postgres, Prosody, Server, Slidged, SlidgedOptions, StanzaExt,
    Superduperd, Tree, http,
};
use minidom::Element;

/// A picture, 300 pixels a side or so.
const PNG: &[u8] = include_bytes!("../../slidged/src/media/qr.png");
const CARBONS: &str = "urn:xmpp:carbons:2";
const OOB: &str = "jabber:x:oob";
const UPLOAD: &str = "urn:xmpp:http:upload:0";
/// A gateway that takes longer is taken for one that does not start.
const SOON: Duration = Duration::from_secs(5);
/// Number of messages that are sent while something is away.
const MEANWHILE: usize = 50;

fn debian13() -> Tree {
    Tree::with("trixie", &["prosody", "prosody-modules", "lua-dbi-sqlite3", "ejabberd"])
}

/// A server that can be stopped and started again.
trait Restart: Server {
    async fn down(&mut self);
    async fn up(&mut self);
}

impl Restart for Prosody {
    async fn down(&mut self) {
        self.stop().await;
    }
    async fn up(&mut self) {
        self.resume().await;
    }
}

impl Restart for Ejabberd {
    async fn down(&mut self) {
        self.stop().await;
    }
    async fn up(&mut self) {
        self.resume().await;
    }
}

struct Stage<S> {
    server: S,
    slidged: Slidged,
    network: Superduperd,
    romeo: Client,
    phone: Person,
    juliet: Person,
    contact: String,
}

async fn ready_soon(server: &impl Server, database: Option<String>) {
    let options = SlidgedOptions { database, ..SlidgedOptions::default() };
    // Built before the clock runs.
    let _ = lab::binaries::program("slidged");
    let since = Instant::now();
    let mut slidged = Slidged::start(server.site(), "stress", options).await;
    let took = since.elapsed();
    eprintln!("ready after {took:?}");
    assert!(took < SOON, "{took:?}");
    // Its last word comes back too, or it would not know that it can go.
    let since = Instant::now();
    slidged.stop().await;
    assert!(since.elapsed() < Duration::from_secs(2), "it ended after {:?}", since.elapsed());
}

impl<S: Restart> Stage<S> {
    /// Romeo has registered, and sees Juliet: at once where the server takes whole rosters, else
    /// after being asked.
    async fn set(server: S, whole_rosters: bool) -> Self {
        let postgres = Postgres::start().await;
        ready_soon(&server, None).await;
        ready_soon(&server, Some(postgres.url().to_owned())).await;
        let network = Superduperd::start().await;
        let (site, juliet) =
            (server.site().clone(), Person::connect(network.address(), "juliet", "Juliet", "app").await);
        let more = format!("[registration]\nadmins = [\"admin@{}\"]\n", site.domain);
        let options = SlidgedOptions {
            plugin_options: network.plugin_options(),
            env: network.gateway_env(),
            more,
            ..SlidgedOptions::default()
        };
        let slidged = Slidged::start(&site, "superduper", options).await;
        juliet.set_presence("available", "").await;
        let phone = Person::connect(network.address(), "romeo", "Romeo", "app").await;
        phone.befriend(&juliet).await;
        let romeo = server.client("romeo").await;
        romeo.ask("set", "", &format!("<enable xmlns='{CARBONS}'/>")).await.expect("carbons");
        let password = Person::password("romeo");
        let form = [("username", "romeo"), ("password", &*password)];
        romeo.register(site.gateway, &form).await.expect("right credentials");
        let contact = format!("juliet@{}", site.gateway);
        for who in [site.gateway, &contact] {
            if whole_rosters {
                romeo.on_roster(who, "both").await;
            } else {
                romeo.meet(who).await;
            }
            romeo.see(who, "").await;
        }
        Stage { server, slidged, network, romeo, phone, juliet, contact }
    }

    async fn talks(&self) {
        let Stage { romeo, phone, juliet, contact, .. } = self;
        let id = romeo.say(contact, "good day").await;
        romeo.receipt(contact, &id).await;
        juliet.hear("romeo", "good day").await;
        juliet.say("romeo", "good night").await;
        romeo.hear(contact, "good night").await;
        phone.say("juliet", "from the phone").await;
        juliet.hear("romeo", "from the phone").await;
        let words = |s: &Element| s.find("body", "jabber:client").map(Element::text);
        let carbon = |s: &Element| s.has("sent", CARBONS) && words(s).as_deref() == Some("from the phone");
        romeo.expect("what was said elsewhere", carbon).await;
        let id = romeo.say(contact, "the last").await;
        romeo.receipt(contact, &id).await;
        juliet.hear("romeo", "the last").await;
        assert_eq!(juliet.take(|e| e["event"] == "message").len(), 0, "an echo went to the network");
    }

    async fn files_come_and_go(&self) {
        let Stage { romeo, juliet, contact, .. } = self;
        let picture = juliet.upload("rose.png", "image/png", PNG).await;
        let since = Instant::now();
        juliet.share("romeo", &[&picture], "").await;
        let shown = |s: &Element| s.is_message() && s.sender_bare() == contact && s.has("x", OOB);
        let shown = romeo.expect("a file", shown).await;
        assert!(since.elapsed() < SOON, "it came after {:?}", since.elapsed());
        let url = shown.get_child("x", OOB).and_then(|x| x.get_child("url", OOB)).map(Element::text);
        let url = url.expect("an address");
        assert!(
            url.contains("/upload/") || url.contains("/file_share/"),
            "{url} is not on the user's server"
        );
        assert!(http::fetch(&url).await.body == PNG, "other bytes at {url}");

        let request = format!(
            "<request xmlns='{UPLOAD}' filename='a.png' size='{}' content-type='image/png'/>",
            PNG.len()
        );
        let slot = romeo.get("upload.example.org", &request).await.expect("a slot");
        let address =
            |name| slot.find(name, UPLOAD).and_then(|e| e.attr("url")).expect("an address").to_owned();
        let put = slot.find("put", UPLOAD).expect("where to put it");
        let headers: Vec<_> =
            put.children().filter_map(|h| Some((h.attr("name")?.to_owned(), h.text()))).collect();
        let mut given = vec![("Content-Type", "image/png")];
        given.extend(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        assert_eq!(http::request("PUT", &address("put"), &given, PNG).await.status, 201);
        let (id, url) = (romeo.new_id(), address("get"));
        romeo
            .send(&format!("<message type='chat' to='{contact}' id='{id}'><body>{url}</body><x xmlns='{OOB}'><url>{url}</url></x><request xmlns='urn:xmpp:receipts'/></message>"))
            .await;
        let event = juliet.expect("a file", |e| e["event"] == "message").await;
        assert!(juliet.download(&event["message"]["files"][0]).await == PNG, "other bytes: {event}");
        romeo.receipt(contact, &id).await;
    }

    /// Sends messages while slidged, and then the server, is away: they come, once and in order.
    async fn restarts_lose_nothing(&mut self) {
        let mut said = Vec::new();
        self.slidged.stop().await;
        for n in 0..MEANWHILE {
            said.push(format!("slidged is away {n}"));
            self.juliet.say("romeo", &said[n]).await;
        }
        self.slidged.resume().await;
        self.romeo.hear(&self.contact, said.last().expect("many")).await;

        self.server.down().await;
        for n in 0..MEANWHILE {
            said.push(format!("the server is away {n}"));
            self.juliet.say("romeo", said.last().expect("this one")).await;
        }
        let since = Instant::now();
        self.server.up().await;
        self.romeo = self.server.client("romeo").await;
        eprintln!("the user is back {:?} after the server's start", since.elapsed());
        let last = said.last().expect("many").clone();
        let archived =
            |texts: &[String]| texts.iter().filter(|text| said.contains(text)).cloned().collect::<Vec<_>>();
        let deadline = Instant::now() + Duration::from_secs(60);
        let texts = loop {
            let archive = self.romeo.archive(Some(&self.contact)).await;
            let texts: Vec<String> = archive.into_iter().filter_map(|a| a.message.body()).collect();
            if texts.contains(&last) {
                break archived(&texts);
            }
            assert!(Instant::now() < deadline, "{last:?} is not there: {texts:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        eprintln!("all is there {:?} after the server's start", since.elapsed());
        assert_eq!(texts, said, "nothing lost, nothing twice, in order");
        self.romeo.see(&self.contact, "").await;
        let id = self.romeo.say(&self.contact, "after it all").await;
        self.romeo.receipt(&self.contact, &id).await;
        self.juliet.hear("romeo", "after it all").await;
    }

    /// Runs the doctor as ann.
    async fn a_client_looks(&self) -> (bool, String) {
        self.server.account("ann").await;
        let password = self.slidged.secret_file("password", PASSWORD).display().to_string();
        let place = self.server.site().c2s.to_string();
        let as_ann = ["--client", "ann@example.org", "--password-file", &password, "--client-server", &place];
        let (fine, report) = self.slidged.doctor(&as_ann).await;
        eprintln!("{report}");
        (fine, report)
    }

    async fn leaves(self) {
        let gateway = self.server.site().gateway;
        self.romeo.unregister(gateway).await.expect("leaving is always possible");
        self.romeo.see(&self.contact, "unavailable").await;
        drop((self.slidged, self.network));
    }
}

/// Whether there is a line that says how that went.
fn says(report: &str, result: &str, what: &str, detail: &str) -> bool {
    report.lines().any(|line| line.starts_with(result) && line.contains(what) && line.contains(detail))
}

#[tokio::test]
#[ignore = "minutes and root: cargo xtask chaos"]
async fn everything_works_on_prosody_13() {
    let tree = debian13();
    eprintln!("Prosody {}", tree.version("prosody"));
    let mut stage = Stage::set(Prosody::start_in(&tree).await, true).await;
    stage.talks().await;
    stage.files_come_and_go().await;
    let (fine, report) = stage.slidged.doctor(&[]).await;
    eprintln!("{report}");
    assert!(fine && says(&report, "ok", "requests of the gateway", "taken"), "{report}");
    assert!(says(&report, "ok", "upload as the gateway", "works"), "{report}");
    let (fine, report) = stage.a_client_looks().await;
    assert!(fine, "{report}");
    for what in ["listed", "answers", "registration", "roster", "carbons", "archive", "files", "bookmarks"] {
        assert!(says(&report, "ok", &format!("ann@example.org: {what}"), ""), "{what}: {report}");
    }
    stage.restarts_lose_nothing().await;
    stage.leaves().await;
}

#[tokio::test]
#[ignore = "minutes and root: cargo xtask chaos"]
async fn everything_works_on_ejabberd_24_and_what_it_drops_is_said() {
    let tree = debian13();
    eprintln!("ejabberd {}", tree.version("ejabberd"));
    let server = Ejabberd::start_in(&tree, true).await;
    let (gateway, admin) = (server.site().gateway, server.client("admin").await);
    let mut stage = Stage::set(server, false).await;
    admin.told(gateway, "upgrade to 25.03").await;
    stage.talks().await;
    stage.files_come_and_go().await;
    let since = Instant::now();
    let (fine, report) = stage.slidged.doctor(&[]).await;
    eprintln!("{report}");
    assert!(since.elapsed() < SOON, "nothing waits for a time-out: {:?}", since.elapsed());
    assert!(!fine && says(&report, "FAIL", "requests of the gateway", "ejabberd#4336"), "{report}");
    // What that costs, without a media server of the gateway's own; and nothing else.
    assert!(says(&report, "FAIL", "upload as the gateway", "drops what the gateway asks"), "{report}");
    assert_eq!(report.lines().filter(|line| line.starts_with("FAIL")).count(), 2, "{report}");
    assert!(says(&report, "ok", "upload as a user", "works"), "{report}");
    // What is said above is said again; the client lacks nothing.
    let (_, report) = stage.a_client_looks().await;
    for what in ["listed", "answers", "registration", "roster", "carbons", "archive", "files", "bookmarks"] {
        assert!(says(&report, "ok", &format!("ann@example.org: {what}"), ""), "{what}: {report}");
    }
    stage.restarts_lose_nothing().await;
    admin.never("that it is said again", gateway, |s| s.body().is_some_and(|b| b.contains("25.03"))).await;
    stage.leaves().await;
}

#[tokio::test]
#[ignore = "minutes and root: cargo xtask chaos"]
async fn without_a_privilege_for_it_ejabberd_24_lets_texts_go_and_files_by_their_own_address() {
    let tree = debian13();
    let stage = Stage::set(Ejabberd::start_in(&tree, false).await, false).await;
    stage.talks().await;
    let Stage { romeo, juliet, contact, .. } = &stage;
    let picture = juliet.upload("rose.png", "image/png", PNG).await;
    let since = Instant::now();
    juliet.share("romeo", &[&picture], "look").await;
    romeo.hear(contact, "look").await;
    assert!(since.elapsed() < SOON, "nothing waits for a time-out: {:?}", since.elapsed());
    stage.leaves().await;
}
