//! Documents that say what is true: links lead somewhere, the numbers of cases stand in one list,
//! and the tests and settings that documents name exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const CONFORMANCE: &str = "docs/conformance.md";
const RELIABILITY: &str = "docs/reliability.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The texts of the repository with one of these extensions, by their path in it.
fn texts(extensions: &[&str]) -> BTreeMap<PathBuf, String> {
    let (root, mut found, mut folders) = (root(), BTreeMap::new(), vec![PathBuf::new()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).expect("a folder of the repository") {
            let name = entry.expect("it can be read").file_name().into_string().expect("names are text");
            let path = folder.join(&name);
            if name.starts_with('.') || name == "target" {
                continue;
            }
            let extension = path.extension().and_then(|extension| extension.to_str());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
                let text = fs::read_to_string(root.join(&path)).expect("a text");
                found.insert(path, text);
            }
        }
    }
    found
}

fn document(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// A Markdown text without its blocks of code.
fn prose(markdown: &str) -> String {
    let mut code = false;
    let lines = markdown.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    });
    lines.map(|line| format!("{line}\n")).collect()
}

/// The anchors that GitHub gives the headings of a Markdown text.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let (mut anchors, mut seen) = (BTreeSet::new(), BTreeMap::<String, u32>::new());
    for line in prose(markdown).lines().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        let plain: String =
            heading.chars().filter(|&c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
        let times = seen.entry(plain.clone()).or_default();
        anchors.insert(if *times == 0 { plain } else { format!("{plain}-{times}") });
        *times += 1;
    }
    anchors
}

/// The targets of the links and pictures of a Markdown text.
fn links(markdown: &str) -> Vec<String> {
    // Every other part stands between backticks.
    let words = prose(markdown).split('`').step_by(2).collect::<Vec<_>>().join("code");
    let targets = words.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '\n']).next());
    targets.map(str::to_owned).collect()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Recognises a number of a case: K or R and up to three digits, in lower case as part of a name.
fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(['K', 'R', 'k', 'r']).unwrap_or_default();
    (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The numbers that a text cites, as words and at the beginning of the names of tests.
fn numbers(text: &str) -> BTreeSet<String> {
    let words = text.split(|c| !is_word(c));
    let numbers = words.flat_map(|word| {
        let name = word.contains('_');
        let parts = word.split('_').take_while(|part| is_number(part));
        parts.filter(move |part| name || part.starts_with(['K', 'R'])).map(str::to_uppercase)
    });
    numbers.collect()
}

/// The tests that a text names between backticks; no other name there has so many words.
fn tests(text: &str) -> BTreeSet<&str> {
    let names = text.split('`').skip(1).step_by(2);
    names.filter(|name| name.chars().all(is_word) && name.matches('_').count() >= 3).collect()
}

#[test]
fn links_lead_to_files_and_headings_that_there_are() {
    let mut dead = Vec::new();
    for (file, text) in texts(&["md"]) {
        let path = root().join(&file);
        for link in links(&text).iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (name, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = if name.is_empty() { path.clone() } else { path.with_file_name(name) };
            let heading = || fs::read_to_string(&to).is_ok_and(|text| anchors(&text).contains(anchor));
            if !to.exists() || !(anchor.is_empty() || heading()) {
                dead.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn settings_that_documents_link_to_are_in_the_reference() {
    let reference = document("config/slidge.toml");
    let known = |name: &str| {
        let mut lines = reference.lines().map(|line| line.trim_start_matches('#'));
        lines.any(|line| line == name || line.starts_with(&format!("{name} = ")))
    };
    let (mut seen, mut unknown) = (0, Vec::new());
    for (file, text) in texts(&["md"]) {
        let names =
            text.match_indices("`](").filter(|(at, _)| text[at + 3..].starts_with("../config/slidge.toml)"));
        for name in names.filter_map(|(at, _)| text[..at].rsplit('`').next()) {
            seen += 1;
            if !known(name) {
                unknown.push(format!("{}: {name}", file.display()));
            }
        }
    }
    assert!(seen > 10, "only {seen} settings were found");
    assert!(unknown.is_empty(), "no such settings:\n{}", unknown.join("\n"));
}

#[test]
fn every_case_that_is_cited_stands_in_the_list_once() {
    let list = document(CONFORMANCE);
    let rows = list.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next());
    let mut known = BTreeSet::new();
    for number in rows.filter(|word| is_number(word)) {
        assert!(known.insert(number.to_owned()), "{number} stands in {CONFORMANCE} twice");
    }
    let mut unknown = Vec::new();
    for (file, text) in texts(&["rs", "md", "toml", "lua", "yml"]) {
        let missing: Vec<_> = numbers(&text).difference(&known).cloned().collect();
        if !missing.is_empty() {
            unknown.push(format!("{}: {}", file.display(), missing.join(", ")));
        }
    }
    assert!(unknown.is_empty(), "these are not in {CONFORMANCE}:\n{}", unknown.join("\n"));
}

#[test]
fn every_case_has_a_test_or_says_that_it_is_not_built_yet() {
    let list = document(CONFORMANCE);
    for row in list.lines().filter(|line| line.starts_with("| K") || line.starts_with("| R")) {
        let cells: Vec<_> = row.split(" | ").collect();
        let [_, _, _, proof] = &cells[..] else { panic!("four columns: {row}") };
        assert!(
            proof.contains("not built yet") || !tests(proof).is_empty(),
            "neither a test nor a word about it: {row}"
        );
        assert!(
            !["no test", "not tested"].iter().any(|words| proof.contains(words)),
            "something that is built has no test: {row}"
        );
    }
}

#[test]
fn tests_that_documents_name_exist() {
    let sources = texts(&["rs"]);
    let is_there = |test: &str| {
        let function = format!("fn {test}(");
        sources.values().any(|source| source.contains(&function))
    };
    for path in [CONFORMANCE, RELIABILITY] {
        let text = document(path);
        let gone: Vec<_> = tests(&text).into_iter().filter(|test| !is_there(test)).collect();
        assert!(gone.is_empty(), "{path} names tests that there are not:\n{}", gone.join("\n"));
    }
}

#[test]
fn headings_links_and_numbers_are_read_as_they_are_meant() {
    let text = "# A `b`, c!\n## A b c\n## A b c\n```\n# no\n[no](no.md)\n```\nsee [x](y.md#z \"t\") and `[q](w)` ![p](p.png)\n";
    assert_eq!(anchors(text), ["a-b-c", "a-b-c-1", "a-b-c-2"].map(str::to_owned).into());
    assert_eq!(links(text), ["y.md#z", "p.png"]);
    let cited = numbers("(see R1) r2_r3_and_r4 r5 R1234 R9a XR8 kept_r7");
    assert_eq!(cited, ["R1", "R2", "R3"].map(str::to_owned).into());
}
