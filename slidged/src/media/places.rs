//! Directories in which a plugin may name files: a network that makes it name another must get
//! nothing of this machine.

use super::source::{Source, blocking};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Directories.
#[derive(Debug, Clone)]
pub struct Places(Vec<PathBuf>);

impl Places {
    /// Allows these directories, which need not exist yet.
    #[must_use]
    pub fn new(directories: Vec<PathBuf>) -> Self {
        Places(directories)
    }

    /// Resolves a path with all its links. Blocks for a moment.
    ///
    /// # Errors
    /// When it is not there, or not in one of the directories.
    pub fn find(&self, path: &Path) -> io::Result<PathBuf> {
        let found = fs::canonicalize(path)?;
        let inside = |place: &PathBuf| fs::canonicalize(place).is_ok_and(|place| found.starts_with(place));
        if self.0.iter().any(inside) {
            return Ok(found);
        }
        let allowed: Vec<String> = self.0.iter().map(|place| place.display().to_string()).collect();
        let why =
            format!("{} is not in {}, where a plugin may name files", path.display(), allowed.join(" or "));
        Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
    }

    /// Opens a file.
    ///
    /// # Errors
    /// When it is none that can be read, or not in one of the directories.
    pub async fn open(&self, path: &Path) -> io::Result<Source> {
        let (places, path) = (self.clone(), path.to_owned());
        let found = blocking(move || places.find(&path)).await?;
        Source::open(&found).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[tokio::test]
    async fn only_what_is_really_in_one_of_the_directories_is_opened() {
        let root = tempfile::tempdir().unwrap();
        let (inside, outside) = (root.path().join("plugin"), root.path().join("plugin-not"));
        for place in [&inside, &outside] {
            fs::create_dir(place).unwrap();
            fs::write(place.join("file"), "content").unwrap();
        }
        symlink(outside.join("file"), inside.join("link out")).unwrap();
        symlink(inside.join("file"), outside.join("link in")).unwrap();
        let places = Places::new(vec![root.path().join("missing"), inside.clone()]);
        for path in [inside.join("file"), inside.join("../plugin/file"), outside.join("link in")] {
            assert_eq!(places.open(&path).await.unwrap().size(), 7, "{}", path.display());
        }
        for path in [
            outside.join("file"),
            inside.join("../plugin-not/file"),
            inside.join("link out"),
            "/proc/self/environ".into(),
            "/etc/passwd".into(),
        ] {
            let error = places.open(&path).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{}", path.display());
            assert!(error.to_string().contains("where a plugin may name files"), "{error}");
        }
        assert_eq!(places.open(&inside.join("none")).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
