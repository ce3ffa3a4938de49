//! All cases from nothing: starts a server, gateways and bare components, measures them in turns,
//! and prints one table.

mod case;
mod gateway;
mod life;
mod plan;
mod process;
mod prosody;
mod report;
mod site;
mod strace;
mod table;

use std::io;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use case::Case;
use plan::Plan;
use report::Report;
use site::Site;

/// Runs what the arguments ask for, prints the table and writes the report.
///
/// # Errors
/// When the arguments are none, or something did not go as it should.
pub fn run(args: &[String]) -> io::Result<()> {
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        print!("{}", plan::USAGE);
        return Ok(());
    }
    let plan = Plan::read(args)?;
    let baseline = plan.baseline.as_deref().map(Report::read).transpose()?;
    let mut report = Report { about: about(&plan), ..Report::default() };
    let mut site = Site::start(&plan)?;
    report.subjects = site.subjects();
    measure(&plan, &mut site, &mut report)?;
    life::measure(&plan, &site, &mut report)?;
    print!("{}", table::table(&report, baseline.as_ref()));
    report.write(&plan.out)?;
    eprintln!("\nwritten to {}", plan.out.display());
    Ok(())
}

/// The cases with load. Whoever is compared is measured within the same seconds, and nobody always
/// comes first.
fn measure(plan: &Plan, site: &mut Site, report: &mut Report) -> io::Result<()> {
    for case in plan.cases.iter().copied() {
        let Some(words) = plan.load(case) else { continue };
        for round in 0..plan.rounds {
            let mut turns: Vec<usize> = (0..report.subjects.len()).collect();
            if round % 2 == 1 {
                turns.reverse();
            }
            for turn in turns {
                let subject = &report.subjects[turn];
                if !case.suits_components() && !site.is_gateway(turn) {
                    continue;
                }
                eprintln!("{} of {subject}, round {}", case.name(), round + 1);
                let mut observation = site.observe(turn, case.name(), &words, round)?;
                if plan.syscalls && case == Case::Quiet && site.is_gateway(turn) {
                    observation.values.extend(site.count_calls(turn, &words)?);
                }
                report.observations.push(observation);
            }
        }
    }
    Ok(())
}

/// Circumstances that one must know to compare figures.
fn about(plan: &Plan) -> Map<String, Value> {
    let mut about = Map::new();
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    if let Some(commit) = commit.ok().filter(|out| out.status.success()) {
        about.insert("commit".into(), json!(String::from_utf8_lossy(&commit.stdout).trim()));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    about.insert("unix_time".into(), json!(now.as_secs()));
    about.insert("processors".into(), json!(std::thread::available_parallelism().map_or(1, usize::from)));
    let gateways: Map<_, _> =
        plan.gateways.iter().map(|(name, dir)| (name.clone(), json!(dir.display().to_string()))).collect();
    about.insert("gateways".into(), Value::Object(gateways));
    about
}
