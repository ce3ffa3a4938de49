//! Meaning of a line: a command by its word, by the beginning of its word, or nearly.

use crate::command::access::Standing;
use crate::command::adhoc::target_of;
use crate::command::caller::Context;
use crate::command::catalog::Commands;
use crate::command::chat::whom;
use crate::command::chat::whom::Kind;
use crate::command::list::Command;
use crate::language::Language;
use crate::say;
use crate::services::is_cancel;
use plugin_api::CommandTarget;
use plugin_api::Field;
use plugin_api::FieldType;
use plugin_api::Form;
use std::sync::Arc;

/// Least similarity of a word that is suggested (Jaro-Winkler, from 0 to 1).
const ALIKE: f64 = 0.75;

/// Request that a line makes.
pub(super) enum Understood {
    /// Empty line.
    Nothing,
    /// Request for the list of commands, or for more about one.
    Help(Option<String>),
    /// Wish to cancel although no command is under way.
    NothingToCancel,
    /// Command to run.
    Run(Found),
    /// Line that was not understood; the text says what to do.
    Unknown(String),
}

/// Command that a line runs, and the words typed after its own.
pub(super) struct Found {
    pub(super) command: Arc<Command>,
    pub(super) context: Context,
    /// Answers to the command's first question.
    pub(super) given: Vec<String>,
}

/// Finds out what a line requests.
pub(super) async fn understand(commands: &Commands, context: &Context, line: &str) -> Understood {
    let language = context.language();
    let mut words = split(line).into_iter();
    let Some(first) = words.next() else { return Understood::Nothing };
    let word = first.trim_start_matches(['/', '!']).to_lowercase();
    let rest: Vec<String> = words.collect();
    if is_help(language, &word) {
        return Understood::Help(rest.into_iter().next().map(|word| word.to_lowercase()));
    }
    if is_cancel(line) {
        return Understood::NothingToCancel;
    }
    if let Some(kind) = Kind::of(&word) {
        return on_somebody(commands, context, kind, rest).await;
    }
    match find(commands, context, &word) {
        Ok(command) => Understood::Run(Found::new(command, context.clone(), rest)),
        Err(text) => Understood::Unknown(text),
    }
}

impl Found {
    fn new(command: Arc<Command>, context: Context, given: Vec<String>) -> Self {
        // The commands of a plugin parse these words themselves.
        let (arguments, given) =
            if command.is_plugins { (given, Vec::new()) } else { (given.clone(), given) };
        Found { command, context: Context { arguments, ..context }, given }
    }
}

/// Finds a command on a contact or room: `contact ada block` (K28).
async fn on_somebody(commands: &Commands, context: &Context, kind: Kind, rest: Vec<String>) -> Understood {
    if rest.len() < 2 {
        return Understood::Unknown(about(commands, context, kind));
    }
    let all = commands.on(target(kind));
    let is_command = |word: &str| found(all, context.standing(), &word.to_lowercase()).is_ok();
    let (on, taken) = match whom::meant(context, kind, &rest, is_command).await {
        Ok(meant) => meant,
        Err(text) => return Understood::Unknown(text),
    };
    let context = Context { on: Some(on), ..context.clone() };
    let mut rest = rest.into_iter().skip(taken);
    match find(commands, &context, &rest.next().unwrap_or_default().to_lowercase()) {
        Ok(command) => Understood::Run(Found::new(command, context, rest.collect())),
        Err(text) => Understood::Unknown(text),
    }
}

pub(super) fn target(kind: Kind) -> CommandTarget {
    match kind {
        Kind::Contact => CommandTarget::Contact,
        Kind::Room => CommandTarget::Room,
    }
}

/// Explains which commands contacts or rooms have, and how to run one.
pub(super) fn about(commands: &Commands, context: &Context, kind: Kind) -> String {
    let all = commands.on(target(kind));
    let words: Vec<_> = all.iter().map(|command| command.word.as_str()).collect();
    let Some(first) = words.first() else { return say!(context.language(), "chat-on-nobody") };
    let id = if kind == Kind::Room { "chat-on-which-group" } else { "chat-on-whom" };
    say!(context.language(), id, first = *first, words = words.join(", "))
}

/// Finds a command by its word, or by a beginning that no other has.
///
/// # Errors
///
/// A text that says what may have been meant.
pub(super) fn find(commands: &Commands, context: &Context, word: &str) -> Result<Arc<Command>, String> {
    let all = commands.on(target_of(context.on.as_ref()));
    found(all, context.standing(), word).map_err(|alike| match alike {
        Alike::Several(words) => say!(context.language(), "chat-several", words = words.join(", ")),
        Alike::One(other) => say!(context.language(), "chat-did-you-mean", word = word, other = other),
        Alike::Nothing => say!(context.language(), "chat-unknown", word = word),
    })
}

/// Commands that a word may have meant when it is none itself.
#[derive(Debug, PartialEq)]
enum Alike {
    Several(Vec<String>),
    One(String),
    Nothing,
}

fn found(all: &[Arc<Command>], standing: Standing, word: &str) -> Result<Arc<Command>, Alike> {
    let worded = || all.iter().filter(|command| !command.word.is_empty());
    if let Some(exact) = worded().find(|command| command.word == word) {
        return Ok(exact.clone());
    }
    let runnable = || worded().filter(|command| command.may_run(standing).is_ok());
    let begun: Vec<_> = runnable().filter(|command| command.word.starts_with(word)).collect();
    match begun.as_slice() {
        [one] => return Ok((*one).clone()),
        [] => {}
        several => return Err(Alike::Several(several.iter().map(|command| command.word.clone()).collect())),
    }
    let alike = |command: &Arc<Command>| strsim::jaro_winkler(&command.word, word);
    let best = runnable().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    match best.filter(|command| alike(command) >= ALIKE) {
        Some(best) => Err(Alike::One(best.word.clone())),
        None => Err(Alike::Nothing),
    }
}

/// Quotation marks that open, each with those that close it: people mix them as their keyboards
/// do.
const QUOTES: [(char, &[char]); 9] = [
    ('"', &['"', '“', '”']),
    ('“', &['"', '“', '”']),
    ('”', &['"', '“', '”']),
    ('„', &['"', '“', '”']),
    ('«', &['»']),
    ('»', &['«', '»']),
    ('‘', &['’']),
    ('‚', &['‘', '’']),
    ('‹', &['›']),
];

/// Splits a line into words; quotes around several keep them together. A quotation mark inside a
/// word, or one without its other half, is a character as any other.
pub(super) fn split(line: &str) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), line.trim_start());
    // What has no other half here has none further on.
    let mut single = Vec::new();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        // `name="two words"` as well.
        let name = rest.get(..end).and_then(|word| word.find('=')).map_or(0, |equals| equals + 1);
        let name = if QUOTES.iter().any(|(open, _)| *open == first) { 0 } else { name };
        let (before, value) = rest.split_at(name);
        let quote = value.chars().next().filter(|open| !single.contains(open));
        let closing = quote.and_then(|open| QUOTES.iter().find(|(known, _)| *known == open));
        let quoted = closing.map(|(open, closing)| (open, closed(&value[open.len_utf8()..], closing)));
        match quoted {
            Some((_, Some((inside, behind)))) => {
                words.push(format!("{before}{inside}"));
                rest = behind.trim_start();
            }
            quoted => {
                single.extend(quoted.map(|(open, _)| *open));
                words.push(rest[..end].to_owned());
                rest = rest[end..].trim_start();
            }
        }
    }
    words
}

/// Splits a text at the closing mark at the end of a word.
fn closed<'a>(text: &'a str, closing: &[char]) -> Option<(&'a str, &'a str)> {
    let ends = |behind: &str| behind.chars().next().is_none_or(char::is_whitespace);
    text.char_indices()
        .filter(|(_, c)| closing.contains(c))
        .map(|(at, c)| (&text[..at], &text[at + c.len_utf8()..]))
        .find(|(_, behind)| ends(behind))
}

/// Assigns words to fields: `name=value` by name, the others in order; the last field of text takes
/// all that is left. The words that no field takes are returned second.
pub(in crate::command) fn given(fields: &[&Field], words: &[String]) -> (Form, Vec<String>) {
    let mut given = Form::new();
    let mut rest: Vec<&str> = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some((var, value)) if fields.iter().any(|field| field.var == var) => {
                given.insert(var.to_owned(), value.to_owned());
            }
            _ => rest.push(word),
        }
    }
    let mut open: Vec<_> = fields.iter().filter(|field| !given.contains_key(&field.var)).collect();
    open.truncate(rest.len());
    let mut rest = rest.into_iter();
    let last = open.len().saturating_sub(1);
    for (index, field) in open.into_iter().enumerate() {
        let takes_all =
            !matches!(field.kind, FieldType::JidSingle | FieldType::ListSingle | FieldType::Boolean);
        let value = if index == last && takes_all {
            rest.by_ref().collect::<Vec<_>>().join(" ")
        } else {
            rest.next().unwrap_or_default().to_owned()
        };
        given.insert(field.var.clone(), value);
    }
    (given, rest.map(str::to_owned).collect())
}

/// Tells whether a word asks for help.
pub(super) fn is_help(language: Language, word: &str) -> bool {
    is_one_of(language, "words-help", word)
}

/// Reads an answer as yes, no, or neither.
pub(super) fn yes_or_no(language: Language, line: &str) -> Option<bool> {
    let line = line.trim().trim_end_matches(['.', '!']).to_lowercase();
    if is_one_of(language, "words-yes", &line) {
        Some(true)
    } else if is_one_of(language, "words-no", &line) {
        Some(false)
    } else {
        None
    }
}

/// Tells whether a word is in a list of the catalogue; the English one always counts.
fn is_one_of(language: Language, id: &str, word: &str) -> bool {
    language.lists(id, word) || Language::English.lists(id, word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plugin_api::Info;

    fn commands() -> Vec<Arc<Command>> {
        let info = Info::default();
        Commands::new(&info).on(CommandTarget::Gateway).to_vec()
    }

    #[test]
    fn a_word_its_beginning_and_a_typing_error_are_understood() {
        let (all, user) = (commands(), Standing { registered: true, ..Standing::default() });
        let word = |word: &str| found(&all, user, word).map(|command| command.word.clone());
        assert_eq!(word("unregister"), Ok("unregister".into()));
        assert_eq!(word("unreg"), Ok("unregister".into()));
        assert_eq!(word("unergister"), Err(Alike::One("unregister".into())));
        assert_eq!(word("juliet"), Err(Alike::Nothing));
        assert!(matches!(word("re"), Ok(_) | Err(Alike::Several(_))));
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(split("  find  \"Ann Lee\" x=“a b” "), ["find", "Ann Lee", "x=a b"]);
        assert_eq!(split("a \"\" b"), ["a", "", "b"]);
        assert!(split("   ").is_empty());
        for line in [
            "„Ann Lee“ x",
            "“Ann Lee” x",
            "«Ann Lee» x",
            "»Ann Lee« x",
            "‘Ann Lee’ x",
            "‚Ann Lee‘ x",
            "„Ann Lee\" x",
        ] {
            assert_eq!(split(line), ["Ann Lee", "x"], "{line}");
        }
        assert_eq!(split("‘it’s Ann’ “say “hi” Ann” x"), ["it’s Ann", "say “hi", "Ann”", "x"]);
    }

    #[test]
    fn quotes_inside_words_or_without_their_other_half_are_characters() {
        assert_eq!(split("register ann pass\"word"), ["register", "ann", "pass\"word"]);
        assert_eq!(split("pa“ss”word it’s 5\" O\"Neil\"s"), ["pa“ss”word", "it’s", "5\"", "O\"Neil\"s"]);
        assert_eq!(split("\"pass word"), ["\"pass", "word"]);
        assert_eq!(split("p=\"a b « \"c d\""), ["p=a b « \"c d"]);
        assert_eq!(split("« a « b"), ["«", "a", "«", "b"]);
        assert_eq!(split("\""), ["\""]);
        assert_eq!(split("a=b=\"c d\" ==\"e f\""), ["a=b=\"c", "d\"", "==\"e", "f\""]);
    }

    #[test]
    fn words_fill_fields_in_order_and_by_name() {
        let (user, password, note) = (
            Field::text("user", "User"),
            Field::private("password", "Password"),
            Field::text("note", "Note"),
        );
        let fields = [&user, &password, &note];
        let fill = |line: &str| given(&fields, &split(line)).0;
        assert_eq!(fill("ann"), Form::from([("user".into(), "ann".into())]));
        let secret = [("user", "ann"), ("password", "p")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(fill("ann p"), Form::from(secret), "a secret is not shifted into what comes behind it");
        let all = [("user", "ann"), ("password", "p"), ("note", "two words")];
        assert_eq!(fill("ann p two words"), Form::from(all.map(|(k, v)| (k.to_owned(), v.to_owned()))));
        let named = [("user", "ann"), ("password", "p")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(fill("password=p ann"), Form::from(named));
        assert_eq!(given(&fields, &[]), (Form::new(), Vec::new()));
        let sure = Field::boolean("sure", "Sure", false);
        assert_eq!(given(&[&sure], &split("yes and more")).1, ["and", "more"], "nobody takes them");
    }

    #[test]
    fn yes_and_no_are_known_in_the_users_language_and_in_english() {
        assert_eq!(yes_or_no(Language::German, "Ja"), Some(true));
        assert_eq!(yes_or_no(Language::German, "yes"), Some(true));
        assert_eq!(yes_or_no(Language::German, "Nein!"), Some(false));
        assert_eq!(yes_or_no(Language::English, "perhaps"), None);
        assert!(is_cancel(" Cancel ") && is_cancel("abbrechen") && !is_cancel("cancel my order"));
    }
}
