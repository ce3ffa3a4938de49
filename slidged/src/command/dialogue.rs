//! A command under way, whatever face it has: its questions, and the way back.

use super::{
    caller::Context,
    list::Command,
    reply::{Done, How, Question, Reply, Result},
};
use crate::stanza::error::stanza_error;
use crate::{
    say,
    xmpp::{Condition, StanzaError},
};
use futures_util::FutureExt;
use plugin_api::{FieldType, Form};
use std::{panic::AssertUnwindSafe, sync::Arc};

/// Wrong answers to one question: enough for typing errors, too few for guessing codes.
const TRIES: u8 = 5;
/// Questions that one can go back over.
const STEPS: usize = 20;

/// A command that somebody runs.
pub struct Dialogue {
    command: Arc<Command>,
    context: Context,
    steps: Vec<Arc<Question>>,
    tries: u8,
}

/// What is to be shown.
pub enum Shown {
    /// Something to answer.
    Question(Arc<Question>),
    /// The end.
    Done(Done),
}

impl Dialogue {
    /// A command that has not begun.
    #[must_use]
    pub fn new(command: Arc<Command>, context: Context) -> Self {
        Dialogue { command, context, steps: Vec::new(), tries: 0 }
    }

    /// The command.
    #[must_use]
    pub fn command(&self) -> &Arc<Command> {
        &self.command
    }

    /// By whom, where.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// What waits for an answer.
    #[must_use]
    pub fn question(&self) -> Option<&Arc<Question>> {
        self.steps.last()
    }

    /// Is there a question before this one?
    #[must_use]
    pub fn has_way_back(&self) -> bool {
        self.steps.len() > 1
    }

    /// Nothing can come of it any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.steps.is_empty()
    }

    /// The first step.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub async fn begin(&mut self) -> Result<Shown> {
        if let Err(why) = self.command.takes(self.context.language(), &self.context.arguments) {
            return Err(StanzaError::with_text(Condition::BadRequest, why));
        }
        let reply = guarded(self.command.run(self.context.clone())).await?;
        self.next(reply)
    }

    /// The answer to the question. An error leaves it open, unless there were too many, or no other answer would do.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub async fn answer(&mut self, form: Form) -> Result<Shown> {
        let Some(question) = self.steps.last().cloned() else {
            return Err(StanzaError::new(Condition::UnexpectedRequest));
        };
        match guarded((question.then)(self.context.clone(), form.clone())).await {
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
                    // What was typed need not be typed again.
                    self.keep(&question, form);
                    return Err(error);
                }
                self.steps.clear();
                let text = say!(self.context.language(), "too-many-tries", why = error_text(&error));
                Err(StanzaError { text: Some(text), ..error })
            }
        }
    }

    /// What was typed is not even an answer: it need not be typed again.
    pub fn not_an_answer(&mut self, typed: Form) {
        if let Some(question) = self.steps.last().cloned() {
            self.keep(&question, typed);
        }
    }

    /// The question before.
    pub fn back(&mut self) -> Option<Arc<Question>> {
        if self.steps.len() < 2 {
            return None;
        }
        self.steps.pop();
        self.tries = 0;
        self.steps.last().cloned()
    }

    /// Who comes back finds what they had filled in; what is private is asked again.
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
                // What happens elsewhere goes on showing itself.
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

/// Would another answer to the question be refused as well?
fn is_final(question: &Question, error: &StanzaError) -> bool {
    // A yes cannot be said any better.
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

/// A step whose panic is an error of this one caller (R5).
async fn guarded(step: impl Future<Output = Result>) -> Result {
    match AssertUnwindSafe(step).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(stanza_error(&plugin_api::Error::internal("a command panicked"))),
    }
}
