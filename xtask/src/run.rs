//! Running one program after the other.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The steps so far, and which of them failed.
#[derive(Debug, Default)]
pub(crate) struct Run {
    failed: Vec<String>,
}

impl Run {
    /// One step on its own.
    ///
    /// # Errors
    /// A sentence, when it cannot be started or ends with another status than 0.
    pub(crate) fn start(name: &str, command: &mut Command) -> Result<(), String> {
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{name} ended with {status}")),
            Err(e) => Err(format!("{name} cannot be started: {e}")),
        }
    }

    /// A step whose failure is told at the end.
    pub(crate) fn step(&mut self, name: &str, command: &mut Command) {
        eprintln!("\n==== {name}");
        if let Err(why) = Self::start(name, command) {
            self.failed.push(why);
        }
    }

    /// # Errors
    /// A sentence that names all steps that failed.
    pub(crate) fn end(self) -> Result<(), String> {
        if self.failed.is_empty() { Ok(()) } else { Err(self.failed.join("; ")) }
    }
}

/// The cargo that runs us, in the workspace's directory.
pub(crate) fn cargo(verb: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(verb).current_dir(workspace());
    command
}

/// A program of the workspace, which cargo puts beside this one.
///
/// # Errors
/// A sentence, when it is not there.
pub(crate) fn sibling(name: &str) -> Result<Command, String> {
    let own = std::env::current_exe().map_err(|e| format!("where am I? {e}"))?;
    let path = own.with_file_name(name);
    if !path.exists() {
        return Err(format!("{} is not built", path.display()));
    }
    let mut command = Command::new(path);
    command.current_dir(workspace());
    Ok(command)
}

pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}
