//! Installation of what the verbs need beside Rust.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{Run, cargo};

/// Packages for benchmarks: Prosody, and its module for privileges (XEP-0356).
pub(crate) const BENCH: &[&str] = &["prosody", "prosody-modules"];
/// Packages for a chat: Prosody, its module for privileges (XEP-0356), and its archive in SQLite.
pub(crate) const CHAT: &[&str] = &["prosody", "prosody-modules", "lua-dbi-sqlite3"];
/// Packages for all tests: the other server, the other database, a proxy for files, what converts
/// stickers, what locks a database as well, and what makes another Debian in a directory.
pub(crate) const TESTS: &[&str] = &[
    "prosody",
    "prosody-modules",
    "lua-dbi-sqlite3",
    "ejabberd",
    "postgresql",
    "openssl",
    "nginx-light",
    "ffmpeg",
    "sqlite3",
    "debootstrap",
];

/// Asked by Debian's packages before they start their service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Makes sure that these Debian packages are there: installs what is missing when we are root.
///
/// # Errors
/// A sentence with the line to run, when we are not.
pub(crate) fn packages(wanted: &[&str]) -> Result<(), String> {
    if !has_program("dpkg-query") {
        eprintln!("This is not Debian: make sure that these are installed: {}", wanted.join(" "));
        return Ok(());
    }
    let missing: Vec<_> = wanted.iter().copied().filter(|p| !installed(p)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !is_root() {
        return Err(format!(
            "needs packages. Run:\n\n    sudo apt-get update && sudo apt-get install --no-install-recommends -y {list}\n"
        ));
    }
    eprintln!("installing {list}");
    let _quiet = NoServices::begin();
    // Somebody else may be installing too: wait for them.
    let wait = ["-o", "DPkg::Lock::Timeout=300"];
    Run::start("apt-get update", apt().args(wait).args(["-qq", "update"]))?;
    let install = ["-qq", "install", "--no-install-recommends", "-y"];
    Run::start("apt-get install", apt().args(wait).args(install).args(missing).stdout(Stdio::null()))
}

/// Tells whether cargo-nextest is there, or can be made.
pub(crate) fn nextest() -> bool {
    let there = || {
        let asked = cargo("nextest").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|s| s.success())
    };
    if there() {
        return true;
    }
    eprintln!("installing cargo-nextest");
    let made = Run::start("cargo install", cargo("install").args(["--locked", "cargo-nextest"]));
    if let Err(why) = &made {
        eprintln!("{why}; the tests run with cargo test instead");
    }
    made.is_ok() && there()
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn installed(package: &str) -> bool {
    let asked = Command::new("dpkg-query")
        .args(["-W", "-f=${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output();
    asked.is_ok_and(|out| out.stdout == b"installed")
}

fn has_program(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(name).is_file()))
}

/// Tells whether the effective user is root, to whom our own entry in /proc then belongs.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// Guard against starting services: while this lives, what is installed does not start, for nobody
/// asked for an XMPP server on this machine's public ports. A policy that is there already is left
/// alone.
struct NoServices(bool);

impl NoServices {
    fn begin() -> Self {
        let ours = !Path::new(POLICY).exists()
            && fs::write(POLICY, "#!/bin/sh\nexit 101\n").is_ok()
            && fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755)).is_ok();
        NoServices(ours)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.0
            && let Err(e) = fs::remove_file(POLICY)
        {
            eprintln!("remove {POLICY}, which was meant to be there for a moment only: {e}");
        }
    }
}
