//! The benchmarks.

use std::path::PathBuf;

use crate::install::{self, BENCH};
use crate::run::{Run, cargo, workspace};

/// Builds what is measured, unless told not to, and measures it. What we know ourselves is about
/// the build; the rest is the driver's.
pub(crate) fn bench(args: &[String]) -> Result<(), String> {
    let ours = Build::read(args);
    install::packages(BENCH)?;
    let mut build = cargo("build");
    build.args(["--profile", ours.profile(), "-p", "bench"]);
    if ours.slidged {
        build.args(["-p", "slidged", "-p", "benchnet"]);
    }
    Run::start("the build", &mut build)?;
    let bin = target().join(ours.profile());
    let mut driver = std::process::Command::new(bin.join("bench"));
    driver.current_dir(workspace());
    if ours.slidged {
        driver.arg("--bin").arg(format!("slidged={}", bin.display()));
    }
    Run::start("the benchmarks", driver.args(ours.rest))
}

/// A build of the programs.
#[derive(Debug, PartialEq, Eq)]
struct Build {
    slidged: bool,
    release: bool,
    rest: Vec<String>,
}

impl Build {
    fn read(args: &[String]) -> Self {
        let has = |flag: &str| args.iter().any(|arg| arg == flag);
        let help = has("--help") || has("-h");
        let rest = args.iter().filter(|arg| !matches!(arg.as_str(), "--no-build" | "--release"));
        Build {
            slidged: !has("--no-build") && !help,
            release: has("--release"),
            rest: rest.cloned().collect(),
        }
    }

    fn profile(&self) -> &'static str {
        if self.release { "release" } else { "measure" }
    }
}

/// Cargo's target directory.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_the_build_is_taken_out() {
        let read = |text: &str| Build::read(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let build = read("echo --release --rounds 5");
        assert_eq!((build.profile(), build.slidged), ("release", true));
        assert_eq!(build.rest, ["echo", "--rounds", "5"]);
        assert!(!read("--no-build --bin x").slidged && !read("--help").slidged);
        assert_eq!(read("echo").profile(), "measure");
    }
}
