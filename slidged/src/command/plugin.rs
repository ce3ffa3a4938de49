//! Commands that the plugin adds, on the gateway, on contacts and on rooms.

use crate::command::caller::Context;
use crate::command::heading::Category;
use crate::command::list::Command;
use crate::command::list::Words;
use crate::command::reply::Question;
use crate::command::reply::Reply;
use crate::command::reply::Result;
use crate::say;
use crate::stanza::error::stanza_error;
use crate::users::addressed;
use crate::xmpp::ns;
use plugin_api::CommandCall;
use plugin_api::CommandForm;
use plugin_api::CommandReply;
use plugin_api::CommandTarget;
use plugin_api::Condition;
use plugin_api::Form;
use plugin_api::Info;
use std::sync::Arc;
use std::time::Duration;

/// Time that a step of the plugin may take: it may ask the network, or the user.
const STEP: Duration = Duration::from_secs(120);

/// Adds the plugin's commands for a target. A node that is taken already is ignored; a command
/// whose word is taken gets the plugin's name before it.
pub(super) fn add(commands: &mut Vec<Command>, info: &Info, target: CommandTarget) {
    for command in info.commands.iter().filter(|command| command.target == target) {
        let node = format!("{}{}:{}", ns::OUR_COMMANDS, info.component_type, command.node);
        if commands.iter().any(|known| known.node == node) {
            tracing::warn!(node, "the plugin has two commands of this node: one is ignored");
            continue;
        }
        let word = if command.chat_word.is_empty() { &command.node } else { &command.chat_word };
        let mut word = word.to_lowercase();
        if commands.iter().any(|known| known.word == word) {
            word = format!("{}-{word}", info.component_type);
        }
        commands.push(Command {
            node,
            word,
            category: command.category.clone().filter(|name| !name.is_empty()).map(Category::Plugin),
            access: command.access,
            words: Words::Plugin { name: command.name.clone(), help: command.help.clone() },
            opens: None,
            is_plugins: true,
            most_words: command.alone.then_some(0),
            action: Arc::new({
                let command = command.clone();
                move |context| Box::pin(run(context, command.clone()))
            }),
        });
    }
}

/// Runs the first step.
pub(super) async fn run(context: Context, command: plugin_api::Command) -> Result {
    step(context, command.node, None, None).await
}

async fn step(context: Context, node: String, form: Option<Form>, state: Option<String>) -> Result {
    let call = CommandCall {
        node: node.clone(),
        on: context.on.clone(),
        by: context.caller.bare().to_string(),
        // Only the first step has arguments.
        arguments: if form.is_none() { context.arguments.clone() } else { Vec::new() },
        form,
        state,
        language: Some(context.language().tag().to_owned()),
    };
    // Callers who are not connected are answered by the plugin as a whole instead of a session.
    let reply = match context.session().and_then(|session| session.remote()) {
        Some(remote) => remote.within(STEP).on_command(call).await,
        None => context.env.services.plugin.within(STEP).on_command(call).await,
    };
    match reply {
        Ok(reply) => Ok(understood(&context, node, reply)),
        // The form was filled in wrongly: the user may try again.
        Err(error) if error.condition == Condition::NotAcceptable => {
            Err(stanza_error(context.language(), &error))
        }
        Err(error) => Ok(Reply::Failed(stanza_error(context.language(), &error))),
    }
}

fn understood(context: &Context, node: String, reply: CommandReply) -> Reply {
    let language = context.language();
    let state = reply.state;
    if let Some(CommandForm { title, instructions, fields }) = reply.form {
        let question = Question::form(title, instructions, fields, move |context, form| {
            step(context, node.clone(), Some(form), state.clone())
        });
        return question.more().into();
    }
    if let Some(question) = reply.confirm {
        let then = move |context| {
            let yes = Form::from([(Question::CONFIRM.to_owned(), "true".to_owned())]);
            step(context, node.clone(), Some(yes), state.clone())
        };
        return Question::confirm("", question, say!(language, "confirm"), then).into();
    }
    if let Some(table) = reply.table {
        return Reply::table(addressed(&context.env.services, table));
    }
    Reply::done(reply.text.unwrap_or_else(|| say!(language, "done")))
}
