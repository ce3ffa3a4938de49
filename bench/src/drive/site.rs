//! The server, and all that is compared, side by side on it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::gateway::{Gateway, component};
use super::plan::Plan;
use super::process::Process;
use super::prosody::Prosody;
use super::report::{Observation, parse};
use super::strace::Strace;
use super::table::{BARE, SAME};
use crate::failed;

/// Subject of a measurement.
#[derive(Debug)]
enum Subject {
    Gateway(Gateway, PathBuf),
    Component(Process),
}

#[derive(Debug)]
pub(crate) struct Site {
    // Dropped in this order: the server last.
    subjects: Vec<(String, Subject)>,
    pub(crate) prosody: Prosody,
    generator: PathBuf,
    options: Vec<String>,
    dir: TempDir,
}

/// The gateway's domain, by its place in the table.
fn domain(place: usize) -> String {
    format!("gw{place}.localhost")
}

/// The domain of a gateway that is started again and again.
pub(crate) fn life_domain(place: usize) -> String {
    format!("life{place}.localhost")
}

/// The user of the cases; the generator adds a number.
fn prefix(place: usize) -> String {
    format!("u{place}x")
}

impl Site {
    /// Starts everything, and registers a user with each gateway.
    pub(crate) fn start(plan: &Plan) -> io::Result<Self> {
        let own = std::env::current_exe()?;
        let bin = own.parent().ok_or_else(|| failed("where am I?"))?;
        let mut gateways = plan.gateways.clone();
        if gateways.is_empty() {
            gateways.push(("slidged".into(), bin.to_owned()));
        }
        let dir = new_directory(plan)?;
        let places = gateways.len() + 2;
        let domains: Vec<_> = (0..places).flat_map(|place| [domain(place), life_domain(place)]).collect();
        let prosody = Prosody::start(&dir.path().join("prosody"), &domains)?;
        let settle = if plan.tiny { "50" } else { "500" };
        let options =
            ["--server", &prosody.clients.to_string(), "--settle", settle].map(str::to_owned).into();
        let generator = bin.join("load");
        let mut site = Site { subjects: vec![], prosody, generator, options, dir };
        for (place, (name, bin)) in gateways.into_iter().enumerate() {
            let bin = fs::canonicalize(&bin).map_err(|e| failed(format!("{}: {e}", bin.display())))?;
            let mut gateway = site.gateway(place, &bin, &domain(place))?;
            site.prosody.account(&format!("{}0", prefix(place)))?;
            site.load(&[
                "register",
                "--login",
                &plan.login(),
                "--gw",
                &domain(place),
                "--prefix",
                &prefix(place),
            ])?;
            gateway.until_connected(1)?;
            site.subjects.push((name, Subject::Gateway(gateway, bin)));
        }
        for (name, stanzas) in [(SAME, "gateway"), (BARE, "bare")] {
            let place = site.subjects.len();
            site.prosody.account(&format!("{}0", prefix(place)))?;
            let dir = site.dir.path().join(stanzas);
            let process = component(&site.prosody, &site.generator, &dir, &domain(place), stanzas)?;
            site.subjects.push((name.into(), Subject::Component(process)));
        }
        Ok(site)
    }

    /// A further gateway of the same programs, named by its domain.
    pub(crate) fn gateway(&self, place: usize, bin: &Path, domain: &str) -> io::Result<Gateway> {
        // Ports are looked for from here on; a gateway has one.
        let number = u32::try_from(place).unwrap_or(0) * 2 + u32::from(domain == life_domain(place));
        Gateway::start(&self.prosody, bin, &self.dir.path().join(domain), domain, number)
    }

    pub(crate) fn subjects(&self) -> Vec<String> {
        self.subjects.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The gateways, and where their programs are.
    pub(crate) fn gateways(&self) -> Vec<(String, PathBuf)> {
        let gateway = |(name, subject): &(String, Subject)| match subject {
            Subject::Gateway(_, bin) => Some((name.clone(), bin.clone())),
            Subject::Component(_) => None,
        };
        self.subjects.iter().filter_map(gateway).collect()
    }

    pub(crate) fn is_gateway(&self, place: usize) -> bool {
        matches!(self.subjects.get(place), Some((_, Subject::Gateway(..))))
    }

    /// One case of one subject.
    pub(crate) fn observe(
        &mut self,
        place: usize,
        case: &str,
        words: &[String],
        round: u64,
    ) -> io::Result<Observation> {
        let (subject, pid) = self.subject(place)?;
        let values = self.run_case(place, words, pid)?;
        Ok(Observation { case: case.to_owned(), subject, round, values })
    }

    /// Runs a case again, with all system calls of the gateway counted: they are per operation.
    pub(crate) fn count_calls(
        &mut self,
        place: usize,
        words: &[String],
    ) -> io::Result<BTreeMap<String, f64>> {
        let (_, pid) = self.subject(place)?;
        let strace = Strace::attach(pid, self.dir.path())?;
        let values = self.run_case(place, words, pid)?;
        let operations = values.get("n").copied().unwrap_or(1.0);
        Ok(strace.end()?.into_iter().map(|(name, count)| (name, count / operations)).collect())
    }

    fn run_case(&self, place: usize, words: &[String], pid: u32) -> io::Result<BTreeMap<String, f64>> {
        let watched = format!("gateway={pid},server={}", self.prosody.process.pid());
        let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
        let (domain, prefix) = (domain(place), prefix(place));
        args.extend(["--gw", &domain, "--prefix", &prefix, "--pid", &watched]);
        self.load(&args)
    }

    /// Runs the generator and gives what it has measured.
    pub(crate) fn load(&self, args: &[&str]) -> io::Result<BTreeMap<String, f64>> {
        let output = Command::new(&self.generator).args(args).args(&self.options).output()?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim()));
        }
        parse(String::from_utf8_lossy(&output.stdout).trim())
    }

    fn subject(&mut self, place: usize) -> io::Result<(String, u32)> {
        let (name, subject) = &mut self.subjects[place];
        let pid = match subject {
            Subject::Gateway(gateway, _) => gateway.pid()?,
            Subject::Component(process) => process.pid(),
        };
        Ok((name.clone(), pid))
    }
}

/// A new one on the disk where the report goes: creating files in a used one may cost several times
/// as much.
fn new_directory(plan: &Plan) -> io::Result<TempDir> {
    let parent = plan.out.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let parent = parent.canonicalize()?;
    let dir = tempfile::Builder::new().prefix("run-").tempdir_in(parent)?;
    fs::create_dir(dir.path().join("prosody"))?;
    Ok(dir)
}
