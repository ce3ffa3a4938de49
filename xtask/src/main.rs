//! The developer's verbs: `cargo xtask demo | test | bench | chaos | lab`.
//!
//! Only the standard library is used here, so that the first verb on a new machine starts within a
//! second.
#![forbid(unsafe_code)]

mod bench;
mod chaos;
mod install;
mod run;

use std::process::ExitCode;

use chaos::Chaos;
use install::{CHAT, TESTS};
use run::{Run, cargo, sibling};

const USAGE: &str = "\
usage: cargo xtask VERB

  demo [--once]   a real Prosody, the example network and slidged between them: a user registers and talks,
                  then everything stays up for your own client (--once: ends after the talk, with status 0)
  lab             the same servers, without the talk
  test [ARGS..]   everything that can be checked: format, lints, unit tests, real servers, documentation
                  (ARGS are handed to cargo nextest and narrow the tests: a name, -p slidged ...;
                  --readme-builds: the test of docs/install.md builds what that says, for a quarter of an hour)
  bench [ARGS..]  the benchmarks behind a real Prosody, as one table (bench --help tells of cases and options)
  chaos [MODE..] [--minutes N] [--release]
                  the long form of the tests that kill, cut and restart: each mode for so many minutes (10);
                  and the servers of Debian 13, in a tree of that release below target/trees (as root, made once)

Each installs what it needs from Debian when run as root, and otherwise says which line does.
";

/// Tells the test of docs/install.md to build as that says, instead of taking what is built.
const README_BUILDS: (&str, &str) = ("LAB_README_BUILDS", "1");

/// Tells the lab that everything is built, so that its tests do not ask cargo once more each.
const BUILT: (&str, &str) = ("LAB_WORKSPACE_IS_BUILT", "1");

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let verb = args.next().unwrap_or_default();
    let args: Vec<_> = args.collect();
    let done = match (verb.as_str(), args.as_slice()) {
        ("demo", []) => demo(&[]),
        ("demo", [flag]) if flag == "--once" => demo(&["--once"]),
        ("lab", []) => demo(&["--quiet"]),
        ("test", rest) => test(rest),
        ("bench", rest) => bench::bench(rest),
        ("chaos", rest) => chaos(rest),
        _ => {
            let modes = chaos::modes().unwrap_or_default();
            eprint!("{USAGE}\nThe modes of chaos:\n\n{}", chaos::list(&modes));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\nxtask {verb}: {why}");
            ExitCode::FAILURE
        }
    }
}

fn demo(args: &[&str]) -> Result<(), String> {
    install::packages(CHAT)?;
    build()?;
    let mut demo = sibling("demo")?;
    demo.args(args).env(BUILT.0, BUILT.1);
    Run::start("the demo", &mut demo)
}

/// All checks. Each one runs even when another failed, and the tests come last, so that their
/// summary is what one sees.
fn test(args: &[String]) -> Result<(), String> {
    install::packages(TESTS)?;
    let (long, args): (Vec<_>, Vec<_>) = args.iter().partition(|arg| *arg == "--readme-builds");
    let mut run = Run::default();
    if args.is_empty() {
        run.step("format", cargo("fmt").args(["--all", "--check"]));
        run.step("lints", cargo("clippy").args(["--workspace", "--all-targets", "--", "-D", "warnings"]));
        // Links between doc comments must lead somewhere.
        let mut documentation = cargo("doc");
        documentation.args(["--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        run.step("documentation", &mut documentation);
    }
    build()?;
    if args.is_empty() {
        run.step("documentation tests", cargo("test").args(["--workspace", "--doc"]));
    }
    let mut tests = if install::nextest() {
        let mut nextest = cargo("nextest");
        nextest.args(["run", "--workspace"]);
        nextest
    } else {
        let mut plain = cargo("test");
        // The servers of some tests do not fit beside each other on a small machine; nextest knows
        // which ones.
        plain
            .args(["--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"])
            .env("RUST_TEST_THREADS", "2");
        plain
    };
    if !long.is_empty() {
        tests.env(README_BUILDS.0, README_BUILDS.1);
    }
    run.step("tests", tests.args(args).env(BUILT.0, BUILT.1));
    run.end()
}

fn chaos(args: &[String]) -> Result<(), String> {
    let chaos = Chaos::parse(args, &chaos::modes()?)?;
    install::packages(TESTS)?;
    if !install::nextest() {
        return Err("needs cargo-nextest: cargo install --locked cargo-nextest".into());
    }
    let profile: &[&str] = if chaos.release { &["--release"] } else { &[] };
    Run::start("the build", cargo("build").arg("--workspace").args(profile))?;
    let mut tests = cargo("nextest");
    tests
        .args(["run", "--workspace", "--profile", "chaos", "--no-capture", "-E", &chaos.filter()])
        .args(["--run-ignored", "all"])
        .args(profile);
    tests.env(BUILT.0, BUILT.1).env("LAB_CHAOS_MINUTES", chaos.minutes.to_string());
    Run::start("chaos", &mut tests)
}

fn build() -> Result<(), String> {
    // As a whole: building one package alone would choose other features for its dependencies, and
    // build them twice.
    Run::start("the build", cargo("build").arg("--workspace"))
}
