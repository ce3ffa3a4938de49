//! What a step of a command leads to.

use super::caller::Context;
use crate::xmpp::StanzaError;
use futures_util::future::BoxFuture;
use plugin_api::{Field, Form, Table};
use std::sync::Arc;

/// What a step ends with; an error leaves the step open for another try.
pub type Result<T = Reply> = std::result::Result<T, StanzaError>;

/// What comes after an answer.
pub type Then = Arc<dyn Fn(Context, Form) -> BoxFuture<'static, Result> + Send + Sync>;

/// What a step leads to.
pub enum Reply {
    /// It is over.
    Done(Done),
    /// There is something to fill in.
    Ask(Question),
    /// It is over, and nothing came of it.
    Failed(StanzaError),
}

/// How a command ends.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Done {
    /// A text.
    pub text: String,
    /// A table.
    pub table: Option<Table>,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By filling in fields.
    Form,
    /// By yes or no: [`Question::CONFIRM`].
    Confirm,
    /// By doing something elsewhere: what comes then comes by itself, and is waited for.
    Elsewhere,
}

/// A form to fill in.
pub struct Question {
    /// Its heading.
    pub title: String,
    /// What to do.
    pub text: String,
    /// What is asked.
    pub fields: Vec<Field>,
    /// Answers to start from, beside those of the fields themselves.
    pub current: Form,
    /// What a QR code to scan says.
    pub code: Option<String>,
    /// How it is answered.
    pub how: How,
    /// Nothing before it can be changed any more.
    pub no_way_back: bool,
    /// Further questions will come.
    pub more: bool,
    /// Its heading says what has happened: not every client shows headings.
    pub news: bool,
    /// What comes then.
    pub then: Then,
}

impl Reply {
    /// Over, with a text.
    pub fn done(text: impl Into<String>) -> Self {
        Reply::Done(Done { text: text.into(), table: None })
    }

    /// Over, with a table.
    pub fn table(table: Table) -> Self {
        Reply::Done(Done { text: String::new(), table: Some(table) })
    }
}

impl Question {
    /// The field of a [`How::Confirm`].
    pub const CONFIRM: &str = "confirm";

    /// A form.
    pub fn form<F>(
        title: impl Into<String>,
        text: impl Into<String>,
        fields: Vec<Field>,
        then: impl Fn(Context, Form) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result> + Send + 'static,
    {
        Question {
            title: title.into(),
            text: text.into(),
            fields,
            current: Form::new(),
            code: None,
            how: How::Form,
            no_way_back: false,
            more: false,
            news: false,
            then: Arc::new(move |context, form| Box::pin(then(context, form))),
        }
    }

    /// A question for yes or no; `then` comes after a yes, and nothing after a no.
    pub fn confirm<F>(
        title: impl Into<String>,
        text: impl Into<String>,
        label: impl Into<String>,
        then: impl Fn(Context) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result> + Send + 'static,
    {
        let fields = vec![Field::boolean(Self::CONFIRM, label, false).required()];
        let mut question = Question::form(title, text, fields, |_, _| async { Ok(Reply::done("")) });
        question.how = How::Confirm;
        question.then = Arc::new(move |context, form| {
            if form.get(Self::CONFIRM).is_some_and(|answer| answer == "true") {
                Box::pin(then(context))
            } else {
                let text = crate::say!(context.language(), "nothing-changed");
                Box::pin(async move { Ok(Reply::done(text)) })
            }
        });
        question
    }

    /// The same with answers to start from.
    #[must_use]
    pub fn current(self, current: Form) -> Self {
        Question { current, ..self }
    }

    /// The same when what went before cannot be taken back.
    #[must_use]
    pub fn no_way_back(self) -> Self {
        Question { no_way_back: true, ..self }
    }

    /// The same when it is not the last one.
    #[must_use]
    pub fn more(self) -> Self {
        Question { more: true, ..self }
    }
}

impl From<Question> for Reply {
    fn from(question: Question) -> Self {
        Reply::Ask(question)
    }
}
