//! Files on their way: on disk for as long as they are needed, under random names.

use super::source::{Source, blocking};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The directory where they are. Only ours: what is in it at the start is left over.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Path>);

impl Spool {
    /// Makes the directory, and empties it.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn open(directory: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&directory)?;
        for left in fs::read_dir(&directory)? {
            fs::remove_file(left?.path())?;
        }
        Ok(Spool(directory.into()))
    }

    /// Begins a file. Blocks for a moment.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(&self) -> io::Result<Writing> {
        let path = self.0.join(random_name()?);
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok(Writing { file, spooled: Spooled(path), size: 0 })
    }
}

/// 128 random bits: nobody guesses it, and no two are the same.
///
/// # Errors
/// When the system has no randomness.
pub fn random_name() -> io::Result<String> {
    let mut name = [0; 16];
    getrandom::fill(&mut name).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(HEXLOWER.encode(&name))
}

/// A file that is being written.
#[derive(Debug)]
pub struct Writing {
    file: File,
    spooled: Spooled,
    size: u64,
}

impl Writing {
    /// Bytes until now.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes. Blocks: not for async threads.
    ///
    /// # Errors
    /// When the disk takes no more.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Adds bytes beside the async threads.
    ///
    /// # Errors
    /// When the disk takes no more.
    pub async fn add(mut self, bytes: Bytes) -> io::Result<Self> {
        blocking(move || {
            self.write(&bytes)?;
            Ok(self)
        })
        .await
    }

    /// The file, to be read as often as needed while it lives.
    #[must_use]
    pub fn finish(self) -> (Source, Spooled) {
        (Source::Disk(Arc::new(self.file), self.size), self.spooled)
    }
}

/// A file on its way; dropped, it is gone. What was opened can be read on.
#[derive(Debug)]
pub struct Spooled(PathBuf);

impl Spooled {
    /// Path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(%error, "a file that is not needed any more could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lives_as_long_as_it_is_needed_and_leftovers_go_at_the_start() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("spool");
        let count = || fs::read_dir(&path).unwrap().count();
        let spool = Spool::open(path.clone()).unwrap();
        let mut writing = spool.create().unwrap();
        writing.write(b"abc").unwrap();
        writing.write(b"def").unwrap();
        let (source, spooled) = writing.finish();
        assert_eq!((source.size(), fs::read(spooled.path()).unwrap()), (6, b"abcdef".to_vec()));
        drop(spooled);
        assert_eq!((count(), &source.piece(0).unwrap()[..]), (0, &b"abcdef"[..]));
        std::mem::forget(spool.create().unwrap());
        assert_eq!(count(), 1);
        Spool::open(path.clone()).unwrap();
        assert_eq!(count(), 0);
    }
}
