//! `slidged ctl`: what administrators do, on a running gateway.

use crate::cli::exit::FAILED;
use crate::cli::exit::MISCONFIGURED;
use crate::cli::running;
use crate::cli::running::Running;
use crate::cli::settings::Settings;
use crate::command::control;
use crate::command::control::Answer;
use crate::command::control::Request;
use crate::command::control::Table;
use crate::config::root::Config;
use clap::Args;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Time for the gateway to do it.
pub(super) const PATIENCE: Duration = Duration::from_secs(150);

#[derive(Debug, Args)]
pub(super) struct Ctl {
    #[command(flatten)]
    settings: Settings,
    /// Print JSON, for programs.
    #[arg(long)]
    json: bool,
    /// Answer yes to questions for confirmation.
    #[arg(long, short)]
    yes: bool,
    /// The command and what it needs, in order or as name=value; `help` lists them.
    #[arg(trailing_var_arg = true, required = true, value_name = "WORD")]
    words: Vec<String>,
}

pub(super) fn ctl(mut ctl: Ctl) -> ExitCode {
    ctl.words = meant(ctl.words);
    // No plugin is loaded here, so none need be named.
    ctl.settings.plugin.get_or_insert_with(|| "/".into());
    let config = match crate::config::load(&ctl.settings.sources()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("slidged: {error}");
            return ExitCode::from(MISCONFIGURED);
        }
    };
    let language = std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).ok();
    let path = control::path(&config.state.directory);
    let request = Request { words: ctl.words, yes: ctl.yes, language };
    let answer = match running::ask(&path, &request, PATIENCE) {
        Ok(answer) => answer,
        Err(error) => {
            eprintln!("slidged: {}", unanswered(&config, &path, &error));
            return ExitCode::from(FAILED);
        }
    };
    if ctl.json {
        println!("{}", serde_json::to_string(&answer).unwrap_or_default());
        return ExitCode::from(if matches!(answer, Answer::Error(_)) { FAILED } else { 0 });
    }
    match answer {
        Answer::Done { text, table } => {
            if !text.is_empty() {
                println!("{text}");
            }
            if let Some(table) = table {
                print!("{}", drawn(&table));
            }
            ExitCode::SUCCESS
        }
        Answer::Error(why) => {
            eprintln!("slidged: {why}");
            ExitCode::from(FAILED)
        }
    }
}

/// Words of the command: all behind its name is the command's own, but a wish for help and the end
/// of options.
fn meant(mut words: Vec<String>) -> Vec<String> {
    match words.get(1).map(String::as_str) {
        Some("--help" | "-h") => vec!["help".to_owned(), words.swap_remove(0)],
        Some("--") => {
            words.remove(1);
            words
        }
        _ => words,
    }
}

/// Reason why no gateway answers at that socket, and the place at which one would.
fn unanswered(config: &Config, path: &Path, error: &io::Error) -> String {
    let why = format!("{}: {error}", path.display());
    match running::find(&config.component) {
        Running::Here(state) => {
            format!("{why}. {} runs with --set state.directory={}", config.component.jid, state.display())
        }
        Running::Nobody | Running::Unknown(..) if error.kind() == io::ErrorKind::PermissionDenied => {
            format!("{why}. Be its user or root: sudo -u slidged slidged ctl …")
        }
        Running::Nobody | Running::Unknown(..) => format!(
            "{why}. No gateway runs with this state directory; if yours has another: --set state.directory=DIRECTORY"
        ),
    }
}

/// A table in columns.
fn drawn(table: &Table) -> String {
    let headings: Vec<String> = table.columns.iter().map(|column| column.label.to_uppercase()).collect();
    let width = |column: usize| {
        let cells = table.rows.iter().chain([&headings]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            // What comes from users must not drive the terminal.
            let cell: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            format!("{cell:<width$}")
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    let mut drawn = String::new();
    if !table.description.is_empty() {
        drawn += &format!("{}\n", table.description);
    }
    if !table.rows.is_empty() {
        drawn += &line(&headings);
        drawn.extend(table.rows.iter().map(line));
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::control::Column;

    #[test]
    fn a_wish_for_help_runs_nothing_and_nothing_else_of_a_text_is_taken_for_an_option() {
        let meant = |line: &str| meant(line.split(' ').map(str::to_owned).collect()).join(" ");
        assert_eq!(meant("announce --help"), "help announce");
        assert_eq!(meant("users -h"), "help users");
        assert_eq!(meant("announce -- --dashes"), "announce --dashes");
        for text in ["announce We restart --yes now", "announce use --json or --help -- then"] {
            assert_eq!(meant(text), text);
        }
    }

    #[test]
    fn a_table_is_drawn_in_columns() {
        let column = |name: &str| Column { name: name.to_lowercase(), label: name.into() };
        let table = Table {
            description: "2 users:".into(),
            columns: vec![column("Address"), column("State")],
            rows: vec![
                vec!["a@b".into(), "connected".into()],
                vec!["long@example.org".into(), "x\u{1b}[2J".into()],
            ],
        };
        let lines =
            "2 users:\nADDRESS           STATE\na@b               connected\nlong@example.org  x [2J\n";
        assert_eq!(drawn(&table), lines);
    }
}
