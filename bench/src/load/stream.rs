//! A blocking stream without encryption.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::splitter::Splitter;

/// Read at once.
const CHUNK: usize = 1 << 16;

#[derive(Debug)]
pub(crate) struct Stream {
    socket: TcpStream,
    splitter: Splitter,
    chunk: Vec<u8>,
}

impl Stream {
    /// Connects, sends the header and gives the server's.
    pub(crate) fn open(address: &str, header: &str) -> io::Result<(Self, String)> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        let mut stream = Stream { socket, splitter: Splitter::default(), chunk: vec![0; CHUNK] };
        let theirs = stream.restart(header)?;
        Ok((stream, theirs))
    }

    /// Begins the stream anew on the same connection.
    pub(crate) fn restart(&mut self, header: &str) -> io::Result<String> {
        self.splitter = Splitter::default();
        self.send(header)?;
        self.recv(Duration::from_secs(20))
    }

    pub(crate) fn send(&mut self, text: &str) -> io::Result<()> {
        self.socket.write_all(text.as_bytes())
    }

    /// The next stanza, or `TimedOut` when none came in time.
    pub(crate) fn recv(&mut self, timeout: Duration) -> io::Result<String> {
        let end = Instant::now() + timeout;
        loop {
            if let Some(stanza) = self.splitter.next() {
                return Ok(stanza);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
            match self.socket.read(&mut self.chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => self.splitter.feed(&self.chunk[..n]),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// The next stanza that is wanted; others are dropped.
    pub(crate) fn expect(
        &mut self,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> io::Result<String> {
        let end = Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let stanza = self
                .recv(left)
                .map_err(|e| io::Error::new(e.kind(), format!("while waiting for {what}: {e}")))?;
            if wanted(&stanza) {
                return Ok(stanza);
            }
        }
    }
}
