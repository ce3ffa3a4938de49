//! Headings under which commands are listed, which are commands themselves: they offer what is under them.

use super::{
    access::Standing,
    caller::Context,
    list::{Action, Command, Words},
    reply::{Question, Reply, Result},
};
use crate::{
    language::Language,
    say,
    xmpp::{Condition, StanzaError, ns},
};
use plugin_api::{CommandAccess, CommandTarget, Field, FieldOption};

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Category {
    /// What administrators do.
    Administration,
    /// The user's contacts.
    Contacts,
    /// What the gateway keeps about the user.
    Data,
    /// One of the plugin's own.
    Plugin(String),
}

impl Category {
    fn word(&self) -> String {
        match self {
            Category::Administration => "admin".to_owned(),
            Category::Contacts => "contacts".to_owned(),
            Category::Data => "data".to_owned(),
            Category::Plugin(name) => name.clone(),
        }
    }

    /// The heading.
    #[must_use]
    pub fn name(&self, language: Language) -> String {
        match self {
            Category::Plugin(name) => name.clone(),
            _ => language.text(&format!("category-{}", self.word()), &[]),
        }
    }
}

/// Adds a command for each heading.
pub(super) fn add(commands: &mut Vec<Command>) {
    let mut categories: Vec<Category> = Vec::new();
    for category in commands.iter().filter_map(|command| command.category.as_ref()) {
        if !categories.contains(category) {
            categories.push(category.clone());
        }
    }
    for category in categories {
        let words = match &category {
            Category::Plugin(name) => Words::Plugin { name: name.clone(), help: String::new() },
            _ => Words::Catalog(format!("category-{}", category.word())),
        };
        commands.push(Command {
            node: format!("{}category:{}", ns::OUR_COMMANDS, category.word()),
            // In a chat, `help` lists what is under it.
            word: String::new(),
            category: None,
            access: CommandAccess::Any,
            words,
            action: Action::Open(category),
        });
    }
}

/// Is there something for them to list it for?
pub(crate) fn is_visible(command: &Command, among: &[std::sync::Arc<Command>], standing: Standing) -> bool {
    match &command.action {
        Action::Open(category) => among
            .iter()
            .any(|member| member.category.as_ref() == Some(category) && member.may_run(standing).is_ok()),
        _ => command.category.is_none() && command.may_run(standing).is_ok(),
    }
}

/// Offers what is under a heading.
pub(super) async fn open(context: Context, category: Category) -> Result {
    let (language, standing) = (context.language(), context.standing());
    let env = context.env.clone();
    let members =
        env.commands.on(CommandTarget::Gateway).iter().filter(|command| {
            command.category.as_ref() == Some(&category) && command.may_run(standing).is_ok()
        });
    let options: Vec<_> = members
        .map(|command| FieldOption { label: command.name(language), value: command.node.clone() })
        .collect();
    if options.is_empty() {
        let text = say!(language, "category-empty");
        return Err(StanzaError::with_text(Condition::Forbidden, text));
    }
    let mut field = Field::choice("command", say!(language, "category-choose"), options).required();
    field.value = field.options[0].value.clone();
    let question = Question::form(category.name(language), "", vec![field], |context, form| async move {
        let node = form.get("command").cloned().unwrap_or_default();
        let Some(command) = context.env.commands.at(CommandTarget::Gateway, &node).cloned() else {
            return Err(StanzaError::new(Condition::ItemNotFound));
        };
        super::permitted(&command, &context)?;
        command.run(context).await
    });
    Ok(Reply::Ask(question.more()))
}
