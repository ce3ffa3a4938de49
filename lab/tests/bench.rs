//! The benchmarks are in working order: some operations of each case. What they measure is not
//! looked at here.

use std::collections::BTreeSet;
use std::process::Stdio;

use lab::TempDir;
use lab::binaries;
use serde_json::Value;

#[tokio::test]
async fn every_benchmark_runs_and_ends_in_one_table_and_a_report() {
    let scratch = TempDir::new("bench");
    let report = scratch.path().join("report.json");
    let gateway = binaries::program("slidged");
    let gateway = gateway.parent().expect("a program lies in a directory");
    let run = |more: &[&str]| {
        let mut bench = tokio::process::Command::new(binaries::program("bench"));
        bench.arg("--tiny").arg("--bin").arg(format!("slidged={}", gateway.display()));
        bench.args(more).arg("--out").arg(&report).stdin(Stdio::null()).kill_on_drop(true).output()
    };
    let output = run(&[]).await.expect("bench starts");
    let (table, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}");
    assert!(table.starts_with("| case | measure | slidged | same stanzas |"), "{table}");

    let all: Value = serde_json::from_slice(&std::fs::read(&report).expect("a report")).expect("JSON");
    let observations = all["observations"].as_array().expect("observations");
    let of = |subject: &str| -> BTreeSet<&str> {
        let theirs = observations.iter().filter(|o| o["subject"] == subject);
        theirs.filter_map(|o| o["case"].as_str()).collect()
    };
    let load = ["echo", "flood", "groupflood", "join", "lone", "quiet"];
    let more = ["files", "memory", "start-1", "start-2"];
    assert_eq!(of("slidged"), load.into_iter().chain(more).collect());
    assert_eq!(of("same stanzas"), load.into());
    assert_eq!(of("bare component"), load.into());
    let value = |case: &str, name: &str| {
        let ours = observations.iter().filter(|o| o["case"] == case && o["subject"] == "slidged");
        ours.filter_map(|o| o["values"][name].as_f64()).next().unwrap_or_default()
    };
    assert_eq!(value("echo", "n"), 50.0);
    // The members, the user and whoever comes in, who is the user too.
    assert_eq!(value("join", "presences"), 11.0);
    for name in ["gateway.cpu_per_1000_s", "server.cpu_per_1000_s", "load.cpu_per_1000_s", "gateway.rss_mb"] {
        assert!(value("flood", name) > 0.0, "{name}");
    }

    // A second run compares itself with the first.
    let before = scratch.path().join("before.json");
    std::fs::rename(&report, &before).expect("the report is ours");
    let output =
        run(&["lone", "--baseline", before.to_str().expect("a path in UTF-8")]).await.expect("bench starts");
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.contains("| slidged before | now / before |"), "{table}");
    assert!(!table.contains("flood"), "{table}");
}

#[tokio::test]
async fn a_benchmark_without_its_programs_says_which_one_is_missing() {
    let scratch = TempDir::new("bench");
    let mut bench = tokio::process::Command::new(binaries::program("bench"));
    let missing = scratch.path().join("nothing");
    bench
        .args(["--tiny", "echo", "--bin"])
        .arg(&missing)
        .arg("--out")
        .arg(scratch.path().join("report.json"));
    let output = bench.output().await.expect("bench starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains(&missing.display().to_string()), "{told}");
}
