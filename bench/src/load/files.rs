//! Files from the network.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use super::Options;
use super::chat::message;
use super::meter::Meter;
use super::splitter::body;
use crate::failed;

/// Receives so many files, and looks whether the last one is there.
pub(crate) fn files(options: &Options) -> io::Result<()> {
    let (n, size): (usize, usize) = (options.number("n", 100)?, options.number("size", 102_400)?);
    let to = options.contact();
    let (_, mut stream) = options.client()?;
    let meter = Meter::start(options, "files")?;
    stream.send(&message(&to, "chat", "files", &format!("!files {n} {size}")))?;
    let mut last = String::new();
    for _ in 0..n {
        let wanted = |s: &str| s.starts_with("<message") && body(s).is_some();
        let stanza = stream.expect("a file", options.limit()?, wanted)?;
        let url = body(&stanza).unwrap_or_default();
        if !url.starts_with("http") {
            return Err(failed(stanza));
        }
        url.clone_into(&mut last);
    }
    meter.report(n, vec![], &[])?;
    match fetch(&last)? {
        length if length == size => Ok(()),
        length => Err(failed(format!("{last}: {length} bytes, not {size}"))),
    }
}

/// The length of what is at an `http://` address.
fn fetch(url: &str) -> io::Result<usize> {
    let rest = url.strip_prefix("http://").ok_or_else(|| failed(url))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut socket = TcpStream::connect(host)?;
    write!(socket, "GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
    let mut reply = vec![];
    socket.read_to_end(&mut reply)?;
    let head = reply.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or(reply.len());
    Ok(reply.len().saturating_sub(head + 4))
}
