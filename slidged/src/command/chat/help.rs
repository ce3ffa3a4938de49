//! Help: the list of commands, and more about one of them.

use crate::command::adhoc::target_of;
use crate::command::caller::Context;
use crate::command::catalog::Commands;
use crate::command::chat::whom;
use crate::command::chat::words;
use crate::command::heading::Category;
use crate::command::list::Command;
use crate::say;
use crate::services::is_cancel;
use std::sync::Arc;

/// Returns the list of commands, or more about the one that is named.
pub(super) fn text(commands: &Commands, context: &Context, word: Option<&str>) -> String {
    let language = context.language();
    let Some(word) = word else { return list(commands, context) };
    if let Some(kind) = whom::Kind::of(word) {
        return words::about(commands, context, kind);
    }
    if words::is_help(language, word) || is_cancel(word) {
        return say!(language, "help-ending");
    }
    match words::find(commands, context, word) {
        Ok(command) => {
            let mut lines = vec![format!("{} – {}", command.word, command.name(language))];
            lines.push(command.help(language));
            if let Err(why) = command.may_run(context.standing()) {
                lines.push(say!(language, why, network = context.network()));
            }
            lines.retain(|line| !line.is_empty());
            lines.join("\n")
        }
        Err(text) => of_somebody(commands, context, word).unwrap_or(text),
    }
}

/// More about a command of contacts or rooms, whoever it is about.
fn of_somebody(commands: &Commands, context: &Context, word: &str) -> Option<String> {
    let language = context.language();
    let kinds = [("contact ann", whom::Kind::Contact), ("room tea", whom::Kind::Room)];
    kinds.into_iter().find_map(|(whom, kind)| {
        let command = commands.on(words::target(kind)).iter().find(|command| command.word == word)?;
        let lines = [format!("{whom} {} – {}", command.word, command.name(language)), command.help(language)];
        Some(lines.join("\n").trim_end().to_owned())
    })
}

fn list(commands: &Commands, context: &Context) -> String {
    let (language, standing) = (context.language(), context.standing());
    let all = commands.on(target_of(context.on.as_ref()));
    let runnable: Vec<&Arc<Command>> =
        all.iter().filter(|command| !command.word.is_empty() && command.may_run(standing).is_ok()).collect();
    let mut categories: Vec<Option<&Category>> = vec![None];
    for command in &runnable {
        if !categories.contains(&command.category.as_ref()) {
            categories.push(command.category.as_ref());
        }
    }
    let mut lines = vec![say!(language, "help-heading", network = context.network())];
    for category in categories {
        let members = runnable.iter().filter(|command| command.category.as_ref() == category);
        let mut members: Vec<_> =
            members.map(|command| format!("{} – {}", command.word, command.name(language))).collect();
        if members.is_empty() {
            continue;
        }
        if let Some(category) = category {
            lines.push(String::new());
            lines.push(format!("{}:", category.name(language)));
        }
        lines.append(&mut members);
    }
    if context.on.is_none() && standing.registered {
        let has = |kind| !commands.on(words::target(kind)).is_empty();
        lines.push(String::new());
        lines.extend(has(whom::Kind::Contact).then(|| say!(language, "help-contact")));
        lines.extend(has(whom::Kind::Room).then(|| say!(language, "help-room")));
    }
    lines.push(String::new());
    lines.push(say!(language, "help-ending"));
    lines.join("\n")
}
