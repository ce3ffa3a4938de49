//! `slidged check`: would it run? Changes nothing.

use super::{MISCONFIGURED, settings::Settings};
use crate::{
    config::{Config, Mode},
    daemon,
};
use std::{
    io::{self, Write},
    process::ExitCode,
};
use tokio::runtime::Builder;

pub(super) fn check(settings: &Settings) -> ExitCode {
    let mut report = Report { out: io::stdout().lock(), failed: false };
    match Config::load(&settings.sources()) {
        Ok(config) => {
            report.line("configuration", &Ok(summary(&config)));
            match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => {
                    for finding in runtime.block_on(daemon::check(&config)) {
                        report.line(finding.what, &finding.outcome);
                    }
                }
                Err(error) => report.line("system", &Err(error.to_string())),
            }
        }
        Err(error) => report.line("configuration", &Err(error.to_string())),
    }
    if report.failed { ExitCode::from(MISCONFIGURED) } else { ExitCode::SUCCESS }
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

struct Report<W> {
    out: W,
    failed: bool,
}

impl<W: Write> Report<W> {
    fn line(&mut self, what: &str, outcome: &Result<String, String>) {
        let (word, text) = match outcome {
            Ok(text) => ("ok", text),
            Err(text) => ("FAIL", text),
        };
        self.failed |= outcome.is_err();
        // The exit code still tells when nobody reads.
        let _ = writeln!(self.out, "{word:<4}  {what:<13}  {text}");
    }
}
