//! Addresses that we can be made to talk to, on a machine with public addresses of its own.

use axum::{Router, response::Redirect, routing::get};
use lab::namespace;
use slidged::media::{
    fetch::{FetchError, Fetcher},
    reach::{Inside, Trusted},
    slots::SlotShape,
    source::Source,
    spool::Spool,
    upload::{NamedBy, PutError, Target, Uploader},
};
use tokio::net::TcpListener;

const FILE: &str = "/upload/0123456789abcdef0123456789abcdef/a.txt";

#[test]
fn nobody_makes_us_fetch_from_or_put_to_a_public_address_of_our_own() {
    let addresses = ["45.45.45.45/32", "2606:4700:4747::45/128"];
    let hosts = "45.45.45.45 own.example.org\n2606:4700:4747::45 own6.example.org\n10.0.0.1 private.example.org\n45.45.45.45 both.example.org\n127.0.0.1 both.example.org\n";
    namespace::run("on_a_machine_with_public_addresses", &addresses, hosts);
}

#[tokio::test]
#[ignore = "runs in the network that the test above makes"]
async fn on_a_machine_with_public_addresses() {
    if !namespace::inside() {
        return;
    }
    let port = serve("0.0.0.0:0").await;
    let port6 = serve("[2606:4700:4747::45]:0").await;
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(folder.path().join("spool")).unwrap();
    let fetcher = Fetcher::new(spool.clone(), Trusted::default());
    let uploader = Uploader::new(Trusted::default());
    let file = Source::Memory(b"the file"[..].into());
    for (host, port) in [
        ("45.45.45.45", port),
        ("757935405", port),
        ("0x2d.45.11565", port),
        ("45.45.45.45.", port),
        ("[::ffff:45.45.45.45]", port),
        ("[2002:2d2d:2d2d::1]", port),
        ("[64:ff9b::2d2d:2d2d]", port),
        ("own.example.org", port),
        ("both.example.org", port),
        ("own6.example.org", port6),
        ("[2606:4700:4747::45]", port6),
        ("private.example.org", port),
        ("localhost", port),
    ] {
        let fetched = fetcher.fetch(&format!("http://{host}:{port}{FILE}"), 100, Inside::Nothing).await;
        assert!(matches!(fetched, Err(FetchError::NotPublic)), "{host}: {fetched:?}");
        let url = format!("https://{host}:{port}{FILE}");
        let target = Target { url: &url, headers: &[], named_by: NamedBy::Stranger };
        let put = uploader.put(target, "text/plain", &file).await;
        assert!(matches!(put, Err(PutError::NotPublic)), "{host}: {put:?}");
    }

    // Somebody else's address is tried, though nobody answers here.
    let fetched = fetcher.fetch(&format!("http://45.45.45.46:{port}/"), 100, Inside::Nothing).await;
    assert!(matches!(fetched, Err(FetchError::Http(_) | FetchError::Time)), "{fetched:?}");

    // The administrator's word, and the slots of our own server.
    let own = format!("http://own.example.org:{port}");
    let trusting = Fetcher::new(spool, Trusted::new(vec![own.clone()]));
    let led = trusting.fetch(&format!("{own}/elsewhere"), 100, Inside::Nothing).await;
    assert!(matches!(led, Err(FetchError::NotPublic)), "a trusted server leads to no other: {led:?}");
    trusting.fetch(&format!("{own}{FILE}"), 100, Inside::Nothing).await.unwrap();
    let shape = [SlotShape::of(&format!("{own}/upload/fedcba9876543210fedcba9876543210/b.png")).unwrap()];
    fetcher.fetch(&format!("{own}{FILE}"), 100, Inside::Slots(&shape)).await.unwrap();
    for path in ["/metrics", "/upload/metrics/a.txt", "/", "/elsewhere"] {
        let fetched = fetcher.fetch(&format!("{own}{path}"), 100, Inside::Slots(&shape)).await;
        assert!(matches!(fetched, Err(FetchError::NotPublic)), "{path}: {fetched:?}");
    }
}

/// A server with a page at every path, and one that leads elsewhere on the same machine; its port.
async fn serve(address: &str) -> u16 {
    let listener = TcpListener::bind(address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let elsewhere = format!("http://45.45.45.45:{port}/metrics");
    let router = Router::new()
        .route("/elsewhere", get(move || async move { Redirect::to(&elsewhere) }))
        .fallback(|| async { "secret" });
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}
