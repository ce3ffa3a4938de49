//! Starts, and memory: gateways that are started again and again.

use std::io;
use std::time::{Duration, SystemTime};

use super::case::Case;
use super::gateway::Gateway;
use super::plan::Plan;
use super::report::{Observation, Report};
use super::site::{Site, life_domain};
use crate::usage::{Usage, Used};

/// One gateway, and who it is.
struct Life {
    name: String,
    domain: String,
    prefix: String,
    gateway: Gateway,
    registered: usize,
}

const MIB: f64 = 1024.0 * 1024.0;

/// The cases `start` and `memory`, as far as they are wanted.
pub(crate) fn measure(plan: &Plan, site: &Site, report: &mut Report) -> io::Result<()> {
    let wanted = |case| plan.cases.contains(&case);
    if !wanted(Case::Start) && !wanted(Case::Memory) {
        return Ok(());
    }
    let mut lives = begin(site)?;
    if wanted(Case::Memory) {
        for life in &mut lives {
            let idle = megabytes(&life.usage()?.since(&Usage::default()));
            report.observations.push(life.observation("memory", 0, &[("idle_mb", idle)]));
        }
    }
    for users in plan.users.iter().copied() {
        for life in &mut lives {
            life.register(plan, site, users)?;
        }
        for round in 0..plan.rounds {
            for life in &mut lives {
                eprintln!("start of {} with {users} users, round {}", life.name, round + 1);
                let observation = life.start(site, users, round)?;
                report.observations.push(observation);
            }
        }
    }
    if wanted(Case::Memory) {
        for life in &mut lives {
            per_user(plan, report, life);
            let count = if plan.tiny { "50" } else { "30000" };
            eprintln!("memory of {} after {count} messages", life.name);
            let pid = life.gateway.pid()?;
            site.load(&["flood", "--n", count, "--gw", &life.domain, "--prefix", &life.prefix])?;
            let loaded = megabytes(&Usage::of(pid)?.since(&Usage::default()));
            report.observations.push(life.observation("memory", 1, &[("loaded_mb", loaded)]));
        }
    }
    if !wanted(Case::Start) {
        report.observations.retain(|o| !o.case.starts_with("start-"));
    }
    Ok(())
}

fn begin(site: &Site) -> io::Result<Vec<Life>> {
    let mut lives = vec![];
    for (place, (name, bin)) in site.gateways().into_iter().enumerate() {
        let domain = life_domain(place);
        let gateway = site.gateway(place, &bin, &domain)?;
        lives.push(Life { name, domain, prefix: format!("l{place}x"), gateway, registered: 0 });
    }
    Ok(lives)
}

/// The fewest users that are compared with more: before, the caches grow.
const SETTLED: usize = 100;

/// The difference between the two largest numbers of users.
fn per_user(plan: &Plan, report: &mut Report, life: &Life) {
    let (Some(few), Some(many)) = (plan.users.iter().rev().nth(1), plan.users.last()) else { return };
    if *few < SETTLED && !plan.tiny {
        return;
    }
    for round in 0..plan.rounds {
        let at = |users: usize| {
            report.rounds(&format!("start-{users}"), &life.name, "rss_mb").get(&round).copied()
        };
        if let (Some(less), Some(more)) = (at(*few), at(*many)) {
            let users = f64::from(u32::try_from(many - few).unwrap_or(u32::MAX));
            let each = (more - less) * 1024.0 / users;
            report.observations.push(life.observation("memory", round + 2, &[("per_user_kb", each)]));
        }
    }
}

fn megabytes(used: &Used) -> f64 {
    f64::from(u32::try_from(used.resident >> 10).unwrap_or(u32::MAX)) * 1024.0 / MIB
}

impl Life {
    fn register(&mut self, plan: &Plan, site: &Site, users: usize) -> io::Result<()> {
        let (first, count) = (self.registered, users - self.registered);
        for number in first..users {
            site.prosody.account(&format!("{}{number}", self.prefix))?;
        }
        eprintln!("registration of {count} users with {}", self.name);
        let login = format!("contacts={}", plan.contacts());
        site.load(&[
            "register",
            "--login",
            &login,
            "--gw",
            &self.domain,
            "--prefix",
            &self.prefix,
            "--first",
            &first.to_string(),
            "--count",
            &count.to_string(),
        ])?;
        self.registered = users;
        Ok(())
    }

    /// Ends it and starts it again: everything is on the roster already, as after any restart.
    fn start(&mut self, site: &Site, users: usize, round: u64) -> io::Result<Observation> {
        self.gateway.stop()?;
        let server = site.prosody.process.pid();
        let server_before = Usage::of(server)?;
        let since = SystemTime::now();
        self.gateway.resume()?;
        let last = self.gateway.until_connected(users)?;
        let used = self.usage()?.since(&Usage::default());
        let server_used = Usage::of(server)?.since(&server_before);
        let wall = last.duration_since(since).unwrap_or(Duration::ZERO).as_secs_f64();
        let values = [
            ("cpu_s", used.cpu_seconds),
            ("wall_s", wall),
            ("rss_mb", megabytes(&used)),
            ("server_cpu_s", server_used.cpu_seconds),
        ];
        Ok(self.observation(&format!("start-{users}"), round, &values))
    }

    fn usage(&mut self) -> io::Result<Usage> {
        Usage::of(self.gateway.pid()?)
    }

    fn observation(&self, case: &str, round: u64, values: &[(&str, f64)]) -> Observation {
        Observation {
            case: case.to_owned(),
            subject: self.name.clone(),
            round,
            values: values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        }
    }
}
