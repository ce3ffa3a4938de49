//! Files behind a real nginx with the configuration that we ship: config/nginx.conf.

use lab::process::Program;
use lab::{StanzaExt, TempDir, World, WorldOptions, http};

const SHIPPED: &str = include_str!("../../config/nginx.conf");

#[tokio::test]
async fn files_are_had_through_nginx_as_it_is_configured_by_us() {
    let (listen, front) = (lab::free_port(), lab::free_port());
    let scratch = TempDir::below(None, "nginx");
    assert_eq!(SHIPPED.matches("127.0.0.1:5290").count(), 1, "where slidged listens");
    let location = SHIPPED.replace("127.0.0.1:5290", &listen.to_string());
    let dir = scratch.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {dir}/{kind};\n"))
        .collect();
    let text = format!(
        "daemon off;\nmaster_process off;\npid {dir}/pid;\nevents {{}}\nhttp {{\n{temporary}access_log {dir}/access.log;\nserver {{ listen {front};\n{location}\n}}\n}}\n"
    );
    let config = scratch.write("nginx.conf", &text);
    let mut nginx = Program::new("/usr/sbin/nginx")
        .args(["-e", "stderr", "-c"])
        .args([&config])
        .start(&scratch.path().join("nginx.log"));
    nginx.listens_on(front).await;

    let slidged = format!("[media]\nlisten = \"{listen}\"\nurl = \"http://{front}/files\"\nfirst = true\n");
    let world = World::with(WorldOptions { slidged, ..WorldOptions::default() }).await;
    let pair = world.pair("romeo", "juliet").await;
    let file = pair.friend.upload("words.txt", "text/plain", b"words, words, words").await;
    pair.friend.share("romeo", &[&file], "").await;
    let shown = pair.user.expect("a file", |s| s.is_message() && s.has("x", "jabber:x:oob")).await;
    let url = shown.body().expect("an address");
    assert!(url.starts_with(&format!("http://{front}/files/")), "{url}");

    let whole = http::fetch(&url).await;
    assert_eq!((whole.status, whole.body.as_slice()), (200, b"words, words, words".as_slice()));
    assert_eq!(
        (whole.header("x-content-type-options"), whole.header("content-disposition")),
        ("nosniff", "attachment")
    );
    let part = http::request("GET", &url, &[("Range", "bytes=7-11")], &[]).await;
    assert_eq!((part.status, part.body.as_slice()), (206, b"words".as_slice()));
    assert_eq!(http::request("HEAD", &url, &[], &[]).await.status, 200);
    assert_eq!(http::request("PUT", &url, &[], b"x").await.status, 403);
    let log = std::fs::read_to_string(scratch.path().join("access.log")).unwrap_or_default();
    assert!(!log.contains("words.txt"), "addresses of files are not logged: {log}");
}
