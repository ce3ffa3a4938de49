//! Commands at the control socket, whose questions are answered by the words that came with them.

use crate::command::Env;
use crate::command::admin::doctor;
use crate::command::caller::Context;
use crate::command::catalog::Commands;
use crate::command::chat;
use crate::command::control::Answer;
use crate::command::control::Request;
use crate::command::control::words;
use crate::command::dialogue::Dialogue;
use crate::command::dialogue::Shown;
use crate::command::list::Command;
use crate::command::reply::How;
use crate::command::reply::Question;
use crate::language::Language;
use crate::model::caller::Caller;
use crate::say;
use crate::services;
use crate::stanza::form;
use crate::xmpp::StanzaError;
use jid::BareJid;
use jid::Jid;
use plugin_api::CommandAccess;
use plugin_api::CommandTarget;
use plugin_api::Field;
use plugin_api::FieldType;
use plugin_api::Form;
use std::sync::Arc;

pub(super) async fn run(env: Arc<Env>, commands: &Commands, request: Request) -> Answer {
    let language = Language::of(request.language.as_deref());
    let mut words = request.words.into_iter();
    let word = words.next().unwrap_or_default();
    let for_admins = |command: &&Arc<Command>| {
        matches!(command.access, CommandAccess::AdminOnly | CommandAccess::Any) && !command.word.is_empty()
    };
    let mut all = commands.on(CommandTarget::Gateway).iter().filter(for_admins);
    let word = if word == "help" { words.next().map_or(word, |about| format!("help {about}")) } else { word };
    if word == words::COMPONENT {
        return Answer::Done {
            text: format!("{} {}", env.services.address.domain(), env.services.uplink.server()),
            table: None,
        };
    }
    if word == words::PROBE {
        let user = words.next().and_then(|user| BareJid::new(&user).ok());
        let Some(user) = user else { return Answer::Error(say!(language, "ctl-unknown", word = &word)) };
        let done = doctor::shown(language, services::probe(&env.services, &user).await);
        return Answer::Done { text: done.text, table: done.table.map(Into::into) };
    }
    // An administrator at the socket has no account, so `status` can only be about the gateway.
    let word = if word == "status" { "info".to_owned() } else { word };
    if let Some(about) = word.strip_prefix("help ") {
        return match all.find(|command| command.word == about) {
            Some(command) => {
                let text =
                    format!("{} – {}\n{}", command.word, command.name(language), command.help(language));
                Answer::Done { text, table: None }
            }
            None => Answer::Error(say!(language, "ctl-unknown", word = about)),
        };
    }
    if word.is_empty() || word == "help" {
        let lines: Vec<_> =
            all.map(|command| format!("{:<16} {}", command.word, command.help(language))).collect();
        return Answer::Done { text: lines.join("\n"), table: None };
    }
    let Some(command) = all.find(|command| command.word == word).cloned() else {
        return Answer::Error(say!(language, "ctl-unknown", word = &word));
    };
    let Ok(jid) = Jid::new(env.services.address.domain()) else { return Answer::Error(String::new()) };
    let caller = Caller { jid, language, admin: true };
    let words: Vec<String> = words.collect();
    let context = Context { env, caller, on: None, arguments: words.clone() };
    match answered(Dialogue::new(command, context), words, request.yes).await {
        Ok(answer) => answer,
        Err(error) => Answer::Error(error.text.unwrap_or_else(|| error.condition.as_str().to_owned())),
    }
}

async fn answered(mut dialogue: Dialogue, words: Vec<String>, yes: bool) -> Result<Answer, StanzaError> {
    let language = dialogue.context().language();
    let mut words = Some(words);
    let mut shown = dialogue.begin().await?;
    loop {
        let question = match shown {
            Shown::Done(done) => {
                return Ok(Answer::Done { text: done.text, table: done.table.map(Into::into) });
            }
            Shown::Question(question) => question,
        };
        let form = match question.how {
            How::Confirm if yes => Form::from([(Question::CONFIRM.to_owned(), "true".to_owned())]),
            How::Confirm => {
                return Ok(Answer::Error(format!("{}\n{}", question.text, say!(language, "ctl-confirm"))));
            }
            How::Elsewhere => return Ok(Answer::Error(say!(language, "ctl-not-here"))),
            How::Form => match filled(language, &question, &words.take().unwrap_or_default()) {
                Ok(form) => form,
                Err(why) => {
                    let word = &dialogue.command().word;
                    return Ok(Answer::Error(format!("{why}\n{}", usage(language, word, &question))));
                }
            },
        };
        shown = dialogue.answer(form).await?;
    }
}

fn filled(language: Language, question: &Question, words: &[String]) -> Result<Form, String> {
    let fields: Vec<&Field> = question.fields.iter().filter(|field| field.kind != FieldType::Fixed).collect();
    let (mut given, more) = chat::given(&fields, words);
    if !more.is_empty() {
        return Err(say!(language, "ctl-too-much", words = more.join(" ")));
    }
    fields
        .iter()
        .map(|field| {
            let mut value = given.remove(&field.var).unwrap_or_default();
            if field.kind == FieldType::JidMulti {
                value = value.split([' ', ',']).filter(|jid| !jid.is_empty()).collect::<Vec<_>>().join("\n");
            }
            Ok((field.var.clone(), form::value(language, field, value)?))
        })
        .collect()
}

fn usage(language: Language, word: &str, question: &Question) -> String {
    let field = |field: &Field| {
        let name = match field.kind {
            FieldType::JidSingle => "ADDRESS".to_owned(),
            FieldType::JidMulti => "ADDRESS,…".to_owned(),
            FieldType::TextMulti => "TEXT".to_owned(),
            _ => field.var.to_uppercase(),
        };
        if field.required { name } else { format!("[{name}]") }
    };
    let fields: Vec<_> = question.fields.iter().map(field).collect();
    say!(language, "ctl-usage", line = format!("{word} {}", fields.join(" ")))
}
