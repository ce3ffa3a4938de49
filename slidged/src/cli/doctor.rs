//! `slidged doctor`: tries out what the XMPP server lets the gateway do, on a gateway that runs, or by running one for a moment.

use super::{FAILED, MISCONFIGURED, check::Report, ctl, settings::Settings};
use crate::{
    command::control::{self, Answer, Request, Table},
    config::Config,
    daemon,
    gateway::{Finding, Findings},
    ops::log,
};
use clap::Args;
use jid::BareJid;
use std::{process::ExitCode, time::Duration};
use tokio::runtime::Builder;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    settings: Settings,
    /// A user of your server (an address) to try things for; else one who is registered.
    #[arg(long)]
    user: Option<BareJid>,
    /// Give up when the XMPP server does not let us in within so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    within: u64,
}

pub(super) fn doctor(doctor: &Doctor) -> ExitCode {
    let mut report = Report::new();
    let Some(config) = super::check::report(&doctor.settings, &mut report) else {
        return ExitCode::from(MISCONFIGURED);
    };
    let findings = match examine(config, doctor) {
        Ok(findings) => findings,
        Err(why) => {
            report.line("server", &Err(why));
            return ExitCode::from(FAILED);
        }
    };
    for Finding { what, outcome } in &findings.tried {
        report.line(what, outcome);
    }
    if !findings.lines.is_empty() {
        println!("\nTo be added to the server's configuration:\n\n{}", findings.lines.trim_end());
    }
    if report.failed() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}

fn examine(config: Config, doctor: &Doctor) -> Result<Findings, String> {
    let (user, limit) = (doctor.user.as_ref(), Duration::from_secs(doctor.within));
    let path = control::path(&config.state.directory);
    let words = ["doctor".to_owned()].into_iter().chain(user.map(ToString::to_string)).collect();
    match ctl::ask(&path, &Request { words, yes: true, language: None }) {
        Ok(Answer::Done { text, table: Some(table) }) => Ok(told(&text, &table)),
        Ok(Answer::Done { .. }) => Err("the gateway that runs is of another version".to_owned()),
        Ok(Answer::Error(why)) => Err(why),
        // None runs.
        Err(_) => {
            let levels = log::start(&config.log).map_err(|error| error.to_string())?;
            let runtime =
                Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
            let findings = runtime.block_on(daemon::examine(config, levels, user.cloned(), limit));
            findings.map_err(|error| error.to_string())
        }
    }
}

/// What a running gateway has told.
fn told(text: &str, table: &Table) -> Findings {
    let finding = |row: &Vec<String>| {
        let cell = |n: usize| row.get(n).cloned().unwrap_or_default();
        let outcome = if cell(0) == crate::command::DOCTOR_FINE { Ok(cell(2)) } else { Err(cell(2)) };
        Finding { what: cell(1), outcome }
    };
    // Behind the sentence that introduces them.
    let lines = text.split_once('\n').map_or("", |(_, lines)| lines);
    Findings { tried: table.rows.iter().map(finding).collect(), lines: lines.to_owned() }
}
