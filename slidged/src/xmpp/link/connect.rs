//! Endpoint of the server, and the byte stream to it.

use std::{
    fmt, io,
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream, tcp::OwnedReadHalf},
};

/// The half of a connection that is read.
pub type ReadHalf = Box<dyn AsyncRead + Send + Unpin>;
/// The half of a connection that is written.
pub type WriteHalf = Box<dyn AsyncWrite + Send + Unpin>;

/// A source of connections to the same endpoint.
pub trait Connect: Send + 'static {
    /// Makes a new connection. May be dropped at any time.
    fn connect(&mut self) -> impl Future<Output = io::Result<(ReadHalf, WriteHalf)>> + Send;
}

/// Endpoint at which the XMPP server listens for components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A TCP port. Names are resolved at every attempt.
    Tcp {
        /// A name or an address.
        host: String,
        /// The port, 5347 by custom.
        port: u16,
    },
    /// A unix socket.
    Unix(PathBuf),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Endpoint::Tcp { host, port } => write!(f, "{host}:{port}"),
            Endpoint::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Connect for Endpoint {
    async fn connect(&mut self) -> io::Result<(ReadHalf, WriteHalf)> {
        match self {
            Endpoint::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                // The writer makes batches itself; Nagle would only add a round trip to small ones.
                stream.set_nodelay(true)?;
                let (r, w) = stream.into_split();
                Ok((Box::new(Prompt(r)), Box::new(w)))
            }
            Endpoint::Unix(path) => {
                let (r, w) = UnixStream::connect(path).await?.into_split();
                Ok((Box::new(r), Box::new(w)))
            }
        }
    }
}

/// Acknowledges what it reads at once. Servers leave Nagle's algorithm on for components: a small
/// stanza waits at the server until the one before it is acknowledged, and TCP would delay that by
/// up to 40 ms whenever we have nothing to say.
struct Prompt(OwnedReadHalf);

impl AsyncRead for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_read(cx, buf))?;
        // Linux forgets it after a while, so it is said again. Where it cannot be said, only time
        // is lost.
        let _ = self.0.as_ref().set_quickack(true);
        Poll::Ready(Ok(()))
    }
}
