//! Fetching what somebody else named: public addresses only, looked at where the
//! connection is made and again on every hop, a bounded size and time, streamed to disk.

use super::{
    address::is_public,
    reach::{Clients, Inside, NOT_PUBLIC, NotPublic, Refused, Trusted, literal, origin},
    source::Source,
    spool::{Spool, Spooled},
    unreached::Unreached,
};
use bytes::BytesMut;
use reqwest::{
    Response, Url,
    header::{CONTENT_TYPE, LOCATION},
};
use std::{io, time::Duration};

/// Browsers take more; who means well needs two.
const MAX_HOPS: usize = 5;
/// A server that sends nothing for so long will not any more.
const IDLE: Duration = Duration::from_secs(30);
/// Time limit of a whole download, beside what the slowest line that we wait for needs.
const TOTAL: Duration = Duration::from_secs(60);
/// 1 Mbit/s. Bytes a second.
const SLOWEST: u64 = 128 << 10;
/// Written to disk at once. Bytes.
const BATCH: usize = 256 << 10;
/// Longer addresses are none that servers take. Bytes.
const MAX_URL: usize = 4 << 10;
/// Longest file name taken from an address, in bytes.
const MAX_NAME: usize = 255;

/// Reason why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is no HTTP URL.
    #[error("not an address of the web")]
    Url,
    /// The address leads to where only insiders should get.
    #[error("{NOT_PUBLIC}")]
    NotPublic,
    /// Larger than is taken.
    #[error("the file is larger than {0} bytes")]
    TooLarge(u64),
    /// An answer that is no file.
    #[error("the server answered {0}")]
    Status(u16),
    /// The server redirects without end.
    #[error("redirected more than {MAX_HOPS} times")]
    Hops,
    /// Too slow.
    #[error("the server took too long")]
    Time,
    /// The server could not be reached, or did not answer properly.
    #[error("the server cannot be reached, or broke off: {0}")]
    Http(Unreached),
    /// Our own disk failed.
    #[error("the file could not be stored: {0}")]
    Disk(#[from] io::Error),
}

/// A file that was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// Content of the file.
    pub source: Source,
    /// File on disk, for as long as this lives.
    pub spooled: Spooled,
    /// MIME type, by the server's word.
    pub content_type: Option<String>,
    /// The last part of its address.
    pub name: Option<String>,
}

/// Fetches files.
#[derive(Debug)]
pub struct Fetcher {
    spool: Spool,
    trusted: Trusted,
    clients: Clients,
}

impl Fetcher {
    /// One that fetches into `spool`.
    #[must_use]
    pub fn new(spool: Spool, trusted: Trusted) -> Self {
        Fetcher { spool, trusted, clients: Clients::new(Some(IDLE)) }
    }

    /// Servers that need not be public.
    #[must_use]
    pub fn trusted(&self) -> &Trusted {
        &self.trusted
    }

    /// Spool directory in which downloads are kept meanwhile.
    #[must_use]
    pub fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Whether users may be given that address: as far as it tells, it leads to where they get as
    /// well, or the administrator says so.
    #[must_use]
    pub fn is_for_users(&self, url: &str) -> bool {
        web_url(url).is_some_and(|url| self.trusted.has(&url) || is_open(&url))
    }

    /// Whether everybody gets to that address, as far as it tells: what the administrator trusts
    /// may be for us alone.
    #[must_use]
    pub fn is_everybodys(&self, url: &str) -> bool {
        web_url(url).is_some_and(|url| !self.trusted.has(&url) && is_open(&url))
    }

    /// Fetches a file of at most `most` bytes: what is public, trusted, or `inside`.
    ///
    /// # Errors
    /// [`FetchError`]; nothing is left behind then.
    pub async fn fetch(&self, url: &str, most: u64, inside: Inside<'_>) -> Result<Fetched, FetchError> {
        let limit = TOTAL + Duration::from_secs(most / SLOWEST);
        tokio::time::timeout(limit, self.follow(url, most, inside)).await.map_err(|_| FetchError::Time)?
    }

    async fn follow(&self, url: &str, most: u64, inside: Inside<'_>) -> Result<Fetched, FetchError> {
        let mut url = web_url(url).ok_or(FetchError::Url)?;
        for _ in 0..=MAX_HOPS {
            let inside = self.trusted.has(&url) || inside.has(&url);
            let client = self.clients.to(&url, inside).map_err(|refused| match refused {
                Refused::NotPublic(_) => FetchError::NotPublic,
                Refused::Client(error) => FetchError::Http(Unreached::new(error)),
            })?;
            let answer = client.get(url.clone()).send().await.map_err(explained)?;
            match answer.status() {
                status if status.is_success() => return self.store(&url, answer, most).await,
                status if status.is_redirection() => {
                    let next = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
                    let next = next.and_then(|to| url.join(to).ok()).and_then(|to| web_url(to.as_str()));
                    url = next.ok_or(FetchError::Url)?;
                }
                status => return Err(FetchError::Status(status.as_u16())),
            }
        }
        Err(FetchError::Hops)
    }

    async fn store(&self, url: &Url, mut answer: Response, most: u64) -> Result<Fetched, FetchError> {
        if answer.content_length().is_some_and(|length| length > most) {
            return Err(FetchError::TooLarge(most));
        }
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|type_| type_.to_str().ok());
        let content_type = content_type.map(str::to_owned);
        let mut writing = self.spool.create()?;
        let (mut batch, mut size) = (BytesMut::new(), 0);
        while let Some(chunk) = answer.chunk().await.map_err(explained)? {
            size += chunk.len() as u64;
            if size > most {
                return Err(FetchError::TooLarge(most));
            }
            batch.extend_from_slice(&chunk);
            if batch.len() >= BATCH {
                writing = writing.add(batch.split().freeze()).await?;
            }
        }
        let writing = writing.add(batch.freeze()).await?;
        let (source, spooled) = writing.finish();
        Ok(Fetched { source, spooled, content_type, name: name_in(url) })
    }
}

/// Scheme, host and port of a text that should be an address of the web.
#[must_use]
pub fn origin_of(url: &str) -> Option<String> {
    origin(&web_url(url)?)
}

/// File name that the URL suggests, if any.
#[must_use]
pub fn name_of(url: &str) -> Option<String> {
    name_in(&web_url(url)?)
}

fn web_url(url: &str) -> Option<Url> {
    let url = (url.len() <= MAX_URL).then(|| Url::parse(url).ok())??;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// Tells whether a URL, as it is written, leads to a public address.
fn is_open(url: &Url) -> bool {
    let here = url.host_str().is_some_and(|host| host == "localhost" || host.ends_with(".localhost"));
    !here && literal(url).is_none_or(is_public)
}

/// File name that a parsed URL suggests. Only ever shown.
fn name_in(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back()?;
    let name = percent_encoding::percent_decode_str(last).decode_utf8().ok()?;
    (!name.is_empty() && name.len() <= MAX_NAME).then(|| name.into_owned())
}

/// Tells what went wrong; the URL may hold a secret, and this ends in logs.
fn explained(error: reqwest::Error) -> FetchError {
    if NotPublic::caused(&error) {
        return FetchError::NotPublic;
    }
    if error.is_timeout() { FetchError::Time } else { FetchError::Http(Unreached::new(error)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        Router,
        body::Body,
        http::StatusCode,
        response::{IntoResponse, Redirect},
        routing::get,
    };
    use bytes::Bytes;
    use futures_util::stream;
    use tokio::net::TcpListener;

    struct Web {
        origin: String,
        fetcher: Fetcher,
        spool: tempfile::TempDir,
    }

    /// A server on loopback, which is trusted, and one that is not.
    async fn web() -> Web {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let endless = || async {
            let zeros = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[0; 1000])));
            Body::from_stream(zeros)
        };
        let router = Router::new()
            .route("/a%20file.txt", get(|| async { ([(CONTENT_TYPE, "text/plain")], "content") }))
            .route("/endless", get(endless))
            .route("/large", get(|| async { vec![0_u8; 10_000] }))
            .route("/gone", get(|| async { StatusCode::GONE }))
            .route("/again", get(|| async { Redirect::to("/again") }))
            .route("/once", get(|| async { Redirect::to("/a%20file.txt") }))
            .route("/inside", get(|| async { Redirect::to("http://169.254.169.254/secret") }))
            .route("/name", get(|| async { Redirect::to("http://localhost:1/secret") }))
            .route(
                "/file",
                get(|| async { (StatusCode::FOUND, [(LOCATION, "file:///etc/passwd")]).into_response() }),
            );
        tokio::spawn(async move { axum::serve(listener, router).await });
        let spool = tempfile::tempdir().unwrap();
        let fetcher = Fetcher::new(
            Spool::open(spool.path().join("spool")).unwrap(),
            Trusted::new(vec![origin.clone()]),
        );
        Web { origin, fetcher, spool }
    }

    impl Web {
        async fn fetch(&self, path: &str) -> Result<Fetched, FetchError> {
            self.fetcher.fetch(&format!("{}{path}", self.origin), 5000, Inside::Nothing).await
        }

        fn left(&self) -> usize {
            std::fs::read_dir(self.spool.path().join("spool")).unwrap().count()
        }
    }

    #[tokio::test]
    async fn a_file_is_fetched_with_its_name_and_type() {
        let web = web().await;
        for path in ["/a%20file.txt", "/once"] {
            let fetched = web.fetch(path).await.unwrap();
            assert_eq!(std::fs::read(fetched.spooled.path()).unwrap(), b"content");
            assert_eq!(fetched.name.as_deref(), Some("a file.txt"));
            assert_eq!(fetched.content_type.as_deref(), Some("text/plain"));
        }
        assert_eq!(web.left(), 0, "dropped, they are gone");
    }

    #[tokio::test]
    async fn what_is_too_large_endless_or_no_file_is_refused_and_leaves_nothing() {
        let web = web().await;
        for path in ["/large", "/endless"] {
            assert!(matches!(web.fetch(path).await, Err(FetchError::TooLarge(5000))), "{path}");
        }
        assert!(matches!(web.fetch("/gone").await, Err(FetchError::Status(410))));
        assert!(matches!(web.fetch("/again").await, Err(FetchError::Hops)));
        assert!(matches!(web.fetch("/file").await, Err(FetchError::Url)));
        assert_eq!(web.left(), 0);
    }

    #[tokio::test]
    async fn nobody_is_led_inside_neither_at_once_nor_by_a_redirect() {
        let web = web().await;
        for path in ["/inside", "/name"] {
            assert!(matches!(web.fetch(path).await, Err(FetchError::NotPublic)), "{path}");
        }
        let stranger = Fetcher::new(web.fetcher.spool().clone(), Trusted::default());
        for url in [
            format!("{}/once", web.origin),
            web.origin.replace("127.0.0.1", "localhost"),
            web.origin.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
            web.origin.replace("127.0.0.1", "2130706433"),
            web.origin.replace("127.0.0.1", "0x7f.1"),
            "http://[::1]:1/".into(),
            "http://0.0.0.0:1/".into(),
        ] {
            assert!(
                matches!(stranger.fetch(&url, 5000, Inside::Nothing).await, Err(FetchError::NotPublic)),
                "{url}"
            );
        }
        let once = format!("{}/once", web.origin);
        let led = stranger.fetch(&once, 5000, Inside::Only(&once)).await;
        assert!(matches!(led, Err(FetchError::NotPublic)), "one address leads to no other");
        let file = format!("{}/a%20file.txt", web.origin);
        assert!(stranger.fetch(&file, 5000, Inside::Only(&file)).await.is_ok());
    }

    #[tokio::test]
    async fn what_is_no_address_of_the_web_is_refused() {
        let web = web().await;
        let long = format!("http://example.org/{}", "x".repeat(MAX_URL));
        for url in ["", "nonsense", "file:///etc/passwd", "ftp://example.org/x", "data:text/plain,x", &long] {
            assert!(
                matches!(web.fetcher.fetch(url, 1, Inside::Nothing).await, Err(FetchError::Url)),
                "{url}"
            );
        }
        let trusted = Trusted::new(vec!["http://10.0.0.5".into()]);
        let fetcher = Fetcher::new(web.fetcher.spool().clone(), trusted);
        for (url, given) in [
            ("https://example.org/a", true),
            ("http://1.1.1.1/a", true),
            ("http://10.0.0.5/a", true),
            ("http://10.0.0.5:8008/a", false),
            ("http://127.0.0.1:1/a", false),
            ("http://[::1]/a", false),
            ("http://localhost/a", false),
            ("http://x.localhost/a", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(fetcher.is_for_users(url), given, "{url}");
            let trusted = url.starts_with("http://10.0.0.5/");
            assert_eq!(fetcher.is_everybodys(url), given && !trusted, "{url}");
        }
        assert_eq!(origin_of("HTTPS://Example.org/x?y").as_deref(), Some("https://example.org"));
    }
}
