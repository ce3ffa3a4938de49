//! A disk that becomes full.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::temp_dir::TempDir;

/// A small file system in memory. It is unmounted when it is dropped.
#[derive(Debug)]
pub struct Disk {
    scratch: TempDir,
}

impl Disk {
    /// Mounts one with this size in MiB; none where this process may not mount.
    #[must_use]
    pub fn mount(size: u32) -> Option<Self> {
        let scratch = TempDir::new("disk");
        let options = format!("size={size}m,mode=700");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(scratch.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Disk { scratch })
    }

    /// Returns the path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.scratch.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Writes until there is no room for another byte.
    ///
    /// # Panics
    /// When something else goes wrong.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("a file of our own");
        let mut size = 1 << 20;
        while size > 0 {
            match filler.write(&vec![0; size]) {
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::StorageFull => size /= 16,
                Err(e) => panic!("cannot fill the disk: {e}"),
            }
        }
    }

    /// Takes away again what filled it.
    ///
    /// # Panics
    /// When that is not possible.
    pub fn free(&self) {
        fs::remove_file(self.filler()).expect("a file of our own");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a server that is still ending may have a file open.
        drop(Command::new("umount").arg("--lazy").arg(self.path()).status());
    }
}
