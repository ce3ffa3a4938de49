//! `slidged doctor`: what the XMPP server lets the gateway do, tried out on it.

use lab::{Ejabberd, Prosody, Server, Slidged, SlidgedOptions, World};
use std::time::{Duration, Instant};

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
    assert!(says(&report, "note", "example.org: upload as a user", "not tried"), "{report}");
    let (fine, report) = world.slidged.doctor(&["--user", "romeo@example.org"]).await;
    assert!(fine && says(&report, "ok", "example.org: upload as a user", "works"), "{report}");
}

#[tokio::test]
async fn what_is_missing_is_told_with_the_lines_to_add_and_they_mend_it() {
    let bare = "VirtualHost \"example.org\"\n\tprivileged_entities = { }\n";
    let prosody = Prosody::start_with(None, bare).await;
    let mut slidged = Slidged::start(prosody.site(), "stress", SlidgedOptions::default()).await;
    let (fine, report) = slidged.doctor(&[]).await;
    // The gateway goes on without.
    assert!(fine && says(&report, "note", "example.org: privilege message", "other apps"), "{report}");
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
    assert!(fine && !says(&report, "note", "privilege", ""), "{mended}\n{report}");
}

/// Output of the doctor, which comes at once and without lines of the log.
async fn at_once(slidged: &Slidged, arguments: &[&str]) -> String {
    let since = Instant::now();
    let (fine, report) = slidged.doctor(arguments).await;
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}: {report}", since.elapsed());
    let is_finding = |line: &str| ["ok  ", "note", "FAIL"].iter().any(|word| line.starts_with(word));
    assert!(!fine && report.lines().all(is_finding), "{report}");
    report
}

#[tokio::test]
async fn why_the_server_does_not_let_the_gateway_in_is_said_at_once() {
    let prosody = Prosody::start().await;
    let slidged = Slidged::prepare(prosody.site(), "stress", SlidgedOptions::default());
    let wrong = format!("component.secret_file={}", slidged.secret_file("wrong", "wrong").display());
    let report = at_once(&slidged, &["--set", &wrong]).await;
    assert!(says(&report, "FAIL", "server", "not-authorized"), "{report}");
    assert!(says(&report, "FAIL", "server", "component_secret (Prosody) or password (ejabberd)"), "{report}");
    let report = at_once(&slidged, &["--set", "component.jid=other.example.org"]).await;
    assert!(says(&report, "FAIL", "server", "host-unknown"), "{report}");
    let clients = format!("component.server={}", prosody.site().c2s);
    let report = at_once(&slidged, &["--set", &clients]).await;
    assert!(says(&report, "FAIL", "server", ""), "{report}");
    drop(prosody);
    let report = at_once(&slidged, &[]).await;
    assert!(says(&report, "FAIL", "server", "Connection refused"), "{report}");
    // A server elsewhere may have this gateway, from a machine that we know nothing of.
    let report = at_once(&slidged, &["--set", "component.server=192.0.2.1:5347"]).await;
    assert!(says(&report, "FAIL", "gateway", "If it runs on another, it loses its connection"), "{report}");
}

#[tokio::test]
async fn a_gateway_that_runs_is_found_whatever_its_state_directory_is_and_keeps_its_connection() {
    let prosody = Prosody::start().await;
    let slidged = Slidged::start(prosody.site(), "stress", SlidgedOptions::default()).await;
    let elsewhere = ["--set", "state.directory=elsewhere"];
    let (fine, report) = slidged.doctor(&elsewhere).await;
    assert!(fine && says(&report, "ok", "gateway", "runs with another state directory"), "{report}");
    assert!(says(&report, "ok", "requests of the gateway", "taken"), "{report}");
    assert_eq!(slidged.log().matches(" connected ").count(), 1, "{}", slidged.log());
    let (fine, said) = slidged.ctl(&[&elsewhere[..], &["users"]].concat()).await;
    let place = format!("--set state.directory={}", slidged.state().display());
    assert!(!fine && said.contains(&place), "{said}");
}

#[tokio::test]
async fn addresses_that_are_nobodys_are_said_to_be_so_without_lines_to_add() {
    let prosody = Prosody::start().await;
    let slidged = Slidged::start(prosody.site(), "stress", SlidgedOptions::default()).await;
    for arguments in [["--user", "ann"], ["--client", "example.org"]] {
        let (fine, said) = slidged.doctor(&arguments).await;
        assert!(!fine && said.contains("such as ann@example.org"), "{said}");
    }
    let (fine, report) = slidged.doctor(&["--user", "ann@nowhere.example"]).await;
    assert!(
        !fine && says(&report, "FAIL", "nowhere.example: server", "no such server is reached"),
        "{report}"
    );
    assert!(!report.contains("VirtualHost") && !report.contains("nowhere.example: privilege"), "{report}");
    let (fine, said) = slidged.ctl(&["doctor", "ann"]).await;
    assert!(!fine && said.contains("“ann” is not an address"), "{said}");
}

#[tokio::test]
async fn ejabberd_is_examined_too() {
    let ejabberd = Ejabberd::start().await;
    let slidged = Slidged::start(ejabberd.site(), "stress", SlidgedOptions::default()).await;
    let (fine, report) = slidged.doctor(&[]).await;
    assert!(says(&report, "ok", "example.org: privilege message", "granted"), "{report}");
    assert!(says(&report, "ok", "example.org: upload as the gateway", "works"), "{report}");
    assert!(says(&report, "ok", "requests of the gateway", "taken"), "{report}");
    // Debian's version knows no privilege for iqs, and tells the time only where it is asked to.
    assert!(fine && says(&report, "note", "example.org: privilege pubsub", "not granted"), "{report}");
}
