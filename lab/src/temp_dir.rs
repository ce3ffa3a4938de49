//! A server's own directory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tree::Tree;

/// A directory that is removed when it is dropped, unless a test failed or it was asked for by
/// name.
#[derive(Debug)]
pub struct TempDir {
    path: PathBuf,
    throw_away: Option<tempfile::TempDir>,
}

impl TempDir {
    /// A new directory under the system's directory for temporary files.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix(&format!("slidged-lab-{name}-"))
            .tempdir()
            .expect("a temporary directory");
        TempDir { path: dir.path().to_owned(), throw_away: Some(dir) }
    }

    /// A new directory in memory where there is one (`/dev/shm`), else as [`new`](Self::new).
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn in_memory(name: &str) -> Self {
        let dir = tempfile::Builder::new().prefix(&format!("slidged-lab-{name}-")).tempdir_in("/dev/shm");
        dir.map_or_else(
            |_| Self::new(name),
            |dir| TempDir { path: dir.path().to_owned(), throw_away: Some(dir) },
        )
    }

    /// The given directory, emptied first and kept afterwards.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        drop(fs::remove_dir_all(path));
        fs::create_dir_all(path).unwrap_or_else(|e| panic!("cannot make {}: {e}", path.display()));
        TempDir { path: path.canonicalize().expect("the directory was made a moment ago"), throw_away: None }
    }

    /// `new`, or `at` below `root` where one is given.
    #[must_use]
    pub fn below(root: Option<&Path>, name: &str) -> Self {
        root.map_or_else(|| Self::new(name), |root| Self::at(&root.join(name)))
    }

    /// A new directory in a tree, where its programs see it.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn inside(tree: &Tree, name: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix(&format!("slidged-lab-{name}-"))
            .tempdir_in(tree.root().join("tmp"))
            .expect("a temporary directory in the tree");
        TempDir { path: dir.path().to_owned(), throw_away: Some(dir) }
    }

    /// Path of the directory as programs of that tree see it.
    #[must_use]
    pub fn seen_by(&self, tree: Option<&Tree>) -> PathBuf {
        tree.map_or_else(|| self.path.clone(), |tree| tree.inside(&self.path))
    }

    /// Path of the directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file in it and gives its path.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path.join(name);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).unwrap_or_else(|e| panic!("cannot make {}: {e}", dir.display()));
        }
        fs::write(&path, text).unwrap_or_else(|e| panic!("cannot write {}: {e}", path.display()));
        path
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(dir) = self.throw_away.take()
        {
            eprintln!("what the server left is kept in {}", dir.keep().display());
        }
    }
}
