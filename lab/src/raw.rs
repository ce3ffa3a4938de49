//! A stream that says whatever the test likes, byte by byte: for attacks, and as a bare component.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use minidom::Element;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::site::Site;
use crate::stanza::{CLIENT, StanzaExt, escape};
use crate::wait::PATIENCE;

const STREAMS: &str = "http://etherx.jabber.org/streams";

/// An XMPP stream over plain TCP, as a client or as a component. Stanzas that come are read as
/// trees; what goes out is not looked at.
#[derive(Debug)]
pub struct Raw {
    tcp: TcpStream,
    buffer: Vec<u8>,
    /// Part of `buffer` that is known to hold no complete stanza.
    scan: Scan,
    address: String,
    asked: u32,
}

/// Reason why no stanza came.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The peer closed the stream or the connection.
    Closed,
    /// No stanza came in time.
    Silent,
}

impl Raw {
    /// A client with a bound resource that has not yet said that it is available.
    ///
    /// # Panics
    /// When it cannot log in.
    pub async fn client(site: &Site, name: &str, password: &str) -> Self {
        let mut raw = Self::open(site.c2s, site.domain, CLIENT).await;
        raw.expect("stream features", |s| s.name() == "features").await;
        let plain = base64(format!("\0{name}\0{password}").as_bytes());
        raw.send(&format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"))
            .await;
        let answer = raw.expect("an answer to the password", |_| true).await;
        assert_eq!(answer.name(), "success", "{}", String::from(&answer));
        raw.header(site.domain, CLIENT).await;
        raw.expect("stream features", |s| s.name() == "features").await;
        let bound = raw.ask("set", "", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>").await;
        let jid = bound.find("jid", "urn:ietf:params:xml:ns:xmpp-bind").map(Element::text);
        raw.address = jid.unwrap_or_else(|| panic!("no resource: {}", String::from(&bound)));
        raw
    }

    /// Makes an account in band (XEP-0077) and leaves. That it exists already is fine.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn register(site: &Site, name: &str, password: &str) {
        let mut raw = Self::open(site.c2s, site.domain, CLIENT).await;
        raw.expect("stream features", |s| s.name() == "features").await;
        let query = format!(
            "<query xmlns='jabber:iq:register'><username>{name}</username><password>{password}</password></query>"
        );
        let answer = raw.ask("set", "", &query).await;
        let fine = answer.kind() == "result" || answer.condition().as_deref() == Some("conflict");
        assert!(fine, "{name} is not registered: {}", String::from(&answer));
    }

    /// A component after its handshake (XEP-0114).
    ///
    /// # Panics
    /// When it is refused.
    pub async fn component(site: &Site) -> Self {
        let mut raw = Self::open(site.component, site.gateway, "jabber:component:accept").await;
        let header = raw.stream_header().await;
        let id = header.split("id='").nth(1).and_then(|s| s.split('\'').next());
        let id = id.unwrap_or_else(|| panic!("no stream id: {header}"));
        raw.send(&format!("<handshake>{}</handshake>", sha1_hex(&format!("{id}{}", site.secret)))).await;
        raw.expect("the handshake's answer", |s| s.name() == "handshake").await;
        raw.address = site.gateway.into();
        raw
    }

    async fn open(address: SocketAddr, to: &str, namespace: &str) -> Self {
        let tcp =
            TcpStream::connect(address).await.unwrap_or_else(|e| panic!("cannot connect to {address}: {e}"));
        drop(tcp.set_nodelay(true));
        let mut raw =
            Raw { tcp, buffer: Vec::new(), scan: Scan::default(), address: String::new(), asked: 0 };
        raw.header(to, namespace).await;
        raw
    }

    async fn header(&mut self, to: &str, namespace: &str) {
        self.buffer.clear();
        self.scan = Scan::default();
        // A component's header carries no version (XEP-0114).
        let version = if namespace == CLIENT { " version='1.0'" } else { "" };
        self.send(&format!("<?xml version='1.0'?><stream:stream xmlns='{namespace}' xmlns:stream='{STREAMS}' to='{to}'{version}>"))
            .await;
    }

    /// The address that it is bound to.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Writes bytes as they are.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn send(&mut self, text: &str) {
        self.try_send(text)
            .await
            .unwrap_or_else(|e| panic!("cannot write to the stream of {}: {e}", self.address));
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn try_send(&mut self, text: &str) -> std::io::Result<()> {
        self.tcp.write_all(text.as_bytes()).await
    }

    /// Asks and waits for the answer, an `<iq/>` of type result or error.
    ///
    /// # Panics
    /// When none comes.
    pub async fn ask(&mut self, kind: &str, to: &str, payload: &str) -> Element {
        self.asked += 1;
        let id = format!("raw-{}", self.asked);
        let to = if to.is_empty() { String::new() } else { format!(" to='{}'", escape(to)) };
        let from = if self.address.contains('@') || self.address.is_empty() {
            String::new()
        } else {
            format!(" from='{}'", self.address)
        };
        self.send(&format!("<iq type='{kind}' id='{id}'{from}{to}>{payload}</iq>")).await;
        self.expect("an answer", |s| s.is_iq() && s.id() == id && matches!(s.kind(), "result" | "error"))
            .await
    }

    /// The first stanza that fits; the others before it are dropped.
    ///
    /// # Panics
    /// When none comes, with a list of those that did.
    pub async fn expect(&mut self, what: &str, fits: impl Fn(&Element) -> bool) -> Element {
        let mut others = Vec::new();
        loop {
            match self.next_within(PATIENCE).await {
                Ok(stanza) if fits(&stanza) => return stanza,
                Ok(stanza) => others.push(String::from(&stanza)),
                Err(end) => panic!(
                    "{} waited for {what}, and the stream was {end:?}; before it came:\n{}",
                    self.address,
                    others.join("\n")
                ),
            }
        }
    }

    /// The next stanza.
    ///
    /// # Errors
    /// When none comes in `time`, or the stream is over.
    pub async fn next_within(&mut self, time: Duration) -> Result<Element, End> {
        timeout(time, self.next()).await.unwrap_or(Err(End::Silent))
    }

    async fn next(&mut self) -> Result<Element, End> {
        loop {
            match self.scan.advance(&self.buffer) {
                Some(Token::Stanza(start, end)) => {
                    let text: Vec<u8> = self.buffer.drain(..end).skip(start).collect();
                    self.scan.forget(end);
                    let prefixes = BTreeMap::from([
                        (None, CLIENT.to_owned()),
                        (Some("stream".to_owned()), STREAMS.to_owned()),
                    ]);
                    match Element::from_reader_with_prefixes(&text[..], prefixes) {
                        Ok(element) => return Ok(element),
                        Err(e) => panic!("{e} in {}", String::from_utf8_lossy(&text)),
                    }
                }
                Some(Token::Footer) => return Err(End::Closed),
                None => self.fill().await?,
            }
        }
    }

    async fn fill(&mut self) -> Result<(), End> {
        match self.tcp.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(End::Closed),
            Ok(_) => Ok(()),
        }
    }

    async fn stream_header(&mut self) -> String {
        loop {
            self.scan.advance(&self.buffer);
            if let Some((start, end)) = self.scan.header {
                return String::from_utf8_lossy(&self.buffer[start..end]).replace('"', "'");
            }
            let filled = timeout(PATIENCE, self.fill()).await;
            assert_eq!(filled, Ok(Ok(())), "a stream header from the server");
        }
    }
}

enum Token {
    /// A stanza, from the first byte of its opening tag to behind its closing tag.
    Stanza(usize, usize),
    Footer,
}

/// Finds where stanzas begin and end. It trusts a real server's output to be well-formed, without
/// comments or CDATA.
#[derive(Debug, Default)]
struct Scan {
    at: usize,
    depth: usize,
    start: usize,
    header: Option<(usize, usize)>,
}

impl Scan {
    fn advance(&mut self, bytes: &[u8]) -> Option<Token> {
        loop {
            let open = self.at + bytes.get(self.at..)?.iter().position(|&b| b == b'<')?;
            let close = tag_end(bytes, open)?;
            self.at = close + 1;
            let (declaration, closing, empty) =
                (bytes[open + 1] == b'?', bytes[open + 1] == b'/', bytes[close - 1] == b'/');
            match (declaration, closing) {
                (true, _) => {}
                (false, false) if self.header.is_none() => self.header = Some((open, close + 1)),
                (false, false) => {
                    if self.depth == 0 {
                        self.start = open;
                    }
                    self.depth += usize::from(!empty);
                    if self.depth == 0 {
                        return Some(Token::Stanza(self.start, close + 1));
                    }
                }
                (false, true) if self.depth == 0 => return Some(Token::Footer),
                (false, true) => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(Token::Stanza(self.start, close + 1));
                    }
                }
            }
        }
    }

    fn forget(&mut self, bytes: usize) {
        self.at -= bytes;
    }
}

/// End of the tag that begins at `open`: a `>` that is in no attribute's value.
fn tag_end(bytes: &[u8], open: usize) -> Option<usize> {
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate().skip(open) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'\'' | b'"') => quote = Some(byte),
            (Some(q), b) if q == b => quote = None,
            _ => {}
        }
    }
    None
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

fn sha1_hex(text: &str) -> String {
    use sha1::Digest;
    data_encoding::HEXLOWER.encode(&sha1::Sha1::digest(text.as_bytes()))
}
