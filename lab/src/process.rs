//! A server process that never outlives its owner.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process, kill_process_group};

use crate::tree::Tree;
use crate::wait::until;

/// Time that a server gets for an orderly end before it is killed.
const GRACE: Duration = Duration::from_secs(5);
/// Lines of the log that are shown when a test fails: enough for the last second of a busy server.
const SHOWN: usize = 60;

/// A running program, whose output goes to a log file.
///
/// Dropping it ends the program and its whole process group, and prints the end of the log if the
/// test is failing. Should this process be killed, the kernel kills the program too (`setpriv
/// --pdeathsig`).
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    ended: Option<ExitStatus>,
    /// Signal that ends the program when it is dropped.
    pub last_signal: Signal,
}

/// Builder of a [`Process`].
#[derive(Debug)]
pub struct Program {
    command: Command,
    name: String,
}

impl Program {
    /// A program by name or path.
    #[must_use]
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self::as_user(program, None)
    }

    /// Builds a program that runs as another user when a numeric id is given.
    #[must_use]
    pub fn as_user(program: impl AsRef<OsStr>, user: Option<(u32, u32)>) -> Self {
        let name = Path::new(program.as_ref()).file_name().unwrap_or_default().to_string_lossy().into_owned();
        // setpriv becomes the program (exec), so the process id is the program's own.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if let Some((uid, gid)) = user {
            command.args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--clear-groups"]);
        }
        command.arg("--").arg(program);
        Program { command, name }
    }

    /// A program of a tree, if one is given; what it is told of files is as seen from there.
    #[must_use]
    pub fn of(tree: Option<&Tree>, program: &str) -> Self {
        let Some(tree) = tree else { return Self::new(program) };
        let chroot = Self::new("chroot").args([tree.root().as_os_str(), program.as_ref()]);
        Program { name: program.to_owned(), ..chroot }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, args: I) -> Self {
        self.command.args(args);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Starts it with its output appended to `log`.
    ///
    /// # Panics
    /// When the log cannot be opened or the program cannot be started.
    #[must_use]
    pub fn start(mut self, log: &Path) -> Process {
        let out = File::options()
            .create(true)
            .append(true)
            .open(log)
            .unwrap_or_else(|e| panic!("cannot open {}: {e}", log.display()));
        let err = out.try_clone().expect("a second handle of an open file");
        self.command.stdin(Stdio::null()).stdout(out).stderr(err);
        // A group of its own: an interrupt in the terminal is for us, and we end the servers in
        // order.
        self.command.process_group(0);
        let child = self
            .command
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {} (by setpriv, of util-linux): {e}", self.name));
        Process { name: self.name, child, log: log.to_owned(), ended: None, last_signal: Signal::TERM }
    }
}

/// The memory that a process holds now (RSS), in bytes.
///
/// # Errors
/// When there is no such process.
pub fn memory(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024)
}

impl Process {
    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns the log so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(&self.log).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default()
    }

    /// Exit status, if the program has ended.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Sends a signal to the program. Nothing happens if it has ended.
    pub fn signal(&mut self, signal: Signal) {
        if self.exited().is_none()
            && let Some(pid) = Pid::from_raw(self.child.id().cast_signed())
        {
            // The one error there can be is that it has ended a moment ago.
            let _ended = kill_process(pid, signal);
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end in time.
    pub async fn wait(&mut self) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        until(&what, || self.exited()).await
    }

    /// Waits until something listens on `address`.
    ///
    /// # Panics
    /// When the program ends first, or nothing listens in time.
    pub async fn listens_on(&mut self, address: SocketAddr) {
        let what = format!("{} to listen on {address}", self.name);
        until(&what, || {
            self.must_run();
            TcpStream::connect(address).ok()
        })
        .await;
    }

    /// Waits until its log contains `text`.
    ///
    /// # Panics
    /// When the program ends first, or does not say so in time.
    pub async fn says(&mut self, text: &str) {
        let what = format!("{} to say {text:?}", self.name);
        until(&what, || {
            let said = self.log().contains(text);
            if !said {
                self.must_run();
            }
            said.then_some(())
        })
        .await;
    }

    /// # Panics
    /// When the program has ended.
    pub fn must_run(&mut self) {
        if let Some(status) = self.exited() {
            panic!("{} has ended: {status}", self.name);
        }
    }

    /// The processor time that it has used, all threads together.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn cpu(&self) -> io::Result<Duration> {
        let mut used = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            // In nanoseconds, where /proc/PID/stat counts in ticks of 10 ms. A thread may end while
            // we look.
            let line = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            used += line.split(' ').next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(used))
    }

    /// The memory that it holds now (RSS), in bytes.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn memory(&self) -> io::Result<u64> {
        memory(self.pid())
    }

    fn group(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ended = kill_process_group(pid, signal);
        }
    }
}

impl Drop for Process {
    #[expect(
        clippy::disallowed_methods,
        reason = "a destructor cannot wait for a future; it looks, as `until` does"
    )]
    fn drop(&mut self) {
        if self.exited().is_none() {
            self.group(self.last_signal);
            let since = Instant::now();
            while self.exited().is_none() && since.elapsed() < GRACE {
                std::thread::sleep(Duration::from_millis(2));
            }
            self.group(Signal::KILL);
            drop(self.child.wait());
        }
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            eprintln!("---- the end of {}'s log ({}):", self.name, self.log.display());
            for line in &lines[lines.len().saturating_sub(SHOWN)..] {
                eprintln!("{line}");
            }
        }
    }
}
