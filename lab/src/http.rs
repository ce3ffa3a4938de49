//! HTTP as a client speaks it: one request over a connection to loopback.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::wait::PATIENCE;

/// An answer.
#[derive(Debug)]
pub struct Fetched {
    /// Such as 200.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: String,
    /// Content that was fetched.
    pub body: Vec<u8>,
    head: String,
}

impl Fetched {
    /// A header of the answer, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .unwrap_or_default()
    }
}

/// Fetches a URL of the form `http://127.0.0.1:port/path`.
///
/// # Panics
/// When nobody answers in time, or with what is no HTTP.
pub async fn fetch(url: &str) -> Fetched {
    request("GET", url, &[], &[]).await
}

/// Asks for anything else.
///
/// # Panics
/// When nobody answers in time, or with what is no HTTP.
pub async fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Fetched {
    let asked = timeout(PATIENCE, ask(method, url, headers, body));
    asked.await.unwrap_or_else(|_| panic!("{url} does not answer"))
}

async fn ask(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Fetched {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("{url} is not of http"));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut tcp = TcpStream::connect(host).await.unwrap_or_else(|e| panic!("cannot connect to {host}: {e}"));
    let mut request = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    tcp.write_all(format!("{request}\r\n").as_bytes()).await.expect("a server that reads");
    tcp.write_all(body).await.expect("a server that reads");
    let mut answer = Vec::new();
    tcp.read_to_end(&mut answer).await.expect("a server that ends what it says");
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("the end of the headers");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    let body = answer.split_off(end + 4);
    let mut fetched = Fetched { status, content_type: String::new(), body, head };
    fetched.content_type = fetched.header("content-type").to_owned();
    fetched
}
