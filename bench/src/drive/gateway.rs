//! slidged with the plugin benchnet, and the components that it is compared with.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;

use super::process::Process;
use super::prosody::{Prosody, SECRET, free_port};

/// A gateway in a directory of its own.
#[derive(Debug)]
pub(crate) struct Gateway {
    process: Option<Process>,
    bin: PathBuf,
    dir: PathBuf,
    notify: UnixDatagram,
}

impl Gateway {
    /// Starts one and waits until it is ready. Its media server listens on a port that `number`
    /// chooses.
    pub(crate) fn start(
        prosody: &Prosody,
        bin: &Path,
        dir: &Path,
        jid: &str,
        number: u32,
    ) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let media = free_port(10 + number)?;
        let server = prosody.components;
        fs::write(
            dir.join("slidge.toml"),
            // One user who sends faster than any person; all users in the first minute; files
            // served by the gateway itself.
            format!(
                "[component]\njid = \"{jid}\"\nserver = \"{server}\"\nsecret_file = \"secret\"\n\
                 [state]\ndirectory = \"state\"\n\
                 [registration]\nattempts_per_hour = 100000\n\
                 [limits]\nmessages_per_second = 0\n\
                 [media]\nlisten = \"{media}\"\nurl = \"http://{media}\"\nfirst = true\nuser_quota = \"10 GiB\"\n"
            ),
        )?;
        let secret = dir.join("secret");
        let mut private = fs::OpenOptions::new();
        io::Write::write_all(
            &mut private.write(true).create(true).truncate(true).mode(0o600).open(&secret)?,
            SECRET.as_bytes(),
        )?;
        let notify = UnixDatagram::bind(dir.join("notify"))?;
        notify.set_nonblocking(true)?;
        let mut gateway = Gateway { process: None, bin: bin.to_owned(), dir: dir.to_owned(), notify };
        gateway.resume()?;
        gateway.until_ready()?;
        Ok(gateway)
    }

    /// Starts it again, without waiting for anything.
    pub(crate) fn resume(&mut self) -> io::Result<()> {
        while self.notified() {}
        // Who was connected before does not count.
        fs::write(self.dir.join("ready"), "")?;
        let plugin = self.bin.join(format!(
            "{}benchnet{}",
            std::env::consts::DLL_PREFIX,
            std::env::consts::DLL_SUFFIX
        ));
        let process = Process::start(self.bin.join("slidged"), &self.dir, |command| {
            command.arg("--plugin").arg(plugin).args(["--config", "slidge.toml"]);
            command.env("NOTIFY_SOCKET", self.dir.join("notify"));
            command.env("BENCHNET_READY", self.dir.join("ready"));
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// Waits until it has said that it is ready (sd_notify).
    pub(crate) fn until_ready(&mut self) -> io::Result<()> {
        let notify = self.notify.try_clone()?;
        self.process()?.until("is ready", || says_ready(&notify).then_some(()))
    }

    /// Waits until so many sessions are connected, with all contacts on the roster, and gives the
    /// time when the last one was.
    pub(crate) fn until_connected(&mut self, users: usize) -> io::Result<SystemTime> {
        let ready = self.dir.join("ready");
        self.process()?
            .until("all users are connected", || last_connected(&fs::read_to_string(&ready).ok()?, users))
    }

    pub(crate) fn stop(&mut self) -> io::Result<()> {
        self.process.take().map_or(Ok(()), |mut process| process.end(Signal::TERM))
    }

    pub(crate) fn pid(&mut self) -> io::Result<u32> {
        Ok(self.process()?.pid())
    }

    fn process(&mut self) -> io::Result<&mut Process> {
        self.process.as_mut().ok_or_else(|| crate::failed("the gateway is stopped"))
    }

    fn notified(&self) -> bool {
        self.notify.recv(&mut [0; 4096]).is_ok()
    }
}

fn says_ready(notify: &UnixDatagram) -> bool {
    let mut buffer = [0; 4096];
    let Ok(length) = notify.recv(&mut buffer) else { return false };
    String::from_utf8_lossy(&buffer[..length]).lines().any(|line| line == "READY=1")
}

/// The lines are `UNIX_TIME USER_JID`. The last one may be half written.
fn last_connected(lines: &str, users: usize) -> Option<SystemTime> {
    let whole = &lines[..=lines.rfind('\n')?];
    let line = whole.lines().nth(users.checked_sub(1)?)?;
    let seconds = line.split(' ').next()?.parse().ok()?;
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

/// The load generator as a component. With `stanzas` "gateway" it sends the very stanzas of
/// slidged.
pub(crate) fn component(
    prosody: &Prosody,
    load: &Path,
    dir: &Path,
    jid: &str,
    stanzas: &str,
) -> io::Result<Process> {
    fs::create_dir_all(dir)?;
    let server = prosody.components.to_string();
    let mut process = Process::start(load, dir, |command| {
        command.args(["component", "--server", &server, "--gw", jid, "--secret", SECRET]);
        command.args(["--stanzas", stanzas]);
    })?;
    process.until_it_says("ready")?;
    Ok(process)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_connected_has_a_whole_line() {
        let lines = "5.5 a@localhost\n7.25 b@localhost\n8.0 c@loc";
        let after = |users| last_connected(lines, users).map(|at| at.duration_since(UNIX_EPOCH).unwrap());
        assert_eq!(after(2), Some(Duration::from_millis(7250)));
        assert_eq!((after(3), after(0)), (None, None));
        assert_eq!(last_connected("", 1), None);
    }
}
