//! RFC 6120 section 5 and XEP-0368: a stream to the server, encrypted if it is not on this machine.

use super::place::Place;
use futures_util::{SinkExt, StreamExt};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite, BufStream},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};
use tokio_xmpp::{
    parsers::{starttls, stream_features::StreamFeatures},
    xmlstream::{
        FallibleStreamElement, StreamHeader, Timeouts, XmppStream, XmppStreamElement, initiate_stream,
    },
};

/// Time for each step: whoever waits longer thinks that it hangs.
const PATIENCE: Duration = Duration::from_secs(15);
/// The protocol inside, for servers that have several behind a port (XEP-0368).
const ALPN: &[u8] = b"xmpp-client";
const CLIENT: &str = "jabber:client";

/// Byte stream under an XML stream.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

pub(super) type Stream = XmppStream<BufStream<Box<dyn Io>>>;

/// A stream before the login.
pub(super) struct Connected {
    pub(super) stream: Stream,
    pub(super) features: StreamFeatures,
    /// Description of the connection in words.
    pub(super) how: &'static str,
}

/// Connects to the server of that domain.
///
/// # Errors
///
/// Why that does not go, in words.
pub(super) async fn to(domain: &str, place: &Place) -> Result<Connected, String> {
    let late = |_| "no answer in time".to_owned();
    timeout(PATIENCE, establish(domain, place)).await.map_err(late)?
}

async fn establish(domain: &str, place: &Place) -> Result<Connected, String> {
    let said = |error: io::Error| error.to_string();
    let tcp = TcpStream::connect((place.host.as_str(), place.port)).await.map_err(said)?;
    let here = tcp.peer_addr().is_ok_and(|peer| peer.ip().is_loopback());
    let io: Box<dyn Io> = Box::new(tcp);
    if place.direct {
        let (stream, features) = open(domain, encrypted(domain, io, true).await?).await?;
        return Ok(Connected { stream, features, how: "with TLS" });
    }
    let (mut stream, features) = open(domain, io).await?;
    if features.starttls.is_none() {
        if here {
            return Ok(Connected { stream, features, how: "not encrypted, on this machine" });
        }
        return Err("it offers no encryption (STARTTLS): clients refuse that".to_owned());
    }
    let request = XmppStreamElement::Starttls(starttls::Nonza::Request(starttls::Request));
    stream.send(&request).await.map_err(said)?;
    let Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::Starttls(starttls::Nonza::Proceed(_))))) =
        stream.next().await
    else {
        return Err("it offers STARTTLS, and then does not do it".to_owned());
    };
    let io = encrypted(domain, stream.into_inner().into_inner(), false).await?;
    let (stream, features) = open(domain, io).await?;
    Ok(Connected { stream, features, how: "with STARTTLS" })
}

async fn open(domain: &str, io: Box<dyn Io>) -> Result<(Stream, StreamFeatures), String> {
    let header = StreamHeader { to: Some(domain.into()), from: None, id: None };
    let timeouts = Timeouts { read_timeout: PATIENCE, response_timeout: PATIENCE };
    let stream = initiate_stream(BufStream::new(io), CLIENT, header, timeouts).await;
    let stream = stream.map_err(|error| format!("it does not speak XMPP: {error}"))?;
    let (features, stream) = stream.recv_features().await.map_err(|error| error.to_string())?;
    Ok((stream, features))
}

/// Starts TLS with the authorities that this machine trusts; `SSL_CERT_FILE` names others.
async fn encrypted(domain: &str, io: Box<dyn Io>, direct: bool) -> Result<Box<dyn Io>, String> {
    let certificates = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs);
    let certificates = certificates.await.map_err(|error| error.to_string())?.certs;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    if direct {
        config.alpn_protocols = vec![ALPN.to_vec()];
    }
    let name = idna::domain_to_ascii(domain).map_err(|error| error.to_string())?;
    let name = ServerName::try_from(name).map_err(|error| error.to_string())?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, io).await;
    let stream = stream.map_err(|error| {
        format!("clients refuse its certificate: {error}. One of your own authority: SSL_CERT_FILE=ca.pem")
    })?;
    Ok(Box::new(stream))
}
