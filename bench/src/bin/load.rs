//! The load generator on its own: `load CASE [--OPTION VALUE]…`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match bench::load::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("load {}: {why}", args.join(" "));
            ExitCode::FAILURE
        }
    }
}
