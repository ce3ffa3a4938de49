//! The catalogues are complete, and have what the source asks for.

use super::{Argument, Language, catalog};
use crate::command::{self, Commands};
use fluent_bundle::FluentResource;
use plugin_api::{CommandTarget, Field, Info};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The variables of each text; `id.attribute` is the text of an attribute.
type Texts = BTreeMap<String, BTreeSet<String>>;

/// Reads the texts of a catalogue, as ours are written: ids at the start of a line, attributes
/// behind a dot.
fn texts(language: Language) -> Texts {
    let (mut texts, mut id, mut key) = (Texts::new(), String::new(), String::new());
    for line in catalog::source(language.tag()).lines().filter(|line| !line.starts_with('#')) {
        let begun = line.split_once(" = ").map(|(name, _)| name);
        if let Some(name) = begun.filter(|name| is_name(name)) {
            id = name.to_owned();
            key = id.clone();
            assert!(!texts.contains_key(&key), "{key} is there twice in {language:?}");
            texts.insert(key.clone(), BTreeSet::new());
        } else if let Some(name) = begun.and_then(|name| name.trim_start().strip_prefix('.')) {
            key = format!("{id}.{name}");
            texts.insert(key.clone(), BTreeSet::new());
        }
        let variables = line.split('$').skip(1).filter_map(|rest| rest.split([' ', '}']).next());
        texts.entry(key.clone()).or_default().extend(variables.map(str::to_owned));
    }
    texts.remove("");
    texts
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

/// The text, with each variable being a number.
fn said(language: Language, id: &str, variables: &BTreeSet<String>, number: impl Fn(&str) -> u64) -> String {
    let arguments: Vec<_> =
        variables.iter().map(|name| (name.as_str(), Argument::Number(number(name)))).collect();
    let mut errors = Vec::new();
    let text = catalog::format(language.tag(), id, &arguments, &mut errors);
    assert!(errors.is_empty(), "{id} in {language:?}: {errors:?}");
    text.unwrap_or_else(|| panic!("{id} in {language:?} cannot be read"))
}

/// The source of the daemon, without these catalogues.
fn sources() -> Vec<String> {
    sources_of("").into_iter().map(|(_, source)| source).collect()
}

/// The sources of a folder of the daemon, by their paths; tests in files of their own are left out
/// of all but the whole.
fn sources_of(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, tests: bool, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
            if path.is_dir() && !path.ends_with("src/language") && (tests || !is_test) {
                walk(&path, tests, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") && (tests || !is_test) {
                found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder), folder.is_empty(), &mut found);
    found
}

/// Text between the parentheses that `text` begins inside of.
fn parenthesised(text: &str) -> &str {
    let mut depth = 1_usize;
    let end = text.find(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    &text[..end.unwrap_or(text.len())]
}

/// Ids that are put together at run time.
fn put_together() -> BTreeSet<String> {
    let mut info = Info::default();
    info.search_fields.push(Field::text("name", "Name"));
    info.contact_features.blocking = true;
    info.groups = true;
    let mut ids = BTreeSet::new();
    let commands = Commands::new(&info);
    let everywhere = [CommandTarget::Gateway, CommandTarget::Contact, CommandTarget::Room];
    for command in everywhere.into_iter().flat_map(|on| commands.on(on)) {
        if command.word.is_empty() {
            ids.insert(format!("category-{}", command.node.rsplit(':').next().unwrap()));
        } else {
            ids.extend(["", ".help"].map(|attribute| format!("command-{}{attribute}", command.word)));
        }
    }
    let preferences = command::default_preferences(&info).into_keys();
    ids.extend(plugin_api::Condition::ALL.map(|condition| format!("condition-{condition}")));
    ids.extend(preferences.map(|var| format!("preference-{}", var.replace('_', "-"))));
    ids
}

#[test]
fn a_language_is_known_by_its_first_subtag() {
    for (tag, expected) in [
        (Some("fr"), Language::French),
        (Some("de-AT"), Language::German),
        (Some("ES_mx"), Language::Spanish),
        (Some("tlh"), Language::English),
        (Some(""), Language::English),
        (None, Language::English),
    ] {
        assert_eq!(Language::of(tag), expected, "{tag:?}");
    }
}

#[test]
fn every_language_has_the_texts_and_the_variables_of_english() {
    let english = texts(Language::English);
    assert!(english.len() > 200 && english["command-find.help"].is_empty(), "they could be read");
    assert_eq!(english["synced"].len(), 4, "over several lines, too");
    for language in Language::ALL {
        let other = texts(language);
        let ids: BTreeSet<_> = english.keys().chain(other.keys()).collect();
        let differ: Vec<_> = ids.into_iter().filter(|id| english.get(*id) != other.get(*id)).collect();
        assert!(differ.is_empty(), "{language:?} differs in {differ:?}");
    }
}

#[test]
fn every_text_can_be_said_and_says_what_it_is_given() {
    for language in Language::ALL {
        let read = FluentResource::try_new(catalog::source(language.tag()).to_owned());
        assert!(read.is_ok(), "{language:?}: {:?}", read.err().map(|(_, errors)| errors));
        for (id, variables) in texts(language) {
            let one = said(language, &id, &variables, |_| 1);
            assert!(!one.is_empty(), "{id} in {language:?}");
            // In French, 0 is singular as well: a text must not say "one" then.
            for variable in &variables {
                for number in [0, 2, 1_000_000] {
                    let other =
                        said(language, &id, &variables, |name| if name == variable { number } else { 1 });
                    assert_ne!(one, other, "{id} in {language:?} for {variable} = {number}");
                }
            }
        }
    }
}

#[test]
fn no_language_has_a_word_that_means_both_yes_and_no() {
    for language in Language::ALL {
        let words = |id: &str| -> Vec<String> {
            let both = [language, Language::English].map(|language| language.text(id, &[]));
            both.iter().flat_map(|text| text.split(' ')).map(str::to_owned).collect()
        };
        let (yes, no) = (words("words-yes"), words("words-no"));
        assert!(!yes.iter().any(|word| no.contains(word)), "{language:?}: {yes:?} {no:?}");
        for word in [yes, no, words("words-help"), words("words-cancel")].concat() {
            assert!(!word.is_empty() && word == word.to_lowercase(), "{language:?}: {word:?}");
        }
        for (id, known) in [("yes", "words-yes"), ("no", "words-no")] {
            assert!(words(known).contains(&language.text(id, &[])), "{language:?} offers it: {id}");
        }
    }
}

#[test]
fn what_the_source_says_is_there_and_gets_its_variables() {
    let english = texts(Language::English);
    let mut known = 0;
    for source in sources() {
        for (at, call) in source.match_indices("say!(") {
            let call = parenthesised(&source[at + call.len()..]);
            let id = call.split_once(',').and_then(|(_, rest)| rest.trim_start().strip_prefix('"'));
            // The others are computed.
            let Some((id, given)) = id.and_then(|id| id.split_once('"')) else { continue };
            let variables = english.get(id).unwrap_or_else(|| panic!("there is no text {id}"));
            for variable in variables {
                assert!(given.contains(&format!("{variable} = ")), "{id} is said without {variable}");
            }
            known += 1;
        }
        for before in [".text(\"", "refused(\"", "\"denied-"] {
            for (at, _) in source.match_indices(before) {
                let start = source[at..].find('"').map_or(at, |quote| at + quote + 1);
                let Some((id, after)) = source[start..].split_once('"') else { continue };
                // Stanzas have texts as well.
                if before == ".text(\"" && !after.starts_with(", &[") {
                    continue;
                }
                assert!(english.contains_key(id), "there is no text {id}");
            }
        }
    }
    assert!(known > 100, "they were found: {known}");
    for id in put_together() {
        assert!(english.contains_key(&id), "there is no text {id}");
    }
}

/// String literals of a source, without its tests, comments and log lines.
fn literals(source: &str) -> Vec<&str> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = source.lines().map(str::trim_start);
    let said = lines.filter(|line| {
        !line.starts_with("//")
            && !["tracing::", "expect(", "assert", "panic!"].iter().any(|no| line.contains(no))
    });
    said.flat_map(|line| line.split('"').skip(1).step_by(2)).collect()
}

/// Whether a literal reads like a sentence: a capital letter first, and three words.
fn is_sentence(literal: &str) -> bool {
    let words = literal.split(' ').filter(|word| word.len() > 1 && word.chars().all(char::is_alphabetic));
    literal.starts_with(char::is_uppercase) && words.count() >= 3
}

#[test]
fn what_users_read_is_in_the_catalogues_and_not_in_the_source() {
    let folders = ["component", "command", "users", "session", "services", "stanza", "xmpp/link", "model"];
    let mut found = Vec::new();
    for folder in folders {
        for (path, source) in sources_of(folder) {
            let sentences = literals(&source).into_iter().filter(|literal| is_sentence(literal));
            found.extend(sentences.map(|literal| format!("{path}: {literal}")));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(is_sentence("Something went wrong in the gateway: this may not have been sent"));
    assert!(!is_sentence("the plugin's words") && !is_sentence("Last-Modified"));
}

#[test]
fn every_text_is_used() {
    let (sources, put_together) = (sources(), put_together());
    let literals: BTreeSet<&str> = sources.iter().flat_map(|source| source.split('"')).collect();
    let english = texts(Language::English);
    let unused: Vec<_> =
        english.keys().filter(|id| !literals.contains(id.as_str()) && !put_together.contains(*id)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
