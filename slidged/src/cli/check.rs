//! `slidged check`: would it run? Changes nothing.

use crate::cli::exit::MISCONFIGURED;
use crate::cli::settings::Settings;
use crate::config::Mode;
use crate::config::root::Config;
use crate::daemon;
use crate::model::finding::Finding;
use crate::model::finding::Verdict;
use std::io;
use std::io::StdoutLock;
use std::io::Write;
use std::process::ExitCode;
use tokio::runtime::Builder;

pub(super) fn check(settings: &Settings) -> ExitCode {
    let mut report = Report::new();
    report_on(settings, &mut report);
    if report.failed() { ExitCode::from(MISCONFIGURED) } else { ExitCode::SUCCESS }
}

/// Looks, and tells; the configuration, if all is well.
pub(super) fn report(settings: &Settings, report: &mut Report) -> Option<Config> {
    report_on(settings, report).filter(|_| !report.failed())
}

fn report_on(settings: &Settings, report: &mut Report) -> Option<Config> {
    let config = match crate::config::load(&settings.sources()) {
        Ok(config) => config,
        Err(error) => {
            report.line(&Finding::new("configuration", Verdict::Wrong, error.to_string()));
            return None;
        }
    };
    report.line(&Finding::new("configuration", Verdict::Fine, summary(&config)));
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            for finding in runtime.block_on(daemon::check(&config)) {
                report.line(&finding);
            }
        }
        Err(error) => report.line(&Finding::new("system", Verdict::Wrong, error.to_string())),
    }
    Some(config)
}

fn summary(config: &Config) -> String {
    let allowed: Vec<_> = config.registration.allow.iter().map(|entry| entry.0.to_string()).collect();
    let allowed = if allowed.is_empty() { "nobody".into() } else { allowed.join(", ") };
    let how = match config.registration.mode {
        _ if config.registration.allow.is_empty() => "",
        Mode::Open => "",
        Mode::Approval => ", when an administrator has approved them",
        Mode::Invitation => ", with an invitation",
        Mode::Closed => ", but closed: nobody new",
    };
    format!("{} on {}; may register: {allowed}{how}", config.component.jid, config.component.server)
}

/// Report, printed line by line.
pub(super) struct Report {
    out: StdoutLock<'static>,
    worst: Verdict,
}

impl Report {
    pub(super) fn new() -> Self {
        Report { out: io::stdout().lock(), worst: Verdict::Fine }
    }

    /// Tells whether anything was wrong.
    pub(super) fn failed(&self) -> bool {
        self.worst == Verdict::Wrong
    }

    pub(super) fn line(&mut self, finding: &Finding) {
        let Finding { what, verdict, detail } = finding;
        if self.worst != Verdict::Wrong && *verdict != Verdict::Fine {
            self.worst = *verdict;
        }
        // The exit code still tells when nobody reads.
        let _ = writeln!(self.out, "{:<4}  {what:<13}  {detail}", verdict.word());
    }

    /// Prints lines that would mend it.
    pub(super) fn lines(&mut self, lines: &str) {
        if lines.is_empty() {
            return;
        }
        let _ = writeln!(
            self.out,
            "\nFor what is missing, to be added to the server's configuration:\n\n{}",
            lines.trim_end()
        );
    }
}
