//! Fetching and bringing what a client would: one request over plain HTTP on loopback.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::until::PATIENCE;

/// An answer.
#[derive(Debug)]
pub struct Fetched {
    /// Such as 200.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: String,
    /// What was fetched.
    pub body: Vec<u8>,
}

/// Fetches a URL of the form `http://127.0.0.1:port/path`.
///
/// # Panics
/// When nobody answers in time, or with what is no HTTP.
pub async fn fetch(url: &str) -> Fetched {
    timeout(PATIENCE, ask("GET", url, "", &[])).await.unwrap_or_else(|_| panic!("{url} does not answer"))
}

/// Puts something at such a URL; `headers` are whole lines.
///
/// # Panics
/// When nobody answers in time, or with what is no HTTP.
pub async fn put(url: &str, headers: &str, body: &[u8]) -> Fetched {
    let headers = format!("{headers}Content-Length: {}\r\n", body.len());
    timeout(PATIENCE, ask("PUT", url, &headers, body))
        .await
        .unwrap_or_else(|_| panic!("{url} does not answer"))
}

async fn ask(method: &str, url: &str, headers: &str, body: &[u8]) -> Fetched {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("{url} is not of http"));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut tcp = TcpStream::connect(host).await.unwrap_or_else(|e| panic!("cannot connect to {host}: {e}"));
    let request = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
    tcp.write_all(&[request.as_bytes(), body].concat()).await.expect("a server that reads");
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).await.expect("a server that ends what it says");
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("the end of the headers");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    let content_type = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default();
    Fetched { status, content_type, body: answer.split_off(end + 4) }
}
