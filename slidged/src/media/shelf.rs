//! Files that we serve ourselves: in one directory, under random names, for a while, up to a quota.
//!
//! A file's name is 128 random bits and the number of its owner: all that there is to know is in
//! the directory.

use super::{
    source::{Source, blocking},
    spool::random_name,
};
use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// A file that is being written ends so.
const PART: &str = ".part";

/// Limits of space and time of kept files.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of all files.
    pub quota: u64,
    /// Bytes of the files of one user.
    pub user_quota: u64,
    /// Time that a file is kept, counted from when it was put there.
    pub retention: Duration,
}

/// Reason why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The quota of all files, or of the owner's, is used up.
    #[error("the quota for files is used up")]
    Quota,
    /// The disk.
    #[error("the file could not be stored: {0}")]
    Disk(#[from] io::Error),
}

/// The directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shelf(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    limits: Limits,
    used: Mutex<Used>,
}

/// Bytes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Used {
    all: u64,
    by_owner: HashMap<i64, u64>,
}

impl Used {
    fn add(&mut self, owner: i64, size: u64) {
        self.all += size;
        *self.by_owner.entry(owner).or_default() += size;
    }

    fn remove(&mut self, owner: i64, size: u64) {
        self.all = self.all.saturating_sub(size);
        if let Some(of_owner) = self.by_owner.get_mut(&owner) {
            *of_owner = of_owner.saturating_sub(size);
            if *of_owner == 0 {
                self.by_owner.remove(&owner);
            }
        }
    }
}

impl Shelf {
    /// Makes the directory, counts what is in it, and throws away what was not finished. Blocks.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn open(directory: PathBuf, limits: Limits) -> io::Result<Self> {
        fs::create_dir_all(&directory)?;
        let mut used = Used::default();
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if name.ends_with(PART) {
                fs::remove_file(entry.path())?;
            } else if let Some(owner) = owner(name) {
                used.add(owner, entry.metadata()?.len());
            }
        }
        Ok(Shelf(Arc::new(Inner { directory, limits, used: Mutex::new(used) })))
    }

    /// Puts a file there. Gives its id.
    ///
    /// # Errors
    /// When a quota is used up, or the disk is full.
    pub async fn add(&self, owner: i64, source: &Source) -> Result<String, ShelfError> {
        let (shelf, source) = (self.clone(), source.clone());
        blocking(move || Ok(shelf.put(owner, &source))).await?
    }

    /// Puts a file on the shelf. Blocks.
    ///
    /// # Errors
    /// When a quota is used up, or the disk is full.
    pub fn put(&self, owner: i64, source: &Source) -> Result<String, ShelfError> {
        let room = self.reserve(owner, source.size()).ok_or(ShelfError::Quota)?;
        let id = format!("{}-{owner}", random_name()?);
        let path = self.0.directory.join(&id);
        let part = path.with_extension(&PART[1..]);
        let copied = copy(source, &part).and_then(|()| fs::rename(&part, &path));
        if copied.is_err() {
            // At worst it goes at the next start.
            let _ = fs::remove_file(&part);
        }
        copied?;
        // From now on the file takes it.
        std::mem::forget(room);
        Ok(id)
    }

    /// Makes room before the file is written, so that several at once do not take more than there
    /// is.
    fn reserve(&self, owner: i64, size: u64) -> Option<Room> {
        let (mut used, limits) = (self.used(), &self.0.limits);
        let of_owner = used.by_owner.get(&owner).copied().unwrap_or_default();
        let fits =
            used.all.checked_add(size)? <= limits.quota && of_owner.checked_add(size)? <= limits.user_quota;
        fits.then(|| {
            used.add(owner, size);
            Room { shelf: self.clone(), owner, size }
        })
    }

    /// Opens a file that is there.
    pub async fn get(&self, id: &str) -> Option<Source> {
        // Nothing else is a name of ours, so no id leads anywhere else.
        owner(id)?;
        Source::open(&self.0.directory.join(id)).await.ok()
    }

    /// Tells whether a file exists.
    pub async fn has(&self, id: &str) -> bool {
        owner(id).is_some() && tokio::fs::try_exists(self.0.directory.join(id)).await.unwrap_or(false)
    }

    /// Throws away the files that are older than the retention; how many. Blocks.
    pub fn expire(&self, now: SystemTime) -> usize {
        let retention = self.0.limits.retention;
        let old = |path: &Path| {
            let made = fs::metadata(path).and_then(|meta| meta.modified());
            // A file that is gone meanwhile, or has no time, is left alone.
            made.is_ok_and(|made| now.duration_since(made).is_ok_and(|age| age >= retention))
        };
        self.remove(|name, path| !name.ends_with(PART) && old(path))
    }

    /// Throws away all files of a user. Blocks.
    pub fn forget(&self, of: i64) -> usize {
        self.remove(|name, _| owner(name) == Some(of))
    }

    /// One that cannot be removed is in nobody's way.
    fn remove(&self, chosen: impl Fn(&str, &Path) -> bool) -> usize {
        let entries = match fs::read_dir(&self.0.directory) {
            Ok(entries) => entries,
            Err(error) => {
                tracing::warn!(%error, "the directory with our files cannot be read");
                return 0;
            }
        };
        let mut removed = 0;
        for entry in entries.flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            let Some((name, owner)) = name.to_str().and_then(|name| Some((name, owner(name)?))) else {
                continue;
            };
            if !chosen(name, &path) {
                continue;
            }
            let size = entry.metadata().map_or(0, |meta| meta.len());
            match fs::remove_file(&path) {
                Ok(()) => {
                    self.used().remove(owner, size);
                    removed += 1;
                }
                Err(error) => tracing::warn!(%error, "an old file cannot be removed"),
            }
        }
        removed
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room that was made for a file; given back when the file does not come.
struct Room {
    shelf: Shelf,
    owner: i64,
    size: u64,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.shelf.used().remove(self.owner, self.size);
    }
}

fn copy(source: &Source, to: &Path) -> io::Result<()> {
    use io::Write as _;
    let mut file = fs::File::create_new(to)?;
    let mut at = 0;
    while at < source.size() {
        let piece = source.piece(at)?;
        file.write_all(&piece)?;
        at += piece.len() as u64;
    }
    Ok(())
}

/// Owner of a file, if the name is one of ours.
fn owner(name: &str) -> Option<i64> {
    let (random, owner) = name.split_once('-')?;
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let number = || owner.bytes().all(|b| b.is_ascii_digit()).then(|| owner.parse().ok())?;
    (random.len() == 32 && random.bytes().all(hex)).then(number)?
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const LIMITS: Limits = Limits { quota: 100, user_quota: 60, retention: DAY };

    fn bytes(size: usize) -> Source {
        Source::Memory(vec![7; size].into())
    }

    #[tokio::test]
    async fn a_file_can_be_had_by_its_id_only() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("other"), "secret").unwrap();
        let shelf = Shelf::open(directory.path().join("files"), LIMITS).unwrap();
        let id = shelf.add(3, &bytes(5)).await.unwrap();
        assert_eq!(shelf.get(&id).await.unwrap().piece(0).unwrap(), vec![7; 5]);
        assert!(shelf.has(&id).await);
        let wrong = id.replace("-3", "-4");
        for id in
            ["", "..", "../other", "../other-3", wrong.as_str(), &format!("{id}.part"), &format!("/{id}")]
        {
            assert!(shelf.get(id).await.is_none() && !shelf.has(id).await, "{id}");
        }
    }

    #[tokio::test]
    async fn quotas_hold_for_each_and_for_all_also_after_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let open = || Shelf::open(directory.path().to_owned(), LIMITS).unwrap();
        let shelf = open();
        shelf.add(1, &bytes(60)).await.unwrap();
        assert!(matches!(shelf.add(1, &bytes(1)).await, Err(ShelfError::Quota)), "of the user");
        shelf.add(2, &bytes(40)).await.unwrap();
        assert!(matches!(shelf.add(3, &bytes(1)).await, Err(ShelfError::Quota)), "of all");
        let again = open();
        assert_eq!(*again.used(), *shelf.used());
        assert_eq!(again.forget(1), 1);
        assert_eq!(again.used().all, 40);
        again.add(1, &bytes(60)).await.unwrap();
    }

    #[tokio::test]
    async fn what_cannot_be_written_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(directory.path().join("files"), LIMITS).unwrap();
        let path = directory.path().join("source");
        fs::write(&path, [0; 50]).unwrap();
        let source = Source::open(&path).await.unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_len(1).unwrap();
        assert!(matches!(shelf.add(1, &source).await, Err(ShelfError::Disk(_))));
        assert_eq!(
            (*shelf.used() == Used::default(), fs::read_dir(directory.path().join("files")).unwrap().count()),
            (true, 0)
        );
    }

    #[tokio::test]
    async fn old_files_go_and_others_stay() {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(directory.path().to_owned(), LIMITS).unwrap();
        let id = shelf.add(1, &bytes(10)).await.unwrap();
        fs::write(directory.path().join("not ours"), "x").unwrap();
        assert_eq!(shelf.expire(SystemTime::now()), 0);
        assert_eq!(shelf.expire(SystemTime::now() + DAY + DAY / 24), 1);
        assert!(shelf.get(&id).await.is_none());
        assert!(directory.path().join("not ours").exists());
        assert_eq!(*shelf.used(), Used::default());
    }
}
