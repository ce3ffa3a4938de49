//! The bytes of a file, in memory or on disk, read as often as needed and never more than a piece
//! at a time.

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};
use std::{fs::File, io, os::unix::fs::FileExt as _, path::Path, sync::Arc};

/// Read from disk at once: few switches to another thread for a large file, and little memory for
/// many at the same time. Bytes.
pub const PIECE: usize = 256 << 10;

/// A file. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Source {
    /// Bytes in memory.
    Memory(Bytes),
    /// An open file, with the length that it had when it was opened: what is added later is not
    /// read.
    Disk(Arc<File>, u64),
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is none that can be read.
    pub async fn open(path: &Path) -> io::Result<Self> {
        let path = path.to_owned();
        blocking(move || {
            // Looked at first: opening a pipe would wait for its other end.
            if !std::fs::metadata(&path)?.is_file() {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            let file = File::open(&path)?;
            let size = file.metadata()?.len();
            Ok(Source::Disk(Arc::new(file), size))
        })
        .await
    }

    /// Bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Source::Memory(bytes) => bytes.len() as u64,
            Source::Disk(_, size) => *size,
        }
    }

    /// The piece that begins at `at`, shorter than [`PIECE`] at the end only. Blocks: not for async
    /// threads.
    ///
    /// # Errors
    /// When it cannot be read, or has become shorter.
    pub fn piece(&self, at: u64) -> io::Result<Bytes> {
        self.part(at, self.size())
    }

    fn part(&self, at: u64, end: u64) -> io::Result<Bytes> {
        let length = usize::try_from(end.saturating_sub(at)).map_or(PIECE, |left| left.min(PIECE));
        match self {
            Source::Memory(bytes) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                Ok(bytes.slice(at..(at + length).min(bytes.len())))
            }
            Source::Disk(file, _) => {
                let mut piece = vec![0; length];
                file.read_exact_at(&mut piece, at)?;
                Ok(piece.into())
            }
        }
    }

    /// All of it, piece by piece, read beside the async threads.
    pub fn stream(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        self.stream_part(0, self.size())
    }

    /// Streams the bytes from `start` up to before `end`.
    pub fn stream_part(
        &self,
        start: u64,
        end: u64,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        match self {
            Source::Memory(bytes) => {
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let (start, end) = (place(start), place(end));
                let part = bytes.slice(start.min(end)..end);
                stream::once(async { Ok(part) }).left_stream()
            }
            Source::Disk(..) => {
                let source = self.clone();
                stream::try_unfold((source, start), move |(source, at)| async move {
                    if at >= end {
                        return Ok(None);
                    }
                    let (piece, source) = blocking(move || Ok((source.part(at, end)?, source))).await?;
                    let next = at + piece.len() as u64;
                    Ok(Some((piece, (source, next))))
                })
                .right_stream()
            }
        }
    }
}

/// Runs what blocks beside the async threads.
///
/// # Errors
/// Those of `act`.
pub async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(act).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt as _;

    async fn all(stream: impl Stream<Item = io::Result<Bytes>>) -> io::Result<Vec<u8>> {
        stream
            .try_fold(Vec::new(), |mut all, piece| async move {
                assert!(piece.len() <= PIECE || all.is_empty());
                all.extend_from_slice(&piece);
                Ok(all)
            })
            .await
    }

    #[tokio::test]
    async fn a_file_is_read_whole_and_in_part_from_disk_as_from_memory() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for size in [0, 1, PIECE, 2 * PIECE + 7] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            for source in [Source::open(&path).await.unwrap(), Source::Memory(bytes.clone().into())] {
                assert_eq!(source.size(), size as u64);
                assert_eq!(all(source.stream()).await.unwrap(), bytes);
                let (start, end) = (size / 3, size - size / 4);
                let part = all(source.stream_part(start as u64, end as u64)).await.unwrap();
                assert_eq!(part, bytes[start..end]);
            }
        }
    }

    #[tokio::test]
    async fn what_is_no_file_or_becomes_shorter_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Source::open(directory.path()).await.is_err());
        assert!(Source::open(&directory.path().join("missing")).await.is_err());
        let path = directory.path().join("file");
        std::fs::write(&path, [0; 100]).unwrap();
        let source = Source::open(&path).await.unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap();
        assert_eq!(all(source.stream()).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
