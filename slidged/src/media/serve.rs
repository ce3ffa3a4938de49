//! Serves our files by HTTP: whole or in part, and so that no browser runs what is in
//! them. Behind a proxy that speaks TLS.

use super::{
    guests::{Full, Guests, Rules, Seated},
    kind::{self, HEAD},
    shelf::Shelf,
    source::{Source, blocking},
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderValue, Method, StatusCode,
        header::{
            ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION,
            CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, RANGE,
            REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
    serve::Listener,
};
use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, time::sleep};

/// Interval of looking for connections that take too long.
const LOOK: Duration = Duration::from_secs(1);
/// Interval of looking for a place when all are taken.
const AGAIN: Duration = Duration::from_millis(50);
/// Content security policy: in a browser nothing of a file may run, be framed or load anything.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Serves until it is dropped.
///
/// # Errors
/// When the socket fails.
pub async fn serve(shelf: Shelf, listener: TcpListener) -> io::Result<()> {
    serve_by(Rules::default(), shelf, listener).await
}

async fn serve_by(rules: Rules, shelf: Shelf, listener: TcpListener) -> io::Result<()> {
    let router = Router::new().fallback(answer).with_state(shelf);
    axum::serve(Door { listener, guests: Guests::new(rules) }, router).await
}

async fn answer(State(shelf): State<Shelf>, request: Request) -> Response {
    let head = *request.method() == Method::HEAD;
    if !head && *request.method() != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    // …/ID/NAME: what is in front is the proxy's, the name is for people.
    let id = request.uri().path().rsplit('/').nth(1).unwrap_or_default();
    let Some(source) = shelf.get(id).await else { return StatusCode::NOT_FOUND.into_response() };
    let range = request.headers().get(RANGE).and_then(|range| range.to_str().ok());
    match file(source, range, head).await {
        Ok(response) => response,
        Err(error) => {
            tracing::warn!(%error, "a file of ours cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn file(source: Source, range: Option<&str>, head: bool) -> io::Result<Response> {
    let size = source.size();
    let (status, start, end) = match range.map_or(Wanted::All, |range| byte_range(range, size)) {
        Wanted::All => (StatusCode::OK, 0, size),
        Wanted::Part(start, end) => (StatusCode::PARTIAL_CONTENT, start, end),
        Wanted::Nothing => {
            let size = [(CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, size).into_response());
        }
    };
    let (first, source) = blocking(move || Ok((source.piece(0)?, source))).await?;
    let shown = kind::safe_to_show(&first[..first.len().min(HEAD)]);
    let body = if head { Body::empty() } else { Body::from_stream(source.stream_part(start, end)) };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    let mut set =
        |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(CONTENT_TYPE, shown.unwrap_or(kind::UNKNOWN));
    set(CONTENT_DISPOSITION, if shown.is_some() { "inline" } else { "attachment" });
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(REFERRER_POLICY, "no-referrer");
    set(ACCEPT_RANGES, "bytes");
    // It never changes, and is nobody else's business.
    set(CACHE_CONTROL, "private, max-age=86400, immutable");
    // For clients that are web pages: whoever knows the address may read it.
    set(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    headers.insert(CONTENT_LENGTH, HeaderValue::from(end - start));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(range) = HeaderValue::try_from(format!("bytes {start}-{}/{size}", end - 1))
    {
        headers.insert(CONTENT_RANGE, range);
    }
    Ok(response)
}

/// Range that is requested by a `Range` header.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// The whole file: a range that we do not understand may be ignored (RFC 9110 section 14.2).
    All,
    /// Bytes from the first number up to before the second.
    Part(u64, u64),
    /// A range beyond the end.
    Nothing,
}

/// Reads a range of a single part.
fn byte_range(range: &str, size: u64) -> Wanted {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::All;
    };
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), _) if first >= size => Wanted::Nothing,
        (Ok(first), Ok(last)) if last >= first => Wanted::Part(first, last.saturating_add(1).min(size)),
        (Ok(first), Err(_)) if last.is_empty() => Wanted::Part(first, size),
        (Err(_), Ok(count)) if first.is_empty() && (count == 0 || size == 0) => Wanted::Nothing,
        (Err(_), Ok(count)) if first.is_empty() => Wanted::Part(size.saturating_sub(count), size),
        _ => Wanted::All,
    }
}

/// A listener that lets in so many, and sees that they do not stay too long.
struct Door {
    listener: TcpListener,
    guests: Guests,
}

impl Listener for Door {
    type Io = Seated;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Seated, SocketAddr) {
        loop {
            let anybody = self.guests.tidy(Instant::now());
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = sleep(LOOK), if anybody => continue,
            };
            let (tcp, from) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // One that broke before it was accepted is nobody's loss; without a free
                    // descriptor the next is no better.
                    tracing::debug!(%error, "no connection to the media server");
                    sleep(LOOK).await;
                    continue;
                }
            };
            loop {
                match self.guests.admit(from.ip(), Instant::now()) {
                    Ok(place) => return (Seated::new(tcp, place), from),
                    Err(Full::Each) => break,
                    Err(Full::All) => {
                        sleep(AGAIN).await;
                        self.guests.tidy(Instant::now());
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::shelf::Limits;
    use reqwest::Client;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        time::timeout,
    };

    struct Site {
        base: String,
        shelf: Shelf,
        _directory: tempfile::TempDir,
    }

    async fn site() -> Site {
        site_by(Rules::default()).await
    }

    async fn site_by(rules: Rules) -> Site {
        let directory = tempfile::tempdir().unwrap();
        let limits = Limits { quota: 1 << 30, user_quota: 1 << 30, retention: Duration::from_secs(60) };
        let shelf = Shelf::open(directory.path().join("files"), limits).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve_by(rules, shelf.clone(), listener));
        Site { base, shelf, _directory: directory }
    }

    impl Site {
        async fn put(&self, bytes: &'static [u8]) -> String {
            let id = self.shelf.add(1, &Source::Memory(bytes.into())).await.unwrap();
            format!("{}/files/{id}/name", self.base)
        }
    }

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[tokio::test]
    async fn no_file_runs_in_a_browser() {
        let site = site().await;
        for (bytes, type_, disposition) in [
            (PNG, "image/png", "inline"),
            (b"<!DOCTYPE html><script>alert(1)</script>", kind::UNKNOWN, "attachment"),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", kind::UNKNOWN, "attachment"),
            (b"", kind::UNKNOWN, "attachment"),
        ] {
            let url = site.put(bytes).await;
            for method in [Method::GET, Method::HEAD] {
                let answer = Client::new().request(method.clone(), &url).send().await.unwrap();
                let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
                assert_eq!(answer.status(), 200);
                assert_eq!(header("content-type"), Some(type_));
                assert_eq!(header("content-disposition"), Some(disposition));
                assert_eq!(header("x-content-type-options"), Some("nosniff"));
                assert!(header("content-security-policy").is_some_and(|policy| policy.ends_with("sandbox")));
                assert_eq!(header("content-length"), Some(&*bytes.len().to_string()));
                let body = answer.bytes().await.unwrap();
                assert_eq!(&body[..], if method == Method::GET { bytes } else { b"" });
            }
        }
    }

    #[tokio::test]
    async fn a_part_can_be_had() {
        let site = site().await;
        let url = site.put(b"0123456789").await;
        for (range, status, body, told) in [
            ("bytes=2-4", 206, "234", Some("bytes 2-4/10")),
            ("bytes=-3", 206, "789", Some("bytes 7-9/10")),
            ("bytes=10-", 416, "", Some("bytes */10")),
            ("pages=1-2", 200, "0123456789", None),
        ] {
            let answer = Client::new().get(&url).header(RANGE, range).send().await.unwrap();
            assert_eq!(answer.status(), status, "{range}");
            let said = answer.headers().get(CONTENT_RANGE).map(|range| range.to_str().unwrap().to_owned());
            assert_eq!(said.as_deref(), told);
            assert_eq!(answer.text().await.unwrap(), body);
        }
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_there_and_nothing_can_be_put() {
        let site = site().await;
        let url = site.put(b"x").await;
        let unknown = format!("{}/{}-1/name", site.base, "0".repeat(32));
        for url in [
            &unknown,
            &site.base,
            &format!("{}/..%2f..%2fetc/passwd", site.base),
            &format!("{}/../x", site.base),
        ] {
            assert_eq!(Client::new().get(url.as_str()).send().await.unwrap().status(), 404, "{url}");
        }
        assert_eq!(Client::new().put(&url).send().await.unwrap().status(), 405);
        assert_eq!(Client::new().get(&url).send().await.unwrap().text().await.unwrap(), "x");
    }

    #[tokio::test]
    async fn three_hundred_who_say_nothing_keep_nobody_from_a_file_and_are_ended() {
        let site = site_by(Rules { request: Duration::from_secs(3), ..Rules::default() }).await;
        let url = site.put(b"content").await;
        let address = site.base.strip_prefix("http://").unwrap();
        let mut silent = Vec::new();
        for n in 0..300 {
            let mut tcp = TcpStream::connect(address).await.unwrap();
            // Half of them begin to say something.
            if n % 2 == 0 {
                tcp.write_all(b"GET /files/").await.unwrap();
            }
            silent.push(tcp);
        }
        let got = timeout(Duration::from_secs(10), async {
            Client::new().get(&url).send().await.unwrap().text().await.unwrap()
        });
        assert_eq!(got.await.expect("an answer in time"), "content");
        for mut tcp in silent {
            let ended =
                timeout(Duration::from_secs(30), tcp.read(&mut [0; 1])).await.expect("an end in time");
            assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
        }
    }

    #[tokio::test]
    async fn who_asks_for_a_file_and_does_not_take_it_is_ended() {
        let site = site_by(Rules { idle: Duration::from_millis(200), ..Rules::default() }).await;
        let large: &'static [u8] = vec![7; 32 << 20].leak();
        let url = site.put(large).await;
        let address = site.base.strip_prefix("http://").unwrap();
        let path = url.strip_prefix(&site.base).unwrap();
        let mut tcp = TcpStream::connect(address).await.unwrap();
        tcp.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
        sleep(Duration::from_secs(4)).await;
        let mut taken = Vec::new();
        // What was on its way already still comes.
        let _broken = timeout(Duration::from_secs(10), tcp.read_to_end(&mut taken)).await.expect("an end");
        assert!(!taken.is_empty() && taken.len() < large.len(), "{} bytes", taken.len());
    }

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        for (range, wanted) in [
            ("bytes=0-3", Wanted::Part(0, 4)),
            ("bytes=5-", Wanted::Part(5, 10)),
            ("bytes=-40", Wanted::Part(0, 10)),
            ("bytes=8-100", Wanted::Part(8, 10)),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=4-2", Wanted::All),
            ("bytes=1-2,4-5", Wanted::All),
            ("bytes=99999999999999999999-", Wanted::All),
        ] {
            assert_eq!(byte_range(range, 10), wanted, "{range}");
        }
        assert_eq!(byte_range("bytes=-1", 0), Wanted::Nothing);
    }
}
