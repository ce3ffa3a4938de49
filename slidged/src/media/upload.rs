//! The HTTP half of an upload (XEP-0363 section 6): one PUT to where the XMPP server said.

use super::{
    reach::{Clients, NOT_PUBLIC, NotPublic, Refused, Trusted, literal},
    source::Source,
    unreached::Unreached,
};
use reqwest::{
    Body, Url,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use std::time::Duration;

/// Time limit of a whole upload, beside what the slowest line that we wait for needs.
const TOTAL: Duration = Duration::from_secs(60);
/// 1 Mbit/s. Bytes a second.
const SLOWEST: u64 = 128 << 10;

/// Origin of an upload's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// The service of our own server: it may be anywhere, and without TLS on loopback.
    OwnServer,
    /// The address is from somebody else's server, which could make us talk to what listens here.
    Stranger,
}

/// Target of an upload.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The URL.
    pub url: &'a str,
    /// Headers that the server wants back.
    pub headers: &'a [(String, String)],
    /// Origin of the address.
    pub named_by: NamedBy,
}

/// Reason why a file was not uploaded.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The address is no URL that we use.
    #[error("the address for the upload is not one of https")]
    Url,
    /// The address leads to where only insiders should get.
    #[error("{NOT_PUBLIC}")]
    NotPublic,
    /// A header that HTTP does not know.
    #[error("a header for the upload is malformed")]
    Header,
    /// The server does not want it.
    #[error("the server for uploads answered {0}")]
    Status(u16),
    /// The server could not be reached, or did not answer properly.
    #[error("the server for uploads cannot be reached: {0}")]
    Http(Unreached),
}

/// Puts files.
#[derive(Debug)]
pub struct Uploader {
    trusted: Trusted,
    /// HTTP clients. The time limit is given with each upload: servers answer at its end.
    clients: Clients,
}

impl Uploader {
    /// One to whatever is public, to `trusted`, and to where our own server says.
    #[must_use]
    pub fn new(trusted: Trusted) -> Self {
        Uploader { trusted, clients: Clients::new(None) }
    }

    /// Puts a file. Follows no redirects: whoever answers with one has not taken it.
    ///
    /// # Errors
    /// [`PutError`]; nothing can be fetched then.
    pub async fn put(&self, to: Target<'_>, content_type: &str, file: &Source) -> Result<(), PutError> {
        let (url, inside) = self.checked(to.url, to.named_by).ok_or(PutError::Url)?;
        let client = self.clients.to(&url, inside).map_err(|refused| match refused {
            Refused::NotPublic(_) => PutError::NotPublic,
            Refused::Client(error) => PutError::Http(Unreached::new(error)),
        })?;
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
        let request = client.put(url).headers(headers).body(Body::wrap_stream(file.stream()));
        let request = request.timeout(TOTAL + Duration::from_secs(size / SLOWEST));
        let answer = request.send().await.map_err(explained)?;
        // Its body is of no interest and is not read.
        if answer.status().is_success() { Ok(()) } else { Err(PutError::Status(answer.status().as_u16())) }
    }

    /// The address, and whether it may be inside.
    fn checked(&self, url: &str, named_by: NamedBy) -> Option<(Url, bool)> {
        let url = Url::parse(url).ok().filter(Url::has_host)?;
        let (trusted, own) = (self.trusted.has(&url), named_by == NamedBy::OwnServer);
        let plain = || trusted || (own && literal(&url).is_some_and(|ip| ip.is_loopback()));
        let usable = match url.scheme() {
            "https" => true,
            "http" => plain(),
            _ => false,
        };
        usable.then_some((url, trusted || own))
    }
}

/// Tells what went wrong; the URL may hold a secret, and this ends in logs.
fn explained(error: reqwest::Error) -> PutError {
    if NotPublic::caused(&error) { PutError::NotPublic } else { PutError::Http(Unreached::new(error)) }
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

    async fn put(url: &str, headers: &[(String, String)], named_by: NamedBy) -> Result<(), PutError> {
        let file = Source::Memory(b"the file"[..].into());
        Uploader::new(Trusted::default()).put(Target { url, headers, named_by }, "image/png", &file).await
    }

    #[tokio::test]
    async fn a_file_arrives_with_its_size_type_and_headers() {
        let (url, asked) = once("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
        let headers = [("Authorization".to_owned(), "Bearer x".to_owned()), ("Cookie".into(), "a=b".into())];
        put(&url, &headers, NamedBy::OwnServer).await.unwrap();
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
            let error = put(&url, &[], NamedBy::OwnServer).await.unwrap_err();
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
            assert!(matches!(put(url, &[], NamedBy::Stranger).await, Err(PutError::Url)), "{url}");
        }
        for url in ["http://10.0.0.1/x", "http://localhost.example.org/x", "http://127.0.0.1.example.org/"] {
            assert!(matches!(put(url, &[], NamedBy::OwnServer).await, Err(PutError::Url)), "{url}");
        }
        let uploader = Uploader::new(Trusted::default());
        assert!(uploader.checked("http://[::1]:8080/x", NamedBy::OwnServer).is_some());
    }

    #[tokio::test]
    async fn a_strangers_server_cannot_have_anything_put_on_this_machine_or_beside_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in
            ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "2130706433", "10.0.0.1"]
        {
            let sent = put(&format!("https://{host}:{port}/x"), &[], NamedBy::Stranger).await;
            assert!(matches!(sent, Err(PutError::NotPublic)), "{host}: {sent:?}");
        }
        // Without TLS nothing is said there either.
        let url = format!("https://localhost:{port}/x");
        let sent = put(&url, &[], NamedBy::OwnServer);
        let heard = async { drop(listener.accept().await) };
        let (sent, ()) = tokio::join!(sent, heard);
        assert!(matches!(sent, Err(PutError::Http(_))), "{sent:?}");
    }

    #[tokio::test]
    async fn what_the_administrator_trusts_takes_files_whoever_names_it() {
        let (url, asked) = once("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
        let origin = url.strip_suffix("/slot/a.png").unwrap().to_owned();
        let file = Source::Memory(b"the file"[..].into());
        let uploader = Uploader::new(Trusted::new(vec![origin]));
        let target = Target { url: &url, headers: &[], named_by: NamedBy::Stranger };
        uploader.put(target, "image/png", &file).await.unwrap();
        asked.await.unwrap();
    }

    #[tokio::test]
    async fn headers_that_would_smuggle_are_refused() {
        for (name, value) in [("Cookie", "a\r\nX: y"), ("Coo kie", "a"), ("", "a")] {
            let headers = [(name.to_owned(), value.to_owned())];
            let sent = put("http://127.0.0.1:1/x", &headers, NamedBy::OwnServer).await;
            assert!(matches!(sent, Err(PutError::Header)), "{name}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_an_error_that_shows_no_secret() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let error = put(&format!("http://{closed}/secret"), &[], NamedBy::OwnServer).await.unwrap_err();
        assert!(matches!(&error, PutError::Http(_)) && !error.to_string().contains("secret"), "{error}");
        let text = error.to_string();
        assert!(text.contains(&closed.to_string()) && text.contains("refused"), "who, and why: {text}");
    }
}
