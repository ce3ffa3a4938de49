//! Privacy of this process: other users of the machine get neither its files nor its memory.

use crate::config::plugin_folder;
use crate::config::root::Config;
use rustix::fs::Mode;
use rustix::process::DumpableBehavior;
use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::process::getrlimit;
use rustix::process::set_dumpable_behavior;
use rustix::process::setrlimit;
use rustix::process::umask;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;

/// Permissions that nobody but us gets on files that we make.
const OTHERS: u32 = 0o077;
/// Permissions that are removed: all of other users, and the group's right to write. A group that
/// may read was let in by somebody.
const TOO_OPEN: u32 = 0o027;
/// The files of a database that lies elsewhere.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", ".lock"];

/// Sets the process up, whatever it was started with: new files are for our own user only, and no
/// core is dumped.
pub fn begin() {
    umask(Mode::from_raw_mode(OTHERS));
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // A unit has said so already, and then perhaps nobody may say anything about limits.
    if getrlimit(Resource::Core) != none
        && let Err(error) = setrlimit(Resource::Core, none)
    {
        tracing::warn!(%error, "cores of this process are not forbidden");
    }
    // The limit is not for cores that go to a program (core(5)); this is for those as well, and
    // nobody else reads our memory.
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "other processes of this user can read the memory of this one");
    }
}

/// Takes from others what an earlier version, or somebody by hand, has left open to them. Tells
/// what it was.
pub fn mend(config: &Config) {
    let state = &config.state.directory;
    let key = config.state.key_path();
    let folders = [state.clone(), plugin_folder(state), state.join("spool"), config.media.files(state)];
    for folder in &folders {
        told(close(folder), folder);
    }
    for folder in [&folders[0], &folders[2], &folders[3]] {
        // Who has read the key must not be forgotten: it is refused.
        let files = files_in(folder).into_iter().filter(|file| *file != key);
        let mut mended = 0;
        for file in files {
            match close(&file) {
                Ok(None) => {}
                Ok(Some(_)) => mended += 1,
                failed => told(failed, &file),
            }
        }
        if mended > 0 {
            tracing::warn!(mended, folder = %folder.display(), "files were open to others: now they are for our own user only");
        }
    }
    let database = config.database.resolve().ok().and_then(|url| url.sqlite_path());
    for file in database.into_iter().flat_map(|path| BESIDE.map(|suffix| beside(&path, suffix))) {
        told(close(&file), &file);
    }
}

fn told(closed: io::Result<Option<u32>>, path: &Path) {
    let path = path.display();
    match closed {
        Ok(None) => {}
        Ok(Some(was)) => {
            tracing::warn!(%path, was = %format_args!("{was:04o}"), "it was open to others: now it is for our own user only");
        }
        Err(error) => tracing::warn!(%path, %error, "it is open to others: chmod go-rwx"),
    }
}

/// Takes from others what they may do with a file or a directory, if there is one; what its mode
/// was.
fn close(path: &Path) -> io::Result<Option<u32>> {
    let mode = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        meta => meta?.mode() & 0o7777,
    };
    if mode & TOO_OPEN == 0 {
        return Ok(None);
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode & !OTHERS))?;
    Ok(Some(mode))
}

/// The files in a directory, none if it cannot be read. Links are left alone: what they lead to is
/// somebody else's.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    files.map(|entry| entry.path()).collect()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::dumpable_behavior;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_is_made_from_now_on_is_ours_alone_and_so_is_our_memory() {
        begin();
        let path = tempfile::tempdir().unwrap().keep();
        fs::write(path.join("file"), "").unwrap();
        fs::create_dir(path.join("folder")).unwrap();
        assert_eq!(fs::metadata(path.join("file")).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.join("folder")).unwrap().mode() & 0o777, 0o700);
        fs::remove_dir_all(path).unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        assert_eq!(getrlimit(Resource::Core).maximum, Some(0));
    }

    #[test]
    fn what_is_open_to_others_is_closed_and_what_somebody_gave_a_group_stays() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        fs::write(&path, "").unwrap();
        for (mode, mended) in [
            (0o644, Some(0o600)),
            (0o666, Some(0o600)),
            (0o777, Some(0o700)),
            (0o660, Some(0o600)),
            (0o600, None),
            (0o640, None),
            (0o750, None),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(close(&path).unwrap(), mended.map(|_| mode));
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, mended.unwrap_or(mode));
        }
        assert_eq!(close(&root.path().join("none")).unwrap(), None);
        symlink("/etc/passwd", root.path().join("link")).unwrap();
        assert_eq!(files_in(root.path()), [path]);
    }
}
