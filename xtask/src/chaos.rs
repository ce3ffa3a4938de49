//! The modes of `cargo xtask chaos`: files of the chaos test, whose first line says what happens.

use std::fs;

use crate::run::workspace;

/// Default duration of a mode in minutes: the one that docs/reliability.md has figures of.
const MINUTES: u32 = 10;
/// Test that is in none of the files, and not as long as is said: a scenario once through.
const DEBIAN: (&str, &str) =
    ("debian13", "the servers of Debian 13, in a tree of that release (as root, made once)");

/// Options of `chaos`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chaos {
    /// Modes to run; empty for all.
    pub(crate) modes: Vec<String>,
    pub(crate) minutes: u32,
    pub(crate) release: bool,
}

impl Chaos {
    /// Reads the arguments.
    ///
    /// # Errors
    /// A sentence, when something is unknown.
    pub(crate) fn parse(args: &[String], modes: &[Mode]) -> Result<Self, String> {
        let mut chaos = Chaos { modes: Vec::new(), minutes: MINUTES, release: false };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--minutes" => {
                    let minutes = args.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                    chaos.minutes = minutes.ok_or("--minutes needs a whole number")?;
                }
                "--release" => chaos.release = true,
                name => {
                    let name = name.replace('-', "_");
                    if !modes.iter().any(|mode| mode.name == name) {
                        return Err(format!("there is no mode {name:?}. The modes are:\n\n{}", list(modes)));
                    }
                    chaos.modes.push(name);
                }
            }
        }
        Ok(chaos)
    }

    /// Filter for these tests, in the language of nextest.
    pub(crate) fn filter(&self) -> String {
        if self.modes.is_empty() {
            return format!("binary(chaos) | binary({})", DEBIAN.0);
        }
        let tests = self.modes.iter().map(|mode| match mode.as_str() {
            mode if mode == DEBIAN.0 => format!("binary({mode})"),
            mode => format!("(binary(chaos) & test(/^modes::{mode}::/))"),
        });
        tests.collect::<Vec<_>>().join(" | ")
    }
}

/// A mode and what happens in it.
#[derive(Debug)]
pub(crate) struct Mode {
    pub(crate) name: String,
    pub(crate) what: String,
}

/// All modes, by name.
///
/// # Errors
/// A sentence, when they are not where they belong.
pub(crate) fn modes() -> Result<Vec<Mode>, String> {
    let dir = workspace().join("lab/tests/chaos/modes");
    let files = fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut modes = Vec::new();
    for path in files.flatten().map(|file| file.path()) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        if name != "mod" {
            let what = text.lines().next().unwrap_or_default().trim_start_matches("//! ").to_owned();
            modes.push(Mode { name, what });
        }
    }
    modes.sort_by(|a, b| a.name.cmp(&b.name));
    modes.push(Mode { name: DEBIAN.0.to_owned(), what: DEBIAN.1.to_owned() });
    Ok(modes)
}

/// A line for each mode.
pub(crate) fn list(modes: &[Mode]) -> String {
    modes.iter().map(|Mode { name, what }| format!("  {name:<20}{what}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Chaos, String> {
        let args: Vec<_> = args.iter().map(|&a| a.to_owned()).collect();
        Chaos::parse(&args, &modes().expect("the files are in the repository"))
    }

    #[test]
    fn modes_are_chosen_by_name_and_said_when_there_is_none() {
        assert_eq!(parse(&[]).map(|c| (c.modes, c.minutes)), Ok((Vec::new(), MINUTES)));
        let chosen = parse(&["kill", "--minutes", "3", "commit-cut"]).expect("both are there");
        assert_eq!((chosen.modes.join(" ").as_str(), chosen.minutes), ("kill commit_cut", 3));
        let filter =
            "(binary(chaos) & test(/^modes::kill::/)) | (binary(chaos) & test(/^modes::commit_cut::/))";
        assert_eq!(chosen.filter(), filter);
        assert!(parse(&["debian13"]).is_ok_and(|c| c.filter() == "binary(debian13)"));
        let why = parse(&["flood"]).expect_err("there is none");
        assert!(why.contains("flood") && why.contains("slidged is killed"), "{why}");
        assert!(parse(&["--minutes", "few"]).is_err() && parse(&["--minutes"]).is_err());
    }

    #[test]
    fn every_mode_says_what_happens_and_is_run() {
        let modes = modes().expect("the files are in the repository");
        let run = fs::read_to_string(workspace().join("lab/tests/chaos/modes/mod.rs")).expect("the list");
        for Mode { name, what } in &modes {
            assert!(!what.is_empty() && !what.starts_with("//"), "{name} says {what:?}");
            assert!(name == DEBIAN.0 || run.contains(&format!("mod {name};")), "{name} is not run");
        }
        assert_eq!(run.matches("\nmod ").count(), modes.len() - 1);
    }
}
