//! `slidged doctor`: what the XMPP server lets the gateway do, tried out on it.

use lab::{Ejabberd, Prosody, Server, Slidged, SlidgedOptions, World};

/// Whether there is a line that says how that went.
fn says(report: &str, result: &str, what: &str, detail: &str) -> bool {
    report.lines().any(|line| line.starts_with(result) && line.contains(what) && line.contains(detail))
}

#[tokio::test]
async fn a_gateway_that_runs_is_examined_with_its_users() {
    let mut world = World::start().await;
    world.person("romeo", "Romeo").await;
    let romeo = world.prosody.client("romeo").await;
    world.register(&romeo, "romeo").await;
    let (fine, report) = world.slidged.doctor(&[]).await;
    assert!(fine, "{report}");
    for (what, detail) in [
        ("requests of the gateway", "taken"),
        ("example.org: clock", "the same as ours"),
        ("example.org: privilege roster", "granted"),
        ("example.org: privilege message", "granted"),
        ("example.org: privilege upload", "granted"),
        ("example.org: privilege pubsub", "granted"),
        ("example.org: upload service", "upload.example.org"),
        ("example.org: upload as the gateway", "works"),
        ("example.org: upload as a user", "works"),
    ] {
        assert!(says(&report, "ok", what, detail), "{what}: {report}");
    }
    world.slidged.stop().await;
    // The same without one that runs, for a user who is named.
    let (fine, report) = world.slidged.doctor(&["--user", "romeo@example.org"]).await;
    assert!(fine && says(&report, "ok", "example.org: upload as a user", "works"), "{report}");
    world.slidged.resume().await;
}

#[tokio::test]
async fn a_gateway_that_runs_tries_things_for_the_user_who_is_named() {
    let world = World::start().await;
    world.prosody.account("romeo").await;
    let (_, report) = world.slidged.doctor(&[]).await;
    assert!(says(&report, "ok", "example.org: upload as a user", "not tried"), "{report}");
    let (fine, report) = world.slidged.doctor(&["--user", "romeo@example.org"]).await;
    assert!(fine && says(&report, "ok", "example.org: upload as a user", "works"), "{report}");
}

#[tokio::test]
async fn what_is_missing_is_told_with_the_lines_to_add_and_they_mend_it() {
    let bare = "VirtualHost \"example.org\"\n\tprivileged_entities = { }\n";
    let prosody = Prosody::start_with(None, bare).await;
    let mut slidged = Slidged::start(prosody.site(), "stress", SlidgedOptions::default()).await;
    let (fine, report) = slidged.doctor(&[]).await;
    assert!(!fine && says(&report, "FAIL", "example.org: privilege message", "other apps"), "{report}");
    let lines: Vec<&str> =
        report.lines().skip_while(|line| !line.starts_with("Prosody,")).skip(1).take(2).collect();
    slidged.stop().await;
    drop(prosody);

    let mended = format!(
        "VirtualHost \"example.org\"\n{}\n",
        lines.join("\n").replace("modules_enabled", "-- modules_enabled")
    );
    let prosody = Prosody::start_with(None, &mended).await;
    let slidged = Slidged::start(prosody.site(), "stress", SlidgedOptions::default()).await;
    let (fine, report) = slidged.doctor(&[]).await;
    assert!(fine, "{mended}\n{report}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let prosody = Prosody::start().await;
    let mut slidged = Slidged::start(prosody.site(), "stress", SlidgedOptions::default()).await;
    slidged.stop().await;
    drop(prosody);
    let (fine, report) = slidged.doctor(&["--within", "2"]).await;
    assert!(!fine && says(&report, "FAIL", "server", "no connection"), "{report}");
}

#[tokio::test]
async fn ejabberd_is_examined_too() {
    let ejabberd = Ejabberd::start().await;
    let slidged = Slidged::start(ejabberd.site(), "stress", SlidgedOptions::default()).await;
    let (fine, report) = slidged.doctor(&[]).await;
    assert!(says(&report, "ok", "example.org: privilege message", "granted"), "{report}");
    assert!(says(&report, "ok", "example.org: upload as the gateway", "works"), "{report}");
    assert!(says(&report, "ok", "requests of the gateway", "taken"), "{report}");
    // Debian's version knows no privilege for iqs.
    assert!(!fine && says(&report, "FAIL", "example.org: privilege pubsub", "not granted"), "{report}");
}
