//! Files on servers that are slow, which many users share at the same time.

use super::{PATIENCE, World};
use crate::config;
use crate::media::fetch::FetchError;
use crate::services::UploadError;
use jid::BareJid;
use std::time::Duration;
use tokio::{io::AsyncWriteExt, net::TcpListener, task::JoinSet, time::timeout};

/// Starts a web server that gives `/fast` at once and anything else never, and reports each request
/// that waits.
async fn server() -> (String, tokio::sync::mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (asked, waits) = tokio::sync::mpsc::channel(1000);
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 2048];
            let read = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await.unwrap_or_default();
            if request[..read].starts_with(b"GET /fast ") {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";
                stream.write_all(answer).await.unwrap();
            } else {
                open.push(stream);
                let _ = asked.send(()).await;
            }
        }
    });
    (origin, waits)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dozen_users_with_slow_servers_do_not_stop_the_files_of_others() {
    let (origin, mut waits) = server().await;
    let trusted = vec![serde_json::from_value(origin.clone().into()).unwrap()];
    let media = config::Media { trusted, ..config::Media::default() };
    let world = World::made(|_| {}, &["example.org"], &media).await;
    let mut slow = JoinSet::new();
    for user in 0..12 {
        let id = world.store.new_user_id();
        // A session lets a user have as many as these.
        for _ in 0..4 {
            let (services, url) = (world.component.services.clone(), format!("{origin}/slow"));
            let jid = BareJid::new(&format!("slow{user}@example.org")).unwrap();
            slow.spawn(
                async move { services.downloads.fetch_shared((id, &jid), &url, None).await.map(drop) },
            );
        }
    }
    for _ in 0..32 {
        timeout(PATIENCE, waits.recv()).await.expect("requests that wait").unwrap();
    }
    let jid = BareJid::new("other@example.org").unwrap();
    let url = format!("{origin}/fast");
    let fetched =
        world.component.services.downloads.fetch_shared((world.store.new_user_id(), &jid), &url, None);
    let fetched = timeout(Duration::from_secs(5), fetched).await.expect("at once").expect("a file");
    assert_eq!(fetched.size(), 5);
    slow.shutdown().await;
    let missing = world
        .component
        .services
        .downloads
        .fetch_shared((world.store.new_user_id(), &jid), "ftp://x", None)
        .await;
    assert!(matches!(missing, Err(UploadError::Fetch(FetchError::Url))), "{missing:?}");
}
