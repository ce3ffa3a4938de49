//! Files of the network, brought to the user: K67, K118, R20, R23.

use data_encoding::BASE64;
use lab::group_fixture::{GroupFixture, group_with_friend, join};
use lab::{Client, Pair, Server as _, Slidged, StanzaExt, World, WorldOptions, http};
use minidom::Element;
use serde_json::json;

/// A picture, 300 pixels a side or so.
const PNG: &[u8] = include_bytes!("../../slidged/src/media/qr.png");

const OOB: &str = "jabber:x:oob";
const SFS: &str = "urn:xmpp:sfs:0";
const FILE: &str = "urn:xmpp:jingle:apps:file-transfer:5";

/// Configuration without an upload service.
const NO_SERVICE: &str = "Component \"upload.example.org\" \"http_file_share\"\n\tenabled = false\n";

/// The next message with a file from that contact, at any depth.
async fn file_from(client: &Client, contact: &str) -> Element {
    let fits = |s: &Element| s.is_message() && s.sender_bare() == contact && s.has("x", OOB);
    client.expect("a file", fits).await
}

/// Checks that all elements of a message name one address, and that the metadata is true.
async fn can_be_fetched(message: &Element, content_type: &str, bytes: &[u8]) -> String {
    let text = |parent: &str, ns: &str, name: &str| {
        let parent =
            message.find(parent, ns).unwrap_or_else(|| panic!("no {parent} in {}", String::from(message)));
        parent.get_child(name, ns).map(Element::text).unwrap_or_default()
    };
    let url = text("x", OOB, "url");
    assert_eq!(message.find("body", "jabber:client").map(Element::text).as_deref(), Some(url.as_str()));
    let sharing = message.find("media-sharing", "urn:xmpp:sims:1").expect("a description");
    let source = sharing.find("reference", "urn:xmpp:reference:0").expect("a source");
    assert_eq!(source.attr("uri"), Some(url.as_str()));
    assert_eq!(text("file", FILE, "media-type"), content_type);
    assert_eq!(text("file", FILE, "size"), bytes.len().to_string());
    opens_in_every_client(message);
    let fetched = http::fetch(&url).await;
    assert_eq!(fetched.status, 200, "{url}");
    assert!(fetched.body == bytes, "{} other bytes", fetched.body.len());
    url
}

/// Dino 0.5.0 opens no file of which `file-sharing` speaks, and later ones hide a body that is said
/// to be there only for clients without it.
fn opens_in_every_client(message: &Element) {
    for (name, ns) in [("file-sharing", SFS), ("fallback", "urn:xmpp:fallback:0")] {
        assert!(message.find(name, ns).is_none(), "{name} in {}", String::from(message));
    }
}

fn slots(world: &World) -> usize {
    world.prosody.process().log().matches("Issuing upload slot").count()
}

#[tokio::test]
async fn k118_a_friends_files_arrive_in_order_and_each_is_uploaded_once() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    let picture = juliet.upload("rose.png", "image/png", PNG).await;
    let words = juliet.upload("words.txt", "text/plain", b"by any other name").await;
    drop(romeo.take(StanzaExt::is_message));
    let id = juliet.share("romeo", &[&picture, &words], "look").await;
    juliet.say("romeo", "behind it").await;

    let shown = file_from(romeo, contact).await;
    assert_eq!(shown.id(), id, "the first has the message's id");
    let url = can_be_fetched(&shown, "image/png", PNG).await;
    assert!(url.ends_with("/rose.png"), "{url}");
    let hash = shown.find("hash", "urn:xmpp:hashes:2").expect("a hash");
    let known = picture["sha256"].as_str().expect("the network's own");
    assert_eq!(
        BASE64.encode(&data_encoding::HEXLOWER.decode(known.as_bytes()).expect("hexadecimal")),
        hash.text()
    );
    let thumbnail = shown.find("thumbnail", "urn:xmpp:thumbs:1").expect("a thumbnail");
    assert!(thumbnail.attr("uri").is_some_and(|uri| uri.starts_with("data:image/thumbhash;base64,")));

    let second = file_from(romeo, contact).await;
    can_be_fetched(&second, "text/plain", b"by any other name").await;
    for text in ["look", "behind it"] {
        let next = romeo
            .expect("the next text", |s| s.is_message() && s.sender_bare() == contact && s.body().is_some())
            .await;
        assert_eq!(next.body().as_deref(), Some(text), "order");
    }

    assert_eq!(slots(&world), 2);
    juliet.share("romeo", &[&picture], "").await;
    let again = file_from(romeo, contact).await;
    assert_eq!(can_be_fetched(&again, "image/png", PNG).await, url);
    assert_ne!(again.id(), id);
    assert_eq!(slots(&world), 2, "the file was there already");
}

#[tokio::test]
async fn k118_a_file_that_comes_twice_at_the_same_time_is_uploaded_once() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, phone, contact } = &pair;
    let nurse = world.person("nurse", "Nurse").await;
    phone.befriend(&nurse).await;
    let other = world.contact("nurse");
    romeo.see(&other, "").await;
    let picture = juliet.upload("rose.png", "image/png", PNG).await;
    let shares = [&picture];
    tokio::join!(juliet.share("romeo", &shares, ""), nurse.share("romeo", &shares, ""));
    let (first, second) = (file_from(romeo, contact).await, file_from(romeo, &other).await);
    assert_eq!(first.body(), second.body());
    assert_eq!(slots(&world), 1);
}

#[tokio::test]
async fn k118_all_stanzas_of_a_message_with_files_are_that_message() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    let (one, two) =
        (juliet.upload("1.png", "image/png", PNG).await, juliet.upload("2.txt", "text/plain", b"two").await);
    let id = juliet.share("romeo", &[&one, &two], "three").await;
    let (first, second) = (file_from(romeo, contact).await, file_from(romeo, contact).await);
    let third = romeo.hear(contact, "three").await;

    let reaction = format!(
        "<reactions xmlns='urn:xmpp:reactions:0' id='{}'><reaction>👍</reaction></reactions>",
        second.id()
    );
    romeo.send(&format!("<message type='chat' to='{contact}' id='r1'>{reaction}</message>")).await;
    let reacted = juliet.expect("a reaction", |e| e["event"] == "reaction").await;
    assert_eq!((reacted["id"].as_str(), reacted["emojis"][0].as_str()), (Some(id.as_str()), Some("👍")));

    // What is said is corrected, and no file.
    let chat = serde_json::json!({ "user": "romeo" });
    juliet.ask("edit", serde_json::json!({ "chat": chat, "id": id, "text": "four" })).await;
    let edited = romeo.hear(contact, "four").await;
    let replaced = edited.find("replace", "urn:xmpp:message-correct:0").and_then(|r| r.attr("id"));
    assert_eq!(replaced, Some(third.id()));

    juliet.ask("delete", serde_json::json!({ "chat": chat, "id": id })).await;
    for stanza in [first, second, third] {
        let retracted = |s: &Element| {
            s.get_child("retract", "urn:xmpp:message-retract:1")
                .is_some_and(|r| r.attr("id") == Some(stanza.id()))
        };
        romeo.expect("a retraction", retracted).await;
    }
}

#[tokio::test]
async fn k67_a_file_that_the_user_sent_elsewhere_is_a_carbon_and_no_new_message() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, phone, friend: juliet, contact } = &pair;
    romeo.ask("set", "", "<enable xmlns='urn:xmpp:carbons:2'/>").await.expect("carbons");
    let picture = phone.upload("rose.png", "image/png", PNG).await;
    let id = phone.share("juliet", &[&picture], "from the phone").await;
    juliet.hear("romeo", "from the phone").await;
    let carbon = romeo.expect("a carbon", |s| s.find("media-sharing", "urn:xmpp:sims:1").is_some()).await;
    let sent = carbon.get_child("sent", "urn:xmpp:carbons:2").expect("something that the user sent");
    let message = sent.find("message", "jabber:client").expect("the message");
    assert_eq!(
        (message.attr("from"), message.attr("to"), message.id()),
        (Some("romeo@example.org"), Some(contact.as_str()), id.as_str())
    );
    can_be_fetched(message, "image/png", PNG).await;
    romeo
        .expect("the text", |s| s.find("body", "jabber:client").is_some_and(|b| b.text() == "from the phone"))
        .await;

    pair.settled_there().await;
    assert_eq!(juliet.take(|e| e["event"] == "message").len(), 0, "the echo came back to the network");
}

#[tokio::test]
async fn files_in_a_room_open_in_every_client_also_those_that_the_user_sent_elsewhere() {
    let GroupFixture { world: _world, pair: Pair { user: romeo, phone, friend: juliet, .. }, room, .. } =
        group_with_friend().await;
    join(&romeo, &room, "romeo").await;
    for person in [&juliet, &phone] {
        let picture = person.upload("rose.png", "image/png", PNG).await;
        person.ask("send", json!({ "chat": { "group": "tea" }, "files": [picture] })).await;
        let shown = file_from(&romeo, &room).await;
        assert_eq!(shown.kind(), "groupchat");
        can_be_fetched(&shown, "image/png", PNG).await;
    }
}

#[tokio::test]
async fn a_file_that_comes_while_the_server_is_away_is_uploaded_when_it_is_back() {
    let mut world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let logins = pair.user.logins();
    let picture = pair.friend.upload("rose.png", "image/png", PNG).await;
    world.prosody.stop().await;
    let id = pair.friend.share("romeo", &[&picture], "").await;
    world.prosody.resume().await;
    pair.user.relogin_after(logins).await;
    let shown = file_from(&pair.user, &pair.contact).await;
    assert_eq!(shown.id(), id);
    can_be_fetched(&shown, "image/png", PNG).await;
}

#[tokio::test]
async fn killed_with_a_file_under_way_it_comes_once() {
    let mut world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let picture = pair.friend.upload("rose.png", "image/png", PNG).await;
    let id = pair.friend.share("romeo", &[&picture], "look").await;
    world.slidged.kill().await;
    world.slidged.resume().await;
    world.connected(&pair.user).await;
    pair.settled_here().await;
    // What comes twice has the same id, by which clients and archives know it: the archive has it
    // once.
    let archive = pair.user.archive(Some(&pair.contact)).await;
    let ids: std::collections::BTreeSet<&str> =
        archive.iter().filter(|a| a.message.has("x", OOB)).map(|a| a.message.id()).collect();
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), [id.as_str()]);
}

/// A gateway with a media server of its own, in a world without an upload service.
async fn with_media_server(more: &str) -> (World, String) {
    let listen = lab::free_port();
    let options = WorldOptions {
        prosody: NO_SERVICE.into(),
        slidged: format!("[media]\nlisten = \"{listen}\"\nurl = \"http://{listen}\"\n{more}"),
        ..WorldOptions::default()
    };
    (World::with(options).await, format!("http://{listen}"))
}

fn served(slidged: &Slidged) -> usize {
    let files = slidged.config().with_file_name("state").join("files");
    std::fs::read_dir(files).map_or(0, Iterator::count)
}

#[tokio::test]
async fn k118_without_an_upload_service_the_gateway_serves_files_itself() {
    let (world, base) = with_media_server("").await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    let (picture, evil) = (
        juliet.upload("..%2F..%2Frose%20%26%20thorn.png", "image/png", PNG).await,
        juliet.upload("page.png", "image/png", page).await,
    );
    juliet.share("romeo", &[&picture, &evil], "").await;
    let shown = file_from(romeo, contact).await;
    let url = can_be_fetched(&shown, "image/png", PNG).await;
    assert!(url.starts_with(&format!("{base}/")), "{url}");
    assert!(!url.contains("..") && !url.contains('&'), "{url}");
    let part = http::request("GET", &url, &[("Range", "bytes=1-3")], &[]).await;
    assert_eq!((part.status, part.body.as_slice()), (206, b"PNG".as_slice()));
    let head = http::request("HEAD", &url, &[], &[]).await;
    assert_eq!(
        (head.status, head.header("content-length"), head.body.len()),
        (200, &*PNG.len().to_string(), 0)
    );
    assert_eq!((head.content_type.as_str(), head.header("content-disposition")), ("image/png", "inline"));

    let shown = file_from(romeo, contact).await;
    let url = can_be_fetched(&shown, "text/html", page).await;
    let answer = http::fetch(&url).await;
    assert_eq!(
        ["content-type", "content-disposition", "x-content-type-options"].map(|name| answer.header(name)),
        ["application/octet-stream", "attachment", "nosniff"],
        "what is a page inside is none for a browser"
    );
    assert!(answer.header("content-security-policy").contains("sandbox"));

    assert_eq!(served(&world.slidged), 2);
    romeo
        .ask("set", world.gateway(), "<query xmlns='jabber:iq:register'><remove/></query>")
        .await
        .expect("goodbye");
    lab::wait::until("the user's files to go with the user", || (served(&world.slidged) == 0).then_some(()))
        .await;
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_told_instead_of_the_file() {
    let (world, _) = with_media_server("user_quota = \"2 KiB\"\noriginal_urls = \"never\"\n").await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
    for (name, size) in [("small", 1000), ("too much", 1500), ("fits again", 900)] {
        let file = juliet.upload(&name.replace(' ', "-"), "application/x-thing", &vec![1; size]).await;
        juliet.share("romeo", &[&file], "").await;
    }
    file_from(romeo, contact).await;
    let instead =
        romeo.expect("a text", |s| s.is_message() && s.sender_bare() == contact && s.body().is_some()).await;
    assert_eq!(
        instead.body().as_deref(),
        Some(
            "📎 too-much: this file could not be brought here. Your quota for files on this gateway is used up."
        )
    );
    file_from(romeo, contact).await;
}

#[tokio::test]
async fn k118_where_nothing_takes_files_the_networks_own_address_is_sent_or_the_user_is_told() {
    for (original_urls, sent) in [("last", true), ("never", false)] {
        let options = WorldOptions {
            prosody: NO_SERVICE.into(),
            slidged: format!("[media]\noriginal_urls = \"{original_urls}\"\n"),
            ..WorldOptions::default()
        };
        let world = World::with(options).await;
        let pair = world.pair("romeo", "juliet").await;
        let Pair { user: romeo, friend: juliet, contact, .. } = &pair;
        let picture = juliet.upload("rose.png", "image/png", PNG).await;
        let id = juliet.share("romeo", &[&picture], "").await;
        if sent {
            let shown = file_from(romeo, contact).await;
            let url = can_be_fetched(&shown, "image/png", PNG).await;
            assert!(url.ends_with(picture["path"].as_str().expect("a path")), "{url}");
        } else {
            let told = romeo
                .expect("a text", |s| s.is_message() && s.sender_bare() == contact && s.body().is_some())
                .await;
            assert_eq!(
                (told.body().as_deref(), told.id()),
                (
                    Some(
                        "📎 rose.png: this file could not be brought here. example.org has no service for files."
                    ),
                    id.as_str()
                )
            );
        }
        pair.settled_here().await;
    }
}

#[tokio::test]
async fn k118_the_networks_own_addresses_are_always_sent_where_the_administrator_wants_it() {
    let slidged = "[media]\noriginal_urls = \"always\"\n".to_owned();
    let world = World::with(WorldOptions { slidged, ..WorldOptions::default() }).await;
    let pair = world.pair("romeo", "juliet").await;
    let picture = pair.friend.upload("rose.png", "image/png", PNG).await;
    pair.friend.share("romeo", &[&picture], "").await;
    let shown = file_from(&pair.user, &pair.contact).await;
    let url = can_be_fetched(&shown, "image/png", PNG).await;
    assert!(url.ends_with(picture["path"].as_str().expect("a path")), "{url}");
    assert_eq!(slots(&world), 0);
}

/// A user of the plugin that does what it is told.
async fn stressed(slidged: &str) -> (World, Client) {
    user_of(WorldOptions { plugin: Some("stress"), slidged: slidged.into(), ..WorldOptions::default() }).await
}

async fn user_of(options: WorldOptions) -> (World, Client) {
    let world = World::with(options).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[("connect", "")]).await.expect("everybody");
    world.connected(&romeo).await;
    (world, romeo)
}

#[tokio::test]
async fn r20_no_address_leads_inside_and_no_failure_is_silent_or_anybody_elses() {
    let (world, romeo) = stressed("[media]\noriginal_urls = \"never\"\nmax_file = \"10 KiB\"\n").await;
    let contact = world.contact("echo");
    let large = world.slidged.state().join("plugin/large");
    let (secret, link) = (world.slidged.config(), world.slidged.state().join("plugin/link"));
    std::os::unix::fs::symlink(secret, &link).expect("our own directory");
    std::fs::write(&large, vec![0; 11 << 10]).expect("our own directory");
    let inside = world.network.address();
    for (what, why) in [
        (format!("url http://{inside}/"), "cannot be fetched"),
        ("url http://localhost:1/".into(), "cannot be fetched"),
        ("url http://[::ffff:169.254.169.254]/latest".into(), "cannot be fetched"),
        ("url file:///etc/passwd".into(), "cannot be fetched"),
        ("url nonsense".into(), "cannot be fetched"),
        ("path /dev/zero".into(), "cannot be fetched"),
        ("path /nowhere".into(), "cannot be fetched"),
        (format!("path {}", large.display()), "larger than"),
        // What a network makes a plugin name, beside what is the plugin's own.
        (format!("path {}", secret.display()), "cannot be fetched"),
        (format!("path {}", link.display()), "cannot be fetched"),
        (format!("path {}", world.slidged.state().join("secret.key").display()), "cannot be fetched"),
        ("path /proc/self/environ".into(), "cannot be fetched"),
    ] {
        romeo.say(&contact, &format!("attach {what}")).await;
        let fits = |s: &Element| s.is_message() && s.sender_bare() == contact && s.body().is_some();
        let told = romeo.expect("why there is no file", fits).await.body().unwrap_or_default();
        assert!(told.starts_with('📎') && told.contains(why), "{told} for {what}");
        assert!(!told.contains("127.0.0.1") && !told.contains("/nowhere"), "no insides: {told}");
    }
    romeo.say(&contact, "attach 1 100").await;
    can_be_fetched(&file_from(&romeo, &contact).await, "application/octet-stream", &[0; 100]).await;
}

#[tokio::test]
async fn r23_a_slow_file_holds_up_its_own_conversation_only() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let slow = format!("http://{}", listener.local_addr().expect("it listens"));
    let (world, romeo) = stressed(&format!("[media]\ntrusted = [\"{slow}\"]\n")).await;
    let (contact, other) = (world.contact("echo"), world.contact("other"));
    romeo.say(&contact, &format!("attach url {slow}/file")).await;
    let (mut tcp, _) = listener.accept().await.expect("the gateway fetches");
    romeo.say(&contact, "behind the file").await;
    romeo.say(&other, "beside the file").await;
    let any = |s: &Element| s.is_message() && s.body().is_some_and(|body| !body.starts_with("attach"));
    let first = romeo.expect("a message", |s| any(s) && s.sender() != world.gateway()).await;
    assert_eq!(first.body().as_deref(), Some("beside the file"));
    tokio::io::AsyncWriteExt::write_all(&mut tcp, b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nslow")
        .await
        .expect("the gateway reads");
    can_be_fetched(&file_from(&romeo, &contact).await, "text/plain", b"slow").await;
    romeo.hear(&contact, "behind the file").await;
}

#[tokio::test]
async fn large_files_are_streamed() {
    large_files(4, 24).await;
}

#[tokio::test]
#[ignore = "moves 30 GiB, which takes minutes: cargo nextest run -p lab --run-ignored only -E 'test(a_hundred_files)'"]
async fn a_hundred_files_of_100_mib_take_no_memory() {
    large_files(100, 100).await;
}

/// Fetches so many files of so many MiB, which our own media server keeps or an upload service
/// takes: the daemon's memory does not grow by more than 32 MiB.
async fn large_files(count: u64, mebibytes: u64) {
    let zeros = endless_zeros(mebibytes << 20).await;
    for first in [true, false] {
        let listen = lab::free_port();
        let options = WorldOptions {
            plugin: Some("stress"),
            prosody: format!(
                "Component \"upload.example.org\" \"http_file_share\"\n\thttp_file_share_size_limit = {0}\n\thttp_file_share_daily_quota = {0} * {1}\n\thttp_file_share_global_quota = {0} * {1}\n",
                mebibytes << 20,
                count + 1
            ),
            slidged: format!(
                "[media]\nlisten = \"{listen}\"\nurl = \"http://{listen}\"\nfirst = {first}\ndaily_quota = \"20 GiB\"\nuser_quota = \"20 GiB\"\nquota = \"20 GiB\"\ntrusted = [\"{zeros}\"]\n"
            ),
            ..WorldOptions::default()
        };
        let (world, romeo) = user_of(options).await;
        let contact = world.contact("echo");
        // What is set up once is in memory afterwards.
        romeo.say(&contact, "attach 1 100").await;
        file_from(&romeo, &contact).await;
        let before = peak(&world.slidged);
        for n in 0..count {
            // Several conversations at a time.
            let contact = world.contact(&format!("c{}", n % 8));
            romeo.say(&contact, &format!("attach url {zeros}/zeros")).await;
        }
        for _ in 0..count {
            let fits = |s: &Element| s.is_message() && s.has("x", OOB);
            let shown = romeo.expect_within(std::time::Duration::from_secs(600), fits).await.expect("a file");
            let size = shown.find("file", FILE).and_then(|f| f.get_child("size", FILE)).map(Element::text);
            assert_eq!(size.as_deref(), Some(&*(mebibytes << 20).to_string()));
            assert_eq!(shown.body().is_some_and(|url| url.starts_with(&format!("http://{listen}/"))), first);
        }
        let grown = peak(&world.slidged) - before;
        assert!(grown <= 32 << 10, "{grown} KiB more memory for {count} files, own media server: {first}");
    }
}

/// A server with a file of so many bytes.
async fn endless_zeros(size: u64) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = tcp.read(&mut request).await;
                let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {size}\r\n\r\n");
                let _ = tcp.write_all(head.as_bytes()).await;
                let _ = tokio::io::copy(&mut tokio::io::repeat(0).take(size), &mut tcp).await;
            });
        }
    });
    format!("http://{address}")
}

/// The most memory that the daemon ever had, KiB.
fn peak(slidged: &Slidged) -> u64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", slidged.process().pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line about memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
