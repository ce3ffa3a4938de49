//! Dialogues: commands under way, independent of where they are shown, with their questions and the
//! way back.

use super::{
    caller::Context,
    list::Command,
    reply::{Done, How, Question, Reply, Result},
};
use crate::language::Language;
use crate::stanza::error::stanza_error;
use crate::{
    say,
    xmpp::{Condition, StanzaError},
};
use futures_util::FutureExt;
use plugin_api::{FieldType, Form};
use std::{panic::AssertUnwindSafe, sync::Arc};

/// Most wrong answers to one question: enough for typing errors, too few for guessing codes.
const TRIES: u8 = 5;
/// Most questions that a user can go back over.
const STEPS: usize = 20;

/// Run of a command: the questions that it has asked so far.
pub struct Dialogue {
    command: Arc<Command>,
    context: Context,
    steps: Vec<Arc<Question>>,
    tries: u8,
}

/// Step of a dialogue as it is shown to the user.
pub enum Shown {
    /// Question that waits for an answer.
    Question(Arc<Question>),
    /// End of the command.
    Done(Done),
}

impl Dialogue {
    /// Creates a dialogue for a command that has not begun.
    #[must_use]
    pub fn new(command: Arc<Command>, context: Context) -> Self {
        Dialogue { command, context, steps: Vec::new(), tries: 0 }
    }

    /// Returns the command.
    #[must_use]
    pub fn command(&self) -> &Arc<Command> {
        &self.command
    }

    /// Returns the context that the command is run in.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Returns the question that waits for an answer.
    #[must_use]
    pub fn question(&self) -> Option<&Arc<Question>> {
        self.steps.last()
    }

    /// Tells whether the user can go back to an earlier question.
    #[must_use]
    pub fn has_way_back(&self) -> bool {
        self.steps.len() > 1
    }

    /// Tells whether the command has ended, with a result or an error.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.steps.is_empty()
    }

    /// Runs the first step.
    ///
    /// # Errors
    ///
    /// The reason why the command cannot be run.
    pub async fn begin(&mut self) -> Result<Shown> {
        if let Err(why) = self.command.takes(self.context.language(), &self.context.arguments) {
            return Err(StanzaError::with_text(Condition::BadRequest, why));
        }
        let reply = guarded(self.context.language(), self.command.run(self.context.clone())).await?;
        self.next(reply)
    }

    /// Answers the question. After an error it stays open for another try, unless there were too
    /// many tries or every other answer would be refused too.
    ///
    /// # Errors
    ///
    /// The reason why the answer was refused.
    pub async fn answer(&mut self, form: Form) -> Result<Shown> {
        let Some(question) = self.steps.last().cloned() else {
            return Err(StanzaError::new(Condition::UnexpectedRequest));
        };
        match guarded(self.context.language(), (question.then)(self.context.clone(), form.clone())).await {
            Ok(reply) => {
                self.tries = 0;
                self.keep(&question, form);
                self.next(reply)
            }
            Err(error) if is_final(&question, &error) => {
                self.steps.clear();
                Err(error)
            }
            Err(error) => {
                self.tries += 1;
                if self.tries < TRIES {
                    // The user need not type it again.
                    self.keep(&question, form);
                    return Err(error);
                }
                self.steps.clear();
                let text = say!(self.context.language(), "too-many-tries", why = error_text(&error));
                Err(StanzaError { text: Some(text), ..error })
            }
        }
    }

    /// Keeps an input that could not even be read as an answer, so that the user need not type it
    /// again.
    pub fn not_an_answer(&mut self, typed: Form) {
        if let Some(question) = self.steps.last().cloned() {
            self.keep(&question, typed);
        }
    }

    /// Goes back to the question before, if there is one.
    pub fn back(&mut self) -> Option<Arc<Question>> {
        if self.steps.len() < 2 {
            return None;
        }
        self.steps.pop();
        self.tries = 0;
        self.steps.last().cloned()
    }

    /// Keeps an answer for a user who comes back to its question; private fields are asked again.
    fn keep(&mut self, question: &Arc<Question>, mut form: Form) {
        for field in question.fields.iter().filter(|field| field.kind == FieldType::TextPrivate) {
            form.remove(&field.var);
        }
        let kept = Question {
            title: question.title.clone(),
            text: question.text.clone(),
            fields: question.fields.clone(),
            current: form,
            code: question.code.clone(),
            then: question.then.clone(),
            ..**question
        };
        if let Some(last) = self.steps.last_mut() {
            *last = Arc::new(kept);
        }
    }

    fn next(&mut self, reply: Reply) -> Result<Shown> {
        match reply {
            Reply::Done(done) => {
                self.steps.clear();
                Ok(Shown::Done(done))
            }
            Reply::Failed(error) => {
                self.steps.clear();
                Err(error)
            }
            Reply::Ask(question) => {
                // A question that is answered elsewhere is replaced by the next one.
                if self.steps.last().is_some_and(|last| last.how == How::Elsewhere) {
                    self.steps.pop();
                }
                if question.no_way_back {
                    self.steps.clear();
                }
                if self.steps.len() >= STEPS {
                    self.steps.remove(0);
                }
                let question = Arc::new(question);
                self.steps.push(question.clone());
                Ok(Shown::Question(question))
            }
        }
    }
}

/// Tells whether every other answer to the question would be refused as well.
fn is_final(question: &Question, error: &StanzaError) -> bool {
    // There is no other way to say yes.
    question.how == How::Confirm
        || matches!(
            error.condition,
            Condition::FeatureNotImplemented
                | Condition::Forbidden
                | Condition::Gone
                | Condition::NotAllowed
                | Condition::RegistrationRequired
        )
}

fn error_text(error: &StanzaError) -> &str {
    error.text.as_deref().unwrap_or_default()
}

/// Runs a step; its panic becomes an error of this one caller (R5).
async fn guarded(language: Language, step: impl Future<Output = Result>) -> Result {
    match AssertUnwindSafe(step).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(stanza_error(language, &plugin_api::Error::internal("a command panicked"))),
    }
}
