//! Permissions of a plugin's file and of the directories above it.

use super::error::{LoadErrorKind, Writers};
use std::{fs, os::unix::fs::MetadataExt, path::Path};

const GROUP_MAY_WRITE: u32 = 0o020;
const OTHERS_MAY_WRITE: u32 = 0o002;
/// Sticky bit: in such a directory, like `/tmp`, nobody can replace what belongs to others.
const STICKY: u32 = 0o1000;

/// Checks that no other user may write to the file, or to a directory above it: they could run code
/// in this process.
pub(super) fn check(path: &Path) -> Result<(), LoadErrorKind> {
    if !fs::metadata(path)?.is_file() {
        return Err(LoadErrorKind::NotAFile);
    }
    let me = fs::metadata("/proc/self")?;
    for part in path.ancestors() {
        let meta = fs::metadata(part)?;
        let trusted_owner = meta.uid() == 0 || meta.uid() == me.uid();
        if !trusted_owner {
            return Err(LoadErrorKind::Foreign { path: part.to_owned(), owner: meta.uid(), me: me.uid() });
        }
        if meta.is_dir() && meta.mode() & STICKY != 0 {
            continue;
        }
        if meta.mode() & OTHERS_MAY_WRITE != 0 {
            return Err(LoadErrorKind::Writable(part.to_owned(), Writers::Anybody));
        }
        // Many systems give each user a group of their own and let it write by default.
        let trusted_group = meta.gid() == 0 || meta.gid() == me.gid();
        if meta.mode() & GROUP_MAY_WRITE != 0 && !trusted_group {
            return Err(LoadErrorKind::Writable(part.to_owned(), Writers::Group(meta.gid())));
        }
    }
    Ok(())
}
