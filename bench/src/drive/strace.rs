//! System calls of a process, counted by strace.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use super::process::Process;

/// An strace that watches a process.
#[derive(Debug)]
pub(crate) struct Strace {
    process: Process,
    counts: PathBuf,
}

impl Strace {
    pub(crate) fn attach(pid: u32, dir: &Path) -> io::Result<Self> {
        let counts = dir.join("strace.counts");
        let log = dir.join("strace.log");
        // What an earlier one has said would be taken for ours.
        drop(fs::remove_file(&log));
        let mut process = Process::start("strace", dir, |command| {
            command.args(["-f", "-c", "-o"]).arg(&counts).args(["-p", &pid.to_string()]);
        })
        .map_err(|e| crate::failed(format!("--syscalls needs strace: {e}")))?;
        process.until_it_says("attached")?;
        Ok(Strace { process, counts })
    }

    /// Stops watching: how often each call was made, by name (`calls.futex`), and all together
    /// (`calls`).
    pub(crate) fn end(mut self) -> io::Result<BTreeMap<String, f64>> {
        self.process.end(Signal::INT)?;
        Ok(parse(&fs::read_to_string(&self.counts)?))
    }
}

/// The lines are: percent, seconds, microseconds a call, calls, maybe errors, name.
fn parse(summary: &str) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    for line in summary.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let (Some(count), Some(name)) = (words.get(3).and_then(|n| n.parse::<f64>().ok()), words.last())
        else {
            continue;
        };
        let name = if *name == "total" { "calls".to_owned() } else { format!("calls.{name}") };
        all.insert(name, count);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_with_and_without_errors() {
        let summary = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.10    0.120000           8     15000        12 futex
 39.90    0.080000          40      2000           pwrite64
------ ----------- ----------- --------- --------- ----------------
100.00    0.200000           5     17000        12 total
";
        let expected = [("calls", 17_000.0), ("calls.futex", 15_000.0), ("calls.pwrite64", 2_000.0)];
        assert_eq!(parse(summary), expected.map(|(name, count)| (name.to_owned(), count)).into());
    }
}
