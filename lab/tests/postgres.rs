//! The other database, over TLS.

use std::process::Command;
use std::time::Duration;

use lab::{Person, Postgres, Prosody, Proxy, Server, Slidged, SlidgedOptions, Superduperd, binaries};

#[tokio::test]
async fn a_database_over_tls_is_used_and_one_without_the_right_certificate_is_refused() {
    let postgres = Postgres::start_tls().await;
    let prosody = Prosody::start().await;
    let network = Superduperd::start().await;
    let url = |parameters: &str| format!("{}?{parameters}", postgres.url());
    let options = SlidgedOptions {
        plugin_options: network.plugin_options(),
        database: Some(url("sslmode=require")),
        ..SlidgedOptions::default()
    };
    let mut slidged = Slidged::start(prosody.site(), "superduper", options).await;
    let friend = Person::connect(network.address(), "juliet", "Juliet", "app").await;
    Person::connect(network.address(), "romeo", "Romeo", "app").await.befriend(&friend).await;
    let romeo = prosody.client("romeo").await;
    let (gateway, password) = (prosody.site().gateway, Person::password("romeo"));
    romeo.register(gateway, &[("username", "romeo"), ("password", &password)]).await.expect("everybody");
    let contact = format!("juliet@{gateway}");
    let id = romeo.say(&contact, "before").await;
    romeo.receipt(&contact, &id).await;

    // What was stored is there at the next start.
    slidged.stop().await;
    slidged.resume().await;
    let id = romeo.say(&contact, "after").await;
    romeo.receipt(&contact, &id).await;
    friend.hear("romeo", "after").await;

    let check = |parameters: &str| {
        let output = Command::new(binaries::program("slidged"))
            .args(["check".as_ref(), "--config".as_ref(), slidged.config().as_os_str()])
            .args(["--plugin".as_ref(), binaries::plugin("superduper").as_os_str()])
            .args(["--set", &format!("database.url={}", url(parameters))])
            .output()
            .expect("slidged runs");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let certificate = postgres.certificate().display();
    let (good, said) = check(&format!("sslmode=verify-full&sslrootcert={certificate}"));
    assert!(good && said.contains("PostgreSQL 1"), "{said}");
    for (parameters, why) in [("sslmode=verify-full", "certificate"), ("sslmode=disable", "no encryption")] {
        let (good, said) = check(parameters);
        assert!(!good && said.contains(why), "{parameters}: {said}");
    }
}

/// Connections that it has had so far, by its log.
fn connections(slidged: &Slidged) -> usize {
    slidged.log().matches(": connected jid").count()
}

#[tokio::test]
async fn who_has_lost_its_database_to_another_process_leaves_it_the_link_and_ends_when_it_finds_out() {
    let postgres = Postgres::start().await;
    let path = Proxy::to(postgres.address()).await;
    let prosody = Prosody::start_with(None, "\tcomponent_conflict_resolve = \"kick_old\"\n").await;
    let network = Superduperd::start().await;
    let options = |database: String| SlidgedOptions {
        plugin_options: network.plugin_options(),
        database: Some(database),
        ..SlidgedOptions::default()
    };
    let mut first =
        Slidged::start(prosody.site(), "superduper", options(postgres.url_by(path.address()))).await;
    let key = Some(first.state().join("secret.key"));
    let options = SlidgedOptions { key, ..options(postgres.url().to_owned()) };
    let mut second = Slidged::prepare(prosody.site(), "superduper", options);
    // From now on its connections are refused, and the server knows that the old ones are gone.
    path.down();
    second.resume().await;
    let before = connections(&second);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(connections(&second), before, "the first fights for the link");
    assert_eq!(connections(&first), 1, "{}", first.log());
    first.process_mut().must_run();
    let romeo = prosody.client("romeo").await;
    romeo.ping(prosody.site().gateway).await;

    path.restore();
    let status = first.process_mut().wait().await;
    assert!(!status.success(), "the first ended as if all were well");
    assert!(first.log().contains("in use by another slidged process"), "{}", first.log());
    assert_eq!(connections(&second), before);
    second.stop().await;
}
