//! Files over the network's HTTP side: as much of HTTP/1.1 as that takes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, ReadBuf, Take};
use tokio::net::TcpStream;

use super::Error;
use crate::protocol::{File, Kind, Refusal, Welcome};

/// Longest head of an HTTP answer, and longest JSON answer, in bytes: ours have a few hundred.
const HEAD: u64 = 16 * 1024;

/// File that is being downloaded. Reading fails if the connection breaks before its end.
pub struct Download {
    /// Size of the file in bytes.
    pub size: u64,
    source: Take<BufReader<TcpStream>>,
}

impl AsyncRead for Download {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (before, left) = (buf.filled().len(), self.source.limit());
        let polled = Pin::new(&mut self.source).poll_read(cx, buf);
        if matches!(polled, Poll::Ready(Ok(())))
            && buf.filled().len() == before
            && left > 0
            && buf.remaining() > 0
        {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        polled
    }
}

/// Uploads `size` bytes of a source under a name. Not cancel safe: the server throws an upload away
/// that breaks off.
///
/// # Errors
/// Any [`Error`]; [`Kind::TooLarge`] beyond the server's limit.
pub async fn upload<R: AsyncRead + Unpin>(
    welcome: &Welcome,
    name: &str,
    media_type: &str,
    size: u64,
    source: R,
) -> Result<File, Error> {
    let mut socket = TcpStream::connect(&welcome.http).await?;
    let name = crate::protocol::wire::path_part(name);
    let media_type: String = media_type.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    let head = format!(
        "PUT /files/{name} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: {media_type}\r\n\
         Content-Length: {size}\r\nConnection: close\r\n\r\n",
        welcome.http, welcome.token
    );
    socket.write_all(head.as_bytes()).await?;
    let (read, mut write) = socket.split();
    let mut read = BufReader::new(read);
    // A refusal arrives while the file is still being sent, and ends the sending.
    let writing = async {
        let copied = tokio::io::copy(&mut source.take(size), &mut write).await;
        match copied {
            Ok(copied) if copied < size => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            _ => std::future::pending().await,
        }
    };
    let (status, body) = tokio::select! {
        answer = whole(&mut read) => answer?,
        broken = writing => return Err(broken.map_or_else(Error::from, |()| Error::Closed(None))),
    };
    if status == 200 {
        return serde_json::from_slice(&body).map_err(|error| Error::Garbled(error.to_string()));
    }
    Err(match serde_json::from_slice::<Refusal>(&body) {
        Ok(refusal) => refusal.into(),
        Err(_) => Error::Garbled(format!("status {status}")),
    })
}

/// Begins to download a file.
///
/// # Errors
/// Any [`Error`]; [`Kind::NotFound`] when the file does not exist.
pub async fn download(http: &str, path: &str) -> Result<Download, Error> {
    let mut socket = TcpStream::connect(http).await?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).await?;
    let mut source = BufReader::new(socket);
    match read_head(&mut source).await? {
        (200, Some(size)) => Ok(Download { size, source: source.take(size) }),
        (404 | 410, _) => Err(Refusal::new(Kind::NotFound, "no such file").into()),
        (status, _) => Err(Error::Garbled(format!("status {status}"))),
    }
}

/// Reads a whole answer, of bounded length.
async fn whole<R: AsyncRead + Unpin>(source: &mut BufReader<R>) -> Result<(u16, Vec<u8>), Error> {
    let (status, length) = read_head(source).await?;
    let mut body = Vec::new();
    source.take(length.unwrap_or(HEAD).min(HEAD)).read_to_end(&mut body).await?;
    Ok((status, body))
}

/// Reads the head of an answer: its status and the length of its body.
async fn read_head<R: AsyncRead + Unpin>(source: &mut BufReader<R>) -> Result<(u16, Option<u64>), Error> {
    let garbled = || Error::Garbled("not HTTP".into());
    let mut head = source.take(HEAD);
    let mut line = String::new();
    head.read_line(&mut line).await?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(garbled)?;
    let mut length = None;
    loop {
        line.clear();
        if head.read_line(&mut line).await? == 0 {
            return Err(garbled());
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok();
            }
            Some(_) => {}
            None => return Ok((status, length)),
        }
    }
}
