//! The command line: one file per verb.
//!
//! Exit codes: 0 all well, 1 something failed while running, 2 wrong usage or configuration.

mod check;
mod client;
mod ctl;
mod doctor;
pub(crate) mod exit;
mod run;
mod running;
mod settings;

use crate::cli::exit::MISCONFIGURED;
use crate::cli::settings::Settings;
use clap::Parser;
use clap::Subcommand;
use clap::error::ErrorKind;
use std::process::ExitCode;

/// XMPP gateway: people on your XMPP server chat with people on another network.
///
/// Loads one plugin for one network and connects to your server as a component.
#[derive(Debug, Parser)]
#[command(name = "slidged", version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
#[command(after_help = "\
Try it:      slidged --plugin libsuperduper.so --config slidge.toml
Look first:  slidged check --config slidge.toml
Try it out:  slidged doctor --plugin libsuperduper.so --config slidge.toml
All settings, with their defaults: config/slidge.toml. Any of them can be set by the environment too:
SLIDGED_COMPONENT_SERVER=127.0.0.1:5347 is `server` in [component].")]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the gateway until SIGTERM or Ctrl-C (the same as without a verb).
    Run(Settings),
    /// Tell whether it would run: configuration, secrets, plugin, database. Changes nothing.
    Check(Settings),
    /// Try out, on your XMPP server, what it lets the gateway do, and (--client) what users see of
    /// it. Prints the lines to add.
    Doctor(doctor::Doctor),
    /// Controls a running gateway as administrators do: list users, announce, delete… (`ctl help`
    /// lists it).
    Ctl(ctl::Ctl),
}

/// Runs the command line; all that `main` does.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing is left to do when even that cannot be written.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(MISCONFIGURED),
            };
        }
    };
    match cli.verb {
        Some(Verb::Check(settings)) => check::check(&settings),
        Some(Verb::Ctl(ctl)) => ctl::ctl(ctl),
        Some(Verb::Doctor(doctor)) => doctor::doctor(&doctor),
        Some(Verb::Run(settings)) => run::run(&settings),
        None => run::run(&cli.settings),
    }
}
