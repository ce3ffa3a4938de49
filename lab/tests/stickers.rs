//! Stickers of the network that are films, converted to animated pictures (XEP-0449).

use lab::{Pair, StanzaExt, World, WorldOptions, http};
use minidom::Element;
use serde_json::json;
use std::process::Command;

const FFMPEG: &str = "/usr/bin/ffmpeg";

/// A film of two seconds, transparent but for a circle that moves.
fn film() -> Vec<u8> {
    let picture = "color=red@0:s=128x128:r=10:d=2,format=yuva420p,geq=lum=128:cb=90:cr=200:a='255*lt(hypot(X-64-30*sin(T*3),Y-64),30)'";
    let arguments = ["-v", "error", "-nostdin", "-f", "lavfi", "-i", picture, "-auto-alt-ref", "0"];
    let format = ["-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-f", "webm", "pipe:1"];
    let made = Command::new(FFMPEG).args(arguments).args(format).output().expect("ffmpeg is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    made.stdout
}

/// Sends it as a sticker, and gives what the user fetches: its type and its bytes.
async fn shown(pair: &Pair, film: &[u8], name: &str) -> (String, Vec<u8>) {
    let file = pair.friend.upload(name, "video/webm", film).await;
    let sticker = json!({ "file": file, "emoji": "🔴" });
    pair.friend.ask("send", json!({ "chat": { "user": "romeo" }, "sticker": sticker })).await;
    let shown = pair.user.expect("a sticker", |s| s.has("sticker", "urn:xmpp:stickers:0")).await;
    let of = shown.find("file", "urn:xmpp:jingle:apps:file-transfer:5").expect("a file");
    let media_type = of.get_child("media-type", of.ns().as_str()).map(Element::text).expect("a type");
    (media_type, http::fetch(&shown.body().expect("an address")).await.body)
}

#[tokio::test]
async fn a_sticker_that_is_a_film_is_a_picture_that_moves_where_ffmpeg_is_named() {
    let slidged = format!("[media]\nffmpeg = \"{FFMPEG}\"\n");
    let world = World::with(WorldOptions { slidged, ..WorldOptions::default() }).await;
    let pair = world.pair("romeo", "juliet").await;
    let film = film();
    let (media_type, picture) = shown(&pair, &film, "ball.webm").await;
    assert_eq!(media_type, "image/webp");
    // The extended header of the format, with the flags of animation and transparency.
    assert_eq!((&picture[..4], &picture[8..16], picture[20] & 0x12), (&b"RIFF"[..], &b"WEBPVP8X"[..], 0x12));
    // What is broken stays what it is.
    let broken = &film[..400];
    assert_eq!(shown(&pair, broken, "broken.webm").await, ("video/webm".into(), broken.to_vec()));
}

#[tokio::test]
async fn a_sticker_that_is_a_film_stays_one_where_nothing_converts_it() {
    let world = World::start().await;
    let pair = world.pair("romeo", "juliet").await;
    let film = film();
    assert_eq!(shown(&pair, &film, "ball.webm").await, ("video/webm".into(), film));
}
