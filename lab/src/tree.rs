//! Another Debian in a directory: the servers of its release, run by chroot. Only root can.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binaries;

/// A Debian of some release. It is made once and kept below `target/trees`; what is missing in it
/// is installed.
#[derive(Debug, Clone)]
pub struct Tree {
    root: PathBuf,
}

/// Settings of this machine's apt that say how its mirror is reached. Written with a colon behind
/// them for what belongs to them.
const REACHED_BY: &[&str] = &[
    "Acquire::http",
    "Acquire::https",
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
    "Acquire::Retries",
];

/// Asked by Debian's packages before they start their service: none is to run.
const POLICY: &str = "#!/bin/sh\nexit 101\n";

impl Tree {
    /// Reason why no tree can be made here, if there is one.
    #[must_use]
    pub fn impossible() -> Option<&'static str> {
        let there = |program: &str| {
            ["/usr/sbin", "/usr/bin"].iter().any(|directory| Path::new(directory).join(program).exists())
        };
        if !rustix::process::geteuid().is_root() {
            return Some("only root can make a tree of another Debian");
        }
        (!there("debootstrap")).then_some("debootstrap is not installed")
    }

    /// The tree of a release, by its code name, with these packages in it. Takes a minute the first
    /// time, from the mirror that this machine's apt has.
    ///
    /// # Panics
    /// When it cannot be made: without root, debootstrap or the mirror.
    #[must_use]
    pub fn with(release: &str, packages: &[&str]) -> Self {
        let trees = binaries::target().join("trees");
        fs::create_dir_all(&trees).unwrap_or_else(|e| panic!("cannot make {}: {e}", trees.display()));
        let trees = trees.canonicalize().expect("the directory was made a moment ago");
        let lock = trees.join(format!("{release}.lock"));
        let lock = File::create(&lock).unwrap_or_else(|e| panic!("cannot write {}: {e}", lock.display()));
        lock.lock().expect("a lock among the processes of this machine");
        let tree = Tree { root: trees.join(release) };
        if !tree.root.exists() {
            tree.make(release);
        }
        tree.install(packages);
        tree
    }

    fn make(&self, release: &str) {
        let (mirror, unfinished) = (mirror(), self.root.with_extension("unfinished"));
        drop(fs::remove_dir_all(&unfinished));
        eprintln!("making {}", self.root.display());
        // What it mounts is gone with its own view of what is mounted: nobody deletes through it
        // into this machine.
        let mut debootstrap = Command::new("unshare");
        debootstrap
            .args(["--mount", "debootstrap", "--variant=minbase", release])
            .arg(&unfinished)
            .arg(mirror);
        if let Some(proxy) = proxy() {
            debootstrap.env("http_proxy", proxy);
        }
        done("debootstrap", &mut debootstrap);
        let write = |path: &str, text: &str, mode: u32| {
            let path = unfinished.join(path);
            fs::write(&path, text).unwrap_or_else(|e| panic!("cannot write {}: {e}", path.display()));
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("our own file");
        };
        write("usr/sbin/policy-rc.d", POLICY, 0o755);
        write("etc/apt/apt.conf.d/90mirror", &settings(), 0o644);
        fs::rename(&unfinished, &self.root).expect("a directory of ours is given its name");
    }

    fn install(&self, packages: &[&str]) {
        let missing: Vec<_> = packages.iter().copied().filter(|package| !self.has(package)).collect();
        if missing.is_empty() {
            return;
        }
        eprintln!("installing {} in {}", missing.join(" "), self.root.display());
        self.run("apt-get", &["-qq", "update"]);
        let install = ["-qq", "install", "--no-install-recommends", "-y"];
        self.run("apt-get", &[&install[..], &missing].concat());
    }

    fn has(&self, package: &str) -> bool {
        let mut asked = Command::new("chroot");
        asked.arg(&self.root).args(["dpkg-query", "-W", "-f=${db:Status-Status}", package]);
        asked.output().is_ok_and(|out| out.stdout == b"installed")
    }

    /// Runs a program of the tree to its end, with `/proc`.
    ///
    /// # Panics
    /// When it does not succeed.
    pub fn run(&self, program: &str, args: &[&str]) {
        let mut command = Command::new("unshare");
        let script = "mount -t proc proc \"$0/proc\" && exec chroot \"$0\" \"$@\"";
        command.args(["--mount", "sh", "-c", script]).arg(&self.root).arg(program).args(args);
        done(program, command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8"));
    }

    /// The version of a package that is installed in it.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    pub fn version(&self, package: &str) -> String {
        let mut asked = Command::new("chroot");
        asked.arg(&self.root).args(["dpkg-query", "-W", "-f=${Version}", package]);
        let out = asked.output().expect("chroot starts");
        assert!(out.status.success(), "{package} is not in {}", self.root.display());
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// Root directory, as seen from outside.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the root as programs in it see it.
    ///
    /// # Panics
    /// When it is not below the root.
    #[must_use]
    pub fn inside(&self, path: &Path) -> PathBuf {
        let below = path.strip_prefix(&self.root);
        Path::new("/").join(below.unwrap_or_else(|_| panic!("{} is outside of the tree", path.display())))
    }
}

fn done(name: &str, command: &mut Command) {
    let out = command.output().unwrap_or_else(|e| panic!("cannot start {name}: {e}"));
    let said = [out.stdout, out.stderr].concat();
    assert!(
        out.status.success(),
        "{name} (as root?) ended with {}: {}",
        out.status,
        String::from_utf8_lossy(&said)
    );
}

/// Mirror of this machine's apt for its own release.
fn mirror() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let own = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or_default();
    let mut asked = Command::new("apt-get");
    asked.args(["indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"]);
    let out = asked.output().expect("apt-get starts: this is Debian");
    let targets = String::from_utf8_lossy(&out.stdout).into_owned();
    let of_own = targets.lines().find_map(|line| line.strip_suffix(&format!(" {own}")));
    of_own.unwrap_or_else(|| panic!("apt has no mirror of {own:?}")).to_owned()
}

/// Settings that apt needs to reach the mirror.
fn settings() -> String {
    let out = Command::new("apt-config").args(["dump", "Acquire"]).output().expect("apt-config starts");
    let all = String::from_utf8_lossy(&out.stdout).into_owned();
    let needed = |line: &&str| {
        REACHED_BY.iter().any(|name| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', ':']))
                && !line.ends_with(" \"\";")
        })
    };
    all.lines().filter(needed).map(|line| format!("{line}\n")).collect()
}

fn proxy() -> Option<String> {
    let settings = settings();
    let line = settings.lines().find_map(|line| line.strip_prefix("Acquire::http::Proxy \""))?;
    line.strip_suffix("\";").map(str::to_owned)
}
