//! Definition of a command: its names, its access and its work.

use crate::command::access;
use crate::command::access::Standing;
use crate::command::caller::Context;
use crate::command::heading::Category;
use crate::command::reply::Result;
use crate::language::Language;
use crate::model::cut;
use crate::say;
use crate::xmpp::ns;
use futures_util::future::BoxFuture;
use plugin_api::CommandAccess;
use std::sync::Arc;

/// Characters that are repeated of words that a command does not take.
const SHOWN: usize = 200;

/// Function that runs the first step of a command of the daemon.
pub(super) type Run = fn(Context) -> BoxFuture<'static, Result>;

/// Command that users can run.
pub struct Command {
    /// Node of the command (XEP-0050).
    pub node: String,
    /// Word that runs the command in a chat.
    pub word: String,
    /// Heading under which the command is listed.
    pub category: Option<Category>,
    /// Callers who may run the command.
    pub access: CommandAccess,
    pub(super) words: Words,
    /// Heading whose commands this one offers, if it is one.
    pub(super) opens: Option<Category>,
    /// Whether the command is the plugin's, which parses the arguments typed after its word itself.
    pub(super) is_plugins: bool,
    /// Most words that may stand behind the command's own; `None`: as many as its questions take.
    pub(super) most_words: Option<usize>,
    pub(super) action: Action,
}

/// Source of a command's name and help.
#[derive(Debug)]
pub(super) enum Words {
    /// Text of the catalogue, by its id; the attribute `help` has the help.
    Catalog(String),
    /// Way to register, with the title that the plugin gave it.
    Register { title: String, help: String },
    /// Texts of the plugin.
    Plugin { name: String, help: String },
}

/// Work of a command, up to its end or to a question.
pub(super) type Action = Arc<dyn Fn(Context) -> BoxFuture<'static, Result> + Send + Sync>;

impl Command {
    /// Creates a command of the daemon, with a node in our own namespace.
    pub(super) fn new(word: &str, category: Option<Category>, access: CommandAccess, run: Run) -> Self {
        Command {
            node: format!("{}{word}", ns::OUR_COMMANDS),
            word: word.to_owned(),
            category,
            access,
            words: Words::Catalog(format!("command-{word}")),
            opens: None,
            is_plugins: false,
            most_words: None,
            action: Arc::new(run),
        }
    }

    /// Moves the command to another node, one that a XEP defines.
    pub(super) fn at(self, node: &str) -> Self {
        Command { node: node.to_owned(), ..self }
    }

    /// Lets so many words stand behind the command's own, and no more.
    pub(super) fn with_words(self, most: usize) -> Self {
        Command { most_words: Some(most), ..self }
    }

    /// Checks the number of words behind the command's own.
    ///
    /// # Errors
    ///
    /// A text with what is too much of that, and how the command is called.
    pub(super) fn takes(&self, language: Language, words: &[String]) -> std::result::Result<(), String> {
        let Some(most) = self.most_words.filter(|most| *most < words.len()) else { return Ok(()) };
        let (some, more) = words.split_at(most);
        let line = [std::slice::from_ref(&self.word), some].concat().join(" ");
        let more = cut::to_chars(more.join(" "), SHOWN);
        Err(format!(
            "{}\n{}",
            say!(language, "ctl-too-much", words = &*more),
            say!(language, "called-like", line = line)
        ))
    }

    /// Returns the name of the command.
    #[must_use]
    pub fn name(&self, language: Language) -> String {
        match &self.words {
            Words::Catalog(id) => language.text(id, &[]),
            Words::Register { title, .. } => say!(language, "command-register-by", way = title),
            Words::Plugin { name, .. } => name.clone(),
        }
    }

    /// Returns a line that says what the command does.
    #[must_use]
    pub fn help(&self, language: Language) -> String {
        match &self.words {
            Words::Catalog(id) => language.text(&format!("{id}.help"), &[]),
            Words::Plugin { help, .. } | Words::Register { help, .. } => help.clone(),
        }
    }

    /// Tells whether a caller of this standing may run the command.
    ///
    /// # Errors
    ///
    /// The id of a text that says why not.
    pub fn may_run(&self, standing: Standing) -> std::result::Result<(), access::Denied> {
        access::check(self.access, standing)
    }

    /// Runs the first step.
    pub(super) fn run(&self, context: Context) -> BoxFuture<'static, Result> {
        (self.action)(context)
    }
}
