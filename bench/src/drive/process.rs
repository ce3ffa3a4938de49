//! A server that ends with the value that started it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::failed;

/// Time limit of any start.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time for an orderly end before a process is killed.
const GRACE: Duration = Duration::from_secs(15);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(2);
/// Lines of a log that belong to an error.
const SHOWN: usize = 15;

/// A running program whose output goes to a file.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program in `dir`, where its output goes to `NAME.log`. Should this process be
    /// killed, the kernel kills the program too.
    pub(crate) fn start(
        program: impl AsRef<Path>,
        dir: &Path,
        set_up: impl FnOnce(&mut Command),
    ) -> io::Result<Self> {
        let program = program.as_ref();
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let log = dir.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log)?;
        // setpriv becomes the program, so the process id is the program's own.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        set_up(&mut command);
        command.current_dir(dir).stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
        let child = command.spawn().map_err(|e| failed(format!("{name} does not start: {e}")))?;
        Ok(Process { name, child, log })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `look` has something.
    pub(crate) fn until<T>(&mut self, what: &str, mut look: impl FnMut() -> Option<T>) -> io::Result<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(self.error(&format!("ended with {status}")));
            }
            if Instant::now() > deadline {
                return Err(self.error(&format!("does not come to this: {what}")));
            }
            crate::pause(LOOK);
        }
    }

    /// Waits until its log has this.
    pub(crate) fn until_it_says(&mut self, text: &str) -> io::Result<()> {
        let log = self.log.clone();
        let said = move || fs::read_to_string(&log).unwrap_or_default().contains(text).then_some(());
        self.until(&format!("says {text:?}"), said)
    }

    /// Sends the signal and waits for the end.
    pub(crate) fn end(&mut self, signal: Signal) -> io::Result<()> {
        self.signal(signal);
        let deadline = Instant::now() + GRACE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err(self.error("does not end"));
            }
            crate::pause(LOOK);
        }
        Ok(())
    }

    fn log(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Error with the end of the log.
    fn error(&self, what: &str) -> io::Error {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
        failed(format!("{} {what}\n{end}", self.name))
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.child.id().cast_signed()) {
            // The one error there can be is that it has ended.
            let _ended = kill_process(pid, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.end(Signal::TERM).is_err() {
            self.signal(Signal::KILL);
            // It is gone then, and nobody asks how.
            let _status = self.child.wait();
        }
    }
}
