//! Headings under which commands are listed; a heading is a command itself, which offers those
//! below it.

use crate::command::access::Standing;
use crate::command::caller::Context;
use crate::command::heading::Category;
use crate::command::list::Command;
use crate::command::list::Words;
use crate::command::permission::permitted;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::xmpp::Condition;
use crate::xmpp::StanzaError;
use crate::xmpp::ns;
use plugin_api::CommandAccess;
use plugin_api::Field;
use plugin_api::FieldOption;
use std::sync::Arc;

/// Adds a command for each heading, which offers the commands below it.
pub(super) fn add(commands: &mut Vec<Arc<Command>>) {
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
        let is_member = |command: &&Arc<Command>| command.category.as_ref() == Some(&category);
        let members: Arc<[_]> = commands.iter().filter(is_member).cloned().collect();
        commands.push(Arc::new(Command {
            node: format!("{}category:{}", ns::OUR_COMMANDS, category.word()),
            // In a chat, `help` lists the commands below it.
            word: String::new(),
            category: None,
            access: CommandAccess::Any,
            words,
            opens: Some(category.clone()),
            is_plugins: false,
            most_words: None,
            action: Arc::new(move |context| Box::pin(open(context, category.clone(), members.clone()))),
        }));
    }
}

/// Tells whether a command is listed at the top level: a heading is, if the caller may run anything
/// below it.
pub(crate) fn is_visible(command: &Command, among: &[Arc<Command>], standing: Standing) -> bool {
    match &command.opens {
        Some(category) => among
            .iter()
            .any(|member| member.category.as_ref() == Some(category) && member.may_run(standing).is_ok()),
        None => command.category.is_none() && command.may_run(standing).is_ok(),
    }
}

/// Offers the commands below a heading.
async fn open(context: Context, category: Category, members: Arc<[Arc<Command>]>) -> Result {
    let (language, standing) = (context.language(), context.standing());
    let runnable = members.iter().filter(|command| command.may_run(standing).is_ok());
    let options: Vec<_> = runnable
        .map(|command| FieldOption { label: command.name(language), value: command.node.clone() })
        .collect();
    if options.is_empty() {
        let text = say!(language, "category-empty");
        return Err(StanzaError::with_text(Condition::Forbidden, text));
    }
    let mut field = Field::choice("command", say!(language, "category-choose"), options).required();
    field.value = field.options[0].value.clone();
    let question = Question::form(category.name(language), "", vec![field], move |context, form| {
        let members = members.clone();
        async move {
            let node = form.get("command").cloned().unwrap_or_default();
            let Some(command) = members.iter().find(|command| command.node == node).cloned() else {
                return Err(StanzaError::new(Condition::ItemNotFound));
            };
            permitted(&command, &context)?;
            command.run(context).await
        }
    });
    Ok(Reply::Ask(question.more()))
}
