//! A user's password: asked for on the terminal, or read from a file. It is kept nowhere else.

use crate::config::secret;
use jid::BareJid;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::Path,
};

/// The terminal of this process, whatever its input and output are.
const TERMINAL: &str = "/dev/tty";

/// The password.
///
/// # Errors
///
/// There is no terminal, or the file cannot be used.
pub(super) fn of(user: &BareJid, file: Option<&Path>) -> Result<SecretString, String> {
    match file {
        Some(file) => secret::read(file).map_err(|error| error.to_string()),
        None => ask(user).map_err(|error| {
            format!("there is no terminal to ask for the password on ({error}): --password-file FILE")
        }),
    }
}

fn ask(user: &BareJid) -> io::Result<SecretString> {
    let terminal = File::options().read(true).write(true).open(TERMINAL)?;
    let silent = Silent::begin(&terminal)?;
    write!(&terminal, "Password of {user}: ")?;
    let mut line = String::new();
    let read = BufReader::new(&terminal).read_line(&mut line);
    drop(silent);
    writeln!(&terminal)?;
    read?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line.into())
}

/// Terminal without echo, for as long as this lives.
struct Silent<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silent<'a> {
    fn begin(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut now = before.clone();
        now.local_modes.remove(LocalModes::ECHO);
        // What was typed before is none of it.
        tcsetattr(terminal, OptionalActions::Flush, &now)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // The terminal may be gone.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
