//! Stored files: in the state folder under random names, or in memory.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::protocol::{FileId, limits};

/// Storage of files.
pub(super) enum Files {
    /// Folder in which each file has its id as name.
    Folder(PathBuf),
    /// Memory, with at most [`limits::FILES_IN_MEMORY`] bytes altogether.
    Memory(Mutex<HashMap<FileId, Bytes>>),
}

/// File that is being written.
pub(super) enum Upload {
    Folder { file: File, part: PathBuf, path: PathBuf },
    Memory { id: FileId, bytes: BytesMut },
}

/// Content of a file.
pub(super) enum Content {
    Folder(File),
    Memory(Bytes),
}

impl Files {
    /// Opens the folder, or starts with nothing in memory.
    pub(super) fn open(state: Option<&Path>) -> io::Result<Files> {
        let Some(state) = state else { return Ok(Files::Memory(Mutex::default())) };
        let folder = state.join("files");
        std::fs::create_dir_all(&folder)?;
        Ok(Files::Folder(folder))
    }

    /// Begins a file. The id is one of ours: hexadecimal digits.
    pub(super) async fn create(&self, id: &FileId) -> io::Result<Upload> {
        match self {
            Files::Folder(folder) => {
                let (part, path) = (folder.join(format!("{id}.part")), folder.join(id));
                Ok(Upload::Folder { file: File::create_new(&part).await?, part, path })
            }
            Files::Memory(_) => Ok(Upload::Memory { id: id.clone(), bytes: BytesMut::new() }),
        }
    }

    /// Completes a file: from now on it can be read.
    pub(super) async fn finish(&self, upload: Upload) -> io::Result<()> {
        match (self, upload) {
            (_, Upload::Folder { mut file, part, path }) => {
                file.flush().await?;
                tokio::fs::rename(part, path).await
            }
            (Files::Memory(files), Upload::Memory { id, bytes }) => {
                let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
                let used: u64 = files.values().map(|file| file.len() as u64).sum();
                if used + bytes.len() as u64 > limits::FILES_IN_MEMORY {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                files.insert(id, bytes.freeze());
                Ok(())
            }
            (Files::Folder(_), Upload::Memory { .. }) => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Opens a file that was completed.
    pub(super) async fn read(&self, id: &FileId) -> io::Result<Content> {
        match self {
            Files::Folder(folder) => Ok(Content::Folder(File::open(folder.join(id)).await?)),
            Files::Memory(files) => {
                let files = files.lock().unwrap_or_else(PoisonError::into_inner);
                files.get(id).cloned().map(Content::Memory).ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        }
    }
}

impl Upload {
    /// Adds bytes to the file.
    pub(super) async fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        match self {
            Upload::Folder { file, .. } => file.write_all(chunk).await,
            Upload::Memory { bytes, .. } => {
                bytes.extend_from_slice(chunk);
                Ok(())
            }
        }
    }

    /// Throws the file away.
    pub(super) async fn discard(self) {
        if let Upload::Folder { part, .. } = self {
            // If this fails, an incomplete file that nothing refers to stays in the folder.
            let _ = tokio::fs::remove_file(part).await;
        }
    }
}
