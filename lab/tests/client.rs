//! `slidged doctor --client`: what a user's client sees of the gateway.

use lab::{Ejabberd, PASSWORD, Prosody, Server, Slidged, SlidgedOptions, TempDir, free_port};
use std::process::Command;

/// Whether there is a line that says how that is.
fn says(report: &str, result: &str, what: &str, detail: &str) -> bool {
    let what = format!("ann@example.org: {what}");
    report.lines().any(|line| line.starts_with(result) && line.contains(&what) && line.contains(detail))
}

/// Runs the doctor as ann at that place.
async fn looks(slidged: &Slidged, place: &str) -> (bool, String) {
    let password = slidged.secret_file("password", PASSWORD).display().to_string();
    let as_ann = ["--client", "ann@example.org", "--password-file", &password, "--client-server", place];
    slidged.doctor(&as_ann).await
}

/// An authority, and a certificate of it for example.org.
fn certificate(scratch: &TempDir) {
    let script = "set -e
        new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
        openssl req -x509 $new -keyout ca.key -out ca.crt -subj /CN=lab -days 30
        openssl req $new -keyout key -out csr -subj /CN=example.org
        echo 'subjectAltName = DNS:example.org' > names
        openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile names -out crt";
    let made =
        Command::new("sh").args(["-c", script]).current_dir(scratch.path()).output().expect("sh starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test]
async fn a_client_sees_all_of_the_gateway_behind_prosody_over_both_kinds_of_tls() {
    let (scratch, direct) = (TempDir::new("certificates"), free_port());
    certificate(&scratch);
    let dir = scratch.path().display();
    let extra = format!(
        "VirtualHost \"*\"
         modules_disabled = {{ \"s2s\"; \"s2s_bidi\"; \"dialback\"; \"limits\" }}
         c2s_require_encryption = true
         allow_unencrypted_plain_auth = false
         c2s_direct_tls_ports = {{ {} }}
         ssl = {{ key = \"{dir}/key\"; certificate = \"{dir}/crt\" }}",
        direct.port()
    );
    let prosody = Prosody::start_with(None, &extra).await;
    prosody.account("ann").await;
    let trusted = vec![("SSL_CERT_FILE".to_owned(), format!("{dir}/ca.crt"))];
    let options = SlidgedOptions { env: trusted, ..SlidgedOptions::default() };
    let slidged = Slidged::start(prosody.site(), "stress", options).await;
    for (place, how) in
        [(prosody.site().c2s.to_string(), "with STARTTLS"), (format!("tls:{direct}"), "with TLS")]
    {
        let (fine, report) = looks(&slidged, &place).await;
        assert!(fine, "{report}");
        for (what, detail) in [
            ("login", how),
            ("listed", "once"),
            ("answers", "Stress"),
            ("registration", "the form is shown"),
            ("roster", "arrives"),
            ("carbons", "arrives"),
            ("archive", "can be read"),
            ("files", "upload.example.org gives places"),
            ("bookmarks", "none yet"),
        ] {
            assert!(says(&report, "ok", what, detail), "{what}: {report}");
        }
        assert!(!report.contains(" to the server's configuration"), "{report}");
    }
    // Nothing stays behind.
    let (_, report) = slidged.ctl(&["users"]).await;
    assert!(!report.contains("ann@example.org"), "{report}");

    let stranger = SlidgedOptions { state: Some(slidged.state().to_owned()), ..SlidgedOptions::default() };
    let untrusting = Slidged::prepare(prosody.site(), "stress", stranger);
    let (fine, report) = looks(&untrusting, &prosody.site().c2s.to_string()).await;
    assert!(!fine && says(&report, "FAIL", "login", "clients refuse its certificate"), "{report}");
}

#[tokio::test]
async fn what_a_client_misses_is_said_with_the_lines_to_add() {
    let extra = "VirtualHost \"example.org\"
         privileged_entities = { }
         disco_items = { { \"gw.example.org\" } }
         modules_disabled = { \"mam\"; \"pep\"; \"bookmarks\"; \"carbons\" }";
    let prosody = Prosody::start_with(None, extra).await;
    prosody.account("ann").await;
    let mut slidged = Slidged::start(prosody.site(), "stress", SlidgedOptions::default()).await;
    let place = prosody.site().c2s.to_string();
    let (fine, report) = looks(&slidged, &place).await;
    assert!(fine, "the gateway goes on without all of that: {report}");
    assert!(says(&report, "ok", "login", "not encrypted, on this machine"), "{report}");
    assert!(says(&report, "note", "listed", "2 times"), "{report}");
    for what in ["roster", "message", "carbons", "archive", "bookmarks"] {
        assert!(says(&report, "note", what, "optional"), "{what}: {report}");
    }
    for line in [
        "\"carbons\"",
        "\"mam\"",
        "\"pep\"; \"bookmarks\"",
        "mod_mam: { default: always }",
        "privileged_entities",
    ] {
        assert!(report.contains(line), "{line}: {report}");
    }

    let wrong = slidged.secret_file("wrong", "wrong").display().to_string();
    let arguments = ["--client", "ann@example.org", "--password-file", &wrong, "--client-server", &place];
    let (fine, report) = slidged.doctor(&arguments).await;
    assert!(!fine && says(&report, "FAIL", "login", "the server refuses the login"), "{report}");
    slidged.stop().await;
    let (fine, report) = looks(&slidged, &place).await;
    assert!(!fine && says(&report, "FAIL", "answers", "Does it run?"), "{report}");
    // Nobody sits at a terminal here.
    let (fine, report) = slidged.doctor(&["--client", "ann@example.org", "--client-server", &place]).await;
    assert!(!fine && says(&report, "FAIL", "login", "--password-file"), "{report}");
}

#[tokio::test]
async fn a_client_sees_the_gateway_behind_ejabberd() {
    let ejabberd = Ejabberd::start().await;
    ejabberd.account("ann").await;
    let slidged = Slidged::start(ejabberd.site(), "stress", SlidgedOptions::default()).await;
    let (fine, report) = looks(&slidged, &ejabberd.site().c2s.to_string()).await;
    assert!(fine, "{report}");
    for (what, detail) in [
        ("listed", "once"),
        ("answers", "Stress"),
        ("registration", "the form is shown"),
        ("archive", "can be read"),
        ("files", "gives places"),
        ("bookmarks", ""),
    ] {
        assert!(says(&report, "ok", what, detail), "{what}: {report}");
    }
    // Debian's version does neither as it should.
    assert!(says(&report, "note", "carbons", "although the privilege is granted"), "{report}");
}
