//! Questions in a chat, asked field by field, and the meaning of the answers.

use crate::command::caller::Context;
use crate::command::chat::answer::Ended;
use crate::command::chat::answer::answer;
use crate::command::chat::words;
use crate::command::reply::How;
use crate::command::reply::Question;
use crate::language::Language;
use crate::say;
use crate::services::Listener;
use crate::stanza::form;
use plugin_api::Field;
use plugin_api::FieldType;
use plugin_api::Form;

/// Answer that keeps the current value, since clients send no empty messages.
const KEEP: &str = ".";

/// Sends the title and the instructions of a question, and its QR code to scan; of a newer code
/// only that.
pub(super) async fn introduce(context: &Context, question: &Question, newer: bool) {
    let (who, env) = (context.caller.bare(), &context.env);
    let heading: Vec<_> =
        [question.title.as_str(), &question.text].into_iter().filter(|text| !text.is_empty()).collect();
    if !heading.is_empty() && !newer {
        env.services.messenger.tell(&who, &heading.join("\n"));
    }
    if let Some(code) = &question.code
        && let Err(error) = env.qr.show_in_chat(&env.services.file_messages, &who, code).await
    {
        tracing::warn!(%error, "a QR code could not be shown");
    }
}

/// Asks for every field that was not given on the line.
///
/// # Errors
///
/// When the user cancels the command or does not answer, or when too many words were given.
pub(super) async fn fill(
    context: &Context,
    question: &Question,
    given: &[String],
    listener: &mut Listener,
) -> Result<Form, Ended> {
    let language = context.language();
    let asked: Vec<_> = question
        .fields
        .iter()
        .filter(|field| !matches!(field.kind, FieldType::Fixed | FieldType::Hidden))
        .collect();
    let mut form: Form = question
        .fields
        .iter()
        .filter(|field| field.kind == FieldType::Hidden)
        .map(|field| (field.var.clone(), field.value.clone()))
        .collect();
    let (mut given, more) = words::given(&asked, given);
    if !more.is_empty() {
        context
            .env
            .services
            .messenger
            .tell(&context.caller.bare(), &say!(language, "ctl-too-much", words = more.join(" ")));
        return Err(Ended::Refused);
    }
    let complete =
        !given.is_empty() && asked.iter().all(|field| given.contains_key(&field.var) || !field.required);
    if !complete {
        introduce(context, question, false).await;
    }
    for field in asked {
        let current = question.current.get(&field.var).unwrap_or(&field.value);
        if let Some(line) = given.remove(&field.var) {
            match understood(language, question, field, current, &line) {
                Ok(value) => {
                    form.insert(field.var.clone(), value);
                    continue;
                }
                Err(why) => context.env.services.messenger.tell(&context.caller.bare(), &why),
            }
        } else if complete {
            form.insert(field.var.clone(), current.clone());
            continue;
        }
        context.env.services.messenger.tell(&context.caller.bare(), &ask(language, question, field, current));
        loop {
            let line = answer(listener).await?;
            match understood(language, question, field, current, &line) {
                Ok(value) => {
                    form.insert(field.var.clone(), value);
                    break;
                }
                Err(why) => context.env.services.messenger.tell(&context.caller.bare(), &why),
            }
        }
    }
    Ok(form)
}

/// Phrases the question for a field.
fn ask(language: Language, question: &Question, field: &Field, current: &str) -> String {
    let label = if field.label.is_empty() { &field.var } else { &field.label };
    if question.how == How::Confirm {
        return say!(language, "ask-confirm");
    }
    let mut lines = vec![label.clone()];
    for (number, option) in field.options.iter().enumerate() {
        let name = if option.label.is_empty() { &option.value } else { &option.label };
        lines.push(format!("{}) {name}", number + 1));
    }
    let secret = field.kind == FieldType::TextPrivate;
    let shown = shown(language, field, current);
    lines.push(match field.kind {
        FieldType::Boolean => say!(language, "ask-boolean", current = shown),
        FieldType::ListSingle if current.is_empty() => say!(language, "ask-choice"),
        FieldType::ListSingle => say!(language, "ask-choice-current", current = shown),
        FieldType::ListMulti | FieldType::JidMulti => say!(language, "ask-several"),
        _ if secret && field.required => say!(language, "ask-secret"),
        _ if current.is_empty() && field.required => say!(language, "ask-text"),
        _ if current.is_empty() || secret => say!(language, "ask-optional"),
        _ => say!(language, "ask-current", current = shown),
    });
    lines.join("\n")
}

/// Formats a value for people.
fn shown(language: Language, field: &Field, value: &str) -> String {
    match field.kind {
        FieldType::Boolean => say!(language, if value == "true" || value == "1" { "yes" } else { "no" }),
        FieldType::ListSingle => {
            let option = field.options.iter().find(|option| option.value == value);
            option.map_or(value, |option| option.label.as_str()).to_owned()
        }
        _ => value.to_owned(),
    }
}

/// Returns the value that a line means.
///
/// # Errors
///
/// A text that says what is wrong with the line, and what would be right.
fn understood(
    language: Language,
    question: &Question,
    field: &Field,
    current: &str,
    line: &str,
) -> Result<String, String> {
    let line = line.trim();
    let given = match field.kind {
        FieldType::Boolean if question.how != How::Confirm && line == KEEP => current.to_owned(),
        FieldType::Boolean => match words::yes_or_no(language, line) {
            Some(yes) => yes.to_string(),
            None => return Err(say!(language, "answer-yes-or-no")),
        },
        FieldType::TextPrivate if field.required => line.to_owned(),
        _ if line == KEEP && field.required && current.is_empty() => String::new(),
        _ if line == KEEP => current.to_owned(),
        FieldType::ListSingle => choice(field, line),
        FieldType::ListMulti => {
            line.split([',', '\n']).map(|part| choice(field, part.trim())).collect::<Vec<_>>().join("\n")
        }
        FieldType::JidMulti => {
            line.split([',', '\n', ' ']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
        }
        _ => line.to_owned(),
    };
    form::value(language, field, given)
}

/// Returns the value of the option that a line means by its number in the list, by its label, or by
/// its value.
fn choice(field: &Field, line: &str) -> String {
    let exact = field.options.iter().find(|option| option.value == line);
    let by_number = || line.parse::<usize>().ok()?.checked_sub(1).and_then(|index| field.options.get(index));
    let by_label = || field.options.iter().find(|option| option.label.to_lowercase() == line.to_lowercase());
    by_number().or_else(by_label).or(exact).map_or_else(|| line.to_owned(), |option| option.value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::reply::Reply;
    use plugin_api::FieldOption;

    fn means(field: &Field, current: &str, line: &str) -> Result<String, String> {
        let question = Question::form("", "", vec![], |_, _| async { Ok(Reply::done("")) });
        understood(Language::English, &question, field, current, line)
    }

    #[test]
    fn choices_are_made_by_number_label_or_value() {
        let options = [("Home", "h"), ("Work", "w")]
            .map(|(label, value)| FieldOption { label: label.into(), value: value.into() });
        let field = Field::choice("x", "Where", options.to_vec()).required();
        for line in ["2", "work", "w", "Work"] {
            assert_eq!(means(&field, "", line).as_deref(), Ok("w"), "{line}");
        }
        assert_eq!(means(&field, "h", ".").as_deref(), Ok("h"));
        assert!(means(&field, "", "3").is_err() && means(&field, "", ".").is_err());
        let several = Field { kind: FieldType::ListMulti, ..field };
        assert_eq!(means(&several, "", "1, work").as_deref(), Ok("h\nw"));
    }

    #[test]
    fn a_dot_keeps_what_is_there_but_is_no_password() {
        assert_eq!(means(&Field::text("x", "Name"), "old", ".").as_deref(), Ok("old"));
        assert_eq!(means(&Field::text("x", "Name"), "", ".").as_deref(), Ok(""));
        assert_eq!(means(&Field::text("x", "Name").required(), "", "."), Err("“Name” is missing.".into()));
        assert_eq!(means(&Field::private("x", "Password").required(), "", ".").as_deref(), Ok("."));
        assert_eq!(means(&Field::boolean("x", "Sure", true), "true", ".").as_deref(), Ok("true"));
        assert_eq!(
            means(&Field::boolean("x", "Sure", true), "true", "perhaps"),
            Err("Please answer yes or no, or “cancel”.".into())
        );
    }
}
