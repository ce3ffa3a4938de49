//! Lines of bounded length, and how they are read.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Reads a line into `line`, without its line feed (and carriage return); `false` at the end of the
/// stream, even after half a line.
///
/// Not cancel safe if `line` is cleared after the future is dropped: what was read so far is in
/// `line`.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] for a line longer than `limit`.
pub(crate) async fn read<R: AsyncBufRead + Unpin>(
    source: &mut R,
    line: &mut Vec<u8>,
    limit: usize,
) -> io::Result<bool> {
    loop {
        let chunk = source.fill_buf().await?;
        if chunk.is_empty() {
            return Ok(false);
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(chunk.len());
        if line.len() + taken > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the line is too long"));
        }
        line.extend_from_slice(&chunk[..taken]);
        source.consume(end.map_or(taken, |end| end + 1));
        if end.is_some() {
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(true);
        }
    }
}
