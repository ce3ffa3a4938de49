//! The files that are shipped beside the program say what is true of it.

use slidged::config::Sources;
use std::{collections::BTreeSet, fs, process::Command};

const UNIT: &str = include_str!("../../systemd/slidged@.service");
const README: &str = include_str!("../../README.md");
const INSTALL: &str = include_str!("../../docs/install.md");
const ADMIN: &str = include_str!("../../docs/admin.md");

/// Runs a tool of systemd's on a copy of the unit that starts the program just built. `None`
/// without systemd.
fn analyze(arguments: &[&str]) -> Option<(bool, String)> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("slidged@example.service");
    fs::write(&path, UNIT.replace("/usr/local/bin/slidged", env!("CARGO_BIN_EXE_slidged"))).unwrap();
    let Ok(output) = Command::new("systemd-analyze").args(arguments).arg(&path).output() else {
        eprintln!("SKIPPED: systemd-analyze is not installed, so the unit was not looked at");
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

#[test]
fn systemd_takes_the_unit_without_a_word() {
    if let Some((good, text)) = analyze(&["verify"]) {
        assert!(good && text.is_empty(), "{text}");
    }
}

#[test]
fn the_unit_is_as_hard_as_promised() {
    // 1.2 of 10, of which the network makes up 1.0.
    if let Some((good, text)) = analyze(&["security", "--offline=yes", "--threshold=12", "--no-pager"]) {
        assert!(good, "{text}");
    }
}

#[test]
fn every_credential_of_the_unit_is_understood() {
    let line =
        |line: &'static str| line.trim_start_matches('#').strip_prefix("LoadCredential=")?.split(':').next();
    let names: BTreeSet<_> = UNIT.lines().filter_map(line).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let directory = tempfile::tempdir().unwrap();
    let mut sources = Sources::default();
    let mut set = |name: &str, value: &str| sources.environment.push((name.into(), value.into()));
    set("SLIDGED_COMPONENT_JID", "gw.example.org");
    set("SLIDGED_PLUGIN_PATH", "/p.so");
    set("CREDENTIALS_DIRECTORY", directory.path().to_str().unwrap());
    let mut before = format!("{:?}", slidged::config::load(&sources).unwrap());
    for name in names {
        fs::write(directory.path().join(name), "").unwrap();
        let after = format!("{:?}", slidged::config::load(&sources).unwrap());
        assert_ne!(before, after, "{name}");
        before = after;
    }
}

/// The blocks of a language in a Markdown text.
fn blocks(text: &'static str, language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_examples_of_the_documentation_are_configurations() {
    let directory = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for text in [README, INSTALL, ADMIN] {
        for block in blocks(text, "toml") {
            if block.contains("[dependencies]") {
                continue;
            }
            let file = directory.path().join("slidge.toml");
            fs::write(&file, block).unwrap();
            let variables = [("SLIDGED_COMPONENT_JID", "gw.example.org"), ("SLIDGED_PLUGIN_PATH", "/p.so")];
            let environment = variables.map(|(name, value)| (name.into(), value.into())).into();
            let loaded = slidged::config::load(&Sources { file: Some(file), environment, flags: Vec::new() });
            assert!(loaded.is_ok(), "{}\n{block}", loaded.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen >= 2, "only {seen} examples were found");
}

#[test]
fn every_option_of_the_documentation_is_real() {
    let help = |verb: &str| {
        let help = Command::new(env!("CARGO_BIN_EXE_slidged")).args([verb, "--help"]).output().unwrap();
        String::from_utf8(help.stdout).unwrap()
    };
    let wanted = |c: char| c.is_ascii_lowercase() || c == '-';
    let mut seen = 0;
    for text in [README, INSTALL, ADMIN] {
        for line in text.lines() {
            let command =
                ["slidged ", "sudo -u slidged slidged "].iter().find_map(|start| line.strip_prefix(start));
            let Some(verb) = command.and_then(|rest| rest.split(' ').next()) else { continue };
            let help = help(if verb.starts_with('-') { "run" } else { verb });
            for option in
                line.split("--").skip(1).map(|rest| rest.split(|c| !wanted(c)).next().unwrap_or(rest))
            {
                assert!(help.contains(&format!("--{option}")), "--{option} in: {line}");
                seen += 1;
            }
        }
    }
    assert!(seen > 5, "only {seen} options were found");
}
