//! `slidged doctor`: tries out what the XMPP server lets the gateway do, on a gateway that runs, or
//! by running one for a moment.

use crate::cli::check::Report;
use crate::cli::client;
use crate::cli::client::Client;
use crate::cli::ctl;
use crate::cli::exit::FAILED;
use crate::cli::exit::MISCONFIGURED;
use crate::cli::running;
use crate::cli::running::Running;
use crate::cli::settings::Settings;
use crate::cli::settings::account;
use crate::command::control;
use crate::command::control::Answer;
use crate::command::control::Request;
use crate::config;
use crate::config::Endpoint;
use crate::config::root::Config;
use crate::daemon;
use crate::model::finding::Finding;
use crate::model::finding::Findings;
use crate::model::finding::Verdict;
use crate::ops::log;
use clap::Args;
use jid::BareJid;
use std::collections::BTreeMap;
use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Builder;
use tracing_subscriber::filter::LevelFilter;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    settings: Settings,
    /// A user of your server to try things for; else one who is registered.
    #[arg(long, value_name = "ADDRESS", value_parser = account)]
    user: Option<BareJid>,
    /// Give up when the XMPP server does not let us in within so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    within: u64,
    /// Go ahead where it cannot be known whether the gateway runs already, and would lose its
    /// connection.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    client: Client,
}

pub(super) fn doctor(doctor: &Doctor) -> ExitCode {
    let mut report = Report::new();
    let Some(config) = super::check::report(&doctor.settings, &mut report) else {
        return ExitCode::from(MISCONFIGURED);
    };
    let (socket, found) = place(&config, doctor.yes);
    if let Some(finding) = &found {
        report.line(finding);
    }
    let mut lines = String::new();
    let mut tell = |report: &mut Report, findings: Findings| {
        findings.tried.iter().for_each(|finding| report.line(finding));
        if !findings.lines.trim().is_empty() {
            lines = format!("{lines}{}\n", findings.lines.trim_end());
        }
    };
    let component = config.component.clone();
    let findings = match &socket {
        Some(socket) => ask(socket, &words("doctor", doctor.user.as_ref().or(doctor.client.address()))),
        None if found.is_some() => Ok(Findings::default()),
        None => examine(config, doctor),
    };
    tell(&mut report, findings.unwrap_or_else(|why| Findings::wrong("server", why)));
    if doctor.client.address().is_some() {
        let probe = socket
            .map(|socket| move |user: &BareJid| ask(&socket, &words(control::words::PROBE, Some(user))));
        tell(&mut report, client::look(&doctor.client, &component, probe));
    }
    report.lines(&lines);
    if report.failed() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS }
}

fn words(word: &str, user: Option<&BareJid>) -> Vec<String> {
    [word.to_owned()].into_iter().chain(user.map(ToString::to_string)).collect()
}

/// The socket of the gateway that runs, and what is to be said about that: without a socket, why we
/// do not take its place. With `yes` we do where that is not known.
fn place(config: &Config, yes: bool) -> (Option<PathBuf>, Option<Finding>) {
    let usual = control::path(&config.state.directory);
    let request = Request { words: words(control::words::COMPONENT, None), yes: false, language: None };
    if running::ask(&usual, &request, running::SOON).is_ok() {
        return (Some(usual), None);
    }
    match running::find(&config.component) {
        Running::Here(state) => {
            let text = format!("runs with another state directory, and is asked there: {}", state.display());
            (Some(control::path(&state)), Some(Finding::new("gateway", Verdict::Fine, text)))
        }
        _ if yes => (None, None),
        Running::Unknown(state, why) => {
            let text = format!(
                "one runs at {} and does not say whether it is this one ({why}). Be its user or root; or, if it is another, --yes",
                state.display()
            );
            (None, Some(Finding::new("gateway", Verdict::Wrong, text)))
        }
        Running::Nobody if is_here(&config.component.server) => (None, None),
        Running::Nobody => {
            let question = "does not run on this machine. If it runs on another, it loses its connection while this looks";
            if asked(question) {
                return (None, None);
            }
            let text = format!("{question}: --yes if it does not, or run this there");
            (None, Some(Finding::new("gateway", Verdict::Wrong, text)))
        }
    }
}

/// Whether only this machine can connect there: then the gateway could not run anywhere else.
fn is_here(server: &Endpoint) -> bool {
    match server {
        Endpoint::Unix(_) => true,
        Endpoint::Tcp { host, port } => (host.as_str(), *port)
            .to_socket_addrs()
            .is_ok_and(|mut places| places.all(|place| place.ip().is_loopback())),
    }
}

/// Whether somebody at the terminal says yes.
fn asked(question: &str) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    let mut said = String::new();
    let asked = write!(io::stderr(), "The gateway {question}. Go on? [y/N] ");
    asked.is_ok() && io::stdin().read_line(&mut said).is_ok() && matches!(said.trim(), "y" | "Y" | "yes")
}

/// Runs a gateway for a moment.
fn examine(config: Config, doctor: &Doctor) -> Result<Findings, String> {
    let (user, limit) = (doctor.user.clone(), Duration::from_secs(doctor.within));
    // What went wrong is in the list; more only for who asks for more.
    let quiet = config::Log {
        level: config::Level(LevelFilter::OFF),
        targets: BTreeMap::new(),
        ..config.log.clone()
    };
    let log = if doctor.settings.log_level.is_some() { &config.log } else { &quiet };
    let levels = log::start(log).map_err(|error| error.to_string())?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let findings = runtime.block_on(daemon::examine(config, levels, user, limit));
    findings.map_err(|error| error.to_string())
}

/// Asks the gateway that runs.
fn ask(socket: &std::path::Path, words: &[String]) -> Result<Findings, String> {
    let request = Request { words: words.to_owned(), yes: true, language: None };
    let answer = running::ask(socket, &request, ctl::PATIENCE);
    match answer.map_err(|error| format!("the gateway that runs does not answer: {error}"))? {
        Answer::Done { text, table: Some(table) } => {
            let cell = |row: &Vec<String>, n: usize| row.get(n).cloned().unwrap_or_default();
            let finding =
                |row: &Vec<String>| Finding::new(cell(row, 1), Verdict::of_word(&cell(row, 0)), cell(row, 2));
            // Behind the sentence that introduces them.
            let lines = text.split_once('\n').map_or("", |(_, lines)| lines);
            Ok(Findings { tried: table.rows.iter().map(finding).collect(), lines: lines.to_owned() })
        }
        Answer::Done { .. } => Err("the gateway that runs is of another version".to_owned()),
        Answer::Error(why) => Err(why),
    }
}
