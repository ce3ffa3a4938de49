//! Words of the source code: comments that fit their lines, doc comments that begin with a noun or
//! a third-person verb and are short, and no numbers of documents that are not in the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Widest comment line, in characters.
const WIDTH: usize = 100;

/// Most sentences in the first paragraph of a doc comment; further ones have the reasons. Docs
/// of modules and of the plugin API are exempt: they explain semantics.
const SENTENCES: usize = 2;

/// Words that are neither a noun nor a third-person verb.
const BEGINNINGS: &str = "What Who Whom Whose Whoever Whatever Whichever How However Where Wherever When \
    Whenever Why Which While Somebody Someone Nobody Anybody Anyone Everybody Everyone Everything Nothing \
    Something Anything It Its They Them Their Theirs He She His Her We Ours You Your I Is Are Was Were \
    Does Do Did Can May Must Should Will Would This These Those That There Then Not And Or But So If \
    Until Till Of By For From Behind Under In On At To With Without Into As Like Also Because Since \
    Here Let See Neither Either Nor";

/// Folders that are not done yet, with the most findings that they may have: the numbers may only
/// become smaller, and the list is to go away.
const TO_DO: [(&str, usize); 1] = [("slidged/src/session", 0)];

/// Names of lists that are not in the repository, which a number would follow.
const LISTS: [&str; 2] = ["WIRE", "DESIGN"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The texts of the repository with one of these extensions, by their path in it.
fn texts(extensions: &[&str]) -> BTreeMap<String, String> {
    let (root, mut found, mut folders) = (root(), BTreeMap::new(), vec![PathBuf::new()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).expect("a folder of the repository") {
            let name = entry.expect("it can be read").file_name().into_string().expect("names are text");
            let path = folder.join(&name);
            let extension = path.extension().and_then(|extension| extension.to_str());
            if name.starts_with('.') || name == "target" {
                continue;
            } else if root.join(&path).is_dir() {
                folders.push(path);
            } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
                let text = fs::read_to_string(root.join(&path)).expect("a text");
                found.insert(path.to_string_lossy().into_owned(), text);
            }
        }
    }
    found
}

/// A folder of [`TO_DO`] that a file is in.
fn to_do(file: &str) -> Option<&'static str> {
    TO_DO.iter().map(|(folder, _)| *folder).find(|folder| Path::new(file).starts_with(folder))
}

/// A block of comment lines of one kind.
struct Comment<'a> {
    line: usize,
    mark: &'static str,
    text: Vec<&'a str>,
}

/// The mark and the text of a line that is a comment.
fn comment(line: &str) -> Option<(&'static str, &str)> {
    let line = line.trim_start();
    let mark = ["///", "//!", "//"].into_iter().find(|mark| line.starts_with(mark))?;
    Some((mark, &line[mark.len()..]))
}

fn comments(source: &str) -> Vec<Comment<'_>> {
    let mut blocks: Vec<Comment<'_>> = Vec::new();
    let mut inside = false;
    for (number, line) in source.lines().enumerate() {
        let Some((mark, text)) = comment(line) else {
            inside = false;
            continue;
        };
        match blocks.last_mut() {
            Some(last) if inside && last.mark == mark => last.text.push(text),
            _ => blocks.push(Comment { line: number + 1, mark, text: vec![text] }),
        }
        inside = true;
    }
    blocks
}

impl Comment<'_> {
    /// Returns the first paragraph, in one line; empty where a block of code or a section begins.
    fn prose(&self) -> String {
        let lines = self.text.iter().map(|line| line.trim());
        let ends = |line: &&str| line.is_empty() || line.starts_with("```") || line.starts_with("# ");
        lines.take_while(|line| !ends(line)).collect::<Vec<_>>().join(" ")
    }

    /// Returns the lines that are too wide; blocks of code and tables in docs may be.
    fn wide(&self, lines: &[&str]) -> Vec<usize> {
        let mut code = false;
        let wide = self.text.iter().enumerate().filter(|(at, text)| {
            let fence = text.trim_start().starts_with("```");
            code ^= fence;
            let free = code || fence || text.trim_start().starts_with('|');
            !free && lines[self.line - 1 + at].chars().count() > WIDTH
        });
        wide.map(|(at, _)| self.line + at).collect()
    }
}

/// Tells whether a doc comment begins with a word that it should not begin with.
fn begins_badly(prose: &str) -> bool {
    let first = prose.trim_start_matches(|c: char| !c.is_alphanumeric());
    let word = first.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    BEGINNINGS.split_whitespace().any(|bad| bad == word) || first.starts_with("The same ")
}

/// The number of sentences of a text. Dots inside of code spans, links and common abbreviations end
/// none.
fn sentences(prose: &str) -> usize {
    let plain: String = prose.split('`').step_by(2).collect::<Vec<_>>().join("x");
    let plain = ["e.g.", "i.e.", "etc.", "vs."].iter().fold(plain, |text, short| text.replace(short, "x"));
    let ends = |word: &&str| {
        let word = word.trim_end_matches([')', '"', '*', ']', '”']);
        word.ends_with(['.', '!', '?'])
    };
    let words: Vec<_> = plain.split_whitespace().collect();
    let whole = words.iter().copied().filter(|word| ends(word)).count();
    whole + usize::from(words.last().is_some_and(|last| !ends(last) && !last.ends_with(':')))
}

/// The findings about comments of one file, each with its line.
fn findings(file: &str, source: &str) -> Vec<String> {
    let lines: Vec<_> = source.lines().collect();
    let mut found = Vec::new();
    for comment in comments(source) {
        let wide = comment.wide(&lines).into_iter();
        found.extend(wide.map(|line| format!("{file}:{line}: wider than {WIDTH} columns")));
        if comment.mark == "//" {
            continue;
        }
        let (prose, line) = (comment.prose(), comment.line);
        if begins_badly(&prose) {
            found.push(format!("{file}:{line}: neither a noun nor a verb begins \"{prose}\""));
        }
        if comment.mark == "///" && !file.starts_with("plugin-api/") && sentences(&prose) > SENTENCES {
            found.push(format!("{file}:{line}: more than {SENTENCES} sentences: \"{prose}\""));
        }
    }
    found
}

/// The numbers of lists that are not in the repository, and functions that are named by them.
fn dead_numbers(text: &str) -> Vec<&str> {
    let cites = |line: &&str| {
        let words: Vec<_> =
            line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let number = |word: &str| word.trim_start_matches('R').starts_with(|c: char| c.is_ascii_digit());
        words.windows(2).any(|pair| LISTS.contains(&pair[0]) && number(pair[1]))
            || LISTS.iter().any(|list| {
                let name = format!("fn {}_", list.to_lowercase());
                line.split(&name).nth(1).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            })
    };
    text.lines().filter(cites).collect()
}

#[test]
fn comments_fit_their_lines_and_doc_comments_say_what_a_thing_is() {
    let found: Vec<_> = texts(&["rs"])
        .iter()
        .filter(|(file, _)| to_do(file).is_none())
        .flat_map(|(file, source)| findings(file, source))
        .collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}

#[test]
fn comments_of_folders_that_are_not_done_yet_become_fewer() {
    let sources = texts(&["rs"]);
    for (folder, most) in TO_DO {
        let here = sources.iter().filter(|(file, _)| to_do(file) == Some(folder));
        let found: Vec<_> = here.flat_map(|(file, source)| findings(file, source)).collect();
        assert!(found.len() <= most, "{folder} has {} findings:\n{}", found.len(), found.join("\n"));
    }
}

#[test]
fn no_number_leads_to_a_document_that_is_not_in_the_repository() {
    let mut found = Vec::new();
    for (file, text) in texts(&["rs", "toml", "md"]) {
        if to_do(&file).is_none() && file != "xtask/tests/words.rs" {
            found.extend(dead_numbers(&text).into_iter().map(|line| format!("{file}: {}", line.trim())));
        }
    }
    assert!(found.is_empty(), "dead numbers:\n{}", found.join("\n"));
}

#[test]
fn comments_are_read_as_they_are_written() {
    let source = "//! A module. It has. Three sentences.\n\n/// What it is.\nfn one() {}\n/// A thing e.g. `a. b`. \
                  Another.\n///\n/// # Errors\n/// Never. Really. Never.\nfn two() {}\n// What is fine here.\n";
    let found = |text: &str| findings("lab/a.rs", text).len();
    assert_eq!(found(source), 1);
    assert_eq!(found("/// The same thing.\n/// - `x`: y\n"), 1);
    assert_eq!(found("/// One. Two! Three"), 1);
    assert_eq!(found("/// Nothingness. Theory? It's two:"), 0);
    assert_eq!(found("/// Nothingness, for [`One`]."), 0);
    assert_eq!(found(&format!("// {}", "x".repeat(98))), 1);
    assert_eq!(found(&format!("    let x = \"{}\";", "x".repeat(98))), 0);
    let text = "WIRE 2.7\nDESIGN 8\n(WIRE R1)\nfn wire_2_7_a()\nHARDWIRE 2\nthe WIRE\nfn wire_mode()\n";
    assert_eq!(dead_numbers(text), ["WIRE 2.7", "DESIGN 8", "(WIRE R1)", "fn wire_2_7_a()"]);
}
