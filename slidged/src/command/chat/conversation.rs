//! Conversations: commands in a chat, from the first line to the end.

use crate::command::caller::Context;
use crate::command::catalog::Commands;
use crate::command::chat::answer::Ended;
use crate::command::chat::ask;
use crate::command::chat::help;
use crate::command::chat::lines;
use crate::command::chat::words;
use crate::command::dialogue::Dialogue;
use crate::command::dialogue::Shown;
use crate::command::permission::permitted;
use crate::command::reply::How;
use crate::command::reply::Question;
use crate::command::reply::Result;
use crate::say;
use crate::services::Listener;
use crate::services::is_cancel;
use crate::xmpp::Condition;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Time that a user has for something outside of the chat, such as scanning a code: networks
/// replace theirs several times meanwhile.
const ELSEWHERE: Duration = Duration::from_secs(300);

/// Runs the command of a line, and after it those of the lines that came meanwhile, in order.
pub(super) async fn hold(commands: Arc<Commands>, context: Context, mut listener: Listener, first: String) {
    let mut line = Some(first);
    while let Some(now) = line {
        one(&commands, &context, &mut listener, now).await;
        line = listener.line_or_leave();
    }
}

async fn one(commands: &Commands, context: &Context, listener: &mut Listener, line: String) {
    let (who, language) = (context.caller.bare(), context.language());
    let tell = |text: &str| context.env.services.messenger.tell(&who, text);
    let found = match words::understand(commands, context, &line).await {
        words::Understood::Nothing => return,
        words::Understood::Help(word) => return tell(&help::text(commands, context, word.as_deref())),
        words::Understood::NothingToCancel => return tell(&say!(language, "chat-nothing-to-cancel")),
        words::Understood::Unknown(text) => return tell(&text),
        words::Understood::Run(found) => found,
    };
    // The line may hold a password, and the command may take long.
    drop(line);
    let word = found.command.word.clone();
    if let Err(error) = permitted(&found.command, &found.context) {
        let why = error.text.unwrap_or_default();
        if error.condition == Condition::RegistrationRequired {
            return tell(&format!("{why} {}", say!(language, "chat-register")));
        }
        return tell(&why);
    }
    match run(found, listener).await {
        Ok(Ok(())) | Err(Ended::Refused) => {}
        Ok(Err(error)) => tell(&error.text.unwrap_or_else(|| say!(language, "chat-failed"))),
        Err(Ended::Cancelled) => tell(&say!(language, "chat-cancelled", word = &word)),
        Err(Ended::TooSlow) => tell(&say!(language, "chat-too-slow", word = &word)),
    }
}

async fn run(
    words::Found { command, context, given }: words::Found,
    listener: &mut Listener,
) -> std::result::Result<Result<()>, Ended> {
    let who = context.caller.bare();
    let (env, language) = (context.env.clone(), context.language());
    let mut dialogue = Dialogue::new(command, context);
    // The words typed after the command's own answer its first question.
    let (mut given, mut elsewhere_before) = (Some(given), false);
    let mut shown = dialogue.begin().await;
    loop {
        let question = match shown {
            Ok(Shown::Done(done)) => {
                for text in lines::done(&done) {
                    env.services.messenger.tell(&who, &text);
                }
                return Ok(Ok(()));
            }
            Ok(Shown::Question(question)) => question,
            Err(error) => match dialogue.question().cloned() {
                // There were too many tries, or the command could not begin.
                None => return Ok(Err(error)),
                Some(question) => {
                    env.services
                        .messenger
                        .tell(&who, error.text.as_deref().unwrap_or(&say!(language, "chat-failed")));
                    question
                }
            },
        };
        shown = match question.how {
            How::Elsewhere if given.as_ref().is_some_and(|given| !given.is_empty()) => {
                let words = given.unwrap_or_default().join(" ");
                env.services.messenger.tell(&who, &say!(language, "ctl-too-much", words = words));
                return Err(Ended::Refused);
            }
            How::Elsewhere => {
                let newer = std::mem::replace(&mut elsewhere_before, true);
                elsewhere(&mut dialogue, &question, newer, listener).await?
            }
            How::Form | How::Confirm => {
                let given = given.take().unwrap_or_default();
                match ask::fill(dialogue.context(), &question, &given, listener).await {
                    Ok(form) => dialogue.answer(form).await,
                    // The news in its heading stays true, whatever the answer.
                    Err(_) if question.news => {
                        env.services.messenger.tell(&who, &say!(language, "chat-registration-stands"));
                        return Ok(Ok(()));
                    }
                    Err(ended) => return Err(ended),
                }
            }
        };
    }
}

/// Shows a question that is answered outside of the chat, and waits until that has happened.
async fn elsewhere(
    dialogue: &mut Dialogue,
    question: &Arc<Question>,
    newer: bool,
    listener: &mut Listener,
) -> std::result::Result<Result<Shown>, Ended> {
    let (context, language) = (dialogue.context().clone(), dialogue.context().language());
    ask::introduce(&context, question, newer).await;
    let cancelled = async {
        loop {
            match timeout(ELSEWHERE, listener.line()).await {
                Ok(Some(line)) if is_cancel(&line) => return Ended::Cancelled,
                Ok(Some(_)) => {
                    context
                        .env
                        .services
                        .messenger
                        .tell(&context.caller.bare(), &say!(language, "chat-elsewhere"));
                }
                Ok(None) | Err(_) => return Ended::TooSlow,
            }
        }
    };
    tokio::select! {
        biased;
        shown = dialogue.answer(plugin_api::Form::new()) => Ok(shown),
        ended = cancelled => {
            context.env.qr.leave_chat(&context.env.services.file_messages, &context.caller.bare());
            Err(ended)
        }
    }
}
