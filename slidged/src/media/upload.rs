//! The HTTP half of an upload (XEP-0363 section 6): one PUT to where the XMPP server said.

use super::source::Source;
use reqwest::{
    Body, Client, Url,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use std::{net::IpAddr, sync::OnceLock, time::Duration};

/// For TCP and TLS: more than any server takes that will ever answer.
const CONNECT: Duration = Duration::from_secs(10);
/// For the whole of it, beside what the slowest line that we wait for needs.
const TOTAL: Duration = Duration::from_secs(60);
/// 1 Mbit/s. Bytes a second.
const SLOWEST: u64 = 128 << 10;

/// Whether a URL without TLS may be used. Only on loopback, and only where our own server said so: any other could make us talk to
/// what else listens here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// On loopback.
    Loopback,
    /// Nowhere.
    Never,
}

/// Where to put a file.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The URL.
    pub url: &'a str,
    /// Headers that the server wants back.
    pub headers: &'a [(String, String)],
    /// Whether it may do without TLS.
    pub plain: Plain,
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// No URL that we use.
    #[error("the address for the upload is not one of https")]
    Url,
    /// A header that HTTP does not know.
    #[error("a header for the upload is malformed")]
    Header,
    /// The server does not want it.
    #[error("the server for uploads answered {0}")]
    Status(u16),
    /// It did not get that far.
    #[error("the server for uploads cannot be reached: {0}")]
    Http(#[from] reqwest::Error),
}

/// Puts files. The client behind it, with the system's certificates, is made when it is first needed.
#[derive(Debug, Default)]
pub struct Uploader {
    client: OnceLock<Client>,
}

impl Uploader {
    /// Puts a file. Follows no redirects: whoever answers with one has not taken it.
    ///
    /// # Errors
    /// [`PutError`]; nothing can be fetched then.
    pub async fn put(&self, to: Target<'_>, content_type: &str, file: &Source) -> Result<(), PutError> {
        let url = checked(to.url, to.plain).ok_or(PutError::Url)?;
        let mut headers = HeaderMap::new();
        for (name, value) in to.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| PutError::Header)?;
            let mut value = HeaderValue::from_str(value).map_err(|_| PutError::Header)?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).map_err(|_| PutError::Header)?);
        let size = file.size();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
        let request = self.client()?.put(url).headers(headers).body(Body::wrap_stream(file.stream()));
        let request = request.timeout(TOTAL + Duration::from_secs(size / SLOWEST));
        // The URL may hold a secret, and this ends in logs.
        let answer = request.send().await.map_err(reqwest::Error::without_url)?;
        // Its body is of no interest and is not read.
        if answer.status().is_success() { Ok(()) } else { Err(PutError::Status(answer.status().as_u16())) }
    }

    fn client(&self) -> Result<&Client, reqwest::Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .user_agent(concat!("slidged/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(self.client.get_or_init(|| client))
    }
}

fn checked(url: &str, plain: Plain) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    let loopback = || {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        address.is_ok_and(|ip| ip.is_loopback())
    };
    match url.scheme() {
        "https" => Some(url),
        "http" if plain == Plain::Loopback && loopback() => Some(url),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// A server that answers one request, and what it was asked.
    async fn once(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/slot/a.png", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"the file") {
                assert_ne!(tcp.read_buf(&mut request).await.unwrap(), 0);
            }
            tcp.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(request).unwrap()
        });
        (url, asked)
    }

    async fn put(url: &str, headers: &[(String, String)], plain: Plain) -> Result<(), PutError> {
        let file = Source::Memory(b"the file"[..].into());
        Uploader::default().put(Target { url, headers, plain }, "image/png", &file).await
    }

    #[tokio::test]
    async fn a_file_arrives_with_its_size_type_and_headers() {
        let (url, asked) = once("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
        let headers = [("Authorization".to_owned(), "Bearer x".to_owned()), ("Cookie".into(), "a=b".into())];
        put(&url, &headers, Plain::Loopback).await.unwrap();
        let asked = asked.await.unwrap();
        assert!(asked.starts_with("PUT /slot/a.png HTTP/1.1\r\n"), "{asked}");
        for line in ["content-length: 8", "content-type: image/png", "authorization: Bearer x", "cookie: a=b"]
        {
            assert!(asked.lines().any(|l| l.eq_ignore_ascii_case(line)), "{line} is not in {asked}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_no_success_is_an_error() {
        for (answer, status) in [
            ("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n", 413),
            ("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", 302),
        ] {
            let (url, _asked) = once(answer).await;
            let error = put(&url, &[], Plain::Loopback).await.unwrap_err();
            assert!(matches!(error, PutError::Status(s) if s == status), "{error}");
        }
    }

    #[tokio::test]
    async fn only_https_and_loopback_of_our_own_server_are_used() {
        for url in [
            "http://127.0.0.1:1/x",
            "http://10.0.0.1/x",
            "file:///etc/passwd",
            "ftp://example.org/x",
            "https:///x y",
            "nonsense",
            "",
        ] {
            assert!(matches!(put(url, &[], Plain::Never).await, Err(PutError::Url)), "{url}");
        }
        for url in ["http://10.0.0.1/x", "http://localhost.example.org/x", "http://127.0.0.1.example.org/"] {
            assert!(matches!(put(url, &[], Plain::Loopback).await, Err(PutError::Url)), "{url}");
        }
        assert!(checked("http://[::1]:8080/x", Plain::Loopback).is_some());
    }

    #[tokio::test]
    async fn headers_that_would_smuggle_are_refused() {
        for (name, value) in [("Cookie", "a\r\nX: y"), ("Coo kie", "a"), ("", "a")] {
            let headers = [(name.to_owned(), value.to_owned())];
            let sent = put("http://127.0.0.1:1/x", &headers, Plain::Loopback).await;
            assert!(matches!(sent, Err(PutError::Header)), "{name}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_an_error_that_shows_no_secret() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let error = put(&format!("http://{closed}/secret"), &[], Plain::Loopback).await.unwrap_err();
        assert!(matches!(&error, PutError::Http(_)) && !error.to_string().contains("secret"), "{error}");
    }
}
