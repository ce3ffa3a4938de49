//! Pictures from the gateway, by the server's own upload service: XEP-0363, XEP-0356 for iqs, K118.

use data_encoding::BASE64;
use lab::{Client, Ejabberd, Server, Slidged, SlidgedOptions, StanzaExt, World, WorldOptions, http};
use minidom::Element;

/// QR code that the daemon makes of [`TEXT`], scanned once by hand.
const PNG: &[u8] = include_bytes!("../../slidged/src/media/qr.png");
const TEXT: &str = "hello from the other network";

const OOB: &str = "jabber:x:oob";
const FILE: &str = "urn:xmpp:jingle:apps:file-transfer:5";

/// A user of the plugin that shows a QR code when it is told to.
async fn user(prosody: &str) -> (World, Client) {
    let options = WorldOptions { prosody: prosody.into(), plugin: Some("stress"), ..WorldOptions::default() };
    let world = World::with(options).await;
    let romeo = world.prosody.client("romeo").await;
    romeo.register(world.gateway(), &[("connect", "")]).await.expect("everybody");
    world.connected(&romeo).await;
    (world, romeo)
}

/// Has a QR code shown: what the gateway sends first, and what it says of it to the plugin.
async fn show(gateway: &str, romeo: &Client) -> (Element, String) {
    drop(romeo.take(StanzaExt::is_message));
    romeo.say(&format!("echo@{gateway}"), &format!("qr {TEXT}")).await;
    // Not the notice of a missing privilege, which comes when it wants.
    let is_code = |s: &Element| s.has("x", OOB) || s.body().is_some_and(|b| b.starts_with("```"));
    let shown = romeo.expect("a code", |s| s.is_message() && s.sender() == gateway && is_code(s)).await;
    romeo.hear(gateway, TEXT).await;
    let told =
        romeo.expect("what the plugin knows", |s| s.body().is_some_and(|b| b.starts_with("shown at "))).await;
    let address = told.body().expect("a text")["shown at ".len()..].to_owned();
    (shown, address)
}

/// The code is in the message in every way that clients understand, and can be fetched.
async fn can_be_fetched(shown: &Element, address: &str) {
    let url = shown.body().expect("an address");
    assert_eq!(url, address);
    let text = |parent: &str, ns: &str, name: &str| {
        let parent =
            shown.find(parent, ns).unwrap_or_else(|| panic!("no {parent} in {}", String::from(shown)));
        parent.get_child(name, ns).map(Element::text).unwrap_or_default()
    };
    assert_eq!(text("x", OOB, "url"), url);
    let size = PNG.len().to_string();
    assert_eq!(text("file", FILE, "media-type"), "image/png");
    assert_eq!(text("file", FILE, "name"), "qr.png");
    assert_eq!(text("file", FILE, "size"), size);
    let hash = shown.find("hash", "urn:xmpp:hashes:2").expect("a hash");
    assert_eq!(hash.attr("algo"), Some("sha-256"));
    assert_eq!(BASE64.decode(hash.text().as_bytes()).map(|h| h.len()), Ok(32));
    let sharing = shown
        .get_child("reference", "urn:xmpp:reference:0")
        .and_then(|reference| reference.get_child("media-sharing", "urn:xmpp:sims:1"))
        .expect("a description");
    let source = sharing.find("reference", "urn:xmpp:reference:0").expect("a source");
    assert_eq!(source.attr("uri"), Some(url.as_str()));
    for (name, ns) in [("file-sharing", "urn:xmpp:sfs:0"), ("fallback", "urn:xmpp:fallback:0")] {
        assert!(shown.find(name, ns).is_none(), "{name}, with which Dino 0.5 opens nothing");
    }

    let fetched = http::fetch(&url).await;
    assert_eq!((fetched.status, fetched.content_type.as_str()), (200, "image/png"));
    assert!(fetched.body == PNG, "{} bytes that are not the picture", fetched.body.len());
}

#[tokio::test]
async fn k118_a_picture_is_uploaded_as_the_user_where_their_server_lets_us() {
    let (world, romeo) = user("").await;
    let (shown, address) = show(world.gateway(), &romeo).await;
    can_be_fetched(&shown, &address).await;
    let log = world.prosody.process().log();
    assert!(log.contains("Issuing upload slot to romeo@example.org"), "it counts for the user's quota");
    assert!(!log.contains("Issuing upload slot to gw.example.org"));

    // The service is known by now; a slot is one more, as is its address.
    let (shown, again) = show(world.gateway(), &romeo).await;
    assert_ne!(again, address);
    can_be_fetched(&shown, &again).await;
}

#[tokio::test]
async fn k118_without_the_privilege_a_picture_is_uploaded_as_the_gateway() {
    let (world, romeo) = user("VirtualHost \"example.org\"\n\tprivileged_entities = { }\n").await;
    let (shown, address) = show(world.gateway(), &romeo).await;
    can_be_fetched(&shown, &address).await;
    let log = world.prosody.process().log();
    assert!(log.contains("Issuing upload slot to gw.example.org"));
    assert!(!log.contains("Issuing upload slot to romeo@example.org"));
}

/// Checks that a QR code is drawn as text instead of a picture that cannot be uploaded, with `why`
/// in the log.
async fn is_drawn(prosody: &str, why: &str) {
    let (world, romeo) = user(prosody).await;
    let (shown, address) = show(world.gateway(), &romeo).await;
    assert_eq!(address, "no address");
    let drawn = shown.body().expect("a drawing");
    assert!(
        drawn.starts_with("```\n    ") && drawn.contains("█▀▀▀▀▀█") && drawn.ends_with("\n```"),
        "{drawn}"
    );
    assert!(!shown.has("x", OOB));
    let log = world.slidged.process().log();
    assert!(log.contains(why), "the administrator reads why: {log}");
}

#[tokio::test]
async fn without_an_upload_service_a_code_is_drawn_in_characters() {
    let none = "Component \"upload.example.org\" \"http_file_share\"\n\tenabled = false\n";
    is_drawn(none, "example.org has no service for file uploads").await;
}

#[tokio::test]
async fn what_is_too_large_for_the_service_is_not_even_tried() {
    let small = "Component \"upload.example.org\" \"http_file_share\"\n\thttp_file_share_size_limit = 100\n";
    is_drawn(small, "the file is larger than upload.example.org takes: at most 100 bytes").await;
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_the_services_word() {
    let full = "Component \"upload.example.org\" \"http_file_share\"\n\thttp_file_share_daily_quota = 10\n\
                VirtualHost \"example.org\"\n\tprivileged_entities = { }\n";
    is_drawn(full, "Daily quota reached").await;
}

#[tokio::test]
async fn an_upload_after_the_server_was_restarted_finds_the_service_again() {
    let (mut world, romeo) = user("").await;
    let (first, _) = show(world.gateway(), &romeo).await;
    let logins = romeo.logins();
    drop(romeo.take(StanzaExt::is_presence));
    world.prosody.restart().await;
    romeo.relogin_after(logins).await;
    romeo.see(world.gateway(), "").await;
    let (second, address) = show(world.gateway(), &romeo).await;
    assert_ne!(first.body(), second.body());
    can_be_fetched(&second, &address).await;
}

#[tokio::test]
async fn on_ejabberd_a_picture_is_uploaded_as_the_gateway() {
    let ejabberd = Ejabberd::start().await;
    let _slidged = Slidged::start(ejabberd.site(), "stress", SlidgedOptions::default()).await;
    let gateway = ejabberd.site().gateway;
    let romeo = ejabberd.client("romeo").await;
    romeo.register(gateway, &[("connect", "")]).await.expect("everybody");
    romeo.expect("the welcome", |s| s.is_message() && s.sender() == gateway && s.body().is_some()).await;
    let (shown, address) = show(gateway, &romeo).await;
    can_be_fetched(&shown, &address).await;
}

#[tokio::test]
async fn the_gateway_sends_files_and_invitations_that_the_plugin_wants_sent() {
    let (world, romeo) = user("").await;
    let gateway = world.gateway();
    drop(romeo.take(StanzaExt::is_message));
    romeo.say(&format!("echo@{gateway}"), "file Good night, good night!").await;
    let file = romeo.expect("a file", |s| s.is_message() && s.has("x", "jabber:x:oob")).await;
    let fetched = http::fetch(&file.body().expect("an address")).await;
    assert_eq!((fetched.status, fetched.body.as_slice()), (200, b"Good night, good night!".as_slice()));
    romeo.hear(gateway, "a caption").await;

    romeo.say(&format!("echo@{gateway}"), "invite balcony").await;
    let invitation = romeo.expect("an invitation", |s| s.has("x", "jabber:x:conference")).await;
    let invitation = invitation.find("x", "jabber:x:conference").expect("it is there");
    let room = format!("balcony@{gateway}");
    assert_eq!((invitation.attr("jid"), invitation.attr("reason")), (Some(&*room), Some("as asked")));
}
