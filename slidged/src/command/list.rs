//! All commands, each defined once: those of the daemon and those that the plugin adds.

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

/// Characters that are repeated of what nobody understands.
const SHOWN: usize = 200;

/// A command of the daemon.
pub(super) type Run = fn(Context) -> BoxFuture<'static, Result>;

/// Something that can be run.
pub struct Command {
    /// Its node (XEP-0050).
    pub node: String,
    /// The word that runs it in a chat.
    pub word: String,
    /// The heading under which it is listed.
    pub category: Option<Category>,
    /// Who may run it.
    pub access: CommandAccess,
    pub(super) words: Words,
    /// The heading whose commands it offers, if it is one.
    pub(super) opens: Option<Category>,
    /// It is the plugin's, which reads what was typed behind its word itself.
    pub(super) is_plugins: bool,
    /// So many words may stand behind its word; none: as many as its questions take.
    pub(super) most_words: Option<usize>,
    pub(super) action: Action,
}

/// What a command is called.
#[derive(Debug)]
pub(super) enum Words {
    /// By a text of the catalogue, whose attribute `help` tells more.
    Catalog(String),
    /// As a way to register, by its title.
    Register { title: String, help: String },
    /// By the plugin.
    Plugin { name: String, help: String },
}

/// The work of a command, to its end or to a question.
pub(super) type Action = Arc<dyn Fn(Context) -> BoxFuture<'static, Result> + Send + Sync>;

impl Command {
    /// One of the daemon, under our own namespace.
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

    /// The same under a node of a XEP.
    pub(super) fn at(self, node: &str) -> Self {
        Command { node: node.to_owned(), ..self }
    }

    /// The same with so many words behind its word, and no more.
    pub(super) fn with_words(self, most: usize) -> Self {
        Command { most_words: Some(most), ..self }
    }

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

    /// What it is called.
    #[must_use]
    pub fn name(&self, language: Language) -> String {
        match &self.words {
            Words::Catalog(id) => language.text(id, &[]),
            Words::Register { title, .. } => say!(language, "command-register-by", way = title),
            Words::Plugin { name, .. } => name.clone(),
        }
    }

    /// What it does, in a line.
    #[must_use]
    pub fn help(&self, language: Language) -> String {
        match &self.words {
            Words::Catalog(id) => language.text(&format!("{id}.help"), &[]),
            Words::Plugin { help, .. } | Words::Register { help, .. } => help.clone(),
        }
    }

    /// # Errors
    ///
    /// The id of a text that says why not.
    pub fn may_run(&self, standing: Standing) -> std::result::Result<(), access::Denied> {
        access::check(self.access, standing)
    }

    /// Its first step.
    pub(super) fn run(&self, context: Context) -> BoxFuture<'static, Result> {
        (self.action)(context)
    }
}
