//! Addresses that clients mark as they mark files (XEP-0066): what is no file stays a link, and
//! nobody is made to fetch what is inside: R20.

use lab::sharing::{has_file, message, oob, refused, send, upload};
use lab::{Pair, World, WorldOptions, http};
use serde_json::{Value, json};

/// A picture.
const PNG: &[u8] = include_bytes!("../../slidged/src/media/qr.png");
/// Answers of a website by path: the head and the body. All other paths are gone.
const WEBSITE: [(&str, &str, &str); 4] = [
    (
        "/page",
        "200 OK\r\ncontent-type: text/html\r\ncontent-length: 35",
        "<!DOCTYPE html><title>Hello</title>",
    ),
    ("/members-only", "403 Forbidden\r\ncontent-length: 0", ""),
    ("/large", "200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 99999999999", ""),
    ("/round", "302 Found\r\nlocation: /round\r\ncontent-length: 0", ""),
];
const GONE: (&str, &str, &str) = ("", "404 Not Found\r\ncontent-length: 0", "");

/// A website; its origin.
async fn website() -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let read = tcp.read(&mut request).await.unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let asked = request.split(' ').nth(1).unwrap_or_default();
            let (_, head, body) = WEBSITE.iter().find(|(path, ..)| *path == asked).unwrap_or(&GONE);
            let answer = format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n{body}");
            drop(tcp.write_all(answer.as_bytes()).await);
        }
    });
    format!("http://{address}")
}

fn sims(url: &str) -> String {
    format!(
        "<reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>A rose.png</name></file><sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='{url}'/></sources></media-sharing></reference>"
    )
}

#[tokio::test]
async fn a_link_that_is_no_file_stays_one_and_a_file_that_cannot_be_had_is_an_error() {
    let website = website().await;
    let nobody = format!("http://{}", lab::free_port());
    let trusted = vec![website.clone(), nobody.clone()];
    let world = World::with(WorldOptions { trusted, ..WorldOptions::default() }).await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, .. } = &pair;
    let links =
        ["/page", "/members-only", "/gone", "/large", "/round"].map(|path| format!("{website}{path}"));
    for link in links.iter().chain([&format!("{nobody}/"), &"http://no.such.host.invalid/x".to_owned()]) {
        let words = format!("see {link} today");
        let id = send(romeo, contact, &words, &oob(link)).await;
        let got = message(&pair).await;
        assert_eq!((&got["text"], &got["files"]), (&json!(words), &Value::Null), "{got}");
        romeo.receipt(contact, &id).await;
    }

    // What the client describes is a file, and so is what is where users put their files.
    let id = send(romeo, contact, "", &sims(&format!("{website}/gone"))).await;
    assert_eq!(refused(romeo, &id).await.0, "not-acceptable");
    let url = upload(romeo, "rose.png", "image/png", PNG).await;
    let (place, name) = url.rsplit_once('/').expect("a name");
    let (service, _) = place.rsplit_once('/').expect("a place");
    let gone = format!("{service}/01934c2e-6f1b-7c3a-9d53-0242ac120002/{name}");
    let id = send(romeo, contact, &gone, &oob(&gone)).await;
    let why = "This file was not sent. It cannot be fetched from where it is.";
    assert_eq!(refused(romeo, &id).await, ("not-acceptable".into(), why.into()));
    pair.settled_there().await;
    assert_eq!(pair.friend.take(|e| e["event"] == "message").len(), 0, "nothing of that went there");
}

#[tokio::test]
async fn r20_a_user_cannot_make_the_gateway_fetch_what_is_inside() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, friend, .. } = &pair;
    // Somebody listens there; nobody must come.
    let inside = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = inside.local_addr().expect("an address").port();
    for url in [
        format!("http://127.0.0.1:{port}/secret"),
        format!("http://localhost:{port}/secret"),
        format!("http://[::ffff:127.0.0.1]:{port}/secret"),
        format!("http://2130706433:{port}/secret"),
        "http://169.254.169.254/latest/meta-data".into(),
        format!("http://{}/", world.network.address()),
    ] {
        // What is said is theirs to say.
        send(romeo, contact, &url, &oob(&url)).await;
        assert_eq!(message(&pair).await["text"], json!(url));
        let id = send(romeo, contact, "", &sims(&url)).await;
        let why = "This file was not sent. It cannot be fetched from where it is.";
        assert_eq!(refused(romeo, &id).await, ("not-acceptable".into(), why.into()), "{url}");
    }
    let id = send(romeo, contact, "aesgcm://127.0.0.1/x", &oob("aesgcm://127.0.0.1/x#00")).await;
    assert_eq!(refused(romeo, &id).await.0, "not-acceptable");
    pair.settled_there().await;
    assert_eq!(friend.take(|e| e["event"] == "message").len(), 0);
    let came = std::future::poll_fn(|cx| std::task::Poll::Ready(inside.poll_accept(cx).is_ready())).await;
    assert!(!came, "the gateway connected to a service of its machine");
}

#[tokio::test]
async fn of_the_server_that_has_the_uploads_nothing_but_uploads_is_fetched() {
    let pages = lab::TempDir::new("pages");
    pages.write("secret.txt", "a secret of this machine");
    let prosody = format!(
        "Component \"pages.example.org\" \"http_files\"\n\thttp_host = \"127.0.0.1\"\n\thttp_files_dir = \"{}\"\n",
        pages.path().display()
    );
    let world = World::with(WorldOptions { prosody, ..WorldOptions::default() }).await;
    let pair = world.pair("romeo", "juliet").await;
    let Pair { user: romeo, contact, friend, .. } = &pair;
    let url = upload(romeo, "rose.png", "image/png", PNG).await;
    let (origin, slot) = url.split_once("/file_share/").expect("a slot");
    let (random, _) = slot.split_once('/').expect("a name");
    assert_eq!(http::fetch(&format!("{origin}/files/secret.txt")).await.status, 200, "the page is there");
    for path in [
        "files/secret.txt".to_owned(),
        "file_share/../files/secret.txt".to_owned(),
        format!("file_share/{random}/../../files/secret.txt"),
        format!("file_share/{random}/..%2f..%2ffiles/secret.txt"),
    ] {
        let inside = format!("{origin}/{path}");
        send(romeo, contact, &inside, &oob(&inside)).await;
        let got = message(&pair).await;
        assert_eq!((&got["text"], &got["files"]), (&json!(inside), &Value::Null), "{got}");
    }
    // Also by whoever has been told where files are.
    send(romeo, contact, &url, &oob(&url)).await;
    has_file(&pair, &message(&pair).await, "rose.png", "image/png", PNG).await;
    assert_eq!(friend.take(|e| e["event"] == "message").len(), 0);
}
