//! Plan of a benchmark, from the command line.

use std::io;
use std::path::{Path, PathBuf};

use super::case::Case;
use crate::failed;

pub(crate) const USAGE: &str = "\
usage: cargo xtask bench [CASE...] [OPTION...]

cases (default: all)
  echo        texts to a contact and back, 64 under way
  lone        the same, one at a time
  quiet       50 texts a second from a contact
  flood       texts from a contact, as fast as they are taken
  files       files of 100 KiB, which the gateway serves itself
  join        a group of 1,000 is entered
  groupflood  texts in a group of 100
  start       until 1 and 100 users are connected
  memory      with no user, after 30,000 messages, and per user (with --users 1,100,1000)

options
  --rounds N         how often each case is measured (3)
  --bin [NAME=]DIR   measure the slidged and the libbenchnet.so of that directory too, in turns; several times if wanted
  --no-build         build and measure no slidged of this workspace, only what --bin names
  --release          build what is shipped, with link-time optimisation, which takes four times as long
  --baseline FILE    compare with an earlier report
  --out FILE         where the report goes (target/bench/report.json)
  --users N,N,..     how many users at the start (1,100); 1000 take minutes to register, and tell what one takes in memory
  --members N        of the group that is joined (1000)
  --syscalls         count system calls in `quiet`, by a further run under strace
  --tiny             some operations of each: is everything in working order?
";

/// One run of the benchmarks.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) cases: Vec<Case>,
    pub(crate) rounds: u64,
    /// Gateways to measure: names, and directories with programs.
    pub(crate) gateways: Vec<(String, PathBuf)>,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) out: PathBuf,
    pub(crate) users: Vec<usize>,
    pub(crate) members: u32,
    pub(crate) syscalls: bool,
    pub(crate) tiny: bool,
}

impl Plan {
    /// # Errors
    /// A sentence about what is wrong with the arguments.
    pub(crate) fn read(args: &[String]) -> io::Result<Self> {
        let mut plan = Plan {
            cases: vec![],
            rounds: 3,
            gateways: vec![],
            baseline: None,
            out: "target/bench/report.json".into(),
            users: vec![1, 100],
            members: 1000,
            syscalls: false,
            tiny: false,
        };
        let mut args = args.iter();
        while let Some(word) = args.next() {
            let mut value = || args.next().ok_or_else(|| failed(format!("{word} needs a value")));
            match word.as_str() {
                "--rounds" => plan.rounds = number(value()?)?,
                "--bin" => plan.gateways.push(named(value()?)),
                "--baseline" => plan.baseline = Some(value()?.into()),
                "--out" => plan.out = value()?.into(),
                "--users" => plan.users = value()?.split(',').map(number).collect::<io::Result<_>>()?,
                "--members" => plan.members = number(value()?)?,
                "--syscalls" => plan.syscalls = true,
                "--tiny" => plan.shrink(),
                name => plan
                    .cases
                    .push(Case::parse(name).ok_or_else(|| failed(format!("what is {name}?\n\n{USAGE}")))?),
            }
        }
        if plan.cases.is_empty() {
            plan.cases = Case::ALL.into();
        }
        if plan.rounds == 0 {
            return Err(failed("--rounds 0: at least one"));
        }
        plan.users.sort_unstable();
        plan.users.dedup();
        plan.check_names()?;
        Ok(plan)
    }

    /// The group that is joined.
    pub(crate) fn group(&self) -> String {
        format!("g{}", self.members)
    }

    /// Registration of a user of the cases.
    pub(crate) fn login(&self) -> String {
        format!("contacts={}&groups=g100,{}", self.contacts(), self.group())
    }

    /// Contacts of each user.
    pub(crate) fn contacts(&self) -> usize {
        if self.tiny { 3 } else { 50 }
    }

    fn shrink(&mut self) {
        self.tiny = true;
        self.rounds = 1;
        self.users = vec![1, 2];
        self.members = 10;
    }

    fn check_names(&self) -> io::Result<()> {
        for (at, (name, _)) in self.gateways.iter().enumerate() {
            if self.gateways[..at].iter().any(|(other, _)| other == name) {
                return Err(failed(format!("two gateways are called {name}: name them, --bin NAME=DIR")));
            }
        }
        Ok(())
    }

    /// Arguments of the load generator for a case; `None` when it is about the gateway's life, not
    /// about load.
    pub(crate) fn load(&self, case: Case) -> Option<Vec<String>> {
        let n = |full: usize, tiny: usize| (if self.tiny { tiny } else { full }).to_string();
        let group = self.group();
        let words: Vec<String> = match case {
            Case::Echo => ["echo", "--n", &n(4000, 50)].map(str::to_owned).into(),
            Case::Lone => ["echo", "--window", "1", "--n", &n(500, 5)].map(str::to_owned).into(),
            Case::Quiet => ["flood", "--rate", "50", "--n", &n(500, 10)].map(str::to_owned).into(),
            Case::Flood => ["flood", "--n", &n(10_000, 50)].map(str::to_owned).into(),
            Case::Files => {
                ["files", "--n", &n(300, 2), "--size", &n(102_400, 2_048)].map(str::to_owned).into()
            }
            Case::Join => ["join", "--group", &group, "--n", &n(5, 2)].map(str::to_owned).into(),
            Case::GroupFlood => {
                ["groupflood", "--group", "g100", "--n", &n(5000, 20)].map(str::to_owned).into()
            }
            Case::Start | Case::Memory => return None,
        };
        Some(words)
    }
}

/// `NAME=DIR`, or a directory that is called by its last part.
fn named(text: &str) -> (String, PathBuf) {
    if let Some((name, dir)) = text.split_once('=') {
        return (name.into(), dir.into());
    }
    let last = Path::new(text).file_name().unwrap_or_default();
    (last.to_string_lossy().into_owned(), text.into())
}

fn number<T: std::str::FromStr>(text: &str) -> io::Result<T> {
    text.parse().map_err(|_| failed(format!("{text}: not a number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Plan> {
        Plan::read(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn every_case_has_a_load_that_fits() {
        let plan = Plan::read(&[]).unwrap();
        for case in Case::ALL {
            assert_eq!(plan.load(case).is_none(), matches!(case, Case::Start | Case::Memory));
        }
    }

    #[test]
    fn what_is_asked_for_is_done() {
        let plan = read("echo start --rounds 5 --bin now=target/measure --bin /old --users 100,1").unwrap();
        assert_eq!(plan.cases, [Case::Echo, Case::Start]);
        assert_eq!((plan.rounds, plan.users.as_slice()), (5, [1, 100].as_slice()));
        let gateways = [("now", "target/measure"), ("old", "/old")];
        assert_eq!(plan.gateways, gateways.map(|(name, dir)| (name.to_owned(), PathBuf::from(dir))));
        assert_eq!(read("").unwrap().cases, Case::ALL);
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (text, why) in [
            ("eco", "what is eco?"),
            ("--rounds", "--rounds needs a value"),
            ("--rounds x", "x: not a number"),
            ("--rounds 0", "at least one"),
            ("--bin a=1 --bin a=2", "two gateways are called a"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with(why) || error.contains(why), "{text}: {error}");
        }
    }
}
